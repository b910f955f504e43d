//! Export: observe → artifact.

use restore_model::DomainKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An export.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The tenant to export.
    pub tenant_id: String,
    /// The domains to export; all when none are named.
    pub domains: Option<Vec<String>>,
}

/// An exported artifact.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The artifact: JSON in UTF-8.
    pub artifact: Vec<u8>,
    /// Whether some domain has status `error`.
    pub any_failed: bool,
}

/// Whether a domain can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Its backend answers.
    Available,
    /// It is configured, but its backend does not answer or refuses the engine.
    Degraded,
    /// It is not configured.
    NotAvailable,
}

/// One domain and whether it can be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainAvailability {
    /// The domain.
    pub domain_key: DomainKey,
    /// Whether it can be exported.
    pub availability: Availability,
    /// What it holds, for people.
    pub description: String,
    /// Why it is not available or degraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which domains of a tenant can be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportDomains {
    /// The tenant.
    pub tenant_id: String,
    /// `standard`, `minimal` or `full`.
    pub deployment_profile: String,
    /// RFC 3339.
    pub queried_at: String,
    /// All five.
    pub domains: Vec<DomainAvailability>,
}

/// One version of the artifact format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormatVersionInfo {
    /// `major.minor.patch`.
    pub version: String,
    /// Date.
    pub release_date: String,
    /// For people.
    pub change_notes: String,
}

/// What bounds a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Of an artifact, exported or sent.
    pub max_artifact_bytes: u64,
}

/// What this engine writes and reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormatVersions {
    /// Of exports.
    pub current_version: String,
    /// The oldest that can be restored.
    pub min_migratable_version: String,
    /// All that can be restored.
    pub versions: Vec<FormatVersionInfo>,
    /// Sizes.
    pub limits: Limits,
}

/// What this engine writes and reads.
#[must_use]
pub fn format_versions(max_artifact_bytes: u64) -> FormatVersions {
    let current = restore_model::artifact::CURRENT_VERSION.to_string();
    FormatVersions {
        current_version: current.clone(),
        min_migratable_version: current.clone(),
        versions: vec![FormatVersionInfo {
            version: current,
            release_date: "2026-11-24".into(),
            change_notes: "typed records with tenant-relative names, one checksum per domain".into(),
        }],
        limits: Limits { max_artifact_bytes },
    }
}
