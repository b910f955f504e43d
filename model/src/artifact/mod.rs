//! The artifact: one envelope for every format version, and the records of format 2.0.0.

mod checksum;
mod envelope;
mod record;
mod redaction;
mod schema;

pub use checksum::{RecordsChecksum, records_checksum};
pub use envelope::{
    Artifact, ArtifactError, CURRENT_VERSION, DomainEntry, DomainStatus, FormatVersion, MigrationMetadata,
    MigrationWarning, SUPPORTED_VERSIONS,
};
pub use record::{DomainData, Record};
pub use redaction::{REDACTED, is_secret_name, is_secret_value, redact};
pub use schema::{schema, schema_checksum};
