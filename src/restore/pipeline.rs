//! The stages of a restore, side by side over all domains. Every domain is planned before the first one writes.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use backon::BackoffBuilder as _;
use futures::FutureExt as _;
use restore_model::{
    DomainKey, Inventory, ResourceId,
    diff::{Comparison, compare, is_unfinished},
    domains::Allowed,
    plan::{Action, Decision},
    preflight_digest::{Fingerprint, PreflightDigest},
    report::{DomainResult, Outcome},
    resource::SpecHash,
};
use tokio_util::sync::CancellationToken;

use super::{
    ConflictPolicy,
    analyse::{Analysed, Lookout, Planned, digest},
    select::Desired,
    side_by_side,
    verify::verify,
};
use crate::{
    Error, ErrorKind, Result,
    control::runs::{DomainProgress, Progress, Stage},
    domains::{Fence, LOST_SIGHT, Target},
};

/// What a run stands on.
pub(crate) struct Context {
    pub(crate) lookout: Lookout,
    pub(crate) allowed: Allowed,
    pub(crate) fence: Arc<dyn Fence>,
    pub(crate) progress: Arc<Progress>,
    /// Ends the run after its current batches.
    pub(crate) stop: CancellationToken,
    pub(crate) dry_run: bool,
    pub(crate) conflict_policy: ConflictPolicy,
    /// Of both spaces and the map.
    pub(crate) way: Fingerprint,
    /// What the caller's preflight saw.
    pub(crate) foreseen: Option<PreflightDigest>,
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

/// What applying a domain's plan came to.
#[derive(Default)]
struct Applied {
    outcomes: BTreeMap<ResourceId, Outcome>,
    ended_early: Option<String>,
    interrupted: bool,
    lost: Option<Error>,
}

/// A domain whose writes have ended: its result, whether it was interrupted, and why it may no longer write.
type Told = (DomainResult, bool, Option<Error>);

/// How far a domain is when the last one has written.
enum Written {
    /// It was looked at again.
    Seen(Told),
    /// It is looked at once all others are done.
    Unseen(Box<(Planned, Applied)>),
}

/// Observes, plans, applies, verifies.
///
/// # Errors
/// Before anything is written: [`ErrorKind::StalePreflight`] when it is not as the caller's preflight saw it,
/// [`ErrorKind::ConflictsPresent`] under policy `fail`; [`ErrorKind::Internal`] when a stage panics, so that even then the
/// lock is given back and the run's end is written down.
pub(crate) async fn run(context: &Arc<Context>, desired: Vec<Desired>) -> Result<Finished> {
    AssertUnwindSafe(stages(context, desired)).catch_unwind().await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Internal, "the restore broke off by a defect of the engine, which its log shows"))
    })
}

async fn stages(context: &Arc<Context>, desired: Vec<Desired>) -> Result<Finished> {
    let analysed = side_by_side(desired.into_iter().map(|desired| {
        let context = Arc::clone(context);
        async move { prepare(&context, desired).await }
    }))
    .await;
    let interrupted = analysed.iter().any(|one| one.interrupted);
    if let Some(foreseen) = context.foreseen.as_ref().filter(|_| !interrupted) {
        refuse_changes(foreseen, &digest(context.way, &analysed))?;
    }
    if context.dry_run {
        let results = analysed
            .into_iter()
            .map(|one| match one.result {
                Ok(planned) => DomainResult::of_dry_run(&planned.plan),
                Err(error) => DomainResult::failed(one.domain, error.to_string()),
            })
            .collect();
        return Ok(Finished { results, interrupted, lost: None });
    }
    if context.conflict_policy == ConflictPolicy::Fail && !interrupted {
        refuse_conflicts(&analysed)?;
    }
    let written = side_by_side(analysed.into_iter().map(|one| {
        let context = Arc::clone(context);
        async move {
            match one.result {
                Ok(planned) => {
                    strike_out_equal(&context, &planned).await;
                    let applied = apply(&context, &planned).await;
                    if planned.driver.may_lose_sight_of_writes() {
                        return Written::Unseen(Box::new((planned, applied)));
                    }
                    Written::Seen(conclude(&context, planned, applied).await)
                }
                Err(error) => {
                    Written::Seen((DomainResult::failed(one.domain, error.to_string()), one.interrupted, None))
                }
            }
        }
    }))
    .await;
    // What a backend loses sight of, it may lose seconds later: the later the look, the more it is worth.
    let finished = side_by_side(written.into_iter().map(|one| {
        let context = Arc::clone(context);
        async move {
            match one {
                Written::Seen(told) => told,
                Written::Unseen(unseen) => {
                    let (planned, applied) = *unseen;
                    conclude(&context, planned, applied).await
                }
            }
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

async fn prepare(context: &Context, desired: Desired) -> Analysed {
    let domain = desired.domain;
    context.progress.update(domain, |progress| progress.stage = Stage::Observing).await;
    let analysed = context.lookout.analyse(desired).await;
    if let Ok(planned) = &analysed.result {
        let to_write = planned.plan.actions.iter().filter(|action| action.decision.writes()).count() as u64;
        let planned = |progress: &mut DomainProgress| (progress.stage, progress.to_write) = (Stage::Planned, to_write);
        context.progress.update(domain, planned).await;
    }
    analysed
}

/// A leftover that turned out equal needs no completion.
async fn strike_out_equal(context: &Context, planned: &Planned) {
    let equal: Vec<(ResourceId, SpecHash)> = planned
        .plan
        .actions
        .iter()
        .filter(|action| action.decision == Decision::Skip)
        .filter_map(|action| Some((action.id.clone(), action.hash?)))
        .filter(|entry| planned.unfinished.contains(entry))
        .collect();
    finish(context, planned.plan.domain, &equal).await;
}

async fn finish(context: &Context, domain: DomainKey, done: &[(ResourceId, SpecHash)]) {
    if let Err(error) = context.lookout.journal.finish(domain, done).await {
        // The rows stay: a later run then finds these resources equal and strikes them out.
        tracing::warn!(%domain, %error, "journal not brought up to date");
    }
}

fn refuse_changes(foreseen: &PreflightDigest, now: &PreflightDigest) -> Result<()> {
    let changes = foreseen.changes(now);
    if changes.is_empty() {
        return Ok(());
    }
    let message = "nothing was written: it is not as the preflight saw it; run the preflight again";
    Err(Error::new(ErrorKind::StalePreflight, message).with_details(changes))
}

/// Under policy `fail`. A resource that could not be read counts like a domain that could not: it may be a conflict.
fn refuse_conflicts(analysed: &[Analysed]) -> Result<()> {
    let mut findings = Vec::new();
    for one in analysed {
        match &one.result {
            Err(error) => findings.push(format!("{}: could not be analysed: {error}", one.domain)),
            Ok(planned) => findings.extend(planned.plan.actions.iter().filter_map(|action| match &action.decision {
                Decision::Conflict { reason: why, .. } | Decision::Unreadable { message: why } => {
                    Some(format!("{}: {}: {why}", one.domain, action.id))
                }
                _ => None,
            })),
        }
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::ConflictsPresent,
        "nothing was written: the target holds something else under the same names, or could not be read",
    )
    .with_details(findings))
}

/// The most text that a batch of more than one action carries: it is sent, and written, within one request's time.
const BATCH_BYTES: usize = 4 << 20;

/// Cuts actions into batches of at most `most`, and of at most [`BATCH_BYTES`] unless one alone has more.
fn batches(actions: &[Action], most: usize) -> impl Iterator<Item = &[Action]> {
    let mut rest = actions;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = rest.iter().take(most.max(1)).take_while(|action| {
            let first = bytes == 0;
            bytes += action.spec.get().len();
            first || bytes <= BATCH_BYTES
        });
        let (batch, others) = rest.split_at(fitting.count());
        rest = others;
        (!batch.is_empty()).then_some(batch)
    })
}

async fn apply(context: &Context, planned: &Planned) -> Applied {
    let writes: Vec<Action> = planned.plan.actions.iter().filter(|action| action.decision.writes()).cloned().collect();
    let mut applied = Applied::default();
    write(context, planned, &writes, &mut applied).await;
    applied
}

/// Writes in batches and adds up what became of them.
async fn write(context: &Context, planned: &Planned, writes: &[Action], applied: &mut Applied) {
    let domain = planned.plan.domain;
    let mut failed: BTreeSet<ResourceId> = BTreeSet::new();
    for batch in batches(writes, planned.driver.batch_size()) {
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
        if let Err(error) = context.lookout.journal.begin(domain, batch).await {
            applied.ended_early = Some(format!("the journal could not be written: {error}"));
            break;
        }
        context.progress.update(domain, |progress| progress.stage = Stage::Applying).await;
        let target = Target {
            space: &context.lookout.target,
            allowed: &context.allowed,
            fence: &*context.fence,
            failed: &failed,
        };
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
}

/// The look after the last write. Where a backend may lose sight of what it took, what it shows as unset is written
/// anew, and looked at once more, a few times over.
async fn look_again(context: &Context, planned: &Planned, applied: &mut Applied) -> Result<Inventory> {
    let domain = planned.plan.domain;
    let ids: Vec<ResourceId> = planned.wanted.keys().cloned().collect();
    let look = || async {
        context.progress.update(domain, |progress| progress.stage = Stage::Verifying).await;
        context.lookout.observe(planned.driver.as_ref(), &ids).await
    };
    let mut after = look().await?;
    if !planned.driver.may_lose_sight_of_writes() {
        return Ok(after);
    }
    for delay in LOST_SIGHT.build() {
        let lost = lost_sight_of(planned, applied, &after);
        if lost.is_empty() {
            break;
        }
        tracing::warn!(%domain, resources = ?lost.iter().map(|action| &action.id).collect::<Vec<_>>(),
            "the backend shows settings as unset that it took; they are set anew");
        tokio::time::sleep(delay).await;
        context.progress.update(domain, |progress| progress.to_write += lost.len() as u64).await;
        write(context, planned, &lost, applied).await;
        if applied.ended_early.is_some() {
            break;
        }
        after = look().await?;
    }
    // What is still not shown is half-made for the next run, and no conflict.
    let lost = lost_sight_of(planned, applied, &after);
    if applied.lost.is_none()
        && !lost.is_empty()
        && let Err(error) = context.lookout.journal.begin(domain, &lost).await
    {
        tracing::warn!(%domain, %error, "journal not brought up to date");
    }
    Ok(after)
}

/// What was written well and is now as half-made as what a run that died leaves behind. Anything else that differs was
/// somebody's, and stays.
fn lost_sight_of(planned: &Planned, applied: &Applied, after: &Inventory) -> Vec<Action> {
    let written = |action: &&Action| applied.outcomes.get(&action.id).is_some_and(|outcome| outcome.result.is_ok());
    let half_made = |action: &&Action| {
        let (Some(desired), Some(there)) = (planned.wanted.get(&action.id), after.resources.get(&action.id)) else {
            return false;
        };
        matches!(compare(desired, there), Comparison::Differs(diff) if is_unfinished(&diff))
    };
    let lost = planned.plan.actions.iter().filter(written).filter(half_made);
    lost.map(|action| Action { decision: Decision::Complete, ..action.clone() }).collect()
}

async fn conclude(context: &Context, planned: Planned, mut applied: Applied) -> Told {
    let domain = planned.plan.domain;
    let after = if applied.ended_early.is_none() && !applied.outcomes.is_empty() {
        Some(look_again(context, &planned, &mut applied).await)
    } else {
        // Nothing was written since the plan found the resources equal that it left alone.
        None
    };
    let mut result = DomainResult::of_run(&planned.plan, &applied.outcomes, applied.ended_early.as_deref());
    if applied.ended_early.is_none() {
        verify(&mut result, &planned.plan, &planned.wanted, after);
    }
    context.progress.update(domain, |progress| progress.stage = Stage::Done).await;
    tracing::info!(%domain, status = ?result.status, created = result.counts.created, errors = result.counts.errors,
        verified = ?result.verified, "domain done");
    (result, applied.interrupted, applied.lost)
}

#[cfg(test)]
mod tests;
