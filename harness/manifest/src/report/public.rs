//! The report of the public restore suite: one row for each of its ten ids, whatever our features are made of.
//!
//! It knows three outcomes. A row is `pass` only if every scenario of its id passed, `fail` if one failed or could not be
//! judged, and else `skip`, with what was left open: a flaky scenario, or one that was left out, is not a pass.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{feature_id, why};
use crate::{
    Domain, Manifest,
    schema::{Counts, Outcome, Scenario},
    summary,
};

/// The ids of the public suite and what each is about. A report has a row for each, in this order.
const ROWS: [(&str, &str); 10] = [
    ("E1", "Full restore into an empty tenant"),
    ("E2", "Restore of a chosen subset"),
    ("E3", "Restore over existing, differing items"),
    ("E4", "Restore from a degraded artifact"),
    ("E5", "Restore of an older format"),
    ("EC1", "One domain fails, then is retried alone"),
    ("EC2", "Source and target tenant differ"),
    ("EC3", "Second restore at the same time"),
    ("EC4", "Artifact near the size limit"),
    ("EC5", "Target tenant suspended"),
];

/// The whole report. It has no members but those that are public.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Made from the run's id: the same manifest gives the same report.
    pub report_id: Uuid,
    /// The run.
    pub execution_id: String,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub finished_at: String,
    /// Of the whole run.
    pub duration_ms: u64,
    /// What was tested. It names no address: the suite starts its implementations itself, each on a port of its own.
    pub environment: Environment,
    /// They add up to `total`.
    pub summary: Totals,
    /// One for each public id.
    pub scenarios: Vec<Row>,
}

/// What was tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Those that the implementation serves.
    pub domains_enabled: Vec<String>,
    /// The functions domain, which is outside.
    pub ow_enabled: bool,
    /// Whether it serves `mongo_metadata`.
    pub mongo_enabled: bool,
}

/// How many rows ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// All of them.
    pub total: usize,
    /// See [`Status::Pass`].
    pub passed: usize,
    /// See [`Status::Fail`].
    pub failed: usize,
    /// See [`Status::Skip`].
    pub skipped: usize,
}

/// One public scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// `E1` to `EC5`.
    pub scenario_id: String,
    /// What it is about.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Of all its scenarios, one after the other.
    pub duration_ms: u64,
    /// What was left open. Only with `skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_reason: Option<String>,
    /// Its first failure. Only with `fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_detail: Option<Detail>,
}

/// How a public scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All of it held.
    Pass,
    /// Something did not.
    Fail,
    /// Nothing failed, but not all of it was seen.
    Skip,
}

/// Why a public scenario failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// `equivalence` when a backend did not hold what it should, else `other`.
    pub assertion_type: String,
    /// Of the first resource that was not as it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// What should be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Value>,
    /// What is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Value>,
    /// Which scenario failed, why, and how many others did.
    pub message: String,
}

impl Status {
    /// As it stands in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// The report of a manifest. Scenarios that the user brought along have no place in it.
#[must_use]
pub fn report(manifest: &Manifest) -> Report {
    let scenarios: Vec<Row> = ROWS.iter().map(|(id, name)| row(manifest, id, name)).collect();
    let count = |status| scenarios.iter().filter(|row| row.status == status).count();
    Report {
        report_id: report_id(&manifest.run.id),
        execution_id: manifest.run.id.clone(),
        started_at: manifest.run.started_at.clone(),
        finished_at: manifest.run.ended_at.clone(),
        duration_ms: manifest.run.duration_ms,
        environment: Environment {
            domains_enabled: domains(manifest),
            ow_enabled: false,
            mongo_enabled: domains(manifest).iter().any(|it| it == Domain::MongoMetadata.key()),
        },
        summary: Totals {
            total: scenarios.len(),
            passed: count(Status::Pass),
            failed: count(Status::Fail),
            skipped: count(Status::Skip),
        },
        scenarios,
    }
}

/// Manifests of programs that asked all of every implementation name none.
fn domains(manifest: &Manifest) -> Vec<String> {
    let stated = manifest.implementation.as_ref().map(|it| it.domains.clone()).filter(|it| !it.is_empty());
    stated.unwrap_or_else(|| Domain::ALL.map(|it| it.key().to_owned()).into())
}

fn report_id(run: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(run).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn row(manifest: &Manifest, id: &str, name: &str) -> Row {
    let own: Vec<&Scenario> =
        manifest.scenarios.iter().filter(|scenario| !scenario.custom && feature_id(&scenario.feature) == id).collect();
    let counts = Counts::of(own.iter().map(|scenario| scenario.outcome));
    let failed: Vec<&Scenario> = own.iter().copied().filter(|scenario| has_failed(scenario.outcome)).collect();
    let (status, skip_reason, failure_detail) = match failed.first() {
        Some(first) => (Status::Fail, None, Some(detail(first, failed.len(), own.len()))),
        None if counts.declared > 0 && counts.pass == counts.declared => (Status::Pass, None, None),
        None if counts.declared == 0 => (Status::Skip, Some(format!("the run had no scenario of {id}")), None),
        None => (Status::Skip, Some(format!("not all of it was seen: {}", summary::counts(&counts))), None),
    };
    Row {
        scenario_id: id.into(),
        name: name.into(),
        status,
        duration_ms: own.iter().map(|scenario| scenario.duration_ms).sum(),
        skip_reason,
        failure_detail,
    }
}

const fn has_failed(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Fail | Outcome::Error)
}

fn detail(first: &Scenario, failed: usize, all: usize) -> Detail {
    let why = why(first);
    let message = format!("{}: {why}\n({failed} of {all} scenarios did not pass)", first.title);
    let difference = first.failure.as_ref().and_then(|failure| failure.differences.first());
    let Some(difference) = difference else {
        return Detail {
            assertion_type: "other".into(),
            domain: None,
            resource_type: None,
            resource_name: None,
            expected: None,
            actual: None,
            message,
        };
    };
    let (kind, name) = difference.resource.split_once(':').unwrap_or(("", &difference.resource));
    Detail {
        assertion_type: "equivalence".into(),
        domain: Some(difference.domain.clone()),
        resource_type: Some(kind.into()),
        resource_name: Some(name.into()),
        expected: difference.desired.clone(),
        actual: difference.observed.clone(),
        message,
    }
}

/// The report for people.
#[must_use]
pub fn text(report: &Report) -> String {
    let Totals { total, passed, failed, skipped } = report.summary;
    let mut lines = vec![
        format!("execution: {}", report.execution_id),
        format!("started: {}", report.started_at),
        format!("finished: {}", report.finished_at),
        format!("duration: {} ms", report.duration_ms),
        format!("total: {total}, passed: {passed}, failed: {failed}, skipped: {skipped}"),
        String::new(),
    ];
    for row in &report.scenarios {
        let status = row.status.as_str();
        lines.push(format!("[{}] {} — {status} ({} ms)", row.scenario_id, row.name, row.duration_ms));
        lines.extend(row.skip_reason.iter().map(|reason| format!("  skip: {reason}")));
        let message = row.failure_detail.iter().flat_map(|detail| detail.message.lines()).enumerate();
        lines
            .extend(message.map(|(position, line)| format!("  {}{line}", if position == 0 { "fail: " } else { "  " })));
    }
    lines.join("\n") + "\n"
}
