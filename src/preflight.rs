//! Preflight: what a restore would find in the target. Reads only, takes no lock, and shares every stage up to the
//! plan with the restore.

use std::sync::Arc;

use restore_model::{
    DomainKey,
    preflight::{DomainAnalysis, Preflight, PreflightSummary},
    report::DomainResultStatus,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Result,
    control::{Caller, database::rfc3339},
    engine::Inner,
    restore::{
        Asked,
        admission::{Admission, Admitted, Envelope, admit},
        analyse::{self, Analysed, Lookout},
        select::Selection,
        side_by_side,
    },
};

/// Analyses every chosen domain, side by side.
///
/// # Errors
/// As a restore, up to the first look into a backend. A backend that fails is an `analysis_error` of its domain.
pub(crate) async fn preflight(engine: &Inner, caller: &Caller, asked: Asked) -> Result<Preflight> {
    let (tenant_id, named) = (asked.tenant_id.clone(), asked.domains.is_some());
    let admitted = match admit(engine, asked).await? {
        Admission::Granted(admitted) => *admitted,
        Admission::NeedsConfirmation { envelope, proposal } => {
            let nothing = answer(caller, tenant_id, *envelope, PreflightSummary::of_nothing(), Vec::new());
            return Ok(Preflight { needs_confirmation: true, identifier_map_proposal: Some(proposal), ..nothing });
        }
    };
    let Admitted { envelope, selection, target, spaces, desired, way, .. } = admitted;
    // Only what earlier runs began is asked of the journal, so that the run's id is nobody's.
    let journal = engine.journal(&tenant_id, Uuid::nil());
    let stop = engine.work.stop();
    let lookout = Arc::new(Lookout { registry: engine.registry.clone(), spaces, target, journal, stop });
    let analysed = side_by_side(desired.into_iter().map(|desired| {
        let lookout = Arc::clone(&lookout);
        async move { lookout.analyse(desired).await }
    }))
    .await;
    let digest = analyse::digest(way, &analysed).to_string();
    let mut domains = skipped(&selection, named);
    domains.extend(analysed.into_iter().map(of_analysed));
    let summary = PreflightSummary::of(&domains);
    Ok(Preflight { preflight_digest: Some(digest), ..answer(caller, tenant_id, envelope, summary, domains) })
}

fn of_analysed(analysed: Analysed) -> DomainAnalysis {
    match analysed.result {
        Ok(planned) => DomainAnalysis::of_plan(&planned.plan),
        Err(error) => DomainAnalysis::failed(analysed.domain, error.to_string()),
    }
}

/// What is not analysed, and why. Without a choice of the caller's, a domain that the artifact lacks is told too.
fn skipped(selection: &Selection, named: bool) -> Vec<DomainAnalysis> {
    let listed = |key: &str| selection.listed.iter().any(|result| result.domain_key == key);
    let lacking = DomainKey::ALL
        .into_iter()
        .filter(|domain| !named && !selection.eligible.contains(domain) && !listed(domain.as_str()))
        .map(|domain| DomainAnalysis::skipped(domain.as_str(), "the artifact does not contain it"));
    let listed = selection.listed.iter().map(|result| {
        let why = result.message.as_deref().unwrap_or("is not restored");
        match result.domain_key.parse() {
            Ok(domain) if result.status == DomainResultStatus::Error => DomainAnalysis::failed(domain, why),
            _ => DomainAnalysis::skipped(&*result.domain_key, why),
        }
    });
    listed.chain(lacking).collect()
}

fn answer(
    caller: &Caller,
    target_tenant_id: String,
    envelope: Envelope,
    summary: PreflightSummary,
    domains: Vec<DomainAnalysis>,
) -> Preflight {
    Preflight {
        correlation_id: caller.correlation_id.clone(),
        source_tenant_id: envelope.source_tenant_id,
        target_tenant_id,
        format_version: envelope.format_version,
        analyzed_at: rfc3339(OffsetDateTime::now_utc()),
        summary,
        domains,
        preflight_digest: None,
        needs_confirmation: false,
        identifier_map_proposal: None,
        migration_metadata: envelope.migration_metadata,
        migration_warnings: envelope.migration_warnings,
    }
}
