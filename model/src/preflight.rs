//! What a preflight answers with, built from the plan that a restore would apply.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    DomainKey,
    artifact::{MigrationMetadata, MigrationWarning},
    conflict::{Conflict, Severity, preflight_name},
    identifier_map::IdentifierMap,
    plan::{Decision, DomainPlan},
};

/// How the analysis of one domain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisStatus {
    /// Something stands in the way: see its conflicts and refusals.
    Analyzed,
    /// Nothing does.
    NoConflicts,
    /// The artifact has no usable content for it, or this implementation no backend.
    SkippedNotExportable,
    /// The target, or something in it, could not be read.
    AnalysisError,
}

/// A resource without a conflict, some values of which are redacted in the artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RedactedResource {
    /// For example `identity_provider`.
    pub resource_type: String,
    /// Tenant-relative.
    pub resource_name: String,
    /// Always null; kept for readers of the public format.
    pub resource_id: Option<String>,
    /// JSON pointers of the values that were not compared and must be supplied again.
    pub redacted_fields: Vec<String>,
}

/// A resource that a restore will not attempt, whatever the target holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedResource {
    /// For example `view`.
    pub resource_type: String,
    /// Tenant-relative.
    pub resource_name: String,
    /// Why, for people.
    pub message: String,
}

/// The analysis of one domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DomainAnalysis {
    /// One of the five, or the unknown key that the artifact carries.
    pub domain_key: String,
    /// Derived from what was found.
    pub status: AnalysisStatus,
    /// Resources of the artifact that were held against the target.
    pub resources_analyzed: u64,
    /// Absent from the target, or equal.
    pub compatible_count: u64,
    /// The same, but for redacted values.
    pub compatible_with_redacted_count: u64,
    /// Gravest first.
    pub conflicts: Vec<Conflict>,
    /// One for each of `compatible_with_redacted_count`.
    pub compatible_with_redacted: Vec<RedactedResource>,
    /// What a restore will not attempt.
    pub refused: Vec<RefusedResource>,
    /// Why the domain was skipped, or could not be read, for people.
    pub analysis_error_message: Option<String>,
}

/// How many conflicts there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConflictCounts {
    /// Of severity `low`.
    pub low: u64,
    /// Of severity `medium`.
    pub medium: u64,
    /// Of severity `high`.
    pub high: u64,
    /// Of severity `critical`.
    pub critical: u64,
}

/// Totals over all domains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreflightSummary {
    /// The gravest conflict; `low` without one; at least `high` when something could not be read or will be refused.
    pub risk_level: Severity,
    /// Over all domains.
    pub total_resources_analyzed: u64,
    /// Over all domains.
    pub compatible: u64,
    /// Over all domains.
    pub compatible_with_redacted_fields: u64,
    /// Over all domains.
    pub conflict_counts: ConflictCounts,
    /// Over all domains.
    pub refused: u64,
    /// Something could not be read, or nothing was analysed at all.
    pub incomplete_analysis: bool,
    /// Keys of domains that were analysed, also of those with an error.
    pub domains_analyzed: Vec<String>,
    /// Keys of domains that were not.
    pub domains_skipped: Vec<String>,
}

/// What a restore would find. Nothing was locked or written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Preflight {
    /// Of the request.
    pub correlation_id: String,
    /// The artifact's tenant.
    pub source_tenant_id: String,
    /// The tenant that a restore would go into.
    pub target_tenant_id: String,
    /// Of the artifact as it was sent.
    pub format_version: String,
    /// RFC 3339.
    pub analyzed_at: String,
    /// Totals.
    pub summary: PreflightSummary,
    /// Skipped ones first, then in restore order.
    pub domains: Vec<DomainAnalysis>,
    /// Given to a restore, it refuses to write once the artifact, the map or the target are not what was analysed.
    /// Missing when nothing was analysed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight_digest: Option<String>,
    /// True when the artifact is another tenant's and no map was given: nothing was analysed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub needs_confirmation: bool,
    /// With `needs_confirmation`: to be sent back as `identifier_map`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier_map_proposal: Option<IdentifierMap>,
    /// Present when the artifact would be migrated first.
    #[serde(default, rename = "_migration_metadata", skip_serializing_if = "Option::is_none")]
    pub migration_metadata: Option<MigrationMetadata>,
    /// What the migration could not carry.
    #[serde(default, rename = "_migration_warnings", skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub migration_warnings: Vec<MigrationWarning>,
}

impl DomainAnalysis {
    fn unanalysed(domain_key: impl Into<String>, status: AnalysisStatus, message: impl Into<String>) -> Self {
        Self {
            domain_key: domain_key.into(),
            status,
            resources_analyzed: 0,
            compatible_count: 0,
            compatible_with_redacted_count: 0,
            conflicts: Vec::new(),
            compatible_with_redacted: Vec::new(),
            refused: Vec::new(),
            analysis_error_message: Some(message.into()),
        }
    }

    /// A domain that is not restored, and why.
    #[must_use]
    pub fn skipped(domain_key: impl Into<String>, why: impl Into<String>) -> Self {
        Self::unanalysed(domain_key, AnalysisStatus::SkippedNotExportable, why)
    }

    /// A domain whose target could not be read.
    #[must_use]
    pub fn failed(domain: DomainKey, message: impl Into<String>) -> Self {
        Self::unanalysed(domain.as_str(), AnalysisStatus::AnalysisError, message)
    }

    /// What a plan would do, as a preflight tells it.
    #[must_use]
    pub fn of_plan(plan: &DomainPlan) -> Self {
        let mut analysis = Self::unanalysed(plan.domain.as_str(), AnalysisStatus::NoConflicts, "");
        let mut unread = Vec::new();
        for action in &plan.actions {
            let resource_type = preflight_name(action.id.kind).to_owned();
            let resource_name = action.id.name.clone();
            match &action.decision {
                Decision::Conflict { diff, .. } => {
                    analysis.conflicts.push(Conflict::new(&action.id, diff.as_ref(), action.owner.as_ref()));
                }
                Decision::Unreadable { message } => unread.push(format!("{}: {message}", action.id)),
                Decision::Refuse { message } => {
                    let message = message.clone();
                    analysis.refused.push(RefusedResource { resource_type, resource_name, message });
                }
                Decision::Create | Decision::Complete | Decision::Skip | Decision::Inform { .. } => {
                    let redacted_fields = action.redacted_fields.clone();
                    if redacted_fields.is_empty() {
                        analysis.compatible_count += 1;
                    } else {
                        let redacted =
                            RedactedResource { resource_type, resource_name, resource_id: None, redacted_fields };
                        analysis.compatible_with_redacted.push(redacted);
                    }
                }
            }
        }
        analysis.resources_analyzed = plan.actions.len() as u64;
        analysis.compatible_with_redacted_count = analysis.compatible_with_redacted.len() as u64;
        analysis.conflicts.sort_by_key(|conflict| std::cmp::Reverse(conflict.severity));
        if !analysis.conflicts.is_empty() || !analysis.refused.is_empty() {
            analysis.status = AnalysisStatus::Analyzed;
        }
        analysis.analysis_error_message = (!unread.is_empty()).then(|| {
            analysis.status = AnalysisStatus::AnalysisError;
            format!("{} resources of the target could not be read: {}", unread.len(), unread.join("; "))
        });
        analysis
    }
}

impl PreflightSummary {
    /// Nothing was analysed, so anything may be wrong.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self {
            risk_level: Severity::High,
            total_resources_analyzed: 0,
            compatible: 0,
            compatible_with_redacted_fields: 0,
            conflict_counts: ConflictCounts { low: 0, medium: 0, high: 0, critical: 0 },
            refused: 0,
            incomplete_analysis: true,
            domains_analyzed: Vec::new(),
            domains_skipped: Vec::new(),
        }
    }

    /// The totals over all domains.
    #[must_use]
    pub fn of(domains: &[DomainAnalysis]) -> Self {
        let mut summary = Self { risk_level: Severity::Low, incomplete_analysis: false, ..Self::of_nothing() };
        for domain in domains {
            if domain.status == AnalysisStatus::SkippedNotExportable {
                summary.domains_skipped.push(domain.domain_key.clone());
                continue;
            }
            summary.domains_analyzed.push(domain.domain_key.clone());
            summary.total_resources_analyzed += domain.resources_analyzed;
            summary.compatible += domain.compatible_count;
            summary.compatible_with_redacted_fields += domain.compatible_with_redacted_count;
            summary.refused += domain.refused.len() as u64;
            summary.incomplete_analysis |= domain.status == AnalysisStatus::AnalysisError;
            for conflict in &domain.conflicts {
                summary.risk_level = summary.risk_level.max(conflict.severity);
                summary.conflict_counts.count(conflict.severity);
            }
        }
        if summary.incomplete_analysis || summary.refused > 0 {
            summary.risk_level = summary.risk_level.max(Severity::High);
        }
        summary
    }
}

impl ConflictCounts {
    const fn count(&mut self, severity: Severity) {
        match severity {
            Severity::Low => self.low += 1,
            Severity::Medium => self.medium += 1,
            Severity::High => self.high += 1,
            Severity::Critical => self.critical += 1,
        }
    }

    /// Conflicts of any severity.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.low + self.medium + self.high + self.critical
    }
}

#[cfg(test)]
mod tests {
    use std::result::Result as StdResult;

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        Inventory, Kind, Resource, ResourceId,
        artifact::REDACTED,
        plan::{Unfinished, plan_domain},
        report::{DomainResult, ResourceAction},
        resource::Refusal,
    };

    fn resource(kind: Kind, name: &str, spec: &Value) -> Resource {
        Resource::new(kind, name, spec).unwrap()
    }

    fn example() -> DomainPlan {
        let provider = |config: Value| json!({"provider_id": "oidc", "config": config});
        let mut observed = Inventory::default();
        for there in [
            resource(Kind::Role, "clerk", &json!({"composites": ["auditor"]})),
            resource(Kind::Role, "equal", &json!({"description": "same"})),
            resource(Kind::IdentityProvider, "partner", &json!({"provider_id": "saml"})),
            resource(Kind::IdentityProvider, "secretive", &provider(json!({"url": "a"}))),
        ] {
            observed.insert(there);
        }
        observed.unreadable.insert(ResourceId::new(Kind::Group, "/hidden"), "permission denied".into());
        let desired = vec![
            Ok(resource(Kind::Role, "clerk", &json!({"description": "Order desk"}))),
            Ok(resource(Kind::Role, "equal", &json!({"description": "same"}))),
            Ok(resource(Kind::Role, "absent", &json!({}))),
            Ok(resource(Kind::IdentityProvider, "partner", &provider(json!({})))),
            Ok(resource(Kind::IdentityProvider, "secretive", &provider(json!({"url": "a", "secret": REDACTED})))),
            Ok(resource(Kind::Group, "/hidden", &json!({}))),
            Err(Refusal::new(ResourceId::new(Kind::Role, " "), "its name is blank")),
        ];
        plan_domain(DomainKey::Iam, desired, &observed, &Unfinished::new())
    }

    #[test]
    fn an_analysis_tells_every_resource_that_needs_a_decision() {
        insta::assert_json_snapshot!(DomainAnalysis::of_plan(&example()));
    }

    #[test]
    fn a_domain_is_without_conflicts_when_nothing_conflicts_and_nothing_is_refused() {
        let role = |spec: Value| resource(Kind::Role, "clerk", &spec);
        let status = |desired: StdResult<Resource, Refusal>, there: Option<Resource>| {
            let mut observed = Inventory::default();
            there.into_iter().for_each(|it| observed.insert(it));
            DomainAnalysis::of_plan(&plan_domain(DomainKey::Iam, vec![desired], &observed, &Unfinished::new())).status
        };
        assert_eq!(status(Ok(role(json!({}))), None), AnalysisStatus::NoConflicts);
        assert_eq!(status(Ok(role(json!({"a": 1}))), Some(role(json!({"a": 1})))), AnalysisStatus::NoConflicts);
        assert_eq!(status(Ok(role(json!({"a": 1}))), Some(role(json!({"a": 2})))), AnalysisStatus::Analyzed);
        let refusal = Refusal::new(ResourceId::new(Kind::Role, " "), "its name is blank");
        assert_eq!(status(Err(refusal), None), AnalysisStatus::Analyzed);
    }

    #[test]
    fn conflicts_are_counted_by_their_severity() {
        let mut counts = ConflictCounts::default();
        let all = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        all.iter().enumerate().for_each(|(more, severity)| (0..=more).for_each(|_| counts.count(*severity)));
        assert_eq!((counts.low, counts.medium, counts.high, counts.critical, counts.all()), (1, 2, 3, 4, 10));
    }

    #[test]
    fn the_conflicts_of_a_preflight_are_those_of_the_restore() {
        let plan = example();
        let foreseen = DomainAnalysis::of_plan(&plan);
        let run = DomainResult::of_dry_run(&plan);
        let mut kept: Vec<&str> = run
            .resource_results
            .iter()
            .filter(|it| it.action == ResourceAction::WouldConflict)
            .map(|it| it.resource_name.as_str())
            .collect();
        let mut named: Vec<&str> = foreseen.conflicts.iter().map(|it| it.resource_name.as_str()).collect();
        kept.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, kept);
        assert_eq!(run.counts.errors, foreseen.refused.len() as u64 + 1, "refused, and one that could not be read");
    }

    #[test]
    fn what_was_not_read_or_will_be_refused_is_a_high_risk() {
        let empty = DomainPlan { domain: DomainKey::Kafka, actions: Vec::new() };
        let calm = DomainAnalysis::of_plan(&empty);
        let skipped = DomainAnalysis::skipped("storage", "`not_available` in the artifact");
        let risk = |domains: &[DomainAnalysis]| {
            let summary = PreflightSummary::of(domains);
            (summary.risk_level, summary.incomplete_analysis)
        };
        assert_eq!(risk(&[calm.clone(), skipped]), (Severity::Low, false));
        let down = DomainAnalysis::failed(DomainKey::Kafka, "the broker does not answer");
        assert_eq!(risk(&[calm.clone(), down]), (Severity::High, true));
        let message = "not a statement".to_owned();
        let refusal = RefusedResource { resource_type: "view".into(), resource_name: "v".into(), message };
        assert_eq!(risk(&[DomainAnalysis { refused: vec![refusal], ..calm }]), (Severity::High, false));
        let whole = PreflightSummary::of(&[DomainAnalysis::of_plan(&example())]);
        assert_eq!(whole.risk_level, Severity::Critical);
        assert_eq!(whole.conflict_counts.all(), 2);
        let parts =
            whole.compatible + whole.compatible_with_redacted_fields + whole.conflict_counts.all() + whole.refused;
        assert_eq!(parts + 1, whole.total_resources_analyzed, "one could not be read");
    }
}
