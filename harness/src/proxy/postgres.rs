//! PostgreSQL's protocol, version 3: a start, then typed messages.

use std::collections::{BTreeMap, VecDeque};

use super::{
    bytes::{Buffer, Reader, text},
    conversation::{Conversation, FromClient, FromServer, Ordinals, Unintelligible},
    request::{Access, Request},
    sql,
};

const CANCEL: u32 = 80_877_102;
const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// One connection to a server.
#[derive(Debug, Default)]
pub(super) struct Postgres {
    client: Buffer,
    server: Buffer,
    started: bool,
    ordinals: Ordinals,
    session: sql::Session,
    /// SQL by the name of its prepared statement.
    prepared: BTreeMap<Vec<u8>, String>,
    /// SQL by the name of its portal.
    portals: BTreeMap<Vec<u8>, String>,
    /// For each `ReadyForQuery` to come: the last request that it answers.
    awaited: VecDeque<Option<u64>>,
}

impl Postgres {
    fn start(&mut self) -> Result<Option<FromClient>, Unintelligible> {
        let Some(message) = self.client.take_message(8, length_at::<0>)? else { return Ok(None) };
        let code = u32::from_be_bytes(Reader::new(&message[4..]).array()?);
        // Whoever asks for encryption is told that there is none: what is encrypted cannot be counted.
        if matches!(code, SSL | GSS) {
            return Ok(Some(FromClient::Answer(b"N".to_vec())));
        }
        self.started = code != CANCEL;
        Ok(Some(FromClient::Forward(message, None)))
    }

    fn typed(&mut self) -> Result<Option<FromClient>, Unintelligible> {
        let Some(message) = self.client.take_message(5, |head| length_at::<1>(head) + 1)? else { return Ok(None) };
        let mut body = Reader::new(&message[5..]);
        let request = match message[0] {
            b'Q' => Some(self.session.request(&text(body.c_string()?))),
            b'F' => Some(Request::new(Access::Write, "FunctionCall")),
            b'P' => {
                let name = body.c_string()?.to_vec();
                self.prepared.insert(name, text(body.c_string()?));
                None
            }
            b'B' => {
                let portal = body.c_string()?.to_vec();
                let script = self.prepared.get(body.c_string()?).cloned().unwrap_or_default();
                self.portals.insert(portal, script);
                None
            }
            b'E' => {
                let script = self.portals.get(body.c_string()?);
                script.map(|script| self.session.request(script))
            }
            _ => None,
        };
        let request = request.map(|request| self.ordinals.next(request));
        if matches!(message[0], b'Q' | b'F' | b'S') {
            self.awaited.push_back(self.ordinals.last());
        }
        Ok(Some(FromClient::Forward(message, request)))
    }
}

impl Conversation for Postgres {
    fn hear_client(&mut self, bytes: &[u8]) -> Result<Vec<FromClient>, Unintelligible> {
        self.client.push(bytes);
        let mut all = Vec::new();
        while let Some(one) = if self.started { self.typed()? } else { self.start()? } {
            all.push(one);
        }
        Ok(all)
    }

    fn hear_server(&mut self, bytes: &[u8]) -> Result<Vec<FromServer>, Unintelligible> {
        self.server.push(bytes);
        let mut all = Vec::new();
        while let Some(message) = self.server.take_message(5, |head| length_at::<1>(head) + 1)? {
            // The first one says that the login went well, and answers nothing.
            let answered = if message[0] == b'Z' { self.awaited.pop_front().flatten() } else { None };
            all.push(FromServer { bytes: message, answered });
        }
        Ok(all)
    }
}

/// The length that stands at `AT`, which counts itself.
fn length_at<const AT: usize>(head: &[u8]) -> i64 {
    i64::from(i32::from_be_bytes([head[AT], head[AT + 1], head[AT + 2], head[AT + 3]]))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::{hear_client, names};
    use super::*;

    fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [kind, &length, body].concat()
    }

    fn startup() -> Vec<u8> {
        message(b"", b"\0\x03\0\0user\0engine\0\0")
    }

    /// What a client says in a short session.
    pub(in super::super) fn session() -> Vec<u8> {
        [
            startup(),
            message(b"p", b"secret\0"),
            message(b"Q", b"BEGIN\0"),
            message(b"P", b"s1\0select $1\0\0\0"),
            message(b"D", b"Ss1\0"),
            message(b"S", b""),
            message(b"B", b"\0s1\0\0\0\0\0\0\0"),
            message(b"E", b"\0\0\0\0\0"),
            message(b"S", b""),
            message(b"B", b"\0s1\0\0\0\0\0\0\0"),
            message(b"E", b"\0\0\0\0\0"),
            message(b"S", b""),
            message(b"Q", b"create table t (); alter table t owner to o\0"),
            message(b"Q", b"COMMIT\0"),
            message(b"X", b""),
        ]
        .concat()
    }

    #[test]
    fn each_execution_of_a_prepared_statement_counts() {
        let heard = hear_client(&mut Postgres::default(), &[&session()]);
        assert_eq!(
            names(&heard),
            ["Session BEGIN", "Read SELECT", "Read SELECT", "Write CREATE TABLE", "Write COMMIT"]
        );
    }

    #[test]
    fn encryption_is_declined_and_what_follows_is_understood() {
        let asks = [message(b"", &SSL.to_be_bytes()), message(b"", &GSS.to_be_bytes())].concat();
        let mut it = Postgres::default();
        let declined = FromClient::Answer(b"N".to_vec());
        assert_eq!(it.hear_client(&asks).unwrap(), [declined.clone(), declined]);
        assert_eq!(names(&hear_client(&mut it, &[&session()])).len(), 5);
    }

    #[test]
    fn an_answer_is_complete_when_the_server_is_ready_again() {
        let mut it = Postgres::default();
        let ready = message(b"Z", b"I");
        let answered = |it: &mut Postgres, bytes: &[u8]| -> Vec<Option<u64>> {
            it.hear_server(bytes).unwrap().into_iter().map(|told| told.answered).collect()
        };
        it.hear_client(&startup()).unwrap();
        assert_eq!(answered(&mut it, &[message(b"R", &[0; 4]), ready.clone()].concat()), [None, None]);
        it.hear_client(&[message(b"Q", b"select 1\0"), message(b"Q", b"drop table t\0")].concat()).unwrap();
        let two = [message(b"C", b"SELECT 1\0"), ready.clone(), message(b"C", b"DROP TABLE\0"), ready].concat();
        assert_eq!(answered(&mut it, &two), [None, Some(1), None, Some(2)]);
    }

    #[test]
    fn nonsense_is_not_followed() {
        let error = Postgres::default().hear_client(b"GET / HTTP/1.1\r\n").unwrap_err();
        assert!(error.to_string().contains("a message states a length of"), "{error}");
    }
}
