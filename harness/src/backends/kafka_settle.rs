//! Waits until a broker knows all that its controller has accepted.
//!
//! The controller answers a change when it is in the metadata log; brokers apply that log a moment later. Whoever reads
//! in between sees the cluster as it was, and takes a seed for a loss or a change of somebody else. The log has one
//! order: once a broker shows a mark that was made now, it shows everything that was accepted before.

use std::sync::atomic::{AtomicU64, Ordering};

use krafka::admin::{AclFilter, DeleteAclsOptions, DescribeAclsOptions};
use tokio::{sync::Mutex, time::MissedTickBehavior};

use super::{
    BackendError, Backends, Doing, Result,
    kafka_wire::{Entry, create_acls},
};
use crate::timeouts;

const KEY: &str = "kafka";
const DOING: &str = "waiting until the broker knows what was accepted";

/// Who waits at the same time shares a mark: it tells each of them as much as one of its own.
#[derive(Debug, Default)]
pub(super) struct Marks {
    begun: AtomicU64,
    /// The last one that was shown; held while one is made.
    shown: Mutex<u64>,
}

impl Marks {
    /// Returns when a mark was shown that was begun after this call, be it made here or by somebody else.
    async fn one_from_now<E>(
        &self,
        make: impl AsyncFnOnce() -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut shown = self.shown.lock().await;
        if *shown > before {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        make().await?;
        *shown = number;
        Ok(())
    }
}

impl Backends {
    /// Returns when a read sees every change that was answered before this call.
    ///
    /// # Errors
    /// When the cluster refuses the mark, or does not show it in time.
    pub async fn settle_kafka(&self) -> Result<()> {
        self.kafka_marks.one_from_now(async || self.mark_kafka().await).await
    }

    /// The mark is an access control entry: brokers apply entries after topics and settings, and nobody is the principal
    /// that it names.
    async fn mark_kafka(&self) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, poll};
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn who_waits_meanwhile_shares_the_next_mark_and_never_the_one_already_begun() {
        let (marks, made, go_on) = (Marks::default(), AtomicU64::new(0), Notify::new());
        let call = || {
            marks
                .one_from_now(async || {
                    go_on.notified().await;
                    made.fetch_add(1, Ordering::SeqCst);
                    Ok::<_, ()>(())
                })
                .boxed_local()
        };
        let mut first = call();
        assert!(poll!(&mut first).is_pending());
        let (mut second, mut third) = (call(), call());
        assert!(poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        go_on.notify_one();
        first.await.unwrap();
        assert!(poll!(&mut second).is_pending(), "the mark that was already begun may be older than what it waits for");
        go_on.notify_one();
        second.await.unwrap();
        third.await.unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_mark_that_was_refused_tells_nobody_anything() {
        let (marks, go_on) = (Marks::default(), Notify::new());
        let mut first = marks.one_from_now(async || go_on.notified().map(Ok::<_, &str>).await).boxed_local();
        assert!(poll!(&mut first).is_pending());
        let mut second = marks.one_from_now(async || Err("refused")).boxed_local();
        let mut third = marks.one_from_now(async || Err("refused as well")).boxed_local();
        assert!(poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        go_on.notify_one();
        first.await.unwrap();
        assert_eq!((second.await, third.await), (Err("refused"), Err("refused as well")));
    }
}
