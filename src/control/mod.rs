//! The engine's own tables, in schema `restore_control`: tenants, the lock, runs and their journal, audit.

mod audit;
pub(crate) mod database;
pub mod journal;
pub mod lock;
pub mod runs;
pub mod spaces;
pub mod tenants;

pub use database::Control;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a caller may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorType {
    /// Holds the role `superadmin`.
    Superadmin,
    /// Holds the role `sre`.
    Sre,
    /// Holds neither, but a scope.
    ServiceAccount,
}

impl ActorType {
    /// The type as it stands in audit rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Superadmin => "superadmin",
            Self::Sre => "sre",
            Self::ServiceAccount => "service_account",
        }
    }
}

/// On whose behalf, and under which correlation id, an operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject, or the operator's name at a shell.
    pub actor_id: String,
    /// What the caller is.
    pub actor_type: ActorType,
    /// Of the request; in every log line, audit row and report.
    pub correlation_id: String,
}
