//! `restore`, `identifier-map` and `runs`.

use std::io::{IsTerminal, stderr, stdin};

use restore_model::{
    identifier_map::IdentifierMap,
    report::{DomainResultStatus, Report, ResultStatus},
};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    arguments::{self, Policy, Runs},
    artifact,
    confirm::{Terminal, check_attended, confirm},
    exit,
    interrupt::Interrupt,
    output::Output,
    preflight::{agreed_map, describe as describe_preflight},
    render,
    table::Style,
};
use crate::{
    Engine, Error, ErrorKind, Result,
    control::{Caller, runs::RunStatus},
    restore::{Asked, ConflictPolicy, RestoreRequest, RestoreStarted},
};

/// Proposes the map.
pub(super) async fn identifier_map(
    engine: &Engine,
    caller: &Caller,
    arguments: &arguments::IdentifierMap,
    output: Output,
) -> Result<u8> {
    let raw: Box<RawValue> = artifact::read(&arguments.artifact, engine.config().limits.max_artifact_bytes)?;
    let map = engine.identifier_map(caller, &arguments.tenant, Some(&raw)).await?;
    output.show(&map, || {
        if map.entries.is_empty() && map.source_tenant_id == map.target_tenant_id {
            return format!("the artifact was taken from {} itself; no map is needed", arguments.tenant);
        }
        render::identifier_map(&map, Style::of_stdout())
    })
}

/// Restores, and prints the report. An interruption ends the current batch, then reports what was done.
pub(super) async fn run(
    engine: &Engine,
    caller: &Caller,
    arguments: arguments::Restore,
    output: Output,
    interrupt: &Interrupt,
) -> Result<u8> {
    let max_bytes = engine.config().limits.max_artifact_bytes;
    let raw: Box<RawValue> = artifact::read(&arguments.artifact, max_bytes)?;
    let given: Option<serde_json::Value> =
        arguments.map.as_deref().map(|path| artifact::read(path, max_bytes)).transpose()?;
    let proposal = engine.identifier_map(caller, &arguments.tenant, Some(&raw)).await?;
    let source = proposal.source_tenant_id.clone().unwrap_or_default();
    let mut asked = Asked {
        tenant_id: arguments.tenant.clone(),
        artifact: Some(raw),
        identifier_map: given,
        domains: arguments.domains.as_ref().map(|keys| keys.iter().map(|key| key.as_str().to_owned()).collect()),
    };
    let mut preflight_digest = arguments.preflight_digest.clone();
    if source != arguments.tenant {
        asked.identifier_map = Some(agreed_map(asked.identifier_map.take(), proposal)?);
        let foreseen = foresee(engine, caller, &arguments, &asked, &source).await?;
        preflight_digest = preflight_digest.or(foreseen);
    }
    let request = RestoreRequest {
        asked,
        dry_run: arguments.dry_run,
        conflict_policy: match arguments.conflict_policy {
            Policy::Keep => ConflictPolicy::Keep,
            Policy::Fail => ConflictPolicy::Fail,
        },
        preflight_digest,
    };
    interrupt.at_work();
    let restore = async {
        match engine.restore(caller, request).await? {
            RestoreStarted::Running(handle) => handle.join().await,
            RestoreStarted::NeedsConfirmation { message, .. } => {
                Err(Error::new(ErrorKind::InvalidIdentifierMap, message))
            }
        }
    };
    tokio::pin!(restore);
    let (ended, interrupted) = tokio::select! {
        ended = &mut restore => (ended, false),
        () = interrupt.stop().cancelled() => {
            eprintln!("\nending the current batch and releasing the lock…");
            (tokio::join!(engine.shutdown(), restore).1, true)
        }
    };
    let report = match ended {
        Err(error) if interrupted => {
            output.error(&error, &caller.correlation_id);
            return Ok(exit::INTERRUPTED);
        }
        ended => ended?,
    };
    output.show(&report, || render::report(&report, arguments.all, Style::of_stdout()))?;
    match exit_code(&report) {
        // It had ended before the interruption could.
        exit::SUCCESS => Ok(exit::SUCCESS),
        _ if interrupted => {
            eprintln!("interrupted; restore again to complete it");
            Ok(exit::INTERRUPTED)
        }
        code => Ok(code),
    }
}

/// Shows the way into another tenant and what is in it, and asks. Returns the digest of what was shown; a dry run writes
/// nothing, so it shows the map alone and does not ask.
async fn foresee(
    engine: &Engine,
    caller: &Caller,
    arguments: &arguments::Restore,
    asked: &Asked,
    source: &str,
) -> Result<Option<String>> {
    let map = asked.identifier_map.as_ref().map(IdentifierMap::parse).transpose()?;
    let interactive = stdin().is_terminal() && stderr().is_terminal() && !artifact::is_stdin(&arguments.artifact);
    let settled = arguments.yes || arguments.dry_run;
    check_attended(source, &arguments.tenant, settled || interactive)?;
    let style = Style::of_stderr();
    let mut shown = map.map(|map| render::identifier_map(&map, style)).unwrap_or_default();
    let mut digest = None;
    if !arguments.dry_run {
        let (artifact, map) = (asked.artifact.clone(), asked.identifier_map.clone());
        let asked =
            Asked { tenant_id: asked.tenant_id.clone(), artifact, identifier_map: map, domains: asked.domains.clone() };
        let preflight = engine.preflight(caller, asked).await?;
        shown.push_str("\n\n");
        shown.push_str(&describe_preflight(&preflight, style));
        digest = preflight.preflight_digest;
    }
    let terminal = Terminal { input: &mut stdin().lock(), output: &mut stderr().lock() };
    confirm(&shown, source, &arguments.tenant, settled, terminal)?;
    Ok(digest)
}

fn exit_code(report: &Report) -> u8 {
    let failed = report.domain_results.iter().any(|domain| domain.status == DomainResultStatus::Error);
    match report.result_status {
        ResultStatus::Failed => exit::FAILED,
        ResultStatus::Partial => exit::PARTIAL,
        ResultStatus::Blocked => ErrorKind::ConflictsPresent.exit_code(),
        ResultStatus::Success | ResultStatus::DryRun if failed => exit::PARTIAL,
        ResultStatus::Success | ResultStatus::DryRun => exit::SUCCESS,
    }
}

/// Shows a run.
pub(super) async fn runs(engine: &Engine, command: Runs, output: Output) -> Result<u8> {
    let Runs::Show { tenant, run, all } = command;
    let unknown = |_| Error::new(ErrorKind::RunNotFound, format!("tenant `{tenant}` has no run `{run}`"));
    let id = run.parse::<Uuid>().map_err(unknown)?;
    let status = engine.run(&tenant, id).await?;
    output.show(&status, || describe(&status, all, Style::of_stdout()))
}

fn describe(status: &RunStatus, all: bool, style: Style) -> String {
    if let Some(report) = &status.report {
        return render::report(report, all, style);
    }
    let mut text = format!(
        "Restore of {} into {}: {} since {}  (run {})\n\n",
        status.source_tenant_id,
        status.tenant_id,
        render::word(&status.state),
        status.started_at,
        status.run_id
    );
    text.push_str(&style.render(
        &["DOMAIN", "STAGE", "TO WRITE", "ATTEMPTED", "FAILED"],
        status.progress.iter().map(|domain| {
            vec![
                domain.domain_key.to_string(),
                render::word(&domain.stage),
                domain.to_write.to_string(),
                domain.attempted.to_string(),
                domain.failed.to_string(),
            ]
        }),
    ));
    if let Some(error) = &status.error {
        text.push_str(&format!("\n{}: {}", error.code, super::table::printable(&error.message)));
    }
    text
}

#[cfg(test)]
mod tests;
