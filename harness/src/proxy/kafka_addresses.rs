//! The addresses that brokers tell their clients, replaced by those of proxies.
//!
//! Three answers of an administrative conversation name brokers: `Metadata`, `FindCoordinator` and `DescribeCluster`.
//! They are read as far as their addresses go; the rest is passed on as it is.

use std::{io, sync::Arc};

use super::{
    bytes::{Reader, text},
    conversation::Unintelligible,
};

/// From a broker's host and port to where clients are to go instead.
pub(super) type Route = Arc<dyn Fn(&str, u16) -> io::Result<(String, u16)> + Send + Sync>;

const METADATA: i16 = 3;
const FIND_COORDINATOR: i16 = 10;
const DESCRIBE_CLUSTER: i16 = 60;

/// An answer without its length, with other addresses; none when it names no addresses.
pub(super) fn reroute(api: i16, version: i16, answer: &[u8], route: &Route) -> Result<Option<Vec<u8>>, Unintelligible> {
    // From some version on, numbers of items and lengths of texts are of variable size, and each structure ends in tags.
    let (newest, compact_from) = match api {
        METADATA => (13, 9),
        FIND_COORDINATOR => (6, 3),
        DESCRIBE_CLUSTER => (2, 0),
        _ => return Ok(None),
    };
    if version > newest {
        return Err(Unintelligible::new(format!("version {version} of api {api} is not known, {newest} is")));
    }
    let mut it = Rewriter { input: Reader::new(answer), output: Vec::new(), compact: version >= compact_from, route };
    it.copy(4)?;
    it.tags()?;
    match api {
        METADATA => it.metadata(version)?,
        FIND_COORDINATOR => it.find_coordinator(version)?,
        _ => it.describe_cluster(version)?,
    }
    it.output.extend_from_slice(it.input.rest());
    Ok(Some(it.output))
}

struct Rewriter<'a> {
    input: Reader<'a>,
    output: Vec<u8>,
    compact: bool,
    route: &'a Route,
}

impl Rewriter<'_> {
    fn metadata(&mut self, version: i16) -> Result<(), Unintelligible> {
        if version >= 3 {
            self.throttle()?;
        }
        for _ in 0..self.items()? {
            self.broker_id()?;
            self.address()?;
            if version >= 1 {
                self.string()?;
            }
            self.tags()?;
        }
        Ok(())
    }

    fn find_coordinator(&mut self, version: i16) -> Result<(), Unintelligible> {
        if version >= 1 {
            self.throttle()?;
        }
        if version >= 4 {
            for _ in 0..self.items()? {
                self.string()?;
                self.broker_id()?;
                self.address()?;
                self.error_code()?;
                self.string()?;
                self.tags()?;
            }
            return Ok(());
        }
        self.error_code()?;
        if version >= 1 {
            self.string()?;
        }
        self.broker_id()?;
        self.address()
    }

    fn describe_cluster(&mut self, version: i16) -> Result<(), Unintelligible> {
        self.throttle()?;
        self.error_code()?;
        self.string()?;
        if version >= 1 {
            // Brokers or controllers.
            self.copy(1)?;
        }
        self.string()?;
        self.broker_id()?;
        for _ in 0..self.items()? {
            self.broker_id()?;
            self.address()?;
            self.string()?;
            if version >= 2 {
                // Whether it is fenced.
                self.copy(1)?;
            }
            self.tags()?;
        }
        Ok(())
    }

    fn throttle(&mut self) -> Result<(), Unintelligible> {
        self.copy(4)
    }

    fn broker_id(&mut self) -> Result<(), Unintelligible> {
        self.copy(4)
    }

    fn error_code(&mut self) -> Result<(), Unintelligible> {
        self.copy(2)
    }

    fn copy(&mut self, count: usize) -> Result<(), Unintelligible> {
        self.output.extend_from_slice(self.input.take(count)?);
        Ok(())
    }

    /// Host and port. Where there is no broker the port is negative, and stays.
    fn address(&mut self) -> Result<(), Unintelligible> {
        let host = self.read_string()?.unwrap_or_default();
        let port = i32::from_be_bytes(self.input.array()?);
        match u16::try_from(port) {
            Ok(known) if !host.is_empty() => {
                let routed = (self.route)(&text(host), known);
                let (host, port) =
                    routed.map_err(|error| Unintelligible::new(format!("no way to a broker: {error}")))?;
                self.write_string(Some(host.as_bytes()))?;
                self.output.extend_from_slice(&i32::from(port).to_be_bytes());
            }
            _ => {
                self.write_string(Some(host))?;
                self.output.extend_from_slice(&port.to_be_bytes());
            }
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Unintelligible> {
        let string = self.read_string()?;
        self.write_string(string)
    }
}

/// Values as the protocol writes them.
impl<'a> Rewriter<'a> {
    /// The number of items of a list; a list that is null has none.
    fn items(&mut self) -> Result<usize, Unintelligible> {
        if self.compact {
            let stated = self.read_varint()?;
            self.write_varint(stated);
            Ok(stated.saturating_sub(1))
        } else {
            let stated = self.input.array()?;
            self.output.extend_from_slice(&stated);
            Ok(usize::try_from(i32::from_be_bytes(stated)).unwrap_or(0))
        }
    }

    fn tags(&mut self) -> Result<(), Unintelligible> {
        if !self.compact {
            return Ok(());
        }
        let count = self.read_varint()?;
        self.write_varint(count);
        for _ in 0..count {
            let tag = self.read_varint()?;
            self.write_varint(tag);
            let size = self.read_varint()?;
            self.write_varint(size);
            self.copy(size)?;
        }
        Ok(())
    }

    fn read_string(&mut self) -> Result<Option<&'a [u8]>, Unintelligible> {
        let length = if self.compact {
            self.read_varint()?.checked_sub(1)
        } else {
            usize::try_from(i16::from_be_bytes(self.input.array()?)).ok()
        };
        length.map(|length| self.input.take(length)).transpose()
    }

    fn write_string(&mut self, string: Option<&[u8]>) -> Result<(), Unintelligible> {
        if self.compact {
            self.write_varint(string.map_or(0, |string| string.len() + 1));
        } else {
            let length = string.map_or(Ok(-1), |string| i16::try_from(string.len()));
            let length = length.map_err(|_| Unintelligible::new("the name of a host is too long"))?;
            self.output.extend_from_slice(&length.to_be_bytes());
        }
        self.output.extend_from_slice(string.unwrap_or_default());
        Ok(())
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn read_varint(&mut self) -> Result<usize, Unintelligible> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = self.input.array()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Unintelligible::new("a number does not end"))
    }

    fn write_varint(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.output.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
            value >>= 7;
        }
        self.output.push(u8::try_from(value).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Keeps addresses as they are: what comes out must then be what went in.
    fn straight() -> Route {
        Arc::new(|host, port| Ok((host.to_owned(), port)))
    }

    fn astray() -> Route {
        Arc::new(|_, port| Ok(("proxy".to_owned(), port + 1)))
    }

    /// Writes an answer as a broker does.
    #[derive(Default)]
    struct Answer(Vec<u8>, bool);

    impl Answer {
        fn bytes(mut self, bytes: &[u8]) -> Self {
            self.0.extend_from_slice(bytes);
            self
        }

        fn number(self, number: i32) -> Self {
            self.bytes(&number.to_be_bytes())
        }

        fn items(self, count: u8) -> Self {
            if self.1 { self.bytes(&[count + 1]) } else { self.number(count.into()) }
        }

        fn string(self, string: &str) -> Self {
            let length = u8::try_from(string.len()).unwrap();
            let it = if self.1 { self.bytes(&[length + 1]) } else { self.bytes(&[0, length]) };
            it.bytes(string.as_bytes())
        }

        fn null(self) -> Self {
            if self.1 { self.bytes(&[0]) } else { self.bytes(&[0xff, 0xff]) }
        }

        fn tags(self) -> Self {
            // One tag, number 5, of three bytes.
            if self.1 { self.bytes(&[1, 5, 3, 1, 2, 3]) } else { self }
        }
    }

    fn metadata(version: i16, host: &str, port: i32) -> Vec<u8> {
        let mut it = Answer(Vec::new(), version >= 9).number(77).tags();
        if version >= 3 {
            it = it.number(0);
        }
        it = it.items(2);
        for id in [1, 2] {
            it = it.number(id).string(host).number(port);
            if version >= 1 {
                it = if id == 1 { it.null() } else { it.string("rack") };
            }
            it = it.tags();
        }
        it.string("cluster").bytes(b"topics and more").0
    }

    fn coordinator(version: i16, host: &str, port: i32) -> Vec<u8> {
        let mut it = Answer(Vec::new(), version >= 3).number(77).tags();
        if version >= 1 {
            it = it.number(0);
        }
        if version >= 4 {
            it = it.items(1).string("group").number(1).string(host).number(port).bytes(&[0, 0]).null().tags();
        } else {
            it = it.bytes(&[0, 0]);
            if version >= 1 {
                it = it.null();
            }
            it = it.number(1).string(host).number(port);
        }
        it.tags().0
    }

    fn cluster(version: i16, host: &str, port: i32) -> Vec<u8> {
        let mut it = Answer(Vec::new(), true).number(77).tags().number(0).bytes(&[0, 0]).null();
        if version >= 1 {
            it = it.bytes(&[1]);
        }
        it = it.string("cluster").number(1).items(1).number(1).string(host).number(port).null();
        if version >= 2 {
            it = it.bytes(&[0]);
        }
        it.tags().number(0).tags().0
    }

    type Written = fn(i16, &str, i32) -> Vec<u8>;
    const ALL: [(i16, i16, Written); 3] =
        [(METADATA, 13, metadata), (FIND_COORDINATOR, 6, coordinator), (DESCRIBE_CLUSTER, 2, cluster)];

    #[test]
    fn every_version_of_every_answer_that_names_brokers_leads_to_the_proxy() {
        for (api, newest, written) in ALL {
            for version in 0..=newest {
                let rerouted = reroute(api, version, &written(version, "broker.internal", 9092), &astray()).unwrap();
                assert_eq!(rerouted, Some(written(version, "proxy", 9093)), "api {api} version {version}");
            }
            let error = reroute(api, newest + 1, &[], &astray()).unwrap_err().to_string();
            assert!(error.contains(&format!("version {}", newest + 1)), "{error}");
        }
    }

    #[test]
    fn where_no_broker_is_known_nothing_is_made_up() {
        for version in 0..=6 {
            let unknown = coordinator(version, "", -1);
            assert_eq!(reroute(FIND_COORDINATOR, version, &unknown, &astray()).unwrap(), Some(unknown));
        }
    }

    #[test]
    fn other_answers_are_not_read() {
        assert_eq!(reroute(19, 7, b"anything", &astray()).unwrap(), None);
    }

    proptest! {
        #[test]
        fn hosts_of_any_length_are_read_and_written(host in "[a-z.]{1,120}", port in 0..=65_535_i32) {
            for (api, newest, written) in ALL {
                for version in 0..=newest {
                    let answer = written(version, &host, port);
                    prop_assert_eq!(reroute(api, version, &answer, &straight()).unwrap(), Some(answer));
                }
            }
        }

        #[test]
        fn answers_that_are_none_do_no_harm(version in 0..14_i16, answer: Vec<u8>) {
            for (api, ..) in ALL {
                let _ = reroute(api, version, &answer, &straight());
            }
        }

        #[test]
        fn numbers_of_variable_size_are_read_as_they_are_written(value in 0..=u32::MAX as usize) {
            let route = straight();
            let input = Reader::new(&[]);
            let mut it = Rewriter { input, output: Vec::new(), compact: true, route: &route };
            it.write_varint(value);
            let written = std::mem::take(&mut it.output);
            let mut it = Rewriter { input: Reader::new(&written), output: Vec::new(), compact: true, route: &route };
            prop_assert_eq!(it.read_varint(), Ok(value));
        }
    }
}
