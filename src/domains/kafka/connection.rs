//! The native client, made when it is needed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{ClientConfig, error::KafkaResult, types::RDKafkaErrorCode as Code};

use super::native::{Admin, Failure};

/// One native client at a time.
///
/// A client whose credentials were refused is not used again: it would wait before it connects anew, tell the same
/// refusal only now and then, and so go on refusing after the credentials have been put right.
pub(super) struct Connection {
    settings: ClientConfig,
    timeout: Duration,
    admin: Mutex<Option<Arc<Admin>>>,
}

impl Connection {
    /// Checks the settings; connects when first used.
    pub(super) fn new(settings: ClientConfig, timeout: Duration) -> KafkaResult<Self> {
        let admin = Admin::new(&settings, timeout)?;
        Ok(Self { settings, timeout, admin: Mutex::new(Some(Arc::new(admin))) })
    }

    /// The bound of one request.
    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Makes a call, which blocks.
    pub(super) fn call<T>(&self, call: impl FnOnce(&Admin) -> Result<T, Failure>) -> Result<T, Failure> {
        let admin = self.admin()?;
        let result = call(&admin);
        if result.as_ref().is_err_and(Failure::refuses_credentials) {
            self.discard(&admin);
        }
        result
    }

    fn admin(&self) -> Result<Arc<Admin>, Failure> {
        let mut current = self.current();
        if let Some(admin) = &*current {
            return Ok(Arc::clone(admin));
        }
        let failed = |error: rdkafka::error::KafkaError| Failure {
            code: Code::CriticalSystemResource,
            message: format!("librdkafka did not make a client: {error}"),
        };
        let admin = Arc::new(Admin::new(&self.settings, self.timeout).map_err(failed)?);
        *current = Some(Arc::clone(&admin));
        Ok(admin)
    }

    /// Unless somebody else has done so.
    fn discard(&self, refused: &Arc<Admin>) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|admin| Arc::ptr_eq(admin, refused)) {
            *current = None;
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Arc<Admin>>> {
        self.admin.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
