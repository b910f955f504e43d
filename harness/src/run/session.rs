//! What the scenarios of one run share: backends, implementation, seed, and the ledger of what was created.

mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

pub use self::sources::foresee;
use super::{Engines, redact::Redactor, shared::Shared};
use crate::{
    backends::Backends,
    fixtures::{Domain, Kept, Library, Space, Tenant, TenantFixture},
    implementation::{Administration, Api},
    manifest::{
        Evidence,
        schema::{Difference, DifferenceKind, Member},
    },
    probes::{self, Probed, Resources},
    seeds,
    stack::{Endpoints, StackRequest},
    world::{Failure, Outcome},
};

/// The path of a tenant's administration.
#[must_use]
pub fn tenant_path(id: &str, rest: &str) -> String {
    format!("/v1/admin/tenants/{id}{rest}")
}

/// The id of the tenant beside another one.
#[must_use]
pub fn bystander_of(id: &str) -> String {
    format!("{id}-x")
}

/// A tenant that scenarios restore from, and its export.
#[derive(Debug)]
pub struct Source {
    /// As it was seeded.
    pub tenant: Tenant,
    /// What the backends hold of it.
    pub held: State,
    /// As it was exported.
    pub artifact: Value,
}

/// What the backends hold of a tenant.
pub type State = BTreeMap<Domain, Probed>;

/// Shared by all scenarios of a run.
pub struct Session {
    /// All tenant data comes from it.
    pub seed: u64,
    /// Every name that the run creates starts with it.
    pub prefix: String,
    /// The suite's own connections.
    pub backends: Backends,
    /// Starts further engines on the same servers.
    pub engines: Engines,
    /// The domains that the implementation serves: tenants have resources in these alone.
    pub served: Vec<Domain>,
    base: String,
    stack: StackRequest,
    source: Shared<Source>,
    legacy: Shared<Source>,
    large: Shared<Source>,
    large_turn: Arc<tokio::sync::Mutex<()>>,
    bystander: Shared<State>,
    writes: Shared<BTreeMap<Domain, u64>>,
    redactor: Redactor,
    fixtures: Library,
    kept: Vec<Kept>,
    pub(super) ledger: Mutex<BTreeMap<String, Tenant>>,
    pub(super) registered: Mutex<BTreeSet<String>>,
    evidence: Mutex<BTreeMap<String, Evidence>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("seed", &self.seed).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Session {
    /// A session on these backends, with the engine at `base` for all scenarios that need none of their own.
    #[must_use]
    pub fn new(seed: u64, prefix: String, backends: Backends, engines: Engines, base: String) -> Self {
        Self {
            seed,
            prefix,
            backends,
            engines,
            served: Domain::ALL.into(),
            base,
            stack: StackRequest::default(),
            source: Shared::new("the source tenant"),
            legacy: Shared::new("the source tenant of format 1.0.0"),
            large: Shared::new("the large source tenant"),
            large_turn: Arc::default(),
            bystander: Shared::new("the state of a bystander"),
            writes: Shared::new("the rehearsal that counts writes"),
            redactor: Redactor::default(),
            fixtures: Library::default(),
            kept: Vec::new(),
            ledger: Mutex::default(),
            registered: Mutex::default(),
            evidence: Mutex::default(),
        }
    }

    /// Notes what was asked of the run's stack, for scenarios that need servers of their own.
    #[must_use]
    pub fn of_stack(self, stack: StackRequest) -> Self {
        Self { stack, ..self }
    }

    /// What to ask for a stack of a scenario's own.
    #[must_use]
    pub fn own_stack(&self) -> StackRequest {
        StackRequest { isolated: true, ..self.stack.clone() }
    }

    /// The same seed and names on other servers. What it creates there goes with them.
    ///
    /// # Errors
    /// When a server cannot be reached.
    pub async fn on(&self, endpoints: &Endpoints) -> Result<Self, Failure> {
        let driver = self.backends.iam.driver().cloned();
        let backends = Backends::connect_with(endpoints, driver).await.map_err(Failure::suite)?;
        let there = Self::new(self.seed, self.prefix.clone(), backends, self.engines.on(endpoints), self.base.clone());
        Ok(there.with_fixtures(self.fixtures.clone()).serving(self.served.clone()))
    }

    /// The same, where one scenario answers for the export of the source.
    #[must_use]
    pub fn with_source_by(self, scenario: Option<String>) -> Self {
        Self { source: self.source.provided_by(scenario), ..self }
    }

    /// The same, of an implementation that serves these domains.
    #[must_use]
    pub fn serving(self, served: Vec<Domain>) -> Self {
        Self { served, ..self }
    }

    /// The same, where these artifacts were kept.
    #[must_use]
    pub fn with_kept(self, kept: Vec<Kept>) -> Self {
        Self { kept, ..self }
    }

    /// The artifact of this name that was kept.
    ///
    /// # Errors
    /// When there is none.
    pub fn kept(&self, name: &str) -> Result<&Kept, Failure> {
        let found = self.kept.iter().find(|it| it.name == name);
        found.ok_or_else(|| Failure::Suite(format!("the certification has no older artifact `{name}`")))
    }

    /// The same, where scenarios may name these fixtures.
    #[must_use]
    pub fn with_fixtures(self, fixtures: Library) -> Self {
        Self { fixtures, ..self }
    }

    /// The same, where these credentials are kept out of evidence.
    pub(super) fn with_redactor(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    /// Keeps credentials out of evidence.
    pub(super) const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Lets what all scenarios share be made again, where it could not be made.
    pub(super) fn renew(&self) {
        self.source.renew();
        self.legacy.renew();
        self.large.renew();
        self.bystander.renew();
        self.writes.renew();
    }

    /// A client whose requests belong to one scenario.
    #[must_use]
    pub fn api(&self, scenario: &str) -> Api {
        self.engines.api(&self.base, &format!("{}-{scenario}", self.prefix))
    }

    /// Registers a tenant with the implementation.
    ///
    /// # Errors
    /// When the implementation refuses it.
    pub async fn register(&self, api: &Api, id: &str) -> Outcome {
        lock(&self.registered).insert(id.to_owned());
        let answer = api.administer(Administration::Create, id).await.map_err(Failure::Violation)?;
        answer.expect_status(&[200, 201, 204])
    }

    /// Takes a tenant that an earlier session left behind for one of its own, so that it is removed as such.
    pub(crate) fn adopt(&self, id: &str) {
        let tenant = Tenant { space: self.space(id), declared: TenantFixture::default() };
        lock(&self.ledger).insert(id.to_owned(), tenant);
        lock(&self.registered).insert(id.to_owned());
    }

    /// The space of a tenant, as the implementation names things.
    #[must_use]
    pub fn space(&self, id: &str) -> Space {
        Space::named(id, &self.engines.dialect().naming)
    }

    /// What a fixture is in the space of a tenant. Everything in that space is removed when the run ends.
    ///
    /// # Errors
    /// When the fixture is unusable.
    pub fn concretise(&self, fixture: &str, id: &str) -> Result<Tenant, Failure> {
        self.concretise_fixture(&self.fixtures.get(fixture).map_err(Failure::suite)?, id)
    }

    /// The same for a fixture that has no name.
    ///
    /// # Errors
    /// When the fixture is unusable.
    pub fn concretise_fixture(&self, fixture: &TenantFixture, id: &str) -> Result<Tenant, Failure> {
        let space = self.space(id).beside(&self.space(&bystander_of(id)));
        let tenant = fixture.concretise(self.seed, space).map_err(Failure::suite)?;
        lock(&self.ledger).insert(id.to_owned(), tenant.clone());
        Ok(tenant)
    }

    /// Writes a fixture straight into the backends.
    ///
    /// # Errors
    /// When a backend refuses it.
    pub async fn plant(&self, fixture: &str, id: &str) -> Result<Tenant, Failure> {
        self.plant_fixture(&self.fixtures.get(fixture).map_err(Failure::suite)?, id).await
    }

    /// The same for a fixture that has no name.
    ///
    /// # Errors
    /// When a backend refuses it.
    pub async fn plant_fixture(&self, fixture: &TenantFixture, id: &str) -> Result<Tenant, Failure> {
        let tenant = self.concretise_fixture(fixture, id)?;
        seeds::seed(&self.backends, &tenant, &self.served).await.map_err(Failure::suite)?;
        Ok(tenant)
    }

    /// Compares a space with a source: equal in `domains`, but for what no artifact holds, and empty in all others.
    /// The source's own space must be as it was seeded. Returns how many resources were compared.
    ///
    /// # Errors
    /// All differences at once.
    pub async fn compare(&self, source: &Source, space: &Space, domains: &[Domain]) -> Result<u64, Failure> {
        self.compare_in(source, space, domains, &Domain::ALL).await
    }

    /// The same, but that only the domains `looked_at` are compared.
    ///
    /// # Errors
    /// All differences at once.
    pub async fn compare_in(
        &self,
        source: &Source,
        space: &Space,
        domains: &[Domain],
        looked_at: &[Domain],
    ) -> Result<u64, Failure> {
        let mut observed = self.state(space).await?;
        observed.retain(|domain, _| looked_at.contains(domain));
        let mut compared = 0;
        let mut differences = Vec::new();
        for (domain, probed) in &observed {
            let expected = source.held.get(domain).filter(|_| domains.contains(domain));
            let as_seeded = *space == source.tenant.space;
            let expected = expected
                .map(|held| if as_seeded { held.resources.clone() } else { probes::expected_in(held, space) })
                .unwrap_or_default();
            compared += u64::try_from(expected.len()).unwrap_or(u64::MAX).max(1);
            differences.extend(compared_with(*domain, &expected, &probed.resources));
        }
        if differences.is_empty() {
            return Ok(compared);
        }
        Err(Failure::Differs { what: format!("{} differences in {}", differences.len(), space.tenant_id), differences })
    }

    /// Writes a tenant beside the target straight into the backends, and tells what it now holds: all bystanders of a run
    /// are seeded alike, so the first is read, and every other must hold the same in its own space.
    ///
    /// # Errors
    /// When a backend refuses it or does not answer.
    pub async fn plant_bystander(&self, scenario: &str, id: &str) -> Result<(Tenant, State), Failure> {
        let tenant = self.plant("bystander", id).await?;
        let first = self.bystander.get(scenario, || self.state(&tenant.space)).await?;
        let state = first.iter().map(|(domain, probed)| (*domain, probed.read_for(&tenant.space))).collect();
        Ok((tenant, state))
    }

    /// Everything in a space.
    ///
    /// # Errors
    /// When a backend does not answer.
    pub async fn state(&self, space: &Space) -> Result<State, Failure> {
        probes::snapshot(&self.backends, space).await.map_err(Failure::suite)
    }

    /// Leaves the evidence of a scenario for whoever writes the manifest.
    pub fn leave(&self, scenario: String, evidence: Evidence) {
        lock(&self.evidence).insert(scenario, evidence);
    }

    /// Takes what was left.
    #[must_use]
    pub fn take(&self, scenario: &str) -> Option<Evidence> {
        lock(&self.evidence).remove(scenario)
    }
}

/// What differs between two states of a space.
#[must_use]
pub fn changes(before: &State, after: &State) -> Vec<Difference> {
    let empty = Resources::new();
    let of =
        |state: &State, domain| state.get(&domain).map_or_else(|| empty.clone(), |probed| probed.resources.clone());
    Domain::ALL.into_iter().flat_map(|domain| compared_with(domain, &of(before, domain), &of(after, domain))).collect()
}

/// The same against what should be there.
#[must_use]
pub fn differences(expected: &BTreeMap<Domain, Resources>, state: &State) -> Vec<Difference> {
    let empty = Resources::new();
    let found = state
        .iter()
        .flat_map(|(domain, probed)| compared_with(*domain, expected.get(domain).unwrap_or(&empty), &probed.resources));
    found.collect()
}

fn compared_with(domain: Domain, desired: &Resources, observed: &Resources) -> Vec<Difference> {
    let member = |it: probes::PathDifference| Member { path: it.path, desired: it.expected, observed: it.existing };
    let found = probes::compare(desired, observed).into_iter().map(|finding| {
        let (kind, members) = match finding.difference {
            probes::Difference::Missing => (DifferenceKind::Missing, Vec::new()),
            probes::Difference::Extra => (DifferenceKind::Extra, Vec::new()),
            probes::Difference::Differs(paths) => (DifferenceKind::Differs, paths.into_iter().map(member).collect()),
        };
        Difference {
            domain: domain.key().to_owned(),
            kind,
            desired: desired.get(&finding.resource).cloned(),
            observed: observed.get(&finding.resource).cloned(),
            members,
            resource: finding.resource,
        }
    });
    found.collect()
}

/// What a mutex guards, though whoever held it has panicked.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
