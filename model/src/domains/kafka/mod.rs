//! Resources of the `kafka` domain.
//!
//! Topics, consumer groups and transactional ids are relative to the tenant's topic prefix, principals to its
//! principal prefix.

mod acl;
mod names;
#[cfg(test)]
mod tests;
mod topic;

pub use acl::{AclSpec, Binding, Operation, PatternType, Permission, Placement, ResourceType};
pub use names::{compose, relativise, topic_name_fault};
pub use topic::{ConsumerGroupSpec, TopicSpec};

use super::Journey;
use crate::{Kind, Resource, artifact::Record, resource::Refusal};

/// Parses a record of this domain.
///
/// # Errors
/// A refusal, by name.
pub fn parse_desired(record: &Record, journey: &Journey<'_>) -> Result<Resource, Refusal> {
    let parsed = match record.kind {
        Kind::Topic => parse_topic(record, journey),
        Kind::Acl => parse_acl(record, journey),
        Kind::ConsumerGroup => record.parse_spec().and_then(|spec: ConsumerGroupSpec| spec.into_resource(&record.name)),
        other => Err(format!("{other} is not a kind of the kafka domain")),
    };
    parsed.map_err(|message| Refusal::new(record.id(), message))
}

fn parse_topic(record: &Record, journey: &Journey<'_>) -> Result<Resource, String> {
    let spec: TopicSpec = record.parse_spec()?;
    if record.name.is_empty() {
        return Err("its name is blank".to_owned());
    }
    let composed = compose(&journey.target.topic_prefix, &record.name);
    if let Some(fault) = topic_name_fault(&composed) {
        return Err(format!("`{composed}` {fault}"));
    }
    spec.into_resource(&record.name)
}

fn parse_acl(record: &Record, journey: &Journey<'_>) -> Result<Resource, String> {
    let spec: AclSpec = record.parse_spec()?;
    spec.check(&journey.allowed.shared_principals)?;
    let name = spec.name();
    if record.name != name {
        return Err(format!("its spec describes `{name}`"));
    }
    spec.into_resource()
}
