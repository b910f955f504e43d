//! What a restore answers with: the public result body.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    DomainKey, ResourceId,
    artifact::{MigrationMetadata, MigrationWarning},
    diff::Diff,
    plan::{Action, Decision, DomainPlan},
};

/// What was done, or would be done, with one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResourceAction {
    /// Was absent and is there now.
    Created,
    /// Is there now, but for redacted members or other losses that its warnings name.
    AppliedWithWarnings,
    /// Was there and equal, or is never created.
    Skipped,
    /// Was there and different; unchanged.
    Conflict,
    /// Was not attempted or failed.
    Error,
    /// Dry run of [`ResourceAction::Created`].
    WouldCreate,
    /// Dry run of [`ResourceAction::Skipped`].
    WouldSkip,
    /// Dry run of [`ResourceAction::Conflict`].
    WouldConflict,
}

/// The status of one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainResultStatus {
    /// Something was created, or there was nothing to do.
    Applied,
    /// Something was created, with losses that warnings name.
    AppliedWithWarnings,
    /// Everything was there already.
    Skipped,
    /// Something was kept that differs.
    Conflict,
    /// Something failed.
    Error,
    /// Dry run of [`DomainResultStatus::Applied`].
    WouldApply,
    /// Dry run of [`DomainResultStatus::AppliedWithWarnings`].
    WouldApplyWithWarnings,
    /// Dry run of [`DomainResultStatus::Skipped`].
    WouldSkip,
    /// Dry run of [`DomainResultStatus::Conflict`].
    WouldConflict,
    /// The artifact has no usable content for it.
    SkippedNotExportable,
    /// This implementation does not know it, or it is switched off.
    SkippedNoApplier,
}

/// The status of the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    /// Everything asked for is as the artifact says.
    Success,
    /// Some is not.
    Partial,
    /// Nothing could be done.
    Failed,
    /// Nothing was written on purpose.
    Blocked,
    /// Nothing was written because nothing was to be.
    DryRun,
}

/// The result for one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResourceResult {
    /// For example `tables`; see [`crate::Kind::report_name`].
    pub resource_type: String,
    /// Tenant-relative.
    pub resource_name: String,
    /// Always null; kept for readers of the public format.
    pub resource_id: Option<String>,
    /// What was done.
    pub action: ResourceAction,
    /// Why, for people.
    pub message: Option<String>,
    /// For people.
    pub warnings: Vec<String>,
    /// Of a conflict.
    #[schema(value_type = Option<BTreeMap<String, crate::diff::Difference>>)]
    pub diff: Option<Diff>,
    /// Whether the target was seen to hold it as desired after the run. Null in a dry run.
    pub verified: Option<bool>,
    /// JSON pointers of values that were redacted and must be supplied again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted_fields: Vec<String>,
}

/// How many resources of a domain ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Created, or would be.
    pub created: u64,
    /// Skipped, or would be.
    pub skipped: u64,
    /// Kept although different.
    pub conflicts: u64,
    /// Failed or refused.
    pub errors: u64,
    /// Warnings, over all resources.
    pub warnings: u64,
}

/// The result for one domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DomainResult {
    /// One of the five, or the unknown key that the artifact carries.
    pub domain_key: String,
    /// Derived from the counts.
    pub status: DomainResultStatus,
    /// One per resource of the artifact, in the order in which they were applied.
    pub resource_results: Vec<ResourceResult>,
    /// Over `resource_results`.
    pub counts: Counts,
    /// For people; names the backend that failed.
    pub message: Option<String>,
    /// Whether every created, completed or skipped resource was seen in the target afterwards. Null when nothing was
    /// looked at.
    pub verified: Option<bool>,
}

/// Totals over all domains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// Domains that were eligible after filtering.
    pub domains_requested: u64,
    /// Domains that were planned.
    pub domains_processed: u64,
    /// Domains that were not.
    pub domains_skipped: u64,
    /// Over all domains.
    pub resources_created: u64,
    /// Over all domains.
    pub resources_skipped: u64,
    /// Over all domains.
    pub resources_conflicted: u64,
    /// Over all domains.
    pub resources_failed: u64,
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The run, for `GET …/runs/{run}`.
    pub run_id: String,
    /// Restored into.
    pub tenant_id: String,
    /// Taken from.
    pub source_tenant_id: String,
    /// Of the request.
    pub correlation_id: String,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// The verdict.
    pub result_status: ResultStatus,
    /// The same as `result_status`.
    pub status: ResultStatus,
    /// Of the artifact as it was sent.
    pub format_version: String,
    /// Totals.
    pub summary: Summary,
    /// In the order of the request's `domains`, else of restore.
    pub domain_results: Vec<DomainResult>,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub ended_at: String,
    /// Whether every domain that was looked at is verified. Null in a dry run.
    pub verified: Option<bool>,
    /// Present when the artifact was migrated first.
    #[serde(default, rename = "_migration_metadata", skip_serializing_if = "Option::is_none")]
    pub migration_metadata: Option<MigrationMetadata>,
    /// What the migration could not carry.
    #[serde(default, rename = "_migration_warnings", skip_serializing_if = "Vec::is_empty")]
    pub migration_warnings: Vec<MigrationWarning>,
}

/// What applying one action came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The resource.
    pub id: ResourceId,
    /// Warnings of a success, or the message of a failure.
    pub result: Result<Vec<String>, String>,
}

impl Outcome {
    /// It is there now.
    #[must_use]
    pub const fn done(id: ResourceId) -> Self {
        Self { id, result: Ok(Vec::new()) }
    }

    /// It is not, or not wholly.
    #[must_use]
    pub fn failed(id: ResourceId, message: impl Into<String>) -> Self {
        Self { id, result: Err(message.into()) }
    }
}

impl DomainResult {
    /// A domain that was not processed.
    #[must_use]
    pub fn unprocessed(domain_key: impl Into<String>, status: DomainResultStatus, message: impl Into<String>) -> Self {
        Self {
            domain_key: domain_key.into(),
            status,
            resource_results: Vec::new(),
            counts: Counts::default(),
            message: Some(message.into()),
            verified: None,
        }
    }

    /// A domain whose backend failed as a whole: nothing is known about its resources.
    #[must_use]
    pub fn failed(domain: DomainKey, message: impl Into<String>) -> Self {
        let counts = Counts { errors: 1, ..Counts::default() };
        Self { counts, ..Self::unprocessed(domain.as_str(), DomainResultStatus::Error, message) }
    }

    /// What a plan would do.
    #[must_use]
    pub fn of_dry_run(plan: &DomainPlan) -> Self {
        Self::build(plan, true, |action| match &action.decision {
            Decision::Create | Decision::Complete => (ResourceAction::WouldCreate, None, Vec::new()),
            Decision::Skip => (ResourceAction::WouldSkip, None, Vec::new()),
            Decision::Inform { message } => (ResourceAction::WouldSkip, Some(message.clone()), Vec::new()),
            Decision::Conflict { reason, .. } => (ResourceAction::WouldConflict, Some(reason.clone()), Vec::new()),
            Decision::Refuse { message } | Decision::Unreadable { message } => {
                (ResourceAction::Error, Some(message.clone()), Vec::new())
            }
        })
    }

    /// What a plan came to. A written action without an outcome is an error: it was never attempted.
    #[must_use]
    pub fn of_run(plan: &DomainPlan, outcomes: &BTreeMap<ResourceId, Outcome>, interrupted: Option<&str>) -> Self {
        let mut result = Self::build(plan, false, |action| match &action.decision {
            Decision::Create | Decision::Complete => match outcomes.get(&action.id).map(|outcome| &outcome.result) {
                Some(Ok(warnings)) => {
                    let lossy =
                        !warnings.is_empty() || !action.warnings.is_empty() || !action.redacted_fields.is_empty();
                    let done = if lossy { ResourceAction::AppliedWithWarnings } else { ResourceAction::Created };
                    (done, None, warnings.clone())
                }
                Some(Err(message)) => (ResourceAction::Error, Some(message.clone()), Vec::new()),
                None => {
                    let why = interrupted.unwrap_or("the run ended before it was attempted");
                    (ResourceAction::Error, Some(format!("not attempted: {why}")), Vec::new())
                }
            },
            Decision::Skip => (ResourceAction::Skipped, None, Vec::new()),
            Decision::Inform { message } => (ResourceAction::Skipped, Some(message.clone()), Vec::new()),
            Decision::Conflict { reason, .. } => (ResourceAction::Conflict, Some(reason.clone()), Vec::new()),
            Decision::Refuse { message } | Decision::Unreadable { message } => {
                (ResourceAction::Error, Some(message.clone()), Vec::new())
            }
        });
        result.message = interrupted.map(str::to_owned);
        if result.message.is_some() {
            result.status = DomainResultStatus::Error;
        }
        result
    }

    fn build(
        plan: &DomainPlan,
        dry_run: bool,
        judge: impl Fn(&Action) -> (ResourceAction, Option<String>, Vec<String>),
    ) -> Self {
        let mut counts = Counts::default();
        let mut resource_results = Vec::with_capacity(plan.actions.len());
        for action in &plan.actions {
            let (done, message, mut warnings) = judge(action);
            warnings.splice(0..0, action.warnings.iter().cloned());
            if matches!(done, ResourceAction::AppliedWithWarnings | ResourceAction::WouldCreate) {
                warnings.extend(action.redacted_fields.iter().map(|at| format!("{at} was redacted: supply it again")));
            }
            match done {
                ResourceAction::Created | ResourceAction::AppliedWithWarnings | ResourceAction::WouldCreate => {
                    counts.created += 1;
                }
                ResourceAction::Skipped | ResourceAction::WouldSkip => counts.skipped += 1,
                ResourceAction::Conflict | ResourceAction::WouldConflict => counts.conflicts += 1,
                ResourceAction::Error => counts.errors += 1,
            }
            counts.warnings += warnings.len() as u64;
            let diff = match &action.decision {
                Decision::Conflict { diff, .. } => diff.clone(),
                _ => None,
            };
            resource_results.push(ResourceResult {
                resource_type: action.id.kind.report_name().to_owned(),
                resource_name: action.id.name.clone(),
                resource_id: None,
                action: done,
                message,
                warnings,
                diff,
                verified: None,
                redacted_fields: action.redacted_fields.clone(),
            });
        }
        Self {
            domain_key: plan.domain.as_str().to_owned(),
            status: status_of(counts, resource_results.is_empty(), dry_run),
            resource_results,
            counts,
            message: None,
            verified: None,
        }
    }
}

fn status_of(counts: Counts, nothing_to_do: bool, dry_run: bool) -> DomainResultStatus {
    use DomainResultStatus as Status;
    let (applied, with_warnings, skipped, conflict) = if dry_run {
        (Status::WouldApply, Status::WouldApplyWithWarnings, Status::WouldSkip, Status::WouldConflict)
    } else {
        (Status::Applied, Status::AppliedWithWarnings, Status::Skipped, Status::Conflict)
    };
    if counts.errors > 0 {
        Status::Error
    } else if counts.conflicts > 0 {
        conflict
    } else if counts.created > 0 && counts.warnings > 0 {
        with_warnings
    } else if counts.created > 0 || nothing_to_do {
        applied
    } else {
        skipped
    }
}

/// The totals over all domains.
#[must_use]
pub fn summarise(results: &[DomainResult], domains_requested: u64) -> Summary {
    let mut summary = Summary { domains_requested, ..Summary::default() };
    for result in results {
        match result.status {
            DomainResultStatus::SkippedNotExportable | DomainResultStatus::SkippedNoApplier => {
                summary.domains_skipped += 1;
            }
            _ => summary.domains_processed += 1,
        }
        summary.resources_created += result.counts.created;
        summary.resources_skipped += result.counts.skipped;
        summary.resources_conflicted += result.counts.conflicts;
        summary.resources_failed += result.counts.errors;
    }
    summary
}

/// The verdict over all domains. `missing` says that a domain the caller named could not be processed.
#[must_use]
pub fn verdict(results: &[DomainResult], dry_run: bool, missing: bool) -> ResultStatus {
    if dry_run {
        return ResultStatus::DryRun;
    }
    let processed = || {
        results.iter().filter(|result| {
            !matches!(result.status, DomainResultStatus::SkippedNotExportable | DomainResultStatus::SkippedNoApplier)
        })
    };
    let nothing_stands = |result: &DomainResult| {
        result.status == DomainResultStatus::Error && result.counts.created == 0 && result.counts.skipped == 0
    };
    if processed().count() > 0 && processed().all(nothing_stands) {
        ResultStatus::Failed
    } else if missing
        || processed().any(|result| matches!(result.status, DomainResultStatus::Error | DomainResultStatus::Conflict))
    {
        ResultStatus::Partial
    } else {
        ResultStatus::Success
    }
}

#[cfg(test)]
mod tests;
