//! The admin calls that rdkafka lacks, or whose answers it shortens, straight through librdkafka.
//!
//! Everything unsafe of this domain is in this folder. What goes out is safe to use from anywhere: calls block, so
//! they belong on a blocking thread; nothing that is returned borrows from librdkafka.
#![expect(unsafe_code, reason = "librdkafka is a C library")]

mod acls;
mod call;
mod cluster;
mod topics;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientConfig,
    client::{Client, DefaultClientContext},
    types::{RDKafkaErrorCode, RDKafkaType},
};
use rdkafka_sys as sys;

pub(super) use call::GRACE;
pub(super) use topics::NewTopic;

/// What a call, or one item of it, failed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What a program can tell.
    pub(super) code: RDKafkaErrorCode,
    /// What the broker or librdkafka says about it.
    pub(super) message: String,
}

impl Failure {
    /// Whether the brokers do not take the user's credentials.
    pub(super) const fn refuses_credentials(&self) -> bool {
        matches!(self.code, RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed)
    }
}

/// A client for admin calls. Connects when first used and then by itself.
pub(super) struct Admin {
    client: Client<DefaultClientContext>,
    timeout: Duration,
    /// The worst that was heard of the connection since the last call that went well.
    connection: Mutex<Option<Failure>>,
}

impl Admin {
    /// Starts librdkafka's threads; connects later.
    pub(super) fn new(config: &ClientConfig, timeout: Duration) -> rdkafka::error::KafkaResult<Self> {
        let native = config.create_native_config()?;
        // SAFETY: the pointer is valid for as long as `native` is; events are a set of flags.
        unsafe { sys::rd_kafka_conf_set_events(native.ptr(), sys::RD_KAFKA_EVENT_ERROR | sys::RD_KAFKA_EVENT_LOG) };
        let client = Client::new(config, native, RDKafkaType::RD_KAFKA_PRODUCER, DefaultClientContext)?;
        Ok(Self { client, timeout, connection: Mutex::new(None) })
    }

    /// The bound of one call.
    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    fn connection(&self) -> std::sync::MutexGuard<'_, Option<Failure>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
