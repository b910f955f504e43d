//! From older format versions to the current one: a chain of pure steps, one per major.
//!
//! - [`v1`]: `1→2`, from the public format in both of its shapes

mod v1;

use time::OffsetDateTime;

use crate::{
    artifact::{Artifact, ArtifactError, CURRENT_VERSION, MigrationMetadata},
    domains::Allowed,
    space::Naming,
};

/// What a step needs to know besides the artifact.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What the source tenant's containers and prefixes are called where the artifact does not say so.
    pub naming: &'a Naming,
    /// What tenants may refer to outside their space; none when that is not known.
    pub allowed: Option<&'a Allowed>,
    /// When the migration is done.
    pub at: OffsetDateTime,
}

/// Brings an artifact to [`CURRENT_VERSION`]; one of the current major is given back as it is.
///
/// What a step could not carry is in `migration_warnings`, each with its path; nothing is left out without one.
///
/// # Errors
/// When the version cannot be read, or a domain is listed twice.
pub fn to_current(artifact: Artifact, context: &Context<'_>) -> Result<Artifact, ArtifactError> {
    let from = artifact.version()?;
    artifact.check_domains_are_unique()?;
    if from.major == CURRENT_VERSION.major {
        return Ok(artifact);
    }
    let mut artifact = v1::step(artifact, context);
    artifact.format_version = CURRENT_VERSION.to_string();
    artifact.schema_checksum = None;
    artifact.migration_metadata = Some(MigrationMetadata {
        migrated_from: from.to_string(),
        migrated_to: CURRENT_VERSION.to_string(),
        migration_chain: vec![v1::NAME.to_owned()],
        migrated_at: context.at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default(),
    });
    Ok(artifact)
}

#[cfg(test)]
mod tests;
