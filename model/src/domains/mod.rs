//! The typed specs of each domain, and how a record becomes a desired resource in normal form.
//!
//! Every domain file has the same parts: one `…Spec` type per kind (serde, unknown members refused), a constructor
//! from a spec to a [`Resource`] in normal form that observers use too, and `parse_desired`.

pub mod iam;
pub mod kafka;
pub mod mongo_metadata;
pub mod postgres_metadata;
pub mod storage;

use std::collections::BTreeSet;

use crate::{DomainKey, Resource, TenantSpace, artifact::Record, resource::Refusal};

/// What a deployment lets an artifact refer to outside the tenant's space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Postgres extensions that tenants may use.
    pub extensions: BTreeSet<String>,
    /// Postgres roles that every tenant may grant to; `PUBLIC` always is one.
    pub shared_roles: BTreeSet<String>,
    /// Kafka principals that every tenant may grant to, for example `User:metrics`.
    pub shared_principals: BTreeSet<String>,
}

/// Whence and whither a record travels.
#[derive(Debug, Clone, Copy)]
pub struct Journey<'a> {
    /// The space that the artifact states.
    pub source: &'a TenantSpace,
    /// The space restored into.
    pub target: &'a TenantSpace,
    /// What may be referred to besides.
    pub allowed: &'a Allowed,
}

/// Parses a record into normal form and checks that it stays within the target's space.
///
/// # Errors
/// A refusal, by name, of a record that is malformed, that is more than its declared statement, that names something
/// outside the tenant's space, or whose composed name breaks its backend's rule.
pub fn parse_desired(record: &Record, journey: &Journey<'_>) -> Result<Resource, Refusal> {
    let parsed = match record.kind.domain() {
        DomainKey::Iam => iam::parse_desired(record, journey),
        DomainKey::PostgresMetadata => postgres_metadata::parse_desired(record, journey),
        DomainKey::MongoMetadata => mongo_metadata::parse_desired(record, journey),
        DomainKey::Kafka => kafka::parse_desired(record, journey),
        DomainKey::Storage => storage::parse_desired(record, journey),
    }?;
    let mut resource = parsed.requiring(record.requires.iter().cloned());
    resource.partial = record.partial;
    Ok(resource)
}
