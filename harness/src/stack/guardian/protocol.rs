//! What a user and a guardian say to each other: one JSON value a line.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::super::endpoints::{KafkaEndpoint, MongodbEndpoint, PostgresEndpoint, S3Endpoint, Service};
use super::super::spec::RunAs;

/// What a user says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Keep the servers for as long as this connection is open.
    Hold { label: String, pid: u32 },
    /// Keep the servers for a time, without a connection.
    Keep { seconds: u64 },
    /// Who uses the stack?
    Status,
    /// End it; with `force` even if others use it.
    Down { force: bool },
    /// End one server, as a failure would, and keep its data.
    Halt { service: Service },
    /// Launch it again, where it was and with its data; it is not waited for.
    Launch { service: Service },
}

/// What the guardian says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tell {
    /// A server became ready; more are to come.
    Progress { service: Service, seconds: f64 },
    /// All servers are ready.
    Ready(Box<Servers>),
    /// The stack could not be started, or a server of it has ended.
    Failed { service: Service, why: String, log_tail: Vec<String> },
    /// The answer to [`Ask::Keep`], [`Ask::Down`], [`Ask::Halt`] and [`Ask::Launch`].
    Done,
    /// The other answer to [`Ask::Halt`] and [`Ask::Launch`]: why not.
    Refused(String),
    /// The answer to [`Ask::Status`].
    Status(StackStatus),
    /// The stack is in use.
    InUse(Vec<String>),
}

/// The servers that a guardian owns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Servers {
    pub(crate) postgres: Option<PostgresEndpoint>,
    pub(crate) mongodb: Option<MongodbEndpoint>,
    pub(crate) kafka: Option<KafkaEndpoint>,
    pub(crate) s3: Option<S3Endpoint>,
    /// Whom a server runs as that refuses root.
    pub(crate) run_as: Option<RunAs>,
}

/// How a stack is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackStatus {
    /// Which stack.
    pub key: String,
    /// Process id of its guardian.
    pub guardian: u32,
    /// `starting`, `ready` or `failed`.
    pub phase: String,
    /// For how many seconds it has run.
    pub age_seconds: u64,
    /// Who holds it.
    pub users: Vec<String>,
    /// For how many seconds it is kept without a user.
    pub kept_seconds: Option<u64>,
}

/// A connection, seen from either side.
pub(crate) struct Line {
    lines: Lines<BufReader<OwnedReadHalf>>,
    out: OwnedWriteHalf,
}

impl Line {
    pub(crate) fn new(stream: UnixStream) -> Self {
        let (read, out) = stream.into_split();
        Self { lines: BufReader::new(read).lines(), out }
    }

    /// Sends a value.
    pub(crate) async fn send(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.out.write_all(&text).await
    }

    /// Receives a value; `None` when the other side has closed.
    pub(crate) async fn receive<T: DeserializeOwned>(&mut self) -> std::io::Result<Option<T>> {
        match self.lines.next_line().await? {
            Some(line) => Ok(Some(serde_json::from_str(&line)?)),
            None => Ok(None),
        }
    }
}
