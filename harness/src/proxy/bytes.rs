//! Bytes as they come, and values out of them.

use super::conversation::Unintelligible;

/// Larger than any message of an administrative client; a length beyond it is no length.
const LONGEST: usize = 256 << 20;

/// Collects pieces until a whole message is there.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn seen(&self) -> &[u8] {
        &self.0
    }

    /// The first `count` bytes, when they are there.
    pub(super) fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        if self.0.len() < count {
            return None;
        }
        let rest = self.0.split_off(count);
        Some(std::mem::replace(&mut self.0, rest))
    }

    /// A message that says its own length: `length` reads it out of the first `head` bytes, the head included.
    pub(super) fn take_message(
        &mut self,
        head: usize,
        length: impl Fn(&[u8]) -> i64,
    ) -> Result<Option<Vec<u8>>, Unintelligible> {
        if self.0.len() < head {
            return Ok(None);
        }
        let stated = length(&self.0[..head]);
        match usize::try_from(stated) {
            Ok(length) if (head..=LONGEST).contains(&length) => Ok(self.take(length)),
            _ => Err(Unintelligible::new(format!("a message states a length of {stated} bytes"))),
        }
    }
}

/// Reads a message from its start.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Unintelligible> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| Unintelligible::new("a message ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Unintelligible> {
        self.take(N).map(|bytes| bytes.try_into().unwrap_or([0; N]))
    }

    /// Text up to a zero byte, which is passed over.
    pub(super) fn c_string(&mut self) -> Result<&'a [u8], Unintelligible> {
        let end = self.0.iter().position(|byte| *byte == 0);
        let end = end.ok_or_else(|| Unintelligible::new("a text has no end"))?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }
}

/// Bytes as text, for names.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
