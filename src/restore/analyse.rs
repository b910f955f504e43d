//! Observe and plan: what preflight shows, and what a restore then applies. Reads only.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use restore_model::{
    DomainKey, Inventory, Resource, ResourceId, TenantSpace,
    plan::{DomainPlan, Unfinished, plan_domain},
    preflight_digest::{Fingerprint, PreflightDigest, fingerprint_desired, fingerprint_observed},
};
use tokio_util::sync::CancellationToken;

use super::select::Desired;
use crate::{
    Error, ErrorKind, Result,
    control::{journal::Journal, spaces::Spaces},
    domains::{Domain, Registry},
};

/// Bounds one look at a domain. Each request is bounded by its driver; this bounds a backend that answers for ever.
pub(crate) const OBSERVE_LIMIT: Duration = Duration::from_secs(300);

/// Where to look.
pub(crate) struct Lookout {
    pub(crate) registry: Registry,
    pub(crate) spaces: Spaces,
    pub(crate) target: TenantSpace,
    pub(crate) journal: Arc<dyn Journal>,
    /// Breaks off a look.
    pub(crate) stop: CancellationToken,
}

/// A domain that was held against the target.
pub(crate) struct Analysed {
    pub(crate) domain: DomainKey,
    /// Of what the artifact wants.
    pub(crate) desired: Fingerprint,
    /// The plan; or why there is none, and then nothing is known about the domain's resources.
    pub(crate) result: Result<Planned>,
    /// There is no plan because somebody asked to end.
    pub(crate) interrupted: bool,
}

/// A domain with a plan.
pub(crate) struct Planned {
    pub(crate) driver: Arc<dyn Domain>,
    pub(crate) plan: DomainPlan,
    pub(crate) wanted: BTreeMap<ResourceId, Resource>,
    pub(crate) unfinished: Unfinished,
    /// Of what the target holds and the plan makes of it.
    pub(crate) observed: Fingerprint,
}

impl Lookout {
    /// Looks at a domain, within its bound, and leaves out what belongs to other tenants.
    pub(crate) async fn observe(&self, driver: &dyn Domain, wanted: &[ResourceId]) -> Result<Inventory> {
        let observed = tokio::time::timeout(OBSERVE_LIMIT, driver.observe_for(&self.target, wanted))
            .await
            .map_err(|_| Error::new(ErrorKind::BackendUnavailable, format!("not read within {OBSERVE_LIMIT:?}")))??;
        Ok(self.spaces.own_part(&self.target, observed))
    }

    /// Holds what is wanted of a domain against what the target holds.
    pub(crate) async fn analyse(&self, desired: Desired) -> Analysed {
        let (domain, fingerprint) = (desired.domain, fingerprint_desired(&desired.resources));
        // A look may take minutes, and nothing is lost by breaking it off.
        let finished = self.stop.run_until_cancelled(self.plan(desired)).await;
        let interrupted = finished.is_none();
        let result = finished.unwrap_or_else(|| {
            let message = "the run was interrupted before this domain was planned";
            Err(Error::new(ErrorKind::BackendUnavailable, message))
        });
        match &result {
            Ok(planned) => tracing::info!(%domain, resources = planned.plan.actions.len(), "planned"),
            Err(error) => tracing::warn!(%domain, %error, "domain not planned"),
        }
        Analysed { domain, desired: fingerprint, result, interrupted }
    }

    async fn plan(&self, desired: Desired) -> Result<Planned> {
        let domain = desired.domain;
        let driver = self
            .registry
            .get(domain)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "its backend is not configured"))?;
        let ids: Vec<ResourceId> = desired
            .resources
            .iter()
            .map(|wanted| wanted.as_ref().map_or_else(|refusal| refusal.id.clone(), |resource| resource.id.clone()))
            .collect();
        let (inventory, unfinished) =
            tokio::join!(self.observe(driver.as_ref(), &ids), self.journal.unfinished(domain));
        let (inventory, unfinished) = (inventory?, unfinished?);
        let wanted =
            desired.resources.iter().flatten().map(|resource| (resource.id.clone(), resource.clone())).collect();
        let plan = plan_domain(domain, desired.resources, &inventory, &unfinished);
        let observed = fingerprint_observed(&inventory, &plan);
        Ok(Planned { driver, plan, wanted, unfinished, observed })
    }
}

/// The digest of an analysis.
pub(crate) fn digest(way: Fingerprint, analysed: &[Analysed]) -> PreflightDigest {
    let domains = analysed.iter().map(|one| {
        let observed = one.result.as_ref().ok().map(|planned| planned.observed);
        (one.domain, (one.desired, observed))
    });
    PreflightDigest { way, domains: domains.collect() }
}
