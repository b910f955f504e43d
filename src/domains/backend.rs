//! What is wrong with a backend, in the words of all domains: which domain's backend, where, and why, once.

use std::time::Duration;

use restore_model::DomainKey;

use crate::{Error, ErrorKind};

/// A domain's backend, as messages name it.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    key: DomainKey,
    address: String,
}

impl Backend {
    /// `address` must hold no credentials.
    pub(super) fn new(key: DomainKey, address: impl Into<String>) -> Self {
        Self { key, address: address.into() }
    }

    /// There is no connection to it.
    pub(super) fn unreachable(&self, cause: impl std::fmt::Display) -> Error {
        self.error(ErrorKind::BackendUnavailable, &format!("cannot be reached: {cause}"))
    }

    /// It gave no answer in time.
    pub(super) fn late(&self, bound: Duration) -> Error {
        self.error(ErrorKind::BackendUnavailable, &format!("did not answer within {} ms", bound.as_millis()))
    }

    /// It does not take the credentials.
    pub(super) fn refuses_credentials(&self, cause: impl std::fmt::Display) -> Error {
        self.error(ErrorKind::BackendDenied, &format!("refuses the engine's credentials: {cause}"))
    }

    /// It does not let this user do this.
    pub(super) fn refuses_operation(&self, cause: impl std::fmt::Display) -> Error {
        self.error(ErrorKind::BackendDenied, &format!("refuses the operation: {cause}"))
    }

    /// It answered with something else than success.
    pub(super) fn failed(&self, cause: impl std::fmt::Display) -> Error {
        self.error(ErrorKind::BackendFailed, &format!("failed: {cause}"))
    }

    fn error(&self, kind: ErrorKind, what: &str) -> Error {
        Error::new(kind, format!("{} at {} {what}", self.key, self.address))
    }
}
