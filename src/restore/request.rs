//! What a restore is asked for, and what it answers at once.

use restore_model::{identifier_map::IdentifierMap, report::Report};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Asked;
use crate::{Error, ErrorKind, Result};

/// What happens when the target holds something else than the artifact under the same name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictPolicy {
    /// The existing resource stays as it is and is reported with its difference.
    #[default]
    Keep,
    /// Nothing is written at all while there is a conflict, or a domain that could not be analysed.
    Fail,
}

/// A restore.
#[derive(Debug)]
pub struct RestoreRequest {
    /// What into where.
    pub asked: Asked,
    /// Plan and report, write nothing.
    pub dry_run: bool,
    /// About resources that are there and differ.
    pub conflict_policy: ConflictPolicy,
    /// Of a preflight: nothing is written once the artifact, the map or the target are not what it analysed.
    pub preflight_digest: Option<String>,
}

/// What a restore answers at once.
#[derive(Debug)]
pub enum RestoreStarted {
    /// The artifact is another tenant's and no map was given: nothing was locked or written.
    NeedsConfirmation {
        /// Send it back unchanged to restore.
        proposal: IdentifierMap,
        /// For people.
        message: String,
    },
    /// It runs, whether or not anybody waits for it.
    Running(RunHandle),
}

/// A restore at work. Dropping the handle does not stop it.
#[derive(Debug)]
pub struct RunHandle {
    /// For [`crate::Engine::run`].
    pub run_id: Uuid,
    pub(crate) task: tokio::task::JoinHandle<Result<Report>>,
}

impl RunHandle {
    /// Waits for the end.
    ///
    /// # Errors
    /// [`ErrorKind::ConflictsPresent`], [`ErrorKind::StalePreflight`], [`ErrorKind::LockLost`], or a failure of the control database.
    pub async fn join(self) -> Result<Report> {
        self.task.await.unwrap_or_else(|cause| {
            Err(Error::new(ErrorKind::Internal, "the restore stopped unexpectedly").caused_by(cause))
        })
    }
}
