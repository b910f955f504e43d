//! What a protocol must tell the relay about the bytes that pass. No conversation does any I/O.

use super::request::Request;

/// Bytes that came from the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FromClient {
    /// For the server. Names the request when these bytes begin one, with its ordinal in this conversation.
    Forward(Vec<u8>, Option<(u64, Request)>),
    /// Never reaches the server: these bytes are the answer.
    Answer(Vec<u8>),
}

/// Bytes that came from the server, for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FromServer {
    pub(super) bytes: Vec<u8>,
    /// With these bytes every request up to this ordinal has been carried out.
    pub(super) answered: Option<u64>,
}

/// Bytes that are not of the protocol, or of a part of it in which requests cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot follow the conversation: {0}")]
pub(super) struct Unintelligible(pub(super) String);

impl Unintelligible {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// One connection, in one protocol. Bytes may come in pieces of any size.
pub(super) trait Conversation: Send {
    /// Takes what the client sent, and gives what can be passed on so far.
    fn hear_client(&mut self, bytes: &[u8]) -> Result<Vec<FromClient>, Unintelligible>;

    /// Takes what the server sent, and gives what can be passed on so far.
    fn hear_server(&mut self, bytes: &[u8]) -> Result<Vec<FromServer>, Unintelligible>;
}

/// Numbers the requests of a conversation, from 1.
#[derive(Debug, Default)]
pub(super) struct Ordinals(u64);

impl Ordinals {
    pub(super) fn next(&mut self, request: Request) -> (u64, Request) {
        self.0 += 1;
        (self.0, request)
    }

    /// The ordinal of the last request; none before the first.
    pub(super) fn last(&self) -> Option<u64> {
        (self.0 > 0).then_some(self.0)
    }
}
