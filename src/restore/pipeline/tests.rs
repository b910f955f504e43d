//! Runs that end early, or do not begin to write, on a domain that does what a test says.

mod lost;

use std::sync::{
    Condvar, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use restore_model::{
    Inventory, Kind, Resource, TenantSpace,
    plan::{Unfinished, plan_domain},
    preflight_digest::fingerprint_way,
    report::{DomainResultStatus, ResourceAction},
    space::Naming,
};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    control::{Control, journal::Journal, spaces::Spaces},
    domains::{Domain, Registry},
};

/// What the domain does while it is looked at and while it is written to.
struct Scripted {
    stop: CancellationToken,
    on_observe: OnObserve,
    batches: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq)]
enum OnObserve {
    Answer,
    /// One of the buckets is there and differs.
    Differ,
    /// One of the buckets cannot be read.
    Hide,
    /// The backend does not answer.
    Fail,
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
            OnObserve::Differ => {
                let mut inventory = Inventory::default();
                inventory.insert(Resource::new(Kind::Bucket, "b", &json!({"versioning": "Enabled"})).unwrap());
                Ok(inventory)
            }
            OnObserve::Hide => {
                let mut inventory = Inventory::default();
                inventory.unreadable.insert(ResourceId::new(Kind::Bucket, "b"), "access denied".into());
                Ok(inventory)
            }
            OnObserve::Fail => Err(Error::new(ErrorKind::BackendUnavailable, "s3 does not answer")),
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

fn context(on_observe: OnObserve, conflict_policy: ConflictPolicy) -> (Context, Arc<Scripted>) {
    let stop = CancellationToken::new();
    let domain = Arc::new(Scripted { stop: stop.clone(), on_observe, batches: AtomicUsize::new(0) });
    (context_of(vec![Arc::clone(&domain) as Arc<dyn Domain>], stop, conflict_policy), domain)
}

fn context_of(domains: Vec<Arc<dyn Domain>>, stop: CancellationToken, conflict_policy: ConflictPolicy) -> Context {
    let target = Naming::default().space_of("acme");
    Context {
        way: fingerprint_way(&target, &target, None),
        lookout: Lookout {
            registry: Registry::new(domains),
            spaces: Spaces::new([]),
            target,
            journal: Arc::new(Blank),
            stop: stop.clone(),
        },
        allowed: Allowed::default(),
        fence: Arc::new(Open),
        progress: Arc::new(Progress::of_run(Control::of_nothing(), Uuid::nil())),
        stop,
        dry_run: false,
        conflict_policy,
        foreseen: None,
    }
}

fn desired() -> Desired {
    let resources = ["a", "b", "c"].map(|name| Ok(Resource::new(Kind::Bucket, name, &json!({})).unwrap()));
    Desired { domain: DomainKey::Storage, resources: resources.into() }
}

/// Restores three buckets, in three batches.
async fn restore(on_observe: OnObserve, conflict_policy: ConflictPolicy) -> (Result<Finished>, usize) {
    restore_in(context(on_observe, conflict_policy)).await
}

async fn restore_in((context, domain): (Context, Arc<Scripted>)) -> (Result<Finished>, usize) {
    let bound = Duration::from_secs(20);
    let context = Arc::new(context);
    let run = run(&context, vec![desired()]);
    let finished = tokio::time::timeout(bound, run).await.expect("the run ends when asked to");
    (finished, domain.batches.load(Ordering::SeqCst))
}

/// Restores with the digest of a preflight that saw something, perhaps something else.
async fn restore_as_foreseen(saw: OnObserve, sees: OnObserve) -> (Result<Finished>, usize) {
    let (before, _) = context(saw, ConflictPolicy::Keep);
    let foreseen = digest(before.way, &[before.lookout.analyse(desired()).await]);
    let (now, domain) = context(sees, ConflictPolicy::Keep);
    restore_in((Context { foreseen: Some(foreseen), ..now }, domain)).await
}

#[tokio::test]
async fn under_policy_fail_a_conflict_or_anything_unread_ends_the_run_before_a_write() {
    let mut told = Vec::new();
    for on_observe in [OnObserve::Differ, OnObserve::Hide, OnObserve::Fail] {
        let (kept, _) = restore(on_observe, ConflictPolicy::Keep).await;
        assert!(kept.is_ok(), "the default policy goes on");
        let (refused, batches) = restore(on_observe, ConflictPolicy::Fail).await;
        let error = refused.err().unwrap();
        assert_eq!((error.kind(), batches), (ErrorKind::ConflictsPresent, 0));
        told.extend(error.details().to_vec());
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    storage: bucket:b: differs in versioning
    storage: bucket:b: the target's could not be read: access denied
    storage: could not be analysed: s3 does not answer
    ");
}

#[tokio::test]
async fn what_changed_since_the_preflight_ends_the_run_before_a_write() {
    use OnObserve::{Answer, Differ, Fail, Hide};
    for (saw, sees) in [(Answer, Differ), (Differ, Answer), (Answer, Hide), (Fail, Answer)] {
        let (refused, batches) = restore_as_foreseen(saw, sees).await;
        let error = refused.err().unwrap();
        assert_eq!((error.kind(), batches), (ErrorKind::StalePreflight, 0));
        assert!(error.details()[0].starts_with("storage: "), "{error:?}");
    }
    for (saw, sees) in [(Answer, Answer), (Differ, Differ), (Answer, Fail)] {
        assert!(restore_as_foreseen(saw, sees).await.0.is_ok(), "nothing that would be written has changed");
    }
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

/// A domain that holds its thread while it is looked at, until two of them do.
struct Computing {
    key: DomainKey,
    at_work: Arc<(Mutex<usize>, Condvar)>,
}

#[async_trait]
impl Domain for Computing {
    fn key(&self) -> DomainKey {
        self.key
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn observe(&self, _space: &TenantSpace) -> Result<Inventory> {
        let (count, changed) = &*self.at_work;
        let mut at_work = count.lock().unwrap_or_else(PoisonError::into_inner);
        *at_work += 1;
        changed.notify_all();
        let bound = Duration::from_secs(10);
        let waited = changed.wait_timeout_while(at_work, bound, |at_work| *at_work < 2);
        if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
            return Err(Error::new(ErrorKind::Internal, "the other domain was not looked at meanwhile"));
        }
        Ok(Inventory::default())
    }

    async fn apply(&self, _target: &Target<'_>, _batch: &[Action]) -> Vec<Outcome> {
        Vec::new()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_computes_does_not_hold_up_the_others() {
    let at_work = Arc::<(Mutex<usize>, Condvar)>::default();
    let keys = [DomainKey::Kafka, DomainKey::Storage];
    let domains = keys.map(|key| Arc::new(Computing { key, at_work: Arc::clone(&at_work) }) as Arc<dyn Domain>);
    let context = Arc::new(context_of(domains.into(), CancellationToken::new(), ConflictPolicy::Keep));
    let desired = keys.map(|domain| Desired { domain, resources: Vec::new() });
    let finished = run(&context, desired.into()).await.unwrap();
    let told: Vec<_> = finished.results.iter().map(|result| result.message.clone()).collect();
    assert_eq!(told, [None, None]);
}

#[test]
fn a_batch_is_bounded_by_count_and_by_text() {
    let action = |number: usize, bytes: usize| {
        let spec = json!({"description": "x".repeat(bytes)});
        let wanted = vec![Ok(Resource::new(Kind::Role, format!("{number}"), &spec).unwrap())];
        plan_domain(DomainKey::Iam, wanted, &Inventory::default(), &Unfinished::new()).actions.remove(0)
    };
    let sizes = |actions: &[Action], most| batches(actions, most).map(<[Action]>::len).collect::<Vec<_>>();
    let small: Vec<Action> = (0..7).map(|number| action(number, 10)).collect();
    assert_eq!(sizes(&small, 3), [3, 3, 1]);
    assert_eq!(sizes(&small, 0), [1; 7], "a driver that says nothing gets one at a time");
    assert_eq!(sizes(&[], 3), [0; 0]);
    let third = BATCH_BYTES / 3 + 1;
    let large: Vec<Action> = [third, third, third, BATCH_BYTES + 1, 10].map(|bytes| action(bytes, bytes)).to_vec();
    assert_eq!(sizes(&large, 500), [2, 1, 1, 1], "one that is larger than a batch goes alone");
}
