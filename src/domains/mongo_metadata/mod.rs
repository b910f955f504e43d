//! Collections, views and indexes in a MongoDB deployment that holds a database per tenant.

mod apply;
mod client;
mod codec;
mod observe;

use async_trait::async_trait;
use restore_model::{DomainKey, Inventory, TenantSpace, plan::Action, report::Outcome};

use self::client::Connection;
use super::{Domain, Target};
use crate::{Result, config::MongoConfig};

/// The driver of the `mongo_metadata` domain.
pub struct MongoMetadataDomain {
    connection: Connection,
}

impl MongoMetadataDomain {
    /// Prepares a driver; nothing is connected before it is used.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when the URL is not one.
    pub async fn connect(config: &MongoConfig) -> Result<Self> {
        Ok(Self { connection: Connection::new(config)? })
    }
}

#[async_trait]
impl Domain for MongoMetadataDomain {
    fn key(&self) -> DomainKey {
        DomainKey::MongoMetadata
    }

    async fn check(&self) -> Result<()> {
        self.connection.check().await
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        observe::observe(&self.connection, space).await
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        apply::apply(&self.connection, target, batch).await
    }
}
