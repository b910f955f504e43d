//! The `iam` domain: the tenant directory in Postgres (`schemas/iam_directory.sql`).

mod apply;
mod client;
mod documents;
mod observe;
mod statements;

use async_trait::async_trait;
use restore_model::{DomainKey, Inventory, TenantSpace, plan::Action, report::Outcome};

use self::client::Client;
use super::{Domain, Target};
use crate::{Result, config::DirectoryConfig};

/// The driver of the tenant directory.
pub struct IamDomain {
    client: Client,
}

impl IamDomain {
    /// Prepares a connection pool; connects when first used.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when the URL is unusable.
    pub async fn connect(config: &DirectoryConfig) -> Result<Self> {
        Ok(Self { client: Client::new(config)? })
    }
}

#[async_trait]
impl Domain for IamDomain {
    fn key(&self) -> DomainKey {
        DomainKey::Iam
    }

    async fn check(&self) -> Result<()> {
        self.client.check().await
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        observe::observe(&self.client, &space.realm).await
    }

    /// Wide, so that roles that grant each other share a batch; a batch costs a constant number of statements.
    fn batch_size(&self) -> usize {
        10_000
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        apply::apply(&self.client, target, batch).await
    }
}
