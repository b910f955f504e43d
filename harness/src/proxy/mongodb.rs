//! MongoDB's wire protocol: `OP_MSG`, and the `OP_QUERY` of a first hello.

use std::collections::BTreeMap;

use super::{
    bytes::{Buffer, Reader, text},
    conversation::{Conversation, FromClient, FromServer, Ordinals, Unintelligible},
    request::{Access, Request},
};

const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

/// The sender expects no reply.
const MORE_TO_COME: u32 = 1 << 1;

const SESSION: [&str; 17] = [
    "hello",
    "isMaster",
    "ismaster",
    "ping",
    "buildInfo",
    "buildinfo",
    "saslStart",
    "saslContinue",
    "authenticate",
    "logout",
    "connectionStatus",
    "startSession",
    "refreshSessions",
    "endSessions",
    "killCursors",
    "abortTransaction",
    "getnonce",
];

/// Commands that look. An `aggregate` may write with its last stage; administration does not use it so.
const READ: [&str; 18] = [
    "find",
    "getMore",
    "aggregate",
    "count",
    "distinct",
    "listCollections",
    "listIndexes",
    "listDatabases",
    "collStats",
    "dbStats",
    "dbHash",
    "explain",
    "getParameter",
    "hostInfo",
    "serverStatus",
    "usersInfo",
    "rolesInfo",
    "validate",
];

/// One connection to a server.
#[derive(Debug, Default)]
pub(super) struct Mongodb {
    client: Buffer,
    server: Buffer,
    ordinals: Ordinals,
    /// Ordinals by the id that the client gave.
    awaited: BTreeMap<i32, u64>,
}

struct Header {
    id: i32,
    reply_to: i32,
    code: i32,
}

fn header(reader: &mut Reader<'_>) -> Result<Header, Unintelligible> {
    reader.take(4)?;
    let mut number = || reader.array().map(i32::from_le_bytes);
    Ok(Header { id: number()?, reply_to: number()?, code: number()? })
}

fn length(head: &[u8]) -> i64 {
    i64::from(i32::from_le_bytes([head[0], head[1], head[2], head[3]]))
}

/// The command's name and whether a reply will come.
fn command(code: i32, body: &mut Reader<'_>) -> Result<(String, bool), Unintelligible> {
    match code {
        OP_MSG => {
            let flags = u32::from_le_bytes(body.array()?);
            loop {
                match body.array()? {
                    [0] => return Ok((first_name(body)?, flags & MORE_TO_COME == 0)),
                    [1] => {
                        let length = u32::from_le_bytes(body.array()?);
                        body.take((length as usize).saturating_sub(4))?;
                    }
                    [kind] => return Err(Unintelligible::new(format!("a section of an OP_MSG is of kind {kind}"))),
                }
            }
        }
        OP_QUERY => {
            body.take(4)?;
            body.c_string()?;
            body.take(8)?;
            Ok((first_name(body)?, true))
        }
        // Compressed, or of an age when writes had codes of their own.
        other => Ok((format!("opcode {other}"), true)),
    }
}

/// The name of a document's first member.
fn first_name(document: &mut Reader<'_>) -> Result<String, Unintelligible> {
    document.take(5)?;
    document.c_string().map(text)
}

fn access(name: &str) -> Access {
    if SESSION.contains(&name) {
        Access::Session
    } else if READ.contains(&name) {
        Access::Read
    } else {
        Access::Write
    }
}

impl Conversation for Mongodb {
    fn hear_client(&mut self, bytes: &[u8]) -> Result<Vec<FromClient>, Unintelligible> {
        self.client.push(bytes);
        let mut all = Vec::new();
        while let Some(message) = self.client.take_message(16, length)? {
            let mut reader = Reader::new(&message);
            let Header { id, code, .. } = header(&mut reader)?;
            let (name, answered) = command(code, &mut reader)?;
            let (ordinal, request) = self.ordinals.next(Request::new(access(&name), name));
            if answered {
                self.awaited.insert(id, ordinal);
            }
            all.push(FromClient::Forward(message, Some((ordinal, request))));
        }
        Ok(all)
    }

    fn hear_server(&mut self, bytes: &[u8]) -> Result<Vec<FromServer>, Unintelligible> {
        self.server.push(bytes);
        let mut all = Vec::new();
        while let Some(message) = self.server.take_message(16, length)? {
            let header = header(&mut Reader::new(&message))?;
            all.push(FromServer { answered: self.awaited.remove(&header.reply_to), bytes: message });
        }
        Ok(all)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use bson::{Document, doc};

    use super::super::tests::{hear_client, names};
    use super::*;

    fn message(id: i32, reply_to: i32, code: i32, body: &[u8]) -> Vec<u8> {
        let length = i32::try_from(body.len() + 16).unwrap();
        let head: Vec<u8> = [length, id, reply_to, code].iter().flat_map(|number| number.to_le_bytes()).collect();
        [head, body.to_vec()].concat()
    }

    fn op_msg(id: i32, flags: u32, command: &Document) -> Vec<u8> {
        let documents = [[0; 4].as_slice(), b"documents\0", b"\x05\0\0\0\0"].concat();
        let sequence = [&u32::try_from(documents.len()).unwrap().to_le_bytes(), &documents[4..]].concat();
        let body = [&flags.to_le_bytes(), [1].as_slice(), &sequence, &[0], &command.to_vec().unwrap()].concat();
        message(id, 0, OP_MSG, &body)
    }

    /// What a client says in a short session.
    pub(in super::super) fn session() -> Vec<u8> {
        let hello = doc! {"isMaster": 1, "helloOk": true}.to_vec().unwrap();
        let hello = [[0; 4].as_slice(), b"admin.$cmd\0", &[0; 8], &hello].concat();
        [
            message(1, 0, OP_QUERY, &hello),
            op_msg(2, 0, &doc! {"saslStart": 1, "$db": "admin"}),
            op_msg(3, 0, &doc! {"listIndexes": "carts", "$db": "acme"}),
            op_msg(4, 0, &doc! {"createIndexes": "carts", "$db": "acme"}),
            op_msg(5, MORE_TO_COME, &doc! {"insert": "carts", "$db": "acme"}),
            message(6, 0, 2012, b"compressed"),
        ]
        .concat()
    }

    #[test]
    fn a_command_is_known_by_the_first_member_of_its_document() {
        let heard = hear_client(&mut Mongodb::default(), &[&session()]);
        let told = ["Session isMaster", "Session saslStart", "Read listIndexes", "Write createIndexes", "Write insert"];
        assert_eq!(names(&heard)[..5], told);
        assert_eq!(names(&heard)[5], "Write opcode 2012", "what cannot be read counts as a write");
    }

    #[test]
    fn an_answer_names_its_request() {
        let mut it = Mongodb::default();
        it.hear_client(&session()).unwrap();
        let replies = [message(90, 4, OP_MSG, b"x"), message(91, 90, OP_MSG, b"x"), message(92, 3, OP_MSG, b"x")];
        let told = it.hear_server(&replies.concat()).unwrap();
        assert_eq!(told.iter().map(|told| told.answered).collect::<Vec<_>>(), [Some(4), None, Some(3)]);
    }
}
