//! Format versions: which there are, whether an artifact is what its own demands, and the way to the current one.

use restore_model::{
    artifact::{
        Artifact, CURRENT_VERSION, FormatVersion, MigrationMetadata, MigrationWarning, SUPPORTED_VERSIONS,
        schema_checksum,
    },
    domains::Allowed,
    migration::{Context, to_current},
    space::Naming,
    validation::{self, Verdict},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{Error, ErrorKind, Result, config::Config, restore::select::read_envelope};

/// One version of the artifact format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormatVersionInfo {
    /// `major.minor.patch`.
    pub version: String,
    /// Date.
    pub release_date: String,
    /// For people.
    pub change_notes: String,
    /// `sha256:` and 64 hexadecimal digits over the version's JSON Schema.
    pub schema_checksum: String,
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
    /// All that can be restored, oldest first.
    pub versions: Vec<FormatVersionInfo>,
    /// Sizes.
    pub limits: Limits,
}

/// An artifact in the current version.
#[derive(Debug, Serialize, ToSchema)]
pub struct Migrated {
    /// Whether it was of an older version.
    pub migration_required: bool,
    /// In the current version.
    #[schema(value_type = Object)]
    pub artifact: Artifact,
    /// How it came to be in this version.
    #[serde(rename = "_migration_metadata", skip_serializing_if = "Option::is_none")]
    pub migration_metadata: Option<MigrationMetadata>,
    /// What could not be carried; empty when nothing was lost.
    #[serde(rename = "_migration_warnings")]
    pub migration_warnings: Vec<MigrationWarning>,
}

/// What decides how names of an older artifact are read.
#[derive(Debug, Clone, Default)]
pub struct Conventions {
    naming: Naming,
    allowed: Option<Allowed>,
}

impl Conventions {
    /// Those of a configured deployment. The default knows the naming convention, and not what tenants may refer to.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self { naming: config.naming.clone(), allowed: Some(config.allowed()) }
    }

    fn context(&self) -> Context<'_> {
        Context { naming: &self.naming, allowed: self.allowed.as_ref(), at: OffsetDateTime::now_utc() }
    }
}

/// What this engine writes and reads.
#[must_use]
pub fn versions(max_artifact_bytes: u64) -> FormatVersions {
    let about = |version: FormatVersion| match version.major {
        1 => ("2026-04-01", "the public format, in the shape of its exports and in that of its restores"),
        _ => ("2026-11-24", "typed records with tenant-relative names, one checksum per domain"),
    };
    let versions = SUPPORTED_VERSIONS.map(|version| {
        let (release_date, change_notes) = about(version);
        FormatVersionInfo {
            version: version.to_string(),
            release_date: release_date.into(),
            change_notes: change_notes.into(),
            schema_checksum: schema_checksum(version).unwrap_or_default().into(),
        }
    });
    FormatVersions {
        current_version: CURRENT_VERSION.to_string(),
        min_migratable_version: SUPPORTED_VERSIONS[0].to_string(),
        versions: versions.into(),
        limits: Limits { max_artifact_bytes },
    }
}

/// Judges an artifact.
///
/// # Errors
/// 400 when it states no version, 422 when it states one that cannot be read.
pub fn validate(raw: &RawValue, conventions: &Conventions) -> Result<Verdict> {
    let version = version_of(raw)?;
    Ok(validation::validate(raw, version, &conventions.context()))
}

/// Brings an artifact to the current version.
///
/// # Errors
/// 400 when it states no version or is malformed, 422 when it states a version that cannot be read.
pub fn migrate(raw: &RawValue, conventions: &Conventions) -> Result<Migrated> {
    let version = version_of(raw)?;
    let artifact = to_current(read_envelope(raw)?, &conventions.context())?;
    let migration_required = version.major != CURRENT_VERSION.major;
    Ok(Migrated {
        migration_required,
        migration_metadata: artifact.migration_metadata.clone().filter(|_| migration_required),
        migration_warnings: if migration_required { artifact.migration_warnings.clone() } else { Vec::new() },
        artifact,
    })
}

fn version_of(raw: &RawValue) -> Result<FormatVersion> {
    let stated = validation::stated_version(raw)
        .map_err(|_| Error::new(ErrorKind::InvalidRequest, "`artifact.format_version` is missing or not a string"))?;
    Ok(FormatVersion::supported(&stated)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLDER: &str = include_str!("../fixtures/artifacts/export_1.0.0.json");

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn both_versions_are_told_with_checksums() {
        let told = versions(10);
        assert_eq!((told.current_version.as_str(), told.min_migratable_version.as_str()), ("2.0.0", "1.0.0"));
        for version in &told.versions {
            assert_eq!(version.schema_checksum.len(), "sha256:".len() + 64, "{version:?}");
        }
        assert_ne!(told.versions[0].schema_checksum, told.versions[1].schema_checksum);
    }

    #[test]
    fn a_migrated_artifact_needs_no_migration_and_is_valid() {
        let conventions = Conventions::default();
        let migrated = migrate(&raw(OLDER), &conventions).unwrap();
        assert!(migrated.migration_required && !migrated.migration_warnings.is_empty());
        let text = serde_json::to_string(&migrated.artifact).unwrap();
        let again = migrate(&raw(&text), &conventions).unwrap();
        assert!(!again.migration_required && again.migration_metadata.is_none());
        assert_eq!(serde_json::to_string(&again.artifact).unwrap(), text);
        let verdict = validate(&raw(&text), &conventions).unwrap();
        assert_eq!(verdict.errors, []);
        assert!(!verdict.migration_required);
    }

    #[test]
    fn other_versions_are_refused() {
        for version in ["0.9.0", "1.0", "1.1.0", "nonsense", "3.0.0"] {
            let text = format!(r#"{{"format_version":"{version}","tenant_id":"a","domains":[]}}"#);
            for error in [
                migrate(&raw(&text), &Conventions::default()).unwrap_err(),
                validate(&raw(&text), &Conventions::default()).unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::UnsupportedFormatVersion, "{version}");
                assert!(error.to_string().contains(version), "{error}");
            }
        }
        let missing = migrate(&raw("{}"), &Conventions::default()).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::InvalidRequest);
    }
}
