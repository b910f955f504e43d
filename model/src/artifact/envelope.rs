//! The envelope that every format version shares.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::{DomainData, records_checksum};
use crate::{DomainKey, domain::UnknownDomain};

/// The format version that exports are written in.
pub const CURRENT_VERSION: FormatVersion = FormatVersion { major: 2, minor: 0, patch: 0 };

/// The format versions that can be restored, one per major: older ones are migrated.
pub const SUPPORTED_VERSIONS: [FormatVersion; 2] = [FormatVersion { major: 1, minor: 0, patch: 0 }, CURRENT_VERSION];

/// A format version, `major.minor.patch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormatVersion {
    /// Changes when older readers would misread.
    pub major: u32,
    /// Changes when members are added.
    pub minor: u32,
    /// Changes with clarifications only.
    pub patch: u32,
}

impl FormatVersion {
    /// Reads a version that this implementation can restore: of a known major, and no newer than what it knows of it.
    ///
    /// # Errors
    /// When the text is no version, or not such a one.
    pub fn supported(text: &str) -> Result<Self, ArtifactError> {
        let version: Self = text.parse()?;
        let known = SUPPORTED_VERSIONS.iter().any(|known| version.major == known.major && version <= *known);
        if known { Ok(version) } else { Err(ArtifactError::UnsupportedVersion { stated: text.to_owned() }) }
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl std::str::FromStr for FormatVersion {
    type Err = ArtifactError;

    fn from_str(text: &str) -> Result<Self, ArtifactError> {
        let unsupported = || ArtifactError::UnsupportedVersion { stated: text.to_owned() };
        let mut parts = text.split('.').map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            if plain { part.parse::<u32>().map_err(|_| unsupported()) } else { Err(unsupported()) }
        });
        let mut next = || parts.next().unwrap_or_else(|| Err(unsupported()));
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if parts.next().is_some() { Err(unsupported()) } else { Ok(version) }
    }
}

/// Whether a domain entry has content, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainStatus {
    /// Has content.
    Ok,
    /// Reachable, and nothing there.
    Empty,
    /// The export of this domain failed.
    Error,
    /// Not deployed or not configured.
    NotAvailable,
    /// Left out by the caller.
    NotRequested,
}

impl DomainStatus {
    /// True when there is something to restore, even if that is nothing.
    #[must_use]
    pub const fn is_exportable(self) -> bool {
        matches!(self, Self::Ok | Self::Empty)
    }

    /// The status as it stands in artifacts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Empty => "empty",
            Self::Error => "error",
            Self::NotAvailable => "not_available",
            Self::NotRequested => "not_requested",
        }
    }
}

/// One domain of an artifact. Its data stays raw text until the version it is written in is known.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DomainEntry {
    /// One of the five, or one that only other implementations know.
    pub domain_key: String,
    /// Whether it has content.
    pub status: DomainStatus,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub exported_at: Option<OffsetDateTime>,
    /// Number of resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_count: Option<u64>,
    /// JSON pointers, relative to `data`, of values that were replaced by the marker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted_fields: Vec<String>,
    /// For people: what the export left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why the export of this domain failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why the domain is not available or was not requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Format-specific content; null unless the status is `ok` or `empty`.
    #[serde(default)]
    #[schemars(with = "Option<DomainData>")]
    pub data: Option<Box<RawValue>>,
}

impl DomainEntry {
    /// The domain, if it is one of the five.
    ///
    /// # Errors
    /// When it is a domain that this implementation does not know.
    pub fn domain(&self) -> Result<DomainKey, UnknownDomain> {
        self.domain_key.parse()
    }

    /// Reads the data of format 2.0.0 and checks its checksum.
    ///
    /// # Errors
    /// When the data is missing, malformed, of another domain, or was changed since it was exported.
    pub fn read_data(&self) -> Result<DomainData, ArtifactError> {
        let malformed =
            |message: String| ArtifactError::Malformed { path: format!("domains/{}/data", self.domain_key), message };
        let raw = self.data.as_ref().ok_or_else(|| malformed("missing".into()))?;
        let mut deserializer = serde_json::Deserializer::from_str(raw.get());
        let data: DomainData = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| malformed(format!("{}: {}", error.path(), error.inner())))?;
        if let Some(stranger) = data.records.iter().find(|record| Some(record.kind.domain()) != self.domain().ok()) {
            return Err(malformed(format!("record {} does not belong to this domain", stranger.id())));
        }
        let computed = records_checksum(&data.records).map_err(|error| malformed(error.to_string()))?;
        if computed != data.records_checksum {
            return Err(ArtifactError::Checksum {
                domain: self.domain_key.clone(),
                stated: data.records_checksum,
                computed,
            });
        }
        Ok(data)
    }
}

/// How an artifact came to be in this format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct MigrationMetadata {
    /// Version before.
    pub migrated_from: String,
    /// Version after.
    pub migrated_to: String,
    /// Steps, for example `1→2`.
    pub migration_chain: Vec<String>,
    /// RFC 3339.
    pub migrated_at: String,
}

/// What a migration could not carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct MigrationWarning {
    /// The step, for example `1→2`.
    pub step: String,
    /// For people.
    pub message: String,
    /// Slash-separated path in the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affected_path: Option<String>,
}

/// A tenant backup: one envelope around up to five domains. Unknown members are ignored.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// `major.minor.patch`; see [`Artifact::version`].
    pub format_version: String,
    /// The tenant it was taken from.
    pub tenant_id: String,
    /// RFC 3339, start of the export.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub export_timestamp: Option<OffsetDateTime>,
    /// `standard`, `minimal` or `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_profile: Option<String>,
    /// Of the export request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Of the JSON Schema that the artifact follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_checksum: Option<String>,
    /// Present after a migration.
    #[serde(default, rename = "_migration_metadata", skip_serializing_if = "Option::is_none")]
    pub migration_metadata: Option<MigrationMetadata>,
    /// Present after a migration that could not carry everything.
    #[serde(default, rename = "_migration_warnings", skip_serializing_if = "Vec::is_empty")]
    pub migration_warnings: Vec<MigrationWarning>,
    /// The domains; their order carries no meaning.
    pub domains: Vec<DomainEntry>,
}

impl Artifact {
    /// The version, if this implementation can read it.
    ///
    /// # Errors
    /// As [`FormatVersion::supported`].
    pub fn version(&self) -> Result<FormatVersion, ArtifactError> {
        FormatVersion::supported(&self.format_version)
    }

    /// The entry of a domain.
    #[must_use]
    pub fn entry(&self, domain: DomainKey) -> Option<&DomainEntry> {
        self.domains.iter().find(|entry| entry.domain_key == domain.as_str())
    }

    /// Fails when two entries carry the same domain key.
    ///
    /// # Errors
    /// Names the key.
    pub fn check_domains_are_unique(&self) -> Result<(), ArtifactError> {
        for (position, entry) in self.domains.iter().enumerate() {
            if self.domains[..position].iter().any(|earlier| earlier.domain_key == entry.domain_key) {
                return Err(ArtifactError::Malformed {
                    path: format!("domains/{position}"),
                    message: format!("domain `{}` is listed twice", entry.domain_key),
                });
            }
        }
        Ok(())
    }
}

/// Why an artifact, or one domain of it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// A version that this implementation cannot read.
    #[error("unsupported format version `{stated}`; this implementation restores {} and {CURRENT_VERSION}", SUPPORTED_VERSIONS[0])]
    UnsupportedVersion {
        /// As the artifact states it.
        stated: String,
    },
    /// A part that is not of the shape that the format gives it.
    #[error("{path}: {message}")]
    Malformed {
        /// Slash-separated.
        path: String,
        /// For people.
        message: String,
    },
    /// Records that were changed after the export.
    #[error(
        "domain `{domain}` was changed after its export: records have checksum {computed}, the artifact states {stated}"
    )]
    Checksum {
        /// The domain key.
        domain: String,
        /// In the artifact.
        stated: String,
        /// Of the records.
        computed: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_plain_numbers_make_a_version() {
        assert_eq!("2.0.0".parse(), Ok(CURRENT_VERSION));
        for text in [
            "2",
            "2.0",
            "2.0.0.0",
            "v2.0.0",
            "2.0.0-rc1",
            "02.0.0",
            "+2.0.0",
            "2.0.00",
            "",
            "2..0",
            "٢.0.0",
            "4294967296.0.0",
        ] {
            assert!(text.parse::<FormatVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_version_of_a_known_major_is_restored_up_to_the_known_one() {
        for text in ["1.0.0", "2.0.0"] {
            assert!(FormatVersion::supported(text).is_ok(), "{text}");
        }
        for text in ["0.9.0", "1.0", "1.0.1", "1.1.0", "2.0.1", "3.0.0", "99.0.0", "nonsense"] {
            let refused = FormatVersion::supported(text).unwrap_err().to_string();
            assert!(refused.contains(&format!("`{text}`")) && refused.contains("1.0.0 and 2.0.0"), "{refused}");
        }
    }

    #[test]
    fn a_changed_record_is_noticed() {
        let entry = |name: &str| -> DomainEntry {
            let records = format!(r#"[{{"type":"topic","name":"{name}","spec":{{"partitions":3}}}}]"#);
            serde_json::from_str(&format!(
                r#"{{"domain_key":"kafka","status":"ok","data":{{"space":{{}},"records_checksum":"sha256:2eb2","records":{records}}}}}"#
            ))
            .unwrap()
        };
        let Err(ArtifactError::Checksum { computed, .. }) = entry("orders").read_data() else { panic!("unnoticed") };
        let Err(ArtifactError::Checksum { computed: other, .. }) = entry("order").read_data() else {
            panic!("unnoticed")
        };
        assert_ne!(computed, other);
    }

    #[test]
    fn a_record_of_another_domain_is_malformed() {
        let entry: DomainEntry = serde_json::from_str(
            r#"{"domain_key":"kafka","status":"ok","data":{"space":{},"records_checksum":"","records":[{"type":"bucket","name":"a","spec":{}}]}}"#,
        )
        .unwrap();
        assert_eq!(
            entry.read_data().unwrap_err().to_string(),
            "domains/kafka/data: record bucket:a does not belong to this domain"
        );
    }
}
