//! Desired against observed, member by member.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Kind, Resource, artifact::REDACTED, domains::postgres_metadata::same_definition};

/// One differing member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Difference {
    /// In the target; null when the member is not there.
    #[schema(value_type = Object, nullable)]
    pub existing: Value,
    /// In the artifact; null when the artifact states that the member is not there.
    #[schema(value_type = Object, nullable)]
    pub desired: Value,
}

/// The member of a spec that speaks only of creation (a sequence's value, for example): used then, never compared.
pub const ON_CREATION: &str = "on_creation";

/// The differing members of a spec, by name.
pub type Diff = BTreeMap<String, Difference>;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// The target holds what the artifact says, redacted values aside.
    Equal,
    /// It does not.
    Differs(Diff),
}

/// Compares a desired resource with the observed one of the same name.
///
/// Values that are redacted on either side are left out, leaf by leaf. A partial desired spec speaks only of the
/// members that it states. [`ON_CREATION`] is not compared.
#[must_use]
pub fn compare(desired: &Resource, observed: &Resource) -> Comparison {
    if desired.hash == observed.hash {
        return Comparison::Equal;
    }
    let members =
        |resource: &Resource| -> Map<String, Value> { serde_json::from_str(resource.spec.get()).unwrap_or_default() };
    let (mut wanted, mut existing) = (members(desired), members(observed));
    wanted.remove(ON_CREATION);
    existing.remove(ON_CREATION);
    let mut diff = Diff::new();
    for (name, value) in &wanted {
        let there = existing.get(name).unwrap_or(&Value::Null);
        let equal = if desired.partial {
            states_no_more_than(value, there) || written_otherwise(desired.id.kind, value, there)
        } else {
            equal_but_for_redacted(value, there)
        };
        if !equal {
            diff.insert(name.clone(), Difference { existing: there.clone(), desired: value.clone() });
        }
    }
    if !desired.partial {
        for (name, value) in existing {
            if !value.is_null() && !wanted.contains_key(&name) {
                diff.insert(name, Difference { existing: value, desired: Value::Null });
            }
        }
    }
    if diff.is_empty() { Comparison::Equal } else { Comparison::Differs(diff) }
}

/// JSON pointers of the redacted values in a spec.
#[must_use]
pub fn redacted_fields(resource: &Resource) -> Vec<String> {
    if !resource.spec.get().contains(REDACTED) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Ok(spec) = serde_json::from_str::<Value>(resource.spec.get()) {
        collect_redacted(&spec, &mut String::new(), &mut found);
    }
    found
}

fn collect_redacted(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    match value {
        Value::String(text) if text == REDACTED => found.push(pointer.clone()),
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{position}"));
                collect_redacted(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                collect_redacted(member, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn equal_but_for_redacted(desired: &Value, existing: &Value) -> bool {
    match (desired, existing) {
        (Value::String(text), _) | (_, Value::String(text)) if text == REDACTED => true,
        (Value::Object(wanted), Value::Object(there)) => {
            let names = wanted.keys().chain(there.keys());
            names.into_iter().all(|name| {
                equal_but_for_redacted(
                    wanted.get(name).unwrap_or(&Value::Null),
                    there.get(name).unwrap_or(&Value::Null),
                )
            })
        }
        (Value::Array(wanted), Value::Array(there)) => {
            wanted.len() == there.len()
                && wanted.iter().zip(there).all(|(one, other)| equal_but_for_redacted(one, other))
        }
        _ => desired == existing,
    }
}

fn states_no_more_than(desired: &Value, existing: &Value) -> bool {
    match (desired, existing) {
        (Value::String(text), _) if text == REDACTED => true,
        (Value::Object(wanted), Value::Object(there)) => {
            wanted.iter().all(|(name, value)| states_no_more_than(value, there.get(name).unwrap_or(&Value::Null)))
        }
        (Value::Array(wanted), Value::Array(there)) => {
            wanted.len() == there.len() && wanted.iter().zip(there).all(|(one, other)| states_no_more_than(one, other))
        }
        _ => desired == existing,
    }
}

/// Older formats hold definitions as a server prints them by default, this one without superfluous parentheses.
fn written_otherwise(kind: Kind, desired: &Value, existing: &Value) -> bool {
    let definitions = matches!(kind, Kind::View | Kind::Constraint | Kind::PostgresIndex);
    match (desired, existing) {
        (Value::String(one), Value::String(other)) if definitions => same_definition(kind, one, other),
        _ => false,
    }
}

/// True when every observed member is unset or as desired: what a run that died halfway leaves behind.
#[must_use]
pub fn is_unfinished(diff: &Diff) -> bool {
    diff.values().all(|difference| is_unset(&difference.existing))
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_unset),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn resource(spec: &Value) -> Resource {
        Resource::new(Kind::Role, "clerk", spec).unwrap()
    }

    fn differing(desired: &Value, existing: &Value) -> Vec<String> {
        match compare(&resource(desired), &resource(existing)) {
            Comparison::Equal => Vec::new(),
            Comparison::Differs(diff) => diff.into_keys().collect(),
        }
    }

    #[test]
    fn a_member_that_only_the_target_has_is_a_difference() {
        assert_eq!(differing(&json!({"a": 1}), &json!({"a": 1, "unique": true})), ["unique"]);
    }

    #[test]
    fn a_member_that_is_null_is_as_one_that_is_not_there() {
        assert_eq!(differing(&json!({"a": 1}), &json!({"a": 1, "b": null})), Vec::<String>::new());
        assert_eq!(differing(&json!({"a": 1, "b": null}), &json!({"a": 1})), Vec::<String>::new());
        assert_eq!(differing(&json!({"a": 1}), &json!({"a": null})), ["a"]);
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let Comparison::Differs(diff) =
            compare(&resource(&json!({"a": 1, "b": 2})), &resource(&json!({"a": 3, "c": 4})))
        else {
            panic!("equal")
        };
        let shown: Vec<String> =
            diff.iter().map(|(name, it)| format!("{name} {} {}", it.existing, it.desired)).collect();
        assert_eq!(shown, ["a 3 1", "b null 2", "c 4 null"]);
    }

    #[test]
    fn every_redacted_value_has_its_pointer_and_no_other_has() {
        let spec =
            json!({"a/b": {"c~d": REDACTED}, "list": ["x", [REDACTED], {"e": REDACTED}], "f": format!("{REDACTED}!")});
        assert_eq!(redacted_fields(&resource(&spec)), ["/a~1b/c~0d", "/list/1/0", "/list/2/e"]);
        assert_eq!(redacted_fields(&resource(&json!({"a": "x", "b": [1, null]}))), Vec::<String>::new());
    }

    #[test]
    fn what_speaks_of_creation_is_not_compared() {
        assert_eq!(differing(&json!({"a": 1, "on_creation": {"v": 5}}), &json!({"a": 1})), Vec::<String>::new());
    }

    #[test]
    fn a_partial_spec_speaks_only_of_what_it_states() {
        let mut desired = resource(&json!({"a": {"b": 1}}));
        desired.partial = true;
        assert_eq!(compare(&desired, &resource(&json!({"a": {"b": 1, "c": 2}, "d": 3}))), Comparison::Equal);
        assert_ne!(compare(&desired, &resource(&json!({"a": {"b": 2}}))), Comparison::Equal);
    }

    #[test]
    fn redacted_values_are_left_out_leaf_by_leaf() {
        let desired = json!({"config": {"secret": REDACTED, "url": "a"}});
        assert_eq!(differing(&desired, &json!({"config": {"url": "a"}})), Vec::<String>::new());
        assert_eq!(differing(&desired, &json!({"config": {"secret": "x", "url": "b"}})), ["config"]);
        assert_eq!(redacted_fields(&resource(&desired)), ["/config/secret"]);
    }

    #[test]
    fn lists_are_compared_item_by_item_and_in_order() {
        for other in [json!([1]), json!([1, 2, 3]), json!([2, 1]), json!([1, 3])] {
            assert_eq!(differing(&json!({"a": [1, 2]}), &json!({ "a": other })), ["a"]);
        }
        let secret = json!({"a": [{"secret": REDACTED, "of": 1}]});
        assert_eq!(differing(&secret, &json!({"a": [{"secret": "x", "of": 1}]})), Vec::<String>::new());
        assert_eq!(differing(&secret, &json!({"a": [{"secret": "x", "of": 2}]})), ["a"]);
    }

    #[test]
    fn a_partial_spec_speaks_of_whole_lists_and_of_no_redacted_value() {
        let equals = |stated: Value, there: Value| {
            let desired = Resource { partial: true, ..resource(&json!({ "a": stated })) };
            compare(&desired, &resource(&json!({ "a": there, "b": 1 }))) == Comparison::Equal
        };
        assert!(equals(json!([{"c": 1}]), json!([{"c": 1, "d": 2}])), "an item may have more members");
        assert!(!equals(json!([{"c": 1}]), json!([{"c": 1}, {"c": 2}])), "a list may not have more items");
        assert!(!equals(json!([{"c": 1}, {"c": 2}]), json!([{"c": 1}])));
        assert!(!equals(json!([{"c": 1}]), json!([{"c": 2}])));
        assert!(equals(json!({"secret": REDACTED}), json!({"secret": "x"})));
        assert!(equals(json!({"secret": REDACTED}), json!({})));
        assert!(!equals(json!({"secret": "y"}), json!({"secret": "x"})));
        assert!(!equals(json!("y"), json!("x")));
    }

    #[test]
    fn definitions_of_older_formats_may_have_more_parentheses() {
        let equals = |kind: Kind, partial: bool, one: &str, other: &str| {
            let of = |text: &str| Resource::new(kind, "clerk", &json!({ "definition": text })).unwrap();
            compare(&Resource { partial, ..of(one) }, &of(other)) == Comparison::Equal
        };
        let (long, short) = ("CHECK ((total >= 0))", "CHECK (total >= 0)");
        assert!(equals(Kind::Constraint, true, long, short));
        assert!(!equals(Kind::Constraint, true, long, "CHECK (total >= 1)"));
        assert!(!equals(Kind::Constraint, false, long, short), "this format has one way to write it");
        assert!(!equals(Kind::Role, true, long, short), "a role has no definition");
        assert!(!equals(Kind::Comment, true, "(total)", "total"), "a comment is no definition either");
    }

    #[test]
    fn only_unset_members_make_a_leftover() {
        let leftover =
            |existing: Value| match compare(&resource(&json!({"tags": {"a": "b"}, "v": 1})), &resource(&existing)) {
                Comparison::Differs(diff) => is_unfinished(&diff),
                Comparison::Equal => false,
            };
        assert!(leftover(json!({"v": 1})));
        assert!(leftover(json!({"v": 1, "tags": {}})));
        assert!(leftover(json!({"v": 1, "tags": []})));
        assert!(!leftover(json!({"v": 1, "tags": ["a"]})));
        assert!(!leftover(json!({"v": 2})));
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(keys in proptest::collection::btree_map("[a-c]{1,2}", 0..9i64, 0..5)) {
            let value = json!(keys);
            prop_assert_eq!(differing(&value, &value), Vec::<String>::new());
        }
    }
}
