//! What a client asks of a backend, in words that fit every protocol.

use std::{collections::BTreeMap, fmt};

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Keeps the conversation going: logins, versions, pings, the frame of a transaction. How many there are depends on
    /// how many connections a client opens, not on what it has to do.
    Session,
    /// Looks.
    Read,
    /// Changes something. What a protocol does not tell apart counts as this, so that no write is overlooked.
    Write,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// What it does.
    pub access: Access,
    /// What its protocol calls it: `listIndexes`, `CreateTopics`, `GET {bucket}?versioning`, `CREATE TABLE`.
    pub name: String,
}

impl Request {
    pub(super) fn new(access: Access, name: impl Into<String>) -> Self {
        Self { access, name: name.into() }
    }

    /// Whether it changes a part of a bucket, as in `PUT {bucket}?versioning`.
    pub(super) fn is_setting(&self) -> bool {
        self.access == Access::Write && self.name.contains('?')
    }
}

/// How often each request was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Request, u64>);

impl Counts {
    pub(super) fn add(&mut self, request: Request) {
        *self.0.entry(request).or_default() += 1;
    }

    /// All requests of one kind.
    #[must_use]
    pub fn total(&self, access: Access) -> u64 {
        self.0.iter().filter(|(request, _)| request.access == access).map(|(_, count)| count).sum()
    }

    /// All requests of one name.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.iter().filter(|(request, _)| request.name == name).map(|(_, count)| count).sum()
    }

    /// Each request of one kind, and how often it was made.
    pub fn each(&self, access: Access) -> impl Iterator<Item = (&str, u64)> {
        let of_kind = self.0.iter().filter(move |(request, _)| request.access == access);
        of_kind.map(|(request, count)| (request.name.as_str(), *count))
    }
}

impl fmt::Display for Counts {
    /// `reads: 4 (2 find, 2 listIndexes); writes: none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (access, separator) in [(Access::Read, "reads: "), (Access::Write, "; writes: ")] {
            f.write_str(separator)?;
            let each: Vec<String> = self.each(access).map(|(name, count)| format!("{count} {name}")).collect();
            match self.total(access) {
                0 => f.write_str("none")?,
                total => write!(f, "{total} ({})", each.join(", "))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_tell_reads_and_writes_and_leave_sessions_out() {
        let mut counts = Counts::default();
        for (access, name) in
            [(Access::Read, "find"), (Access::Session, "hello"), (Access::Read, "listIndexes"), (Access::Read, "find")]
        {
            counts.add(Request::new(access, name));
        }
        assert_eq!(counts.to_string(), "reads: 3 (2 find, 1 listIndexes); writes: none");
        assert_eq!((counts.total(Access::Session), counts.of("find"), counts.of("insert")), (1, 2, 0));
    }
}
