//! Waits until a broker knows all that its controller has accepted.
//!
//! The controller answers a change when it is in the metadata log; brokers apply that log a moment later. Whoever reads
//! in between sees the cluster as it was, and takes a seed for a loss or a change of somebody else. The log has one
//! order: once a broker shows a mark that was made now, it shows everything that was accepted before.

use krafka::admin::{AclFilter, DeleteAclsOptions, DescribeAclsOptions};
use tokio::time::MissedTickBehavior;

use super::{
    BackendError, Backends, Doing, Result,
    kafka_wire::{Entry, create_acls},
};
use crate::timeouts;

const KEY: &str = "kafka";
const DOING: &str = "waiting until the broker knows what was accepted";

impl Backends {
    /// Returns when a read sees every change that was answered before this call. The mark is an access control entry:
    /// brokers apply entries after topics and settings, and nobody is the principal that it names.
    ///
    /// # Errors
    /// When the cluster refuses the mark, or does not show it in time.
    pub async fn settle_kafka(&self) -> Result<()> {
        let principal = format!("User:restore-conformance-mark-{:016x}", rand::random::<u64>());
        let mark = Entry {
            resource: 2,
            name: "restore-conformance-mark".to_owned(),
            pattern: 3,
            principal: principal.clone(),
            host: "*".to_owned(),
            operation: 8,
            permission: 3,
        };
        create_acls(&self.kafka_bootstrap, &self.kafka_user, &[mark]).await?;
        let seen = tokio::time::timeout(timeouts::BACKEND_CALL, self.until_shown(&principal)).await;
        let deleted =
            self.kafka.delete_acls(vec![AclFilter::for_principal(&principal)], DeleteAclsOptions::default()).await;
        seen.unwrap_or_else(|_| {
            let cause = format!("it does not after {:?}", timeouts::BACKEND_CALL);
            Err(BackendError { backend: KEY, doing: DOING.to_owned(), cause })
        })?;
        deleted.doing(KEY, DOING)?.into_iter().try_for_each(|(_, result)| result.doing(KEY, DOING).map(drop))
    }

    async fn until_shown(&self, principal: &str) -> Result<()> {
        let mut looks = tokio::time::interval(timeouts::KAFKA_LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let filter = AclFilter::for_principal(principal);
            let shown = self.kafka.describe_acls(filter, DescribeAclsOptions::default()).await.doing(KEY, DOING)?;
            if !shown.is_empty() {
                return Ok(());
            }
        }
    }
}
