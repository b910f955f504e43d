//! Between a driver and its backend: bytes that become others on their way. Both are of the same length, so that the
//! framing of every protocol holds.

use std::{io, sync::Arc, time::Duration};

use restore_engine::config::Config;
use restore_model::DomainKey;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::Saboteur;

/// How long the end of a chunk waits for the rest of what it seems to begin: servers write a message in a few chunks.
const REST: Duration = Duration::from_millis(20);

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the engine to the backend.
    Asked,
    /// From the backend to the engine.
    Answered,
}

/// Bytes that become others.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    domain: DomainKey,
    direction: Direction,
    from: Vec<u8>,
    to: Vec<u8>,
}

impl Saboteur {
    /// Changes bytes on the wire to a domain's backend, or from it.
    ///
    /// # Panics
    /// When the lengths differ.
    pub(crate) fn garbles(mut self, domain: DomainKey, direction: Direction, from: &[u8], to: &[u8]) -> Self {
        assert_eq!(from.len(), to.len(), "{}: the framing would break", self.name);
        self.at.wire.push(Fault { domain, direction, from: from.to_vec(), to: to.to_vec() });
        self.at("wire")
    }
}

/// Starts what stands between, and points the configuration at it. Kafka is out of reach: brokers tell their own address.
///
/// # Errors
/// When no port is free, or the configuration has no such backend.
pub(crate) async fn put_between(config: &mut Config, faults: &[Fault]) -> io::Result<()> {
    for domain in DomainKey::ALL {
        let own: Vec<Fault> = faults.iter().filter(|fault| fault.domain == domain).cloned().collect();
        if own.is_empty() {
            continue;
        }
        let domains = &mut config.domains;
        let url = match domain {
            DomainKey::Iam => domains.iam.as_mut().map(|it| &mut it.url),
            DomainKey::PostgresMetadata => domains.postgres_metadata.as_mut().map(|it| &mut it.url),
            DomainKey::MongoMetadata => domains.mongo_metadata.as_mut().map(|it| &mut it.url),
            DomainKey::Storage => domains.storage.as_mut().map(|it| &mut it.endpoint),
            DomainKey::Kafka => None,
        };
        let url = url.ok_or_else(|| io::Error::other(format!("nothing can stand before the backend of {domain}")))?;
        let backend = address(url);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        *url = url.replacen(&backend, &listener.local_addr()?.to_string(), 1);
        tokio::spawn(accept(listener, backend, own.into()));
    }
    Ok(())
}

/// `host:port` of a URL.
fn address(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

async fn accept(listener: TcpListener, backend: String, faults: Arc<[Fault]>) {
    while let Ok((engine, _)) = listener.accept().await {
        let Ok(backend) = TcpStream::connect(&backend).await else { continue };
        let ((from_engine, to_engine), (from_backend, to_backend)) = (engine.into_split(), backend.into_split());
        tokio::spawn(relay(from_engine, to_backend, Arc::clone(&faults), Direction::Asked));
        tokio::spawn(relay(from_backend, to_engine, Arc::clone(&faults), Direction::Answered));
    }
}

/// Until one side ends, which ends the other.
async fn relay(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, faults: Arc<[Fault]>, direction: Direction) {
    let own: Vec<&Fault> = faults.iter().filter(|fault| fault.direction == direction).collect();
    let mut bytes = Vec::with_capacity(64 << 10);
    loop {
        let read = if bytes.is_empty() {
            from.read_buf(&mut bytes).await
        } else {
            // What was held back is let go when nothing more comes.
            tokio::time::timeout(REST, from.read_buf(&mut bytes)).await.unwrap_or(Ok(0))
        };
        let come = read.unwrap_or(0);
        if come == 0 && bytes.is_empty() {
            return;
        }
        own.iter().for_each(|fault| replace(&mut bytes, fault));
        let back = if come == 0 { 0 } else { own.iter().map(|fault| begun(&bytes, &fault.from)).max().unwrap_or(0) };
        let ready: Vec<u8> = bytes.drain(..bytes.len() - back).collect();
        if to.write_all(&ready).await.is_err() {
            return;
        }
    }
}

fn replace(bytes: &mut [u8], fault: &Fault) {
    let length = fault.from.len();
    for at in 0..(bytes.len() + 1).saturating_sub(length) {
        if bytes[at..at + length] == fault.from[..] {
            bytes[at..at + length].copy_from_slice(&fault.to);
        }
    }
}

/// How many bytes at the end of a chunk may be the beginning of `pattern`.
fn begun(bytes: &[u8], pattern: &[u8]) -> usize {
    (1..pattern.len().min(bytes.len() + 1)).rev().find(|length| bytes.ends_with(&pattern[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_what_stands_between_credentials_and_path() {
        assert_eq!(address("postgres://user:pass@127.0.0.1:5432/platform?sslmode=disable"), "127.0.0.1:5432");
        assert_eq!(address("http://127.0.0.1:9000"), "127.0.0.1:9000");
    }

    #[tokio::test]
    async fn bytes_become_others_also_where_a_chunk_ends_within_them() {
        let backend = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let before = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = before.local_addr().unwrap();
        let fault = Fault {
            domain: DomainKey::Storage,
            direction: Direction::Answered,
            from: b"Enabled".to_vec(),
            to: b"Missing".to_vec(),
        };
        tokio::spawn(accept(before, backend.local_addr().unwrap().to_string(), [fault].into()));
        let mut engine = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = backend.accept().await.unwrap();
        engine.write_all(b"Enabled?").await.unwrap();
        let mut asked = [0; 8];
        server.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"Enabled?", "the other direction");
        server.set_nodelay(true).unwrap();
        server.write_all(b"it is Ena").await.unwrap();
        server.write_all(b"bled, Enab").await.unwrap();
        drop(server);
        let mut answered = String::new();
        engine.read_to_string(&mut answered).await.unwrap();
        assert_eq!(answered, "it is Missing, Enab");
    }
}
