//! Resources of the `iam` domain: the tenant directory.
//!
//! A realm is the tenant's space, so names within it travel as they are; the realm itself is named `realm`.

mod spec;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;

pub use spec::{
    ClientScopeSpec, FreeForm, GroupSpec, IdentityProviderSpec, MemberSpec, REALM, RealmSpec, RoleSpec,
    ServiceAccountSpec, group_path_fault, parent_path,
};

use super::Journey;
use crate::{Kind, Resource, artifact::Record, resource::Refusal};

/// A spec of this domain: how it becomes a resource in normal form. Observers and [`parse_desired`] both go this way.
pub trait IntoResource {
    /// Brings the spec into normal form, its secrets redacted.
    ///
    /// # Errors
    /// Why there is no such resource, for people.
    fn into_resource(self, name: &str) -> Result<Resource, String>;
}

/// Parses a record of this domain.
///
/// # Errors
/// A refusal, by name.
pub fn parse_desired(record: &Record, _journey: &Journey<'_>) -> Result<Resource, Refusal> {
    let parsed = match record.kind {
        Kind::Realm => parse::<RealmSpec>(record),
        Kind::Role => parse::<RoleSpec>(record),
        Kind::ClientScope => parse::<ClientScopeSpec>(record),
        Kind::Group => parse::<GroupSpec>(record),
        Kind::Member => parse::<MemberSpec>(record),
        Kind::ServiceAccount => parse::<ServiceAccountSpec>(record),
        Kind::IdentityProvider => parse::<IdentityProviderSpec>(record),
        other => Err(format!("{other} is not a kind of the iam domain")),
    };
    parsed.map_err(|message| Refusal::new(record.id(), message))
}

fn parse<T: DeserializeOwned + IntoResource>(record: &Record) -> Result<Resource, String> {
    // Postgres cannot hold it, in text or in jsonb; as an escape it would end the whole batch.
    if record.name.contains('\0') || record.spec.get().contains("\\u0000") {
        return Err("holds a NUL character, which the directory cannot store".to_owned());
    }
    record.parse_spec::<T>()?.into_resource(&record.name)
}
