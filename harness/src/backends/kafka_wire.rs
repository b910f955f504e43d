//! Creation of access control entries in Kafka's own protocol.
//!
//! The probes' Kafka client numbers pattern types one too low and so cannot write a prefixed entry.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{BackendError, Doing, Result};

const KEY: &str = "kafka";
const SASL_HANDSHAKE: (i16, i16) = (17, 1);
const SASL_AUTHENTICATE: (i16, i16) = (36, 0);
const CREATE_ACLS: (i16, i16) = (30, 1);

/// An access control entry with the protocol's own numbers.
pub(crate) struct Entry {
    pub(crate) resource: i8,
    pub(crate) name: String,
    pub(crate) pattern: i8,
    pub(crate) principal: String,
    pub(crate) host: String,
    pub(crate) operation: i8,
    pub(crate) permission: i8,
}

/// Logs in by SASL/PLAIN and creates all entries in one request.
pub(crate) async fn create_acls(bootstrap: &str, user: &(String, String), entries: &[Entry]) -> Result<()> {
    let address = bootstrap.split(',').next().unwrap_or(bootstrap).trim();
    let mut stream = TcpStream::connect(address).await.doing(KEY, format!("connecting to {address}"))?;
    let mut body = Vec::new();
    put_text(&mut body, "PLAIN");
    let mut answer = Answer(call(&mut stream, SASL_HANDSHAKE, &body).await?);
    refuse(answer.i16()?, "the SASL handshake")?;
    let token = format!("\0{}\0{}", user.0, user.1);
    let mut body = length(token.len()).to_be_bytes().to_vec();
    body.extend(token.as_bytes());
    let mut answer = Answer(call(&mut stream, SASL_AUTHENTICATE, &body).await?);
    refuse(answer.i16()?, "logging in")?;

    let mut body = length(entries.len()).to_be_bytes().to_vec();
    for entry in entries {
        body.extend(entry.resource.to_be_bytes());
        put_text(&mut body, &entry.name);
        body.extend(entry.pattern.to_be_bytes());
        put_text(&mut body, &entry.principal);
        put_text(&mut body, &entry.host);
        body.extend(entry.operation.to_be_bytes());
        body.extend(entry.permission.to_be_bytes());
    }
    let mut answer = Answer(call(&mut stream, CREATE_ACLS, &body).await?);
    answer.take(4)?; // throttle time
    let count = answer.i32()?;
    for entry in entries.iter().take(usize::try_from(count).unwrap_or_default()) {
        let code = answer.i16()?;
        let text = usize::try_from(answer.i16()?).unwrap_or_default();
        answer.take(text)?;
        refuse(code, &format!("creating the entry of {} on {}", entry.principal, entry.name))?;
    }
    Ok(())
}

async fn call(stream: &mut TcpStream, (key, version): (i16, i16), body: &[u8]) -> Result<Vec<u8>> {
    let mut request = Vec::new();
    request.extend(key.to_be_bytes());
    request.extend(version.to_be_bytes());
    request.extend(1i32.to_be_bytes());
    put_text(&mut request, "restore-conformance");
    request.extend(body);
    let doing = || format!("calling api {key}");
    stream.write_all(&length(request.len()).to_be_bytes()).await.doing(KEY, doing())?;
    stream.write_all(&request).await.doing(KEY, doing())?;
    let size = stream.read_i32().await.doing(KEY, doing())?;
    let mut answer = vec![0; usize::try_from(size).doing(KEY, doing())?];
    stream.read_exact(&mut answer).await.doing(KEY, doing())?;
    answer.drain(..4.min(answer.len())); // correlation id
    Ok(answer)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend(i16::try_from(text.len()).unwrap_or(i16::MAX).to_be_bytes());
    out.extend(text.as_bytes());
}

fn length(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

fn refuse(code: i16, doing: &str) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    Err(BackendError { backend: KEY, doing: doing.to_owned(), cause: format!("the broker answered error {code}") })
}

/// What is still unread of an answer.
struct Answer(Vec<u8>);

impl Answer {
    fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        if self.0.len() < count {
            return Err(BackendError {
                backend: KEY,
                doing: "reading an answer".into(),
                cause: "it ends too early".into(),
            });
        }
        Ok(self.0.drain(..count).collect())
    }

    fn i16(&mut self) -> Result<i16> {
        let bytes = self.take(2)?;
        Ok(i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> Result<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
}
