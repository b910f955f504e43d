//! Runs that end early, on a domain that does what a test says.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use restore_model::{
    Kind,
    report::{DomainResultStatus, ResourceAction},
    space::Naming,
};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::control::Control;

/// What the domain does while it is looked at and while it is written to.
struct Scripted {
    stop: CancellationToken,
    on_observe: OnObserve,
    batches: AtomicUsize,
}

#[derive(PartialEq)]
enum OnObserve {
    Answer,
    /// The stop comes while it is looked at, and the look never ends.
    StopAndHang,
    Panic,
}

#[async_trait]
impl Domain for Scripted {
    fn key(&self) -> DomainKey {
        DomainKey::Storage
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn observe(&self, _space: &TenantSpace) -> Result<Inventory> {
        match self.on_observe {
            OnObserve::Answer => Ok(Inventory::default()),
            OnObserve::StopAndHang => {
                self.stop.cancel();
                std::future::pending().await
            }
            OnObserve::Panic => panic!("a defect"),
        }
    }

    fn batch_size(&self) -> usize {
        1
    }

    async fn apply(&self, _target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        self.batches.fetch_add(1, Ordering::SeqCst);
        // The stop comes in the midst of a batch.
        self.stop.cancel();
        batch.iter().map(|action| Outcome::done(action.id.clone())).collect()
    }
}

struct Open;

#[async_trait]
impl Fence for Open {
    async fn check(&self, _request: Duration) -> Result<()> {
        Ok(())
    }

    fn postgres_guard(&self, _database_identity: &str) -> Option<String> {
        None
    }
}

struct Blank;

#[async_trait]
impl Journal for Blank {
    async fn unfinished(&self, _domain: DomainKey) -> Result<Unfinished> {
        Ok(Unfinished::new())
    }

    async fn begin(&self, _domain: DomainKey, _batch: &[Action]) -> Result<()> {
        Ok(())
    }

    async fn finish(&self, _domain: DomainKey, _done: &[(ResourceId, SpecHash)]) -> Result<()> {
        Ok(())
    }
}

/// Restores three buckets, in three batches.
async fn restore(on_observe: OnObserve, conflict_policy: ConflictPolicy) -> (Result<Finished>, usize) {
    let stop = CancellationToken::new();
    let domain = Arc::new(Scripted { stop: stop.clone(), on_observe, batches: AtomicUsize::new(0) });
    let context = Context {
        registry: Registry::new(vec![Arc::clone(&domain) as Arc<dyn Domain>]),
        spaces: Spaces::new([]),
        target: Naming::default().space_of("acme"),
        allowed: Allowed::default(),
        fence: Arc::new(Open),
        journal: Arc::new(Blank),
        progress: Arc::new(Progress::of_run(Control::of_nothing(), Uuid::nil())),
        stop,
        dry_run: false,
        conflict_policy,
    };
    let resources = ["a", "b", "c"].map(|name| Ok(Resource::new(Kind::Bucket, name, &json!({})).unwrap()));
    let desired = vec![Desired { domain: DomainKey::Storage, resources: resources.into() }];
    let bound = Duration::from_secs(20);
    let finished = tokio::time::timeout(bound, run(&context, desired)).await.expect("the run ends when asked to");
    (finished, domain.batches.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_stop_ends_the_run_after_the_batch_at_work() {
    let (finished, batches) = restore(OnObserve::Answer, ConflictPolicy::Keep).await;
    let finished = finished.unwrap();
    assert!(finished.interrupted && finished.lost.is_none());
    assert_eq!(batches, 1);
    let done: Vec<ResourceAction> = finished.results[0].resource_results.iter().map(|result| result.action).collect();
    assert_eq!(done[0], ResourceAction::Created);
    assert!(!done[1..].contains(&ResourceAction::Created), "{done:?}");
}

#[tokio::test]
async fn a_stop_while_the_target_is_read_ends_the_run_at_once_with_nothing_written() {
    for policy in [ConflictPolicy::Keep, ConflictPolicy::Fail] {
        let (finished, batches) = restore(OnObserve::StopAndHang, policy).await;
        let finished = finished.unwrap();
        assert!(finished.interrupted);
        assert_eq!((batches, finished.results[0].status), (0, DomainResultStatus::Error));
        assert_eq!(
            finished.results[0].message.as_deref(),
            Some("the run was interrupted before this domain was planned")
        );
    }
}

#[tokio::test]
async fn a_defect_ends_the_run_with_an_error_and_not_the_task() {
    let (finished, _) = restore(OnObserve::Panic, ConflictPolicy::Keep).await;
    assert_eq!(finished.err().map(|error| error.kind()), Some(ErrorKind::Internal));
}
