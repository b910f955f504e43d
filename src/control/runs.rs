//! Runs: one row per restore, from its start to its report.

use restore_model::{DomainKey, report::Report};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// At work.
    Running,
    /// Ended with a report.
    Ended,
    /// Ended with a report after an interruption: its current batches were finished, the rest was not attempted.
    Interrupted,
    /// Nothing was written on purpose: conflicts under policy `fail`.
    Blocked,
    /// Ended with an error and without a report.
    Failed,
    /// Its process died: neither a report nor a live lease is there. Restore again to complete it.
    Abandoned,
}

impl RunState {
    /// The state as it stands in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Interrupted => "interrupted",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// What a domain of a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the target.
    Observing,
    /// Planned; waits for the other domains.
    Planned,
    /// Writing.
    Applying,
    /// Reading the target again.
    Verifying,
    /// Done.
    Done,
}

/// How far one domain of a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainProgress {
    /// The domain.
    pub domain_key: DomainKey,
    /// What it is doing.
    pub stage: Stage,
    /// Resources that the plan writes.
    pub to_write: u64,
    /// Of these, attempted so far.
    pub attempted: u64,
    /// Of these, failed so far.
    pub failed: u64,
}

/// Why a run ended without a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunError {
    /// See [`crate::ErrorKind::code`].
    pub code: String,
    /// For people.
    pub message: String,
    /// For people, one finding each.
    #[serde(default)]
    pub details: Vec<String>,
}

/// A run as it can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunStatus {
    /// Its id.
    #[schema(value_type = String)]
    pub run_id: Uuid,
    /// Restored into.
    pub tenant_id: String,
    /// Taken from.
    pub source_tenant_id: String,
    /// Of the request that started it.
    pub correlation_id: String,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// How far it has come.
    pub state: RunState,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub ended_at: Option<String>,
    /// Per domain, in restore order.
    pub progress: Vec<DomainProgress>,
    /// Once it has ended.
    pub report: Option<Report>,
    /// When it ended without one.
    pub error: Option<RunError>,
}
