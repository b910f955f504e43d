//! Proxies between an implementation and its backends: they count requests, and fail when they are told to.
//!
//! One per domain, not per server: `iam` and `postgres_metadata` may share a server and must fail apart. The control
//! database of an implementation is never behind one.
//!
//! In flow order: `addresses` puts a proxy's address in the place of the server's; `listener` accepts there; `relay`
//! carries the bytes; a `Conversation` per protocol (`postgres` with `sql`, `mongodb`, `kafka`, `s3`) finds the requests
//! in them; `request` names and counts them; `fault` decides what goes through.
//!
//! A Kafka broker tells its clients where it is, past any proxy. `kafka_addresses` replaces the addresses in those
//! answers. A second listener of the broker that advertises the proxy's port would do as well for one proxy and a broker
//! of our own; this does for any number of proxies at once, and for clusters that are given.
//!
//! Requests are seen in plain text only: what is reached over TLS is refused by name, and an implementation that asks
//! Postgres for encryption is told that there is none.

mod addresses;
mod bytes;
mod conversation;
mod fault;
mod kafka;
mod kafka_addresses;
mod listener;
mod mongodb;
mod postgres;
mod relay;
mod request;
mod s3;
mod sql;

use std::{collections::BTreeMap, fmt, io, sync::Arc, time::Duration};

pub use fault::Fault;
pub use request::{Access, Counts, Request};

use crate::{
    fixtures::Domain,
    stack::{Endpoints, Service},
};
use fault::Gate;
use listener::Sockets;

/// Why there is no proxy before a service.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// No socket of its own.
    #[error("no proxy before {service}: {cause}")]
    Bind {
        /// Before which service.
        service: Service,
        /// What the system said.
        cause: io::Error,
    },
    /// The service is reached over TLS.
    #[error("{service} is reached over TLS, which a proxy cannot look into: give the suite a listener without it")]
    Encrypted {
        /// Which service.
        service: Service,
    },
    /// The service's address names no host and port.
    #[error("{service} has an address that a proxy cannot stand before: give it as host and port")]
    Address {
        /// Which service.
        service: Service,
    },
}

/// A proxy before the backend of one domain. Its sockets close when it is dropped.
pub struct Proxy {
    service: Service,
    gate: Arc<Gate>,
    endpoints: Endpoints,
    _sockets: Arc<Sockets>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl Proxy {
    fn start(endpoints: &Endpoints, service: Service) -> Result<Self, ProxyError> {
        let gate = Arc::new(Gate::new());
        let sockets = Sockets::new(service, gate.clone());
        let endpoints = addresses::rerouted(endpoints, service, |host, port| sockets.port_for(host, port))?;
        Ok(Self { service, gate, endpoints, _sockets: sockets })
    }

    /// The stack, with this backend behind the proxy.
    #[must_use]
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// `host:port` where it listens; the first of several.
    #[must_use]
    pub fn address(&self) -> String {
        addresses::address_of(&self.endpoints, self.service)
    }

    /// Orders a failure, in place of one that was ordered before.
    pub fn order(&self, fault: Fault) {
        self.gate.order(fault);
    }

    /// Ends a failure, and takes back one that has not come to pass.
    pub fn mend(&self) {
        self.gate.mend();
    }

    /// Ends a failure like [`Proxy::mend`], but for the writes that wait: they never arrive.
    pub fn lose(&self) {
        self.gate.lose();
    }

    /// Returns when a write waits, as [`Fault::HoldWrite`] has it.
    pub async fn until_holding(&self) {
        self.gate.until_holding().await;
    }

    /// How many writes wait or waited since the failure was ordered.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.gate.held()
    }

    /// Whether the backend is away: the failure has come to pass.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.gate.is_down()
    }

    /// What went through since the start, or since this was asked last.
    #[must_use]
    pub fn take_counts(&self) -> Counts {
        self.gate.take_counts()
    }
}

/// A proxy before the backend of each domain.
#[derive(Debug)]
pub struct Proxies(BTreeMap<Domain, Proxy>);

impl Proxies {
    /// Opens all proxies. Must be called within a runtime.
    ///
    /// # Errors
    /// When a service is reached in a way that a proxy cannot follow, or no socket is to be had.
    pub fn start(endpoints: &Endpoints) -> Result<Self, ProxyError> {
        let one = |domain| Proxy::start(endpoints, addresses::service_of(domain)).map(|proxy| (domain, proxy));
        Domain::ALL.into_iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// The proxy before a domain's backend.
    #[must_use]
    pub fn of(&self, domain: Domain) -> &Proxy {
        &self.0[&domain]
    }

    /// Returns when no backend was asked anything for so long.
    pub async fn until_at_rest(&self, rest: Duration) {
        fault::until_at_rest(rest, self.0.values().map(|proxy| &*proxy.gate)).await;
    }

    /// What went through each since the start, or since this was asked last.
    #[must_use]
    pub fn take_counts(&self) -> BTreeMap<Domain, Counts> {
        self.0.iter().map(|(domain, proxy)| (*domain, proxy.take_counts())).collect()
    }
}

#[cfg(test)]
mod tests;
