//! From a request to a run that goes on by itself.

use std::sync::Arc;

use restore_model::{
    DomainKey,
    preflight_digest::{InvalidDigest, PreflightDigest},
    report::{DomainResult, Report, summarise, verdict},
};
use serde_json::json;
use time::OffsetDateTime;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    RestoreRequest, RestoreStarted, RunHandle,
    admission::{Admission, Admitted, Envelope, admit},
    analyse::Lookout,
    pipeline::{self, Context, Finished},
    select::Selection,
};
use crate::{
    Error, ErrorKind, Result,
    config::RequirePreflight,
    control::{
        Caller,
        database::rfc3339,
        lock::Lease,
        runs::{NewRun, Progress, RunState},
    },
    engine::Inner,
};

/// Checks in the order of the contract, takes the lock and starts the run.
///
/// # Errors
/// Everything that can be told before the first look into a backend.
pub(crate) async fn start(engine: &Arc<Inner>, caller: &Caller, request: RestoreRequest) -> Result<RestoreStarted> {
    let admitted = match admit(engine, request.asked).await? {
        Admission::Granted(admitted) => *admitted,
        Admission::NeedsConfirmation { envelope, proposal } => {
            let message = format!(
                "the artifact was taken from tenant `{}`: send the restore again with this map to restore it into `{}`",
                envelope.source_tenant_id,
                proposal.target_tenant_id.as_deref().unwrap_or_default()
            );
            return Ok(RestoreStarted::NeedsConfirmation { proposal, message });
        }
    };
    let foreseen = read_digest(request.preflight_digest.as_deref())?;
    if foreseen.is_none() && !request.dry_run {
        check_foreseen(engine.config.require_preflight, &admitted)?;
    }
    let Admitted { envelope, selection, target, spaces, allowed, desired, way } = admitted;
    let head = Head {
        run_id: Uuid::now_v7(),
        tenant_id: target.tenant_id.clone(),
        correlation_id: caller.correlation_id.clone(),
        dry_run: request.dry_run,
        started_at: OffsetDateTime::now_utc(),
        envelope,
    };
    let lease = engine.locks.lock(caller, &head.tenant_id, Some(&head.envelope.source_tenant_id)).await?;
    let begun = engine
        .control
        .begin_run(&NewRun {
            run_id: head.run_id,
            tenant_id: &head.tenant_id,
            source_tenant_id: &head.envelope.source_tenant_id,
            correlation_id: &head.correlation_id,
            lock_token: lease.token(),
            dry_run: head.dry_run,
        })
        .await;
    if let Err(error) = begun {
        lease.release().await;
        return Err(error);
    }
    let run_id = head.run_id;
    let journal = engine.journal(&head.tenant_id, run_id);
    let stop = engine.work.stop();
    let lookout = Lookout { registry: engine.registry.clone(), spaces, target, journal, stop: stop.clone() };
    let context = Arc::new(Context {
        lookout,
        allowed,
        fence: lease.fence(),
        progress: Arc::new(Progress::of_run(engine.control.clone(), run_id)),
        stop,
        dry_run: request.dry_run,
        conflict_policy: request.conflict_policy,
        way,
        foreseen,
    });
    engine.watch(run_id, &context.progress);
    let span = tracing::info_span!("restore", tenant_id = %head.tenant_id, %run_id,
        correlation_id = %head.correlation_id, dry_run = head.dry_run);
    let (engine_of_run, caller) = (Arc::clone(engine), caller.clone());
    let task = engine.work.detach(
        async move {
            let finished = pipeline::run(&context, desired).await;
            let result = end(&engine_of_run, &caller, head, selection, &context, lease, finished).await;
            engine_of_run.unwatch(run_id);
            result
        }
        .instrument(span),
    );
    Ok(RestoreStarted::Running(RunHandle { run_id, task }))
}

fn read_digest(text: Option<&str>) -> Result<Option<PreflightDigest>> {
    let unreadable =
        |error| Error::new(ErrorKind::InvalidRequest, "`preflight_digest` cannot be read").caused_by(error);
    text.map(|text| text.parse().map_err(|error: InvalidDigest| unreadable(error))).transpose()
}

/// Nobody restores into another tenant unseen, where the configuration says so.
fn check_foreseen(require: RequirePreflight, admitted: &Admitted) -> Result<()> {
    match require {
        RequirePreflight::CrossTenant if admitted.crosses_tenants() => Err(Error::new(
            ErrorKind::PreflightRequired,
            format!(
                "the artifact was taken from tenant `{}` and would go into `{}`: run a preflight, look at its conflicts, \
                 and send its `preflight_digest` with the restore",
                admitted.envelope.source_tenant_id, admitted.target.tenant_id
            ),
        )),
        RequirePreflight::CrossTenant | RequirePreflight::Never => Ok(()),
    }
}

/// What the report says about the run besides its results.
struct Head {
    run_id: Uuid,
    tenant_id: String,
    correlation_id: String,
    dry_run: bool,
    started_at: OffsetDateTime,
    envelope: Envelope,
}

/// Writes down how the run ended and releases the lock.
async fn end(
    engine: &Inner,
    caller: &Caller,
    head: Head,
    selection: Selection,
    context: &Context,
    lease: Box<dyn Lease>,
    finished: Result<Finished>,
) -> Result<Report> {
    let (run_id, tenant_id, dry_run) = (head.run_id, head.tenant_id.clone(), head.dry_run);
    let (state, report, error) = match finished {
        Err(error) if matches!(error.kind(), ErrorKind::ConflictsPresent | ErrorKind::StalePreflight) => {
            (RunState::Blocked, None, Some(error))
        }
        Err(error) => (RunState::Failed, None, Some(error)),
        Ok(finished) => {
            let state = if finished.lost.is_some() {
                RunState::Failed
            } else if finished.interrupted {
                RunState::Interrupted
            } else {
                RunState::Ended
            };
            let report = report(head, selection, finished.results);
            let error = finished.lost.map(|lost| lost.with_details(what_was_done(&report)));
            (state, Some(report), error)
        }
    };
    let ended =
        engine.control.end_run(run_id, &*lease, state, &context.progress, report.as_ref(), error.as_ref()).await;
    if let Err(error) = ended {
        tracing::warn!(%error, "the end of the run was not written down");
        lease.release().await;
    }
    let details = json!({
        "run_id": run_id, "dry_run": dry_run, "state": state.as_str(),
        "source_tenant_id": report.as_ref().map(|report| &report.source_tenant_id),
        "result_status": report.as_ref().map(|report| report.result_status),
        "summary": report.as_ref().map(|report| report.summary),
    });
    let result = match (error, report) {
        (Some(error), _) => Err(error),
        (None, Some(report)) => Ok(report),
        (None, None) => Err(Error::new(ErrorKind::Internal, "the run ended with neither a report nor an error")),
    };
    engine.control.audit(caller, "restore", &tenant_id, &result, details).await;
    match &result {
        Ok(report) => tracing::info!(status = ?report.result_status, verified = ?report.verified, "restore ended"),
        Err(error) => tracing::error!(%error, "restore ended"),
    }
    result
}

/// One line a domain, for people whose run ended early.
fn what_was_done(report: &Report) -> Vec<String> {
    report
        .domain_results
        .iter()
        .map(|result| {
            let counts = result.counts;
            format!(
                "{}: {} created, {} already there, {} kept, {} failed or not attempted (run {})",
                result.domain_key, counts.created, counts.skipped, counts.conflicts, counts.errors, report.run_id
            )
        })
        .collect()
}

fn report(head: Head, selection: Selection, processed: Vec<DomainResult>) -> Report {
    let eligible = processed.len() as u64;
    let domain_results = in_order(&selection, processed);
    let result_status = verdict(&domain_results, head.dry_run, selection.missing);
    let judged: Vec<bool> = domain_results.iter().filter_map(|result| result.verified).collect();
    Report {
        run_id: head.run_id.to_string(),
        tenant_id: head.tenant_id,
        source_tenant_id: head.envelope.source_tenant_id,
        correlation_id: head.correlation_id,
        dry_run: head.dry_run,
        result_status,
        status: result_status,
        format_version: head.envelope.format_version,
        summary: summarise(&domain_results, eligible),
        verified: (!judged.is_empty()).then(|| judged.iter().all(|verified| *verified)),
        domain_results,
        started_at: rfc3339(head.started_at),
        ended_at: rfc3339(OffsetDateTime::now_utc()),
        migration_metadata: head.envelope.migration_metadata,
        migration_warnings: head.envelope.migration_warnings,
    }
}

/// The order in which the caller named the domains, then those that were only listed; else the order of restore.
pub(super) fn in_order(selection: &Selection, processed: Vec<DomainResult>) -> Vec<DomainResult> {
    let mut results = processed;
    results.extend(selection.listed.iter().cloned());
    let unnamed = DomainKey::ALL.len();
    let place = |result: &DomainResult| match result.domain_key.parse::<DomainKey>() {
        Err(_) => 3 * unnamed,
        Ok(domain) => {
            let in_restore_order = unnamed + domain as usize;
            selection.requested.as_ref().map_or(in_restore_order, |requested| {
                requested.iter().position(|named| *named == domain).unwrap_or(in_restore_order)
            })
        }
    };
    results.sort_by_key(place);
    results
}
