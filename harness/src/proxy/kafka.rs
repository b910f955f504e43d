//! Kafka's protocol: frames with an api key, and answers in the order of the requests.

use std::collections::BTreeMap;

use super::{
    bytes::{Buffer, Reader},
    conversation::{Conversation, FromClient, FromServer, Ordinals, Unintelligible},
    kafka_addresses::{Route, reroute},
    request::{Access, Request},
};

const SASL_HANDSHAKE: i16 = 17;

/// What each api is called and does. The others are not those of an administrative client and count as writes.
fn api(key: i16) -> Request {
    let (access, name) = match key {
        1 => (Access::Read, "Fetch"),
        2 => (Access::Read, "ListOffsets"),
        3 => (Access::Read, "Metadata"),
        9 => (Access::Read, "OffsetFetch"),
        10 => (Access::Read, "FindCoordinator"),
        15 => (Access::Read, "DescribeGroups"),
        16 => (Access::Read, "ListGroups"),
        SASL_HANDSHAKE => (Access::Session, "SaslHandshake"),
        18 => (Access::Session, "ApiVersions"),
        19 => (Access::Write, "CreateTopics"),
        20 => (Access::Write, "DeleteTopics"),
        29 => (Access::Read, "DescribeAcls"),
        30 => (Access::Write, "CreateAcls"),
        31 => (Access::Write, "DeleteAcls"),
        32 => (Access::Read, "DescribeConfigs"),
        33 => (Access::Write, "AlterConfigs"),
        35 => (Access::Read, "DescribeLogDirs"),
        36 => (Access::Session, "SaslAuthenticate"),
        37 => (Access::Write, "CreatePartitions"),
        42 => (Access::Write, "DeleteGroups"),
        44 => (Access::Write, "IncrementalAlterConfigs"),
        46 => (Access::Read, "ListPartitionReassignments"),
        48 => (Access::Read, "DescribeClientQuotas"),
        50 => (Access::Read, "DescribeUserScramCredentials"),
        55 => (Access::Read, "DescribeQuorum"),
        60 => (Access::Read, "DescribeCluster"),
        69 => (Access::Read, "ConsumerGroupDescribe"),
        75 => (Access::Read, "DescribeTopicPartitions"),
        // The client reports on itself.
        71 => (Access::Session, "GetTelemetrySubscriptions"),
        72 => (Access::Session, "PushTelemetry"),
        other => return Request::new(Access::Write, format!("api {other}")),
    };
    Request::new(access, name)
}

/// One connection to a broker.
pub(super) struct Kafka {
    client: Buffer,
    server: Buffer,
    ordinals: Ordinals,
    awaited: BTreeMap<i32, Asked>,
    route: Route,
}

/// A request whose answer is to come.
struct Asked {
    ordinal: u64,
    api: i16,
    version: i16,
}

impl Kafka {
    /// The addresses in answers are replaced by what `route` says.
    pub(super) fn new(route: Route) -> Self {
        Self {
            client: Buffer::default(),
            server: Buffer::default(),
            ordinals: Ordinals::default(),
            awaited: BTreeMap::new(),
            route,
        }
    }
}

fn length(head: &[u8]) -> i64 {
    i64::from(i32::from_be_bytes([head[0], head[1], head[2], head[3]])) + 4
}

impl Conversation for Kafka {
    fn hear_client(&mut self, bytes: &[u8]) -> Result<Vec<FromClient>, Unintelligible> {
        self.client.push(bytes);
        let mut all = Vec::new();
        while let Some(frame) = self.client.take_message(4, length)? {
            let mut body = Reader::new(&frame[4..]);
            let (key, version) = (i16::from_be_bytes(body.array()?), i16::from_be_bytes(body.array()?));
            let correlation = i32::from_be_bytes(body.array()?);
            if (key, version) == (SASL_HANDSHAKE, 0) {
                return Err(Unintelligible::new("SaslHandshake 0 leads to frames without an api key"));
            }
            let (ordinal, request) = self.ordinals.next(api(key));
            self.awaited.insert(correlation, Asked { ordinal, api: key, version });
            all.push(FromClient::Forward(frame, Some((ordinal, request))));
        }
        Ok(all)
    }

    fn hear_server(&mut self, bytes: &[u8]) -> Result<Vec<FromServer>, Unintelligible> {
        self.server.push(bytes);
        let mut all = Vec::new();
        while let Some(frame) = self.server.take_message(4, length)? {
            let correlation = i32::from_be_bytes(Reader::new(&frame[4..]).array()?);
            let asked = self.awaited.remove(&correlation);
            let bytes = match &asked {
                Some(asked) => match reroute(asked.api, asked.version, &frame[4..], &self.route)? {
                    Some(body) => framed(&body)?,
                    None => frame,
                },
                None => frame,
            };
            all.push(FromServer { bytes, answered: asked.map(|asked| asked.ordinal) });
        }
        Ok(all)
    }
}

fn framed(body: &[u8]) -> Result<Vec<u8>, Unintelligible> {
    let length = i32::try_from(body.len()).map_err(|_| Unintelligible::new("an answer is too long"))?;
    Ok([&length.to_be_bytes(), body].concat())
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::super::tests::{hear_client, names};
    use super::*;

    pub(in super::super) fn conversation() -> Kafka {
        Kafka::new(Arc::new(|_, port| Ok(("proxy".to_owned(), port + 10_000))))
    }

    fn frame(api: i16, version: i16, correlation: i32, rest: &[u8]) -> Vec<u8> {
        let body = [&api.to_be_bytes(), &version.to_be_bytes()[..], &correlation.to_be_bytes(), rest].concat();
        framed(&body).unwrap()
    }

    /// What a client says in a short session.
    pub(in super::super) fn session() -> Vec<u8> {
        let all = [(18, 3), (17, 1), (36, 1), (3, 0), (29, 1), (19, 4), (44, 1), (9_999, 0)];
        let frames = all
            .iter()
            .zip(1..)
            .map(|((api, version), correlation)| frame(*api, *version, correlation, b"\0\x0erestore-engine and more"));
        frames.collect::<Vec<_>>().concat()
    }

    #[test]
    fn requests_are_known_by_their_api_key() {
        let heard = hear_client(&mut conversation(), &[&session()]);
        insta::assert_snapshot!(names(&heard).join("\n"), @r"
        Session ApiVersions
        Session SaslHandshake
        Session SaslAuthenticate
        Read Metadata
        Read DescribeAcls
        Write CreateTopics
        Write IncrementalAlterConfigs
        Write api 9999
        ");
    }

    #[test]
    fn an_answer_names_its_request_and_leads_through_the_proxy() {
        let mut it = conversation();
        it.hear_client(&session()).unwrap();
        // Metadata 0: one broker, no topics.
        let answer = |host: &[u8], port: i32| {
            let name = [&i16::try_from(host.len()).unwrap().to_be_bytes(), host].concat();
            let head = [4_i32.to_be_bytes(), 1_i32.to_be_bytes(), 7_i32.to_be_bytes()].concat();
            framed(&[head, name, port.to_be_bytes().to_vec(), 0_i32.to_be_bytes().to_vec()].concat()).unwrap()
        };
        let told = it.hear_server(&answer(b"broker.internal", 9092)).unwrap();
        assert_eq!(told, [FromServer { bytes: answer(b"proxy", 19_092), answered: Some(4) }]);
        let other = framed(&[6_i32.to_be_bytes().as_slice(), b"as it is"].concat()).unwrap();
        assert_eq!(it.hear_server(&other).unwrap(), [FromServer { bytes: other, answered: Some(6) }]);
    }

    #[test]
    fn an_old_handshake_is_refused() {
        let error = conversation().hear_client(&frame(17, 0, 1, b"")).unwrap_err();
        assert!(error.to_string().contains("SaslHandshake 0"), "{error}");
    }
}
