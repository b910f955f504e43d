//! What whoever embeds the engine chooses: its configuration, and what stands around its lock and its journal.

use std::{future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{FutureExt as _, future::BoxFuture};
use restore_engine::{
    Builder, Result,
    config::Config,
    control::{
        Caller,
        journal::Journal,
        lock::{Lease, Locks},
    },
    domains::Fence,
};
use uuid::Uuid;

use crate::Saboteur;

type Configures = Arc<dyn Fn(&mut Config) + Send + Sync>;
type AroundLocks = Arc<dyn Fn(Arc<dyn Locks>) -> Arc<dyn Locks> + Send + Sync>;
type AroundJournal = Arc<dyn Fn(Arc<dyn Journal>) -> Arc<dyn Journal> + Send + Sync>;

/// The faults of one saboteur at this seam.
#[derive(Default)]
pub(crate) struct Faults {
    configures: Vec<Configures>,
    locks: Option<AroundLocks>,
    journal: Option<AroundJournal>,
}

impl Faults {
    /// Changes the configuration.
    pub(crate) fn configure(&self, config: &mut Config) {
        self.configures.iter().for_each(|change| change(config));
    }

    /// Puts what there is around the lock and the journal.
    pub(crate) fn build(&self, mut builder: Builder) -> Builder {
        if let Some(around) = self.locks.clone() {
            builder = builder.locks(move |own| around(own));
        }
        if let Some(around) = self.journal.clone() {
            builder = builder.journal(move |own| around(own));
        }
        builder
    }
}

impl Saboteur {
    /// Runs with another configuration than it was given.
    pub(crate) fn configured(mut self, change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        self.at.builder.configures.push(Arc::new(change));
        self.at("builder")
    }

    /// Takes locks in its own way; `own` is the engine's.
    pub(crate) fn locks<F, A>(mut self, lock: F) -> Self
    where
        F: Fn(Arc<dyn Locks>, Caller, String) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Box<dyn Lease>>> + Send + 'static,
    {
        let lock: Arc<Lock> = Arc::new(move |own, caller, tenant| lock(own, caller, tenant).boxed());
        self.at.builder.locks = Some(Arc::new(move |own| Arc::new(OtherLocks { own, lock: Arc::clone(&lock) })));
        self.at("builder")
    }

    /// Gets to know the engine's own lock, which it leaves in its place.
    pub(crate) fn sees_locks(mut self, see: impl Fn(Arc<dyn Locks>) + Send + Sync + 'static) -> Self {
        self.at.builder.locks = Some(Arc::new(move |own| {
            see(Arc::clone(&own));
            own
        }));
        self.at("builder")
    }

    /// Puts something around the journal of each run.
    pub(crate) fn journals(
        mut self,
        around: impl Fn(Arc<dyn Journal>) -> Arc<dyn Journal> + Send + Sync + 'static,
    ) -> Self {
        self.at.builder.journal = Some(Arc::new(around));
        self.at("builder")
    }
}

type Lock = dyn Fn(Arc<dyn Locks>, Caller, String) -> BoxFuture<'static, Result<Box<dyn Lease>>> + Send + Sync;

struct OtherLocks {
    own: Arc<dyn Locks>,
    lock: Arc<Lock>,
}

#[async_trait]
impl Locks for OtherLocks {
    async fn lock(&self, caller: &Caller, tenant_id: &str, _: Option<&str>) -> Result<Box<dyn Lease>> {
        (self.lock)(Arc::clone(&self.own), caller.clone(), tenant_id.to_owned()).await
    }
}

/// A lease with a fence of its own, which says yes to every write unless it is given another. It holds whatever lease it
/// stands for; without one, nothing is locked.
pub(crate) struct Open {
    tenant_id: String,
    token: Uuid,
    fence: Arc<dyn Fence>,
    _held: Option<Box<dyn Lease>>,
}

impl Open {
    /// Nothing is locked.
    pub(crate) fn without_lock(tenant_id: &str) -> Box<dyn Lease> {
        let fence = Arc::new(AlwaysOpen);
        Box::new(Self { tenant_id: tenant_id.to_owned(), token: Uuid::new_v4(), fence, _held: None })
    }

    /// The lock is held, and its fence never asked.
    pub(crate) fn around(lease: Box<dyn Lease>) -> Box<dyn Lease> {
        Self::with_fence(lease, Arc::new(AlwaysOpen))
    }

    /// The lock is held, and this fence asked.
    pub(crate) fn with_fence(lease: Box<dyn Lease>, fence: Arc<dyn Fence>) -> Box<dyn Lease> {
        let (tenant_id, token) = (lease.tenant_id().to_owned(), lease.token());
        Box::new(Self { tenant_id, token, fence, _held: Some(lease) })
    }
}

#[async_trait]
impl Lease for Open {
    fn fence(&self) -> Arc<dyn Fence> {
        Arc::clone(&self.fence)
    }

    fn token(&self) -> Uuid {
        self.token
    }

    fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    async fn release(self: Box<Self>) {
        if let Some(held) = self._held {
            held.release().await;
        }
    }
}

pub(crate) struct AlwaysOpen;

#[async_trait]
impl Fence for AlwaysOpen {
    async fn check(&self, _: Duration) -> Result<()> {
        Ok(())
    }

    fn postgres_guard(&self, _: &str) -> Option<String> {
        None
    }
}
