//! Resources of the `mongo_metadata` domain: collections, views, indexes.
//!
//! - [`ordered`]: BSON as order-preserving canonical Extended JSON
//! - [`spec`]: the typed specs
//! - [`described`]: from what a server (or an older artifact) says to a spec in normal form
//! - [`command`]: from a spec to the members of a command
//! - [`trust`]: what is refused, by name

pub mod command;
pub mod described;
pub mod ordered;
pub mod spec;
pub mod trust;

use serde::Serialize;

use self::spec::{CollectionSpec, IndexSpec, ViewSpec};
use super::Journey;
use crate::{Kind, Resource, ResourceId, artifact::Record, resource::Refusal};

/// Parses a record of this domain.
///
/// # Errors
/// A refusal, by name.
pub fn parse_desired(record: &Record, journey: &Journey<'_>) -> Result<Resource, Refusal> {
    let refuse = |message: String| Refusal::new(record.id(), message);
    trust::check_database(&journey.target.database).map_err(refuse)?;
    match record.kind {
        Kind::Collection => {
            let spec: CollectionSpec = record.parse_spec().map_err(refuse)?;
            trust::check_namespace(&journey.target.database, &record.name).map_err(refuse)?;
            trust::check_collection(&spec).map_err(refuse)?;
            collection(&record.name, &spec)
        }
        Kind::MongoView => {
            let spec: ViewSpec = record.parse_spec().map_err(refuse)?;
            trust::check_namespace(&journey.target.database, &record.name).map_err(refuse)?;
            trust::check_view(&spec).map_err(refuse)?;
            view(&record.name, &spec)
        }
        Kind::MongoIndex => {
            let spec: IndexSpec = record.parse_spec().map_err(refuse)?;
            if record.name != index_name(&spec) {
                return Err(refuse(format!("its spec names index `{}` of `{}`", spec.name, spec.collection)));
            }
            trust::check_namespace(&journey.target.database, &spec.collection).map_err(refuse)?;
            trust::check_index(&spec).map_err(refuse)?;
            index(&spec)
        }
        kind => return Err(refuse(format!("a {kind} is not of this domain"))),
    }
    .map_err(refuse)
}

/// A collection in normal form.
///
/// # Errors
/// When the spec has no canonical form.
pub fn collection(name: &str, spec: &CollectionSpec) -> Result<Resource, String> {
    canonical(Kind::Collection, name, spec)
}

/// A view in normal form. What it requires is added by who knows whether its source is a collection or a view.
///
/// # Errors
/// When the spec has no canonical form.
pub fn view(name: &str, spec: &ViewSpec) -> Result<Resource, String> {
    canonical(Kind::MongoView, name, spec)
}

/// An index in normal form, owned by its collection.
///
/// # Errors
/// When the spec has no canonical form.
pub fn index(spec: &IndexSpec) -> Result<Resource, String> {
    let owner = ResourceId::new(Kind::Collection, &spec.collection);
    Ok(canonical(Kind::MongoIndex, &index_name(spec), spec)?.owned_by(owner))
}

fn index_name(spec: &IndexSpec) -> String {
    format!("{}.{}", spec.collection, spec.name)
}

fn canonical(kind: Kind, name: &str, spec: &impl Serialize) -> Result<Resource, String> {
    Resource::new(kind, name, spec).map_err(|error| format!("has no canonical form: {error}"))
}

#[cfg(test)]
mod tests;
