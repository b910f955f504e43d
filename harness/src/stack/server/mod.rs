//! What is true of a server whatever runs it: what it is told, when it is ready, what it is given then, how it ends.
//!
//! `native` and `containers` launch it; the rest is here, once.

pub(crate) mod kafka;
pub(crate) mod minio;
pub(crate) mod mongodb;
pub(crate) mod postgres;
mod running;

pub(crate) use running::{Failed, Runner, Running, Started, StartedEndpoint, free_ports, tail, with_fresh_ports};

use super::endpoints::Origin;

/// The suite's user in every server.
pub(crate) const SUITE: &str = "conformance";

/// Where a server that was launched can be reached.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) origin: Origin,
    /// Host name or address.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
}
