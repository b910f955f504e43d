//! The `kafka` domain: topics, access control entries and consumer groups of a Kafka cluster.

mod apply;
mod client;
mod connection;
mod native;
mod observe;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use async_trait::async_trait;
use restore_model::{DomainKey, Inventory, ResourceId, TenantSpace, plan::Action, report::Outcome};

use self::client::Client;
use super::{Domain, Target};
use crate::{Result, config::KafkaConfig};

/// How often a cluster is looked at in which desired topics come into being meanwhile.
const MOST_LOOKS: usize = 3;

/// The driver of a Kafka cluster.
pub struct KafkaDomain {
    client: Client,
    shared_principals: BTreeSet<String>,
}

impl KafkaDomain {
    /// Prepares a client; connects when first used.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when this build cannot speak the configured protocol.
    pub async fn connect(config: &KafkaConfig) -> Result<Self> {
        let shared_principals = config.shared_principals.iter().cloned().collect();
        Ok(Self { client: Client::new(config)?, shared_principals })
    }
}

#[async_trait]
impl Domain for KafkaDomain {
    fn key(&self) -> DomainKey {
        DomainKey::Kafka
    }

    async fn check(&self) -> Result<()> {
        self.client.check().await
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        observe::observe(&self.client, space, &self.shared_principals).await
    }

    async fn observe_for(&self, space: &TenantSpace, desired: &[ResourceId]) -> Result<Inventory> {
        let mut left = MOST_LOOKS;
        loop {
            let mut inventory = self.observe(space).await?;
            let appeared = observe::find_hidden(&self.client, space, desired, &mut inventory).await?;
            left -= 1;
            if !appeared || left == 0 {
                return Ok(inventory);
            }
        }
    }

    /// Wide, because one request creates all topics of a batch.
    fn batch_size(&self) -> usize {
        2_000
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        apply::apply(&self.client, target, batch).await
    }
}
