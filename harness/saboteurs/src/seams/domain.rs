//! Around a driver: changes what it observes and what it writes.
//!
//! A driver that writes something else than it was told would be found out by the engine itself, which looks at each
//! domain again after a restore. So a saboteur also believes its own claims: what it was told to write is what it then
//! says it observes. The suite has to find out by itself.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use restore_engine::{
    Result,
    domains::{Domain, Registry, Target},
};
use restore_model::{
    DomainKey, Inventory, Kind, Resource, ResourceId, TenantSpace,
    domains::Allowed,
    plan::{Action, Decision},
    report::Outcome,
};
use serde_json::Value;
use tokio::sync::watch;

use super::AlwaysOpen;
use crate::Saboteur;

type Observes = Arc<dyn Fn(&TenantSpace, &mut Inventory) + Send + Sync>;
type Writes = Arc<dyn Fn(&TenantSpace, &Action, &Seen) -> Written + Send + Sync>;
type Adds = Arc<dyn Fn(&TenantSpace, &Seen) -> (TenantSpace, Vec<Action>) + Send + Sync>;
type Plants = Arc<dyn Fn() -> Option<Resource> + Send + Sync>;

/// A fault of one driver.
#[derive(Clone)]
pub(crate) struct Fault {
    domain: DomainKey,
    kind: FaultKind,
}

#[derive(Clone)]
enum FaultKind {
    Observes(Observes),
    TakesErrorsForAbsence,
    Writes(Writes),
    Adds(Adds),
    Waits(Duration),
    WritesWhenItLooks(Plants),
    Leads(Ended),
    Follows(Ended),
}

/// Whether the domain that leads has written a batch.
type Ended = Arc<watch::Sender<bool>>;

/// What becomes of an action.
enum Written {
    AsTold,
    Otherwise(Box<Action>),
    NotAtAll,
}

/// What a driver observed last, by tenant.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<String, Inventory>);

impl Seen {
    /// Of one tenant.
    pub(crate) fn of(&self, tenant_id: &str) -> Option<&Inventory> {
        self.0.get(tenant_id)
    }

    /// Such a resource, observed in whichever tenant.
    pub(crate) fn anywhere(&self, is_it: impl Fn(&Resource) -> bool) -> Option<&Resource> {
        self.0.values().flat_map(|inventory| inventory.resources.values()).find(|it| is_it(it))
    }
}

/// By tenant and domain.
type Claimed = HashMap<(String, DomainKey), BTreeMap<ResourceId, Resource>>;

/// What was claimed and not done.
#[derive(Clone, Default)]
pub(crate) struct Claims(Arc<Mutex<Claimed>>);

impl Claims {
    /// A tenant is gone.
    pub(crate) fn forget(&self, tenant_id: &str) {
        self.all().retain(|(tenant, _), _| tenant != tenant_id);
    }

    fn all(&self) -> MutexGuard<'_, Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saboteur {
    /// Changes what is observed of a domain, be it for an export, a plan, or the look after a restore.
    pub(crate) fn observes(
        self,
        domain: DomainKey,
        change: impl Fn(&TenantSpace, &mut Inventory) + Send + Sync + 'static,
    ) -> Self {
        self.fault(domain, FaultKind::Observes(Arc::new(change)))
    }

    /// A domain that cannot be observed is taken for an empty one.
    pub(crate) fn takes_errors_for_absence(self, domain: DomainKey) -> Self {
        self.fault(domain, FaultKind::TakesErrorsForAbsence)
    }

    /// Writes other specs than it is told for resources of this kind, and says that all is as it should be.
    pub(crate) fn writes(self, kind: Kind, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        let write = move |_: &TenantSpace, action: &Action, _: &Seen| {
            if action.id.kind != kind {
                return Written::AsTold;
            }
            let Ok(mut spec) = action.parse_spec::<Value>() else { return Written::AsTold };
            let before = spec.clone();
            change(&mut spec);
            if spec == before {
                return Written::AsTold;
            }
            match Resource::new(kind, &*action.id.name, &spec) {
                Ok(changed) => {
                    let (spec, hash) = (changed.spec, Some(changed.hash));
                    Written::Otherwise(Box::new(Action { spec, hash, ..action.clone() }))
                }
                Err(_) => Written::AsTold,
            }
        };
        self.fault(kind.domain(), FaultKind::Writes(Arc::new(write)))
    }

    /// Does not write such resources, and says that it did. What was seen of the space is from before the restore.
    pub(crate) fn omits(
        self,
        domain: DomainKey,
        omit: impl Fn(&TenantSpace, &Action, &Seen) -> bool + Send + Sync + 'static,
    ) -> Self {
        let write = move |space: &TenantSpace, action: &Action, seen: &Seen| {
            if omit(space, action, seen) { Written::NotAtAll } else { Written::AsTold }
        };
        self.fault(domain, FaultKind::Writes(Arc::new(write)))
    }

    /// With each batch, writes something that nobody asked for, into whichever space.
    pub(crate) fn adds(
        self,
        domain: DomainKey,
        add: impl Fn(&TenantSpace, &Seen) -> (TenantSpace, Vec<Action>) + Send + Sync + 'static,
    ) -> Self {
        self.fault(domain, FaultKind::Adds(Arc::new(add)))
    }

    /// Leaves something in a tenant whenever all of it is observed, as for an export.
    pub(crate) fn writes_when_it_looks(
        self,
        domain: DomainKey,
        plant: impl Fn() -> Option<Resource> + Send + Sync + 'static,
    ) -> Self {
        self.fault(domain, FaultKind::WritesWhenItLooks(Arc::new(plant)))
    }

    /// Takes its time before each batch.
    pub(crate) fn waits(self, domain: DomainKey, time: Duration) -> Self {
        self.fault(domain, FaultKind::Waits(time))
    }

    /// Every other domain writes nothing until `leader` has written a batch: a process that stops in the midst of that
    /// has all other writes still before it.
    pub(crate) fn led_by(self, leader: DomainKey) -> Self {
        let ended = Ended::default();
        DomainKey::ALL.into_iter().fold(self, |saboteur, domain| {
            let kind = if domain == leader { FaultKind::Leads } else { FaultKind::Follows };
            saboteur.fault(domain, kind(Arc::clone(&ended)))
        })
    }

    fn fault(mut self, domain: DomainKey, kind: FaultKind) -> Self {
        self.at.domain.push(Fault { domain, kind });
        self.at("domain")
    }
}

/// An action that no plan holds.
pub(crate) fn action(resource: &Resource, decision: Decision) -> Action {
    Action {
        id: resource.id.clone(),
        decision,
        owner: resource.owner.clone(),
        requires: Vec::new(),
        spec: Arc::clone(&resource.spec),
        hash: Some(resource.hash),
        redacted_fields: Vec::new(),
        warnings: Vec::new(),
    }
}

/// The drivers with the faults around them.
pub(crate) fn sabotaged(registry: &Registry, faults: &[Fault], claims: &Claims) -> Registry {
    let around = registry.iter().map(|inner| -> Arc<dyn Domain> {
        let own: Vec<FaultKind> =
            faults.iter().filter(|fault| fault.domain == inner.key()).map(|fault| fault.kind.clone()).collect();
        if own.is_empty() {
            return Arc::clone(inner);
        }
        let (inner, claims) = (Arc::clone(inner), claims.clone());
        Arc::new(Sabotaged { inner, faults: own, seen: Mutex::default(), claims })
    });
    Registry::new(around.collect())
}

struct Sabotaged {
    inner: Arc<dyn Domain>,
    faults: Vec<FaultKind>,
    seen: Mutex<Seen>,
    claims: Claims,
}

impl Sabotaged {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the inner driver observed becomes what this one says.
    fn told(&self, space: &TenantSpace, observed: Result<Inventory>) -> Result<Inventory> {
        let mut inventory = match observed {
            Err(_) if self.faults.iter().any(|fault| matches!(fault, FaultKind::TakesErrorsForAbsence)) => {
                Inventory::default()
            }
            other => other?,
        };
        self.seen().0.insert(space.tenant_id.clone(), inventory.clone());
        if let Some(claimed) = self.claims.all().get(&(space.tenant_id.clone(), self.key())) {
            inventory.resources.extend(claimed.iter().map(|(id, resource)| (id.clone(), resource.clone())));
        }
        for fault in &self.faults {
            if let FaultKind::Observes(change) = fault {
                change(space, &mut inventory);
            }
        }
        Ok(inventory)
    }

    fn written(&self, space: &TenantSpace, action: &Action) -> Written {
        let seen = self.seen();
        let writes = self.faults.iter().filter_map(|fault| match fault {
            FaultKind::Writes(write) => Some(write(space, action, &seen)),
            _ => None,
        });
        writes.fold(Written::AsTold, |so_far, next| if matches!(so_far, Written::AsTold) { next } else { so_far })
    }

    fn claim(&self, tenant_id: &str, action: &Action) {
        let Some(hash) = action.hash else { return };
        let claimed = Resource {
            id: action.id.clone(),
            owner: action.owner.clone(),
            requires: action.requires.clone(),
            spec: Arc::clone(&action.spec),
            hash,
            partial: false,
            warnings: Vec::new(),
        };
        self.claims.all().entry((tenant_id.to_owned(), self.key())).or_default().insert(action.id.clone(), claimed);
    }
}

#[async_trait]
impl Domain for Sabotaged {
    fn key(&self) -> DomainKey {
        self.inner.key()
    }

    async fn check(&self) -> Result<()> {
        self.inner.check().await
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        let seen = self.inner.observe(space).await;
        for fault in &self.faults {
            if let FaultKind::WritesWhenItLooks(plant) = fault {
                let actions: Vec<Action> = plant().iter().map(|it| action(it, Decision::Create)).collect();
                let (allowed, failed) = (Allowed::default(), BTreeSet::new());
                let target = Target { space, allowed: &allowed, fence: &AlwaysOpen, failed: &failed };
                let left = self.inner.apply(&target, &actions).await;
                tracing::warn!(?left, "nobody asked for this");
            }
        }
        self.told(space, seen)
    }

    async fn observe_for(&self, space: &TenantSpace, desired: &[ResourceId]) -> Result<Inventory> {
        self.told(space, self.inner.observe_for(space, desired).await)
    }

    async fn observe_remains(&self, space: &TenantSpace) -> Result<Vec<String>> {
        self.inner.observe_remains(space).await
    }

    fn batch_size(&self) -> usize {
        self.inner.batch_size()
    }

    fn may_lose_sight_of_writes(&self) -> bool {
        self.inner.may_lose_sight_of_writes()
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        for fault in &self.faults {
            match fault {
                FaultKind::Waits(time) => tokio::time::sleep(*time).await,
                // Its sender lives as long as the fault does.
                FaultKind::Follows(ended) => drop(ended.subscribe().wait_for(|ended| *ended).await),
                _ => {}
            }
        }
        let (mut real, mut claimed) = (Vec::with_capacity(batch.len()), BTreeSet::new());
        for action in batch {
            match self.written(target.space, action) {
                Written::AsTold => real.push(action.clone()),
                Written::Otherwise(other) => {
                    self.claim(&target.space.tenant_id, action);
                    real.push(*other);
                }
                Written::NotAtAll => {
                    self.claim(&target.space.tenant_id, action);
                    claimed.insert(action.id.clone());
                }
            }
        }
        let mut outcomes = if real.is_empty() { Vec::new() } else { self.inner.apply(target, &real).await };
        outcomes.extend(claimed.into_iter().map(Outcome::done));
        for fault in &self.faults {
            if let FaultKind::Leads(ended) = fault {
                ended.send_replace(true);
            }
            if let FaultKind::Adds(add) = fault {
                let (space, actions) = add(target.space, &self.seen());
                if !actions.is_empty() {
                    let beside = Target { space: &space, ..*target };
                    for outcome in self.inner.apply(&beside, &actions).await {
                        tracing::warn!(id = %outcome.id, result = ?outcome.result, "nobody asked for this");
                    }
                }
            }
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use restore_engine::domains::Fence;
    use restore_model::{domains::Allowed, space::Naming};
    use serde_json::json;

    use super::*;

    /// Holds what it was told to write.
    #[derive(Default)]
    struct Backend(Mutex<Inventory>);

    #[async_trait]
    impl Domain for Backend {
        fn key(&self) -> DomainKey {
            DomainKey::Kafka
        }

        async fn check(&self) -> Result<()> {
            Ok(())
        }

        async fn observe(&self, _: &TenantSpace) -> Result<Inventory> {
            Ok(self.0.lock().unwrap().clone())
        }

        async fn apply(&self, _: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
            let told = |action: &Action| {
                let spec: Value = action.parse_spec().unwrap();
                self.0.lock().unwrap().insert(Resource::new(Kind::Topic, &*action.id.name, &spec).unwrap());
                Outcome::done(action.id.clone())
            };
            batch.iter().map(told).collect()
        }
    }

    struct Open;

    #[async_trait]
    impl Fence for Open {
        async fn check(&self, _: Duration) -> Result<()> {
            Ok(())
        }

        fn postgres_guard(&self, _: &str) -> Option<String> {
            None
        }
    }

    #[tokio::test]
    async fn what_is_written_otherwise_or_not_at_all_is_claimed_to_be_there_until_its_tenant_is_gone() {
        let saboteur = Saboteur::new("x", "x")
            .writes(Kind::Topic, |spec| spec["partitions"] = json!(1))
            .omits(DomainKey::Kafka, |_, action, _| action.id.name == "b");
        let (backend, claims) = (Arc::new(Backend::default()), Claims::default());
        let registry = sabotaged(&Registry::new(vec![backend.clone()]), &saboteur.at.domain, &claims);
        let domain = registry.get(DomainKey::Kafka).unwrap();
        let space = Naming::default().space_of("acme");
        let (allowed, failed) = (Allowed::default(), BTreeSet::new());
        let target = Target { space: &space, allowed: &allowed, fence: &Open, failed: &failed };
        let topic = |name: &str, partitions: i32| {
            let spec = json!({"partitions": partitions, "replication_factor": 1});
            action(&Resource::new(Kind::Topic, name, &spec).unwrap(), Decision::Create)
        };
        let outcomes = domain.apply(&target, &[topic("a", 3), topic("b", 1)]).await;
        assert!(outcomes.len() == 2 && outcomes.iter().all(|outcome| outcome.result.is_ok()));
        let partitions = |inventory: &Inventory| -> Vec<i64> {
            let of = |it: &Resource| it.parse_spec::<Value>().unwrap()["partitions"].as_i64().unwrap();
            inventory.resources.values().map(of).collect()
        };
        assert_eq!(partitions(&backend.0.lock().unwrap()), [1], "what is there");
        assert_eq!(partitions(&domain.observe(&space).await.unwrap()), [3, 1], "what is said to be there");
        claims.forget("acme");
        assert_eq!(partitions(&domain.observe(&space).await.unwrap()), [1]);
    }
}
