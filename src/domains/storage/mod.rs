//! The `storage` domain: buckets on an S3 endpoint.

mod apply;
mod client;
mod convert;
mod observe;

use std::{collections::BTreeSet, sync::OnceLock};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use restore_model::{DomainKey, Inventory, TenantSpace, plan::Action, report::Outcome};

use self::client::S3;
use super::{Domain, Target};
use crate::{Result, config::StorageConfig};

/// Buckets written at a time.
const WRITERS: usize = 8;

/// The driver of the `storage` domain.
pub struct StorageDomain {
    s3: S3,
}

impl StorageDomain {
    /// Prepares a client. Nothing is sent until the first call.
    ///
    /// # Errors
    /// When the endpoint is no URL.
    pub async fn connect(config: &StorageConfig) -> Result<Self> {
        Ok(Self { s3: S3::new(config)? })
    }
}

#[async_trait]
impl Domain for StorageDomain {
    fn key(&self) -> DomainKey {
        DomainKey::Storage
    }

    async fn check(&self) -> Result<()> {
        self.s3.first_buckets().await.map(|_| ())
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        observe::observe(&self.s3, &space.bucket_prefix).await
    }

    /// Bucket settings are eventually consistent on S3. MinIO keeps a picture of each bucket in memory, and whoever lists
    /// buckets while one is made can put one from before its settings in the place of a later one; each setting that it
    /// takes makes it look at its disks again.
    fn may_lose_sight_of_writes(&self) -> bool {
        true
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        // Buckets do not require one another; only what failed in an earlier batch can block one.
        let (blocked, free): (Vec<_>, Vec<_>) = batch
            .iter()
            .map(|action| (action, target.blocked(action, &BTreeSet::new())))
            .partition(|pair| pair.1.is_some());
        let mut outcomes: Vec<Outcome> = blocked.into_iter().filter_map(|(_, outcome)| outcome).collect();
        let gone = OnceLock::new();
        let writes: Vec<_> =
            free.into_iter().map(|(action, _)| apply::apply_bucket(&self.s3, target, action, &gone)).collect();
        let applied: Vec<Outcome> = stream::iter(writes).buffer_unordered(WRITERS).collect().await;
        outcomes.extend(applied);
        outcomes
    }
}
