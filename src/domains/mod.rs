//! One driver per domain, behind one trait. A driver's types end here.
//!
//! Every domain folder has the same files: `mod.rs` (the [`Domain`] implementation, wiring only), `client.rs`
//! (connection, time-outs, translation of the driver's errors), `observe.rs`, `apply.rs`. What they share: `backend`
//! (the words for what is wrong with one) and `pool` (Postgres connections).

mod backend;
pub mod iam;
pub mod kafka;
pub mod mongo_metadata;
mod pool;
pub mod postgres_metadata;
pub mod storage;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::ExponentialBuilder;
use restore_model::{DomainKey, Inventory, ResourceId, TenantSpace, domains::Allowed, plan::Action, report::Outcome};

use crate::{Result, config::DomainsConfig};

/// A backend that holds one domain of every tenant.
#[async_trait]
pub trait Domain: Send + Sync {
    /// Which domain.
    fn key(&self) -> DomainKey;

    /// Asks the backend whether it answers and accepts the engine's credentials. Cheap; bounded in time.
    async fn check(&self) -> Result<()>;

    /// Reads everything in `space`, paged to the end, with a bounded number of reads per kind and none per resource
    /// where the backend has a bulk read. Specs come in normal form, with tenant-relative names and secrets redacted.
    async fn observe(&self, space: &TenantSpace) -> Result<Inventory>;

    /// The same, for a restore that wants `desired`: a backend whose listing silently omits what the engine may not see
    /// asks for the missing ones by name, and puts those that are hidden into [`Inventory::unreadable`].
    async fn observe_for(&self, space: &TenantSpace, desired: &[ResourceId]) -> Result<Inventory> {
        let _ = desired;
        self.observe(space).await
    }

    /// What stands in `space` besides its resources and no artifact holds, for people: what the engine made to hold
    /// them, for example. A tenant is not forgotten while any of it is there.
    async fn observe_remains(&self, space: &TenantSpace) -> Result<Vec<String>> {
        let _ = space;
        Ok(Vec::new())
    }

    /// The most actions that [`Domain::apply`] is given at once; fewer when they carry much text.
    fn batch_size(&self) -> usize {
        500
    }

    /// Whether the backend, for a while or for good, may show a setting as unset that it has taken. Such settings are
    /// then written anew, as a `Complete`, until it shows them.
    fn may_lose_sight_of_writes(&self) -> bool {
        false
    }

    /// Writes a batch of actions whose decision is [`restore_model::plan::Decision::Create`] or `Complete`, in this
    /// order where it matters, and returns one outcome for each. Never fails as a whole: a backend that goes away
    /// gives every remaining action its failed outcome. Before each write it asks the [`Fence`].
    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome>;
}

/// How long is waited before each time that something is written anew of which a backend has lost sight.
pub(crate) const LOST_SIGHT: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_millis(50)).with_factor(3.0).with_max_times(3);

/// Where a batch goes.
pub struct Target<'a> {
    /// The space restored into.
    pub space: &'a TenantSpace,
    /// What may be referred to besides.
    pub allowed: &'a Allowed,
    /// Whether this run still may write.
    pub fence: &'a dyn Fence,
    /// Resources of this run that failed earlier: what requires one is not attempted.
    pub failed: &'a BTreeSet<ResourceId>,
}

impl Target<'_> {
    /// The failed outcome of an action that requires something that failed, in an earlier batch or in this one.
    #[must_use]
    pub fn blocked(&self, action: &Action, failed_now: &BTreeSet<ResourceId>) -> Option<Outcome> {
        let missing = action.requires.iter().find(|id| self.failed.contains(*id) || failed_now.contains(*id))?;
        Some(Outcome::failed(action.id.clone(), format!("requires {missing}")))
    }
}

/// Asks a Postgres server which database a connection is in; the answer is [`Fence::postgres_guard`]'s argument.
pub const DATABASE_IDENTITY_QUERY: &str =
    "SELECT system_identifier::text || '/' || current_database() FROM pg_control_system()";

/// Says whether a run still holds its lock and its tenant is still active.
#[async_trait]
pub trait Fence: Send + Sync {
    /// Fails with [`crate::ErrorKind::LockLost`] (or `TenantSuspended`) unless a write that takes up to `request` is
    /// covered by the remaining lease. Call it immediately before a write, with the write's own time-out.
    async fn check(&self, request: Duration) -> Result<()>;

    /// A statement that fails or returns no row inside a transaction of the control database once the lock is lost:
    /// `SELECT 1 FROM … WHERE …` with all values inlined. None when the backend's Postgres, by its answer
    /// to [`DATABASE_IDENTITY_QUERY`], is not the control database.
    fn postgres_guard(&self, database_identity: &str) -> Option<String>;
}

/// The configured drivers, in restore order.
#[derive(Clone, Default)]
pub struct Registry {
    domains: Vec<Arc<dyn Domain>>,
}

impl Registry {
    /// Registers drivers; their order does not matter.
    #[must_use]
    pub fn new(mut domains: Vec<Arc<dyn Domain>>) -> Self {
        domains.sort_by_key(|domain| domain.key());
        Self { domains }
    }

    /// The drivers of the configured backends, which need not answer yet.
    ///
    /// # Errors
    /// When a backend's configuration cannot be used.
    pub async fn connect(config: &DomainsConfig) -> Result<Self> {
        let mut domains: Vec<Arc<dyn Domain>> = Vec::new();
        if let Some(postgres) = &config.postgres_metadata {
            domains.push(Arc::new(postgres_metadata::PostgresDriver::connect(postgres).await?));
        }
        if let Some(directory) = &config.iam {
            domains.push(Arc::new(iam::IamDomain::connect(directory).await?));
        }
        if let Some(deployment) = &config.mongo_metadata {
            domains.push(Arc::new(mongo_metadata::MongoMetadataDomain::connect(deployment).await?));
        }
        if let Some(cluster) = &config.kafka {
            domains.push(Arc::new(kafka::KafkaDomain::connect(cluster).await?));
        }
        if let Some(endpoint) = &config.storage {
            domains.push(Arc::new(storage::StorageDomain::connect(endpoint).await?));
        }
        Ok(Self::new(domains))
    }

    /// The driver of a domain, if it is configured.
    #[must_use]
    pub fn get(&self, key: DomainKey) -> Option<&Arc<dyn Domain>> {
        self.domains.iter().find(|domain| domain.key() == key)
    }

    /// All configured drivers, in restore order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Domain>> {
        self.domains.iter()
    }
}

#[cfg(test)]
mod tests;
