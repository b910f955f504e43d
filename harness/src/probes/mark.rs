//! Marks where a probe's answer names the space, so that the same answer can be read for another tenant.
//!
//! A probe sets a mark where the catalog itself gives the name apart: nothing is replaced within text.

use serde_json::Value;

use super::Resources;
use crate::fixtures::{Place, Space};

/// From the private use area: no fixture holds it.
const EDGE: char = '\u{E000}';

/// The mark of a place.
pub(super) fn mark(place: Place) -> String {
    format!("{EDGE}{place:?}{EDGE}")
}

/// The name with the space's prefix marked; a name outside the space is left as it is.
pub(super) fn marked(space: &Space, place: Place, name: &str) -> String {
    space.relative(place, name).map_or_else(|| name.to_owned(), |rest| format!("{}{rest}", mark(place)))
}

/// Resources with the marks replaced by the names of a space.
pub(super) fn resolve_all(resources: &Resources, space: &Space) -> Resources {
    resources.iter().map(|(key, value)| (resolve_text(key, space), resolve(value, space))).collect()
}

fn resolve(value: &Value, space: &Space) -> Value {
    match value {
        Value::String(text) => Value::String(resolve_text(text, space)),
        Value::Array(items) => Value::Array(items.iter().map(|item| resolve(item, space)).collect()),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, member)| (resolve_text(name, space), resolve(member, space))).collect(),
        ),
        other => other.clone(),
    }
}

fn resolve_text(text: &str, space: &Space) -> String {
    if !text.contains(EDGE) {
        return text.to_owned();
    }
    Place::ALL.iter().fold(text.to_owned(), |text, place| text.replace(&mark(*place), &space.get(*place)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_marked_is_read_for_the_other_tenant() {
        let source = Space::of("acme");
        let name = marked(&source, Place::TopicPrefix, "acme.acme.orders");
        let resources = Resources::from([(name, json!({"text": "acme.acme"}))]);
        let there = resolve_all(&resources, &Space::of("other"));
        assert_eq!(there, Resources::from([("other.acme.orders".to_owned(), json!({"text": "acme.acme"}))]));
    }
}
