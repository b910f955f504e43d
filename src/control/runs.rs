//! Runs: one row per restore, from its start to its report.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use restore_model::{DomainKey, report::Report};
use serde::{Deserialize, Serialize};
use sqlx::{Row, types::Json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Control, database::rfc3339, lock::Lease};
use crate::{Error, ErrorKind, Result};

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

    /// What a table's state means, given whether the run's lease is alive.
    fn seen(written: &str, lease: bool) -> Self {
        match written {
            "running" if lease => Self::Running,
            "running" => Self::Abandoned,
            "ended" => Self::Ended,
            "interrupted" => Self::Interrupted,
            "blocked" => Self::Blocked,
            _ => Self::Failed,
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

/// A run in a list of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub run_id: Uuid,
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
}

/// The most runs that are listed.
const MOST_LISTED: i64 = 100;

/// How often a run's progress is written down, at most: other replicas see it with this delay.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// The progress of one run, for this process at once and for others now and then.
pub(crate) struct Progress {
    run: (Control, Uuid),
    domains: Mutex<BTreeMap<DomainKey, DomainProgress>>,
    saved: Mutex<Instant>,
}

impl Progress {
    /// Of a run whose row is there.
    pub(crate) fn of_run(control: Control, run_id: Uuid) -> Self {
        Self { run: (control, run_id), domains: Mutex::default(), saved: Mutex::new(Instant::now()) }
    }

    /// Changes the progress of one domain.
    pub(crate) async fn update(&self, domain: DomainKey, change: impl FnOnce(&mut DomainProgress)) {
        change(self.domains.lock().unwrap_or_else(PoisonError::into_inner).entry(domain).or_insert(DomainProgress {
            domain_key: domain,
            stage: Stage::Observing,
            to_write: 0,
            attempted: 0,
            failed: 0,
        }));
        let due = {
            let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
            let due = saved.elapsed() >= SAVE_EVERY;
            if due {
                *saved = Instant::now();
            }
            due
        };
        if !due {
            return;
        }
        let (control, run_id) = &self.run;
        let saved = sqlx::query("UPDATE restore_control.runs SET progress = $2 WHERE run_id = $1")
            .bind(run_id)
            .bind(Json(self.seen()))
            .execute(&control.pool)
            .await;
        if let Err(error) = saved {
            tracing::warn!(%run_id, error = %control.failed(error), "progress not saved");
        }
    }

    /// The progress of every domain, in restore order.
    pub(crate) fn seen(&self) -> Vec<DomainProgress> {
        self.domains.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
    }
}

/// What a run is begun with.
pub(crate) struct NewRun<'a> {
    pub(crate) run_id: Uuid,
    pub(crate) tenant_id: &'a str,
    pub(crate) source_tenant_id: &'a str,
    pub(crate) correlation_id: &'a str,
    pub(crate) lock_token: Uuid,
    pub(crate) dry_run: bool,
}

impl Control {
    /// Writes down that a run begins.
    pub(crate) async fn begin_run(&self, run: &NewRun<'_>) -> Result<()> {
        sqlx::query(
            "INSERT INTO restore_control.runs \
             (run_id, tenant_id, source_tenant_id, correlation_id, lock_token, dry_run, state) \
             VALUES ($1, $2, $3, $4, $5, $6, 'running')",
        )
        .bind(run.run_id)
        .bind(run.tenant_id)
        .bind(run.source_tenant_id)
        .bind(run.correlation_id)
        .bind(run.lock_token)
        .bind(run.dry_run)
        .execute(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Writes down how a run ended and gives its lock back, in one statement: a run that has ended holds no lock, and
    /// one without a lock has not been abandoned.
    pub(crate) async fn end_run(
        &self,
        run_id: Uuid,
        lease: &dyn Lease,
        state: RunState,
        progress: &Progress,
        report: Option<&Report>,
        error: Option<&Error>,
    ) -> Result<()> {
        let error = error.map(|error| RunError {
            code: error.kind().code().to_owned(),
            message: error.to_string(),
            details: error.details().to_vec(),
        });
        sqlx::query(
            "WITH released AS ( \
               UPDATE restore_control.restore_lock SET released_at = clock_timestamp() \
               WHERE tenant_id = $6 AND token = $7 AND released_at IS NULL) \
             UPDATE restore_control.runs \
             SET state = $2, ended_at = clock_timestamp(), progress = $3, report = $4, error = $5 WHERE run_id = $1",
        )
        .bind(run_id)
        .bind(state.as_str())
        .bind(Json(progress.seen()))
        .bind(report.map(Json))
        .bind(error.map(Json))
        .bind(lease.tenant_id())
        .bind(lease.token())
        .execute(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Runs of a tenant, the newest first.
    pub(crate) async fn runs(&self, tenant_id: &str, correlation_id: Option<&str>) -> Result<Vec<RunSummary>> {
        let rows = sqlx::query(
            "SELECT r.run_id, r.source_tenant_id, r.correlation_id, r.dry_run, r.state, r.started_at, r.ended_at, \
                    coalesce(l.released_at IS NULL AND l.expires_at > clock_timestamp(), false) \
             FROM restore_control.runs r \
             LEFT JOIN restore_control.restore_lock l ON l.tenant_id = r.tenant_id AND l.token = r.lock_token \
             WHERE r.tenant_id = $1 AND ($2::text IS NULL OR r.correlation_id = $2) \
             ORDER BY r.started_at DESC, r.run_id DESC LIMIT $3",
        )
        .bind(tenant_id)
        .bind(correlation_id)
        .bind(MOST_LISTED)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        let read = |row: &sqlx::postgres::PgRow| -> Result<RunSummary, sqlx::Error> {
            Ok(RunSummary {
                run_id: row.try_get(0)?,
                source_tenant_id: row.try_get(1)?,
                correlation_id: row.try_get(2)?,
                dry_run: row.try_get(3)?,
                state: RunState::seen(row.try_get(4)?, row.try_get(7)?),
                started_at: rfc3339(row.try_get(5)?),
                ended_at: row.try_get::<Option<OffsetDateTime>, _>(6)?.map(rfc3339),
            })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.failed(error))
    }

    /// A run of a tenant.
    pub(crate) async fn run(&self, tenant_id: &str, run_id: Uuid) -> Result<RunStatus> {
        type Ends = (Option<OffsetDateTime>, Option<Json<Report>>, Option<Json<RunError>>, bool);
        let row = sqlx::query(
            "SELECT r.source_tenant_id, r.correlation_id, r.dry_run, r.state, r.started_at, r.progress, r.ended_at, \
                    r.report, r.error, coalesce(l.released_at IS NULL AND l.expires_at > clock_timestamp(), false) \
             FROM restore_control.runs r \
             LEFT JOIN restore_control.restore_lock l ON l.tenant_id = r.tenant_id AND l.token = r.lock_token \
             WHERE r.run_id = $1 AND r.tenant_id = $2",
        )
        .bind(run_id)
        .bind(tenant_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?
        .ok_or_else(|| Error::new(ErrorKind::RunNotFound, format!("tenant `{tenant_id}` has no run {run_id}")))?;
        let read = || -> Result<RunStatus, sqlx::Error> {
            let (ended_at, report, error, lease): Ends =
                (row.try_get(6)?, row.try_get(7)?, row.try_get(8)?, row.try_get(9)?);
            let state = RunState::seen(row.try_get(3)?, lease);
            Ok(RunStatus {
                run_id,
                tenant_id: tenant_id.to_owned(),
                source_tenant_id: row.try_get(0)?,
                correlation_id: row.try_get(1)?,
                dry_run: row.try_get(2)?,
                state,
                started_at: rfc3339(row.try_get(4)?),
                ended_at: ended_at.map(rfc3339),
                progress: row.try_get::<Json<Vec<DomainProgress>>, _>(5)?.0,
                report: report.map(|report| report.0),
                error: error.map(|error| error.0),
            })
        };
        read().map_err(|error| self.failed(error))
    }
}
