//! What a backend took and then shows as unset.

use std::sync::atomic::AtomicBool;

use tokio::sync::Notify;

use super::*;

/// A backend that shows what was written to it only after some writes, and until then something else.
struct Forgetful {
    admits_it: bool,
    shows: serde_json::Value,
    until: usize,
    written: Mutex<Vec<Decision>>,
}

#[async_trait]
impl Domain for Forgetful {
    fn key(&self) -> DomainKey {
        DomainKey::Storage
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn observe(&self, _space: &TenantSpace) -> Result<Inventory> {
        let writes = self.written.lock().unwrap().len();
        let mut inventory = Inventory::default();
        if writes > 0 {
            let shown = if writes < self.until { &self.shows } else { &json!({"versioning": "Enabled"}) };
            inventory.insert(Resource::new(Kind::Bucket, "a", shown).unwrap());
        }
        Ok(inventory)
    }

    fn may_lose_sight_of_writes(&self) -> bool {
        self.admits_it
    }

    async fn apply(&self, _target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        self.written.lock().unwrap().extend(batch.iter().map(|action| action.decision.clone()));
        batch.iter().map(|action| Outcome::done(action.id.clone())).collect()
    }
}

/// Remembers what was begun and not finished.
#[derive(Default)]
struct Notebook(Mutex<BTreeSet<ResourceId>>);

#[async_trait]
impl Journal for Notebook {
    async fn unfinished(&self, _domain: DomainKey) -> Result<Unfinished> {
        Ok(Unfinished::new())
    }

    async fn begin(&self, _domain: DomainKey, batch: &[Action]) -> Result<()> {
        self.0.lock().unwrap().extend(batch.iter().map(|action| action.id.clone()));
        Ok(())
    }

    async fn finish(&self, _domain: DomainKey, done: &[(ResourceId, SpecHash)]) -> Result<()> {
        self.0.lock().unwrap().retain(|id| !done.iter().any(|(finished, _)| finished == id));
        Ok(())
    }
}

/// Restores one bucket with versioning; what was decided each time that it was written, what the report says, and how
/// many resources the journal leaves to the next run.
async fn restore_into(forgetful: Forgetful) -> (Vec<Decision>, Option<bool>, DomainResultStatus, usize) {
    let (domain, journal) = (Arc::new(forgetful), Arc::new(Notebook::default()));
    let domains = vec![Arc::clone(&domain) as Arc<dyn Domain>];
    let mut context = context_of(domains, CancellationToken::new(), ConflictPolicy::Keep);
    context.lookout.journal = Arc::clone(&journal) as Arc<dyn Journal>;
    let context = Arc::new(context);
    let wanted = Resource::new(Kind::Bucket, "a", &json!({"versioning": "Enabled"})).unwrap();
    let desired = Desired { domain: DomainKey::Storage, resources: vec![Ok(wanted)] };
    let result = run(&context, vec![desired]).await.unwrap().results.remove(0);
    let (written, left) = (domain.written.lock().unwrap().clone(), journal.0.lock().unwrap().len());
    (written, result.verified, result.status, left)
}

#[tokio::test]
async fn settings_that_a_backend_lost_sight_of_are_written_anew_and_nothing_else_is() {
    use Decision::{Complete, Create};
    let backend = |admits_it, shows, until| Forgetful { admits_it, shows, until, written: Mutex::default() };
    let (unset, other) = (json!({}), json!({"versioning": "Suspended"}));
    let whole = (Some(true), DomainResultStatus::Applied, 0);
    let wrong = (Some(false), DomainResultStatus::Error, 0);
    let half_made = (Some(false), DomainResultStatus::Error, 1);
    for (case, backend, written, told) in [
        ("shows it at once", backend(true, unset.clone(), 1), vec![Create], whole),
        ("shows it the second time", backend(true, unset.clone(), 2), vec![Create, Complete], whole),
        ("never shows it", backend(true, unset.clone(), 9), vec![Create, Complete, Complete, Complete], half_made),
        ("shows what somebody else set", backend(true, other, 9), vec![Create], wrong),
        ("a backend that loses nothing", backend(false, unset, 2), vec![Create], wrong),
    ] {
        let (decided, verified, status, left) = restore_into(backend).await;
        assert_eq!((decided, (verified, status, left)), (written, told), "{case}");
    }
}

/// A backend that loses sight of its first write while another domain is still at work, and that other domain.
#[derive(Default)]
struct Late {
    written: Mutex<Vec<Decision>>,
    wrote: Notify,
    lost: AtomicBool,
}

struct LateStorage(Arc<Late>);

struct SlowDirectory(Arc<Late>, Mutex<bool>);

fn role() -> Resource {
    Resource::new(Kind::Role, "clerk", &json!({})).unwrap()
}

#[async_trait]
impl Domain for LateStorage {
    fn key(&self) -> DomainKey {
        DomainKey::Storage
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn observe(&self, _space: &TenantSpace) -> Result<Inventory> {
        let writes = self.0.written.lock().unwrap().len();
        let mut inventory = Inventory::default();
        if writes > 0 {
            let lost = writes == 1 && self.0.lost.load(Ordering::SeqCst);
            let shown = if lost { json!({}) } else { json!({"versioning": "Enabled"}) };
            inventory.insert(Resource::new(Kind::Bucket, "a", &shown).unwrap());
        }
        Ok(inventory)
    }

    fn may_lose_sight_of_writes(&self) -> bool {
        true
    }

    async fn apply(&self, _target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        self.0.written.lock().unwrap().extend(batch.iter().map(|action| action.decision.clone()));
        self.0.wrote.notify_one();
        batch.iter().map(|action| Outcome::done(action.id.clone())).collect()
    }
}

#[async_trait]
impl Domain for SlowDirectory {
    fn key(&self) -> DomainKey {
        DomainKey::Iam
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn observe(&self, _space: &TenantSpace) -> Result<Inventory> {
        let mut inventory = Inventory::default();
        if *self.1.lock().unwrap() {
            inventory.insert(role());
        }
        Ok(inventory)
    }

    async fn apply(&self, _target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        self.0.wrote.notified().await;
        // Whoever looks right after its own write has looked by now.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        self.0.lost.store(true, Ordering::SeqCst);
        *self.1.lock().unwrap() = true;
        batch.iter().map(|action| Outcome::done(action.id.clone())).collect()
    }
}

#[tokio::test]
async fn what_may_be_lost_is_looked_at_when_nobody_else_is_at_work() {
    use Decision::{Complete, Create};
    let late = Arc::new(Late::default());
    let domains: Vec<Arc<dyn Domain>> =
        vec![Arc::new(SlowDirectory(Arc::clone(&late), Mutex::new(false))), Arc::new(LateStorage(Arc::clone(&late)))];
    let context = Arc::new(context_of(domains, CancellationToken::new(), ConflictPolicy::Keep));
    let bucket = Resource::new(Kind::Bucket, "a", &json!({"versioning": "Enabled"})).unwrap();
    let desired = vec![
        Desired { domain: DomainKey::Iam, resources: vec![Ok(role())] },
        Desired { domain: DomainKey::Storage, resources: vec![Ok(bucket)] },
    ];
    let results = run(&context, desired).await.unwrap().results;
    assert_eq!(results.iter().map(|result| result.verified).collect::<Vec<_>>(), [Some(true); 2]);
    assert_eq!(*late.written.lock().unwrap(), [Create, Complete]);
}
