//! The sockets of one proxy: one for each address of the backend.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{net::TcpStream, runtime::Handle, task::JoinHandle};

use super::{
    conversation::Conversation, fault::Gate, kafka::Kafka, mongodb::Mongodb, postgres::Postgres, relay, s3::S3,
};
use crate::{stack::Service, timeouts};

/// The proxy's port, and whoever accepts there.
type Open = (u16, JoinHandle<()>);

/// The way from the proxy's own sockets to those of the backend. New addresses are given sockets when a broker tells
/// them; all sockets close when it is dropped.
pub(super) struct Sockets {
    service: Service,
    gate: Arc<Gate>,
    /// By the backend's address.
    open: Mutex<BTreeMap<(String, u16), Open>>,
}

impl Sockets {
    pub(super) fn new(service: Service, gate: Arc<Gate>) -> Arc<Self> {
        Arc::new(Self { service, gate, open: Mutex::default() })
    }

    /// The proxy's port on 127.0.0.1 for an address of the backend. Must be called within a runtime.
    pub(super) fn port_for(self: &Arc<Self>, host: &str, port: u16) -> io::Result<u16> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let address = (host.to_owned(), port);
        if let Some((port, _)) = open.get(&address) {
            return Ok(*port);
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?.port();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        // Weak, so that whoever accepts does not keep the sockets open.
        let sockets = Arc::downgrade(self);
        let (service, gate, to) = (self.service, self.gate.clone(), address.clone());
        let accepting = Handle::current().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Some(sockets) = sockets.upgrade() else { return };
                if gate.is_down() {
                    continue;
                }
                let (conversation, gate, to) = (conversation(service, &sockets), gate.clone(), to.clone());
                tokio::spawn(async move {
                    if let Err(error) = connect(client, to, conversation, gate).await {
                        tracing::debug!(%service, %error, "a connection through the proxy ended");
                    }
                });
            }
        });
        open.insert(address, (own, accepting));
        Ok(own)
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for (_, accepting) in self.open.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            accepting.abort();
        }
    }
}

async fn connect(
    client: TcpStream,
    (host, port): (String, u16),
    conversation: Box<dyn Conversation>,
    gate: Arc<Gate>,
) -> io::Result<()> {
    let server = tokio::time::timeout(timeouts::BACKEND_CONNECT, TcpStream::connect((host.as_str(), port)))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    relay::relay(client, server, conversation, gate).await
}

fn conversation(service: Service, sockets: &Arc<Sockets>) -> Box<dyn Conversation> {
    match service {
        Service::Postgres => Box::<Postgres>::default(),
        Service::Mongodb => Box::<Mongodb>::default(),
        Service::S3 => Box::<S3>::default(),
        Service::Kafka => {
            let sockets = Arc::downgrade(sockets);
            Box::new(Kafka::new(Arc::new(move |host, port| {
                let sockets = sockets.upgrade().ok_or(io::ErrorKind::NotConnected)?;
                Ok((Ipv4Addr::LOCALHOST.to_string(), sockets.port_for(host, port)?))
            })))
        }
    }
}
