//! The `postgres_metadata` domain: a schema per tenant.
//!
//! Reads are sets: 18 catalog queries a schema, in one repeatable-read transaction, however many objects it holds.
//! Writes are scripts: what a batch creates travels in one message, as the tenant's owner role.

/// A catalog query by its file's name.
macro_rules! catalog {
    ($name:literal) => {
        include_str!(concat!("catalog/", $name, ".sql"))
    };
}

mod apply;
mod client;
mod links;
mod observe;
mod rows;
mod tables;

use async_trait::async_trait;
use restore_model::{DomainKey, Inventory, TenantSpace, plan::Action, report::Outcome};

pub use client::PostgresDriver;

use super::{Domain, Target};
use crate::Result;

#[async_trait]
impl Domain for PostgresDriver {
    fn key(&self) -> DomainKey {
        DomainKey::PostgresMetadata
    }

    async fn check(&self) -> Result<()> {
        self.ping().await
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        self.within(observe::observe(self, space)).await
    }

    /// The role that owns the schema, which the first restore makes.
    async fn observe_remains(&self, space: &TenantSpace) -> Result<Vec<String>> {
        self.within(observe::owner_role(self, space)).await
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        apply::apply(self, target, batch).await
    }
}
