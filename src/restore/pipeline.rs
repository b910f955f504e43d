//! The stages of a restore, side by side over all domains. Every domain is planned before the first one writes.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt as _, future::join_all};
use restore_model::{
    DomainKey, Inventory, Resource, ResourceId, TenantSpace,
    domains::Allowed,
    plan::{Action, Decision, DomainPlan, Unfinished, plan_domain},
    report::{DomainResult, Outcome},
    resource::SpecHash,
};
use tokio_util::sync::CancellationToken;

use super::{ConflictPolicy, select::Desired, verify::verify};
use crate::{
    Error, ErrorKind, Result,
    control::{
        journal::Journal,
        runs::{Progress, Stage},
        spaces::Spaces,
    },
    domains::{Domain, Fence, Registry, Target},
};

/// Bounds one look at a domain. Each request is bounded by its driver; this bounds a backend that answers for ever.
pub(crate) const OBSERVE_LIMIT: Duration = Duration::from_secs(300);

/// What a run stands on.
pub(crate) struct Context {
    pub(crate) registry: Registry,
    pub(crate) spaces: Spaces,
    pub(crate) target: TenantSpace,
    pub(crate) allowed: Allowed,
    pub(crate) fence: Arc<dyn Fence>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) progress: Arc<Progress>,
    /// Ends the run after its current batches.
    pub(crate) stop: CancellationToken,
    pub(crate) dry_run: bool,
    pub(crate) conflict_policy: ConflictPolicy,
}

/// How the stages ended.
pub(crate) struct Finished {
    /// One per domain, in restore order.
    pub(crate) results: Vec<DomainResult>,
    /// Somebody asked the run to end early.
    pub(crate) interrupted: bool,
    /// The run lost its right to write.
    pub(crate) lost: Option<Error>,
}

/// A planned domain.
struct Planned {
    domain: DomainKey,
    driver: Arc<dyn Domain>,
    plan: DomainPlan,
    wanted: BTreeMap<ResourceId, Resource>,
}

/// A domain that could not be planned.
struct Unplanned {
    result: Box<DomainResult>,
    interrupted: bool,
}

/// What applying a domain's plan came to.
#[derive(Default)]
struct Applied {
    outcomes: BTreeMap<ResourceId, Outcome>,
    ended_early: Option<String>,
    interrupted: bool,
    lost: Option<Error>,
}

/// Observes, plans, applies, verifies.
///
/// # Errors
/// [`ErrorKind::ConflictsPresent`] under policy `fail`, before anything is written; [`ErrorKind::Internal`] when a
/// stage panics, so that even then the lock is given back and the run's end is written down.
pub(crate) async fn run(context: &Context, desired: Vec<Desired>) -> Result<Finished> {
    AssertUnwindSafe(stages(context, desired)).catch_unwind().await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Internal, "the restore broke off by a defect of the engine, which its log shows"))
    })
}

async fn stages(context: &Context, desired: Vec<Desired>) -> Result<Finished> {
    let prepared = join_all(desired.into_iter().map(|desired| prepare(context, desired))).await;
    let unplanned = |prepared: &Result<Planned, Unplanned>| prepared.as_ref().is_err_and(|failed| failed.interrupted);
    let interrupted = prepared.iter().any(unplanned);
    if context.dry_run {
        let results = prepared
            .into_iter()
            .map(|prepared| {
                prepared.map_or_else(|failed| *failed.result, |planned| DomainResult::of_dry_run(&planned.plan))
            })
            .collect();
        return Ok(Finished { results, interrupted, lost: None });
    }
    if context.conflict_policy == ConflictPolicy::Fail && !interrupted {
        refuse_conflicts(&prepared)?;
    }
    let finished = join_all(prepared.into_iter().map(|prepared| async move {
        match prepared {
            Ok(planned) => {
                let applied = apply(context, &planned).await;
                conclude(context, planned, applied).await
            }
            Err(failed) => (*failed.result, failed.interrupted, None),
        }
    }))
    .await;
    let mut all = Finished { results: Vec::with_capacity(finished.len()), interrupted: false, lost: None };
    for (result, interrupted, lost) in finished {
        all.results.push(result);
        all.interrupted |= interrupted;
        all.lost = all.lost.or(lost);
    }
    Ok(all)
}

/// Looks at a domain, within its bound, and leaves out what belongs to other tenants.
async fn observe(context: &Context, driver: &dyn Domain, wanted: &[ResourceId]) -> Result<Inventory> {
    let observed = tokio::time::timeout(OBSERVE_LIMIT, driver.observe_for(&context.target, wanted))
        .await
        .map_err(|_| Error::new(ErrorKind::BackendUnavailable, format!("not read within {OBSERVE_LIMIT:?}")))??;
    Ok(context.spaces.own_part(&context.target, observed))
}

async fn prepare(context: &Context, desired: Desired) -> Result<Planned, Unplanned> {
    let domain = desired.domain;
    context.progress.update(domain, |progress| progress.stage = Stage::Observing).await;
    let failed = |error: Error| {
        tracing::warn!(%domain, %error, "domain not planned");
        Unplanned { result: Box::new(DomainResult::failed(domain, error.to_string())), interrupted: false }
    };
    let Some(driver) = context.registry.get(domain).cloned() else {
        return Err(failed(Error::new(ErrorKind::Internal, "its backend is not configured")));
    };
    let ids: Vec<ResourceId> = desired
        .resources
        .iter()
        .map(|wanted| wanted.as_ref().map_or_else(|refusal| refusal.id.clone(), |resource| resource.id.clone()))
        .collect();
    let looks = async { tokio::join!(observe(context, driver.as_ref(), &ids), context.journal.unfinished(domain)) };
    // A look may take minutes, and nothing is lost by breaking it off.
    let Some((observed, unfinished)) = context.stop.run_until_cancelled(looks).await else {
        let result = DomainResult::failed(domain, "the run was interrupted before this domain was planned");
        return Err(Unplanned { result: Box::new(result), interrupted: true });
    };
    let (observed, unfinished) = (observed.map_err(failed)?, unfinished.map_err(failed)?);
    let wanted = desired.resources.iter().flatten().map(|resource| (resource.id.clone(), resource.clone())).collect();
    let plan = plan_domain(domain, desired.resources, &observed, &unfinished);
    if !context.dry_run {
        strike_out_equal(context, &plan, &unfinished).await;
    }
    let to_write = plan.actions.iter().filter(|action| action.decision.writes()).count() as u64;
    tracing::info!(%domain, resources = plan.actions.len(), to_write, "planned");
    context
        .progress
        .update(domain, |progress| {
            progress.stage = Stage::Planned;
            progress.to_write = to_write;
        })
        .await;
    Ok(Planned { domain, driver, plan, wanted })
}

/// A leftover that turned out equal needs no completion.
async fn strike_out_equal(context: &Context, plan: &DomainPlan, unfinished: &Unfinished) {
    let equal: Vec<(ResourceId, SpecHash)> = plan
        .actions
        .iter()
        .filter(|action| action.decision == Decision::Skip)
        .filter_map(|action| Some((action.id.clone(), action.hash?)))
        .filter(|entry| unfinished.contains(entry))
        .collect();
    finish(context, plan.domain, &equal).await;
}

async fn finish(context: &Context, domain: DomainKey, done: &[(ResourceId, SpecHash)]) {
    if let Err(error) = context.journal.finish(domain, done).await {
        // The rows stay: a later run then finds these resources equal and strikes them out.
        tracing::warn!(%domain, %error, "journal not brought up to date");
    }
}

fn refuse_conflicts(prepared: &[Result<Planned, Unplanned>]) -> Result<()> {
    let mut findings = Vec::new();
    for one in prepared {
        match one {
            Err(failed) => findings.push(format!(
                "{}: could not be analysed: {}",
                failed.result.domain_key,
                failed.result.message.as_deref().unwrap_or_default()
            )),
            Ok(planned) => findings.extend(planned.plan.actions.iter().filter_map(|action| match &action.decision {
                Decision::Conflict { reason, .. } => Some(format!("{}: {}: {reason}", planned.domain, action.id)),
                _ => None,
            })),
        }
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::ConflictsPresent,
        "nothing was written: the target holds something else under the same names",
    )
    .with_details(findings))
}

async fn apply(context: &Context, planned: &Planned) -> Applied {
    let domain = planned.domain;
    let writes: Vec<Action> = planned.plan.actions.iter().filter(|action| action.decision.writes()).cloned().collect();
    let mut applied = Applied::default();
    let mut failed: BTreeSet<ResourceId> = BTreeSet::new();
    for batch in writes.chunks(planned.driver.batch_size().max(1)) {
        if context.stop.is_cancelled() {
            applied.interrupted = true;
            applied.ended_early = Some("the run was interrupted".into());
            break;
        }
        if let Err(error) = context.fence.check(Duration::ZERO).await {
            applied.ended_early = Some(error.to_string());
            applied.lost = Some(error);
            break;
        }
        if let Err(error) = context.journal.begin(domain, batch).await {
            applied.ended_early = Some(format!("the journal could not be written: {error}"));
            break;
        }
        context.progress.update(domain, |progress| progress.stage = Stage::Applying).await;
        let target =
            Target { space: &context.target, allowed: &context.allowed, fence: &*context.fence, failed: &failed };
        let outcomes = planned.driver.apply(&target, batch).await;
        let mut done = Vec::with_capacity(outcomes.len());
        let mut failed_now = Vec::new();
        for outcome in &outcomes {
            match outcome.result {
                Ok(_) => {
                    done.extend(planned.wanted.get(&outcome.id).map(|resource| (outcome.id.clone(), resource.hash)));
                }
                Err(_) => failed_now.push(outcome.id.clone()),
            }
        }
        finish(context, domain, &done).await;
        let failures = failed_now.len() as u64;
        failed.extend(failed_now);
        context
            .progress
            .update(domain, |progress| {
                progress.attempted += batch.len() as u64;
                progress.failed += failures;
            })
            .await;
        applied.outcomes.extend(outcomes.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
    }
    // A fence that closed within the last batch leaves failed outcomes and no further batch to notice it.
    if applied.lost.is_none()
        && !failed.is_empty()
        && let Err(error) = context.fence.check(Duration::ZERO).await
    {
        applied.ended_early = Some(error.to_string());
        applied.lost = Some(error);
    }
    applied
}

async fn conclude(context: &Context, planned: Planned, applied: Applied) -> (DomainResult, bool, Option<Error>) {
    let domain = planned.domain;
    let mut result = DomainResult::of_run(&planned.plan, &applied.outcomes, applied.ended_early.as_deref());
    if applied.ended_early.is_none() {
        if applied.outcomes.is_empty() {
            // Nothing was written since the plan found these resources equal.
            verify(&mut result, &planned.plan, &planned.wanted, None);
        } else {
            context.progress.update(domain, |progress| progress.stage = Stage::Verifying).await;
            let ids: Vec<ResourceId> = planned.wanted.keys().cloned().collect();
            let after = observe(context, planned.driver.as_ref(), &ids).await;
            verify(&mut result, &planned.plan, &planned.wanted, Some(after));
        }
    }
    context.progress.update(domain, |progress| progress.stage = Stage::Done).await;
    tracing::info!(%domain, status = ?result.status, created = result.counts.created, errors = result.counts.errors,
        verified = ?result.verified, "domain done");
    (result, applied.interrupted, applied.lost)
}

#[cfg(test)]
mod tests;
