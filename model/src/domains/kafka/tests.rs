use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json, value::RawValue};

use super::*;
use crate::{domains::Allowed, space::Naming};

fn desired(kind: Kind, name: &str, spec: &Value) -> Result<Resource, Refusal> {
    let (source, target) = (Naming::default().space_of("acme"), Naming::default().space_of("beta"));
    let allowed = Allowed { shared_principals: BTreeSet::from(["User:metrics".to_owned()]), ..Allowed::default() };
    let journey = Journey { source: &source, target: &target, allowed: &allowed };
    let spec = RawValue::from_string(spec.to_string()).unwrap();
    parse_desired(&Record { kind, name: name.into(), spec, requires: Vec::new(), partial: false }, &journey)
}

fn shown(kind: Kind, name: &str, spec: &Value) -> String {
    match desired(kind, name, spec) {
        Ok(resource) => format!("{} {}", resource.id, resource.spec.get()),
        Err(refusal) => format!("refused {refusal}"),
    }
}

fn acl(changes: &Value) -> Value {
    let mut spec = json!({
        "resource_type": "topic", "resource": "orders", "pattern": "literal", "principal": "app", "host": "*",
        "operation": "read", "permission": "allow",
    });
    for (name, value) in changes.as_object().unwrap() {
        spec[name] = value.clone();
    }
    spec
}

#[test]
fn every_kind_has_one_normal_form() {
    let shared = json!({"principal": null, "shared_principal": "User:metrics"});
    let forms = [
        shown(Kind::Topic, "orders", &json!({"partitions": 6, "replication_factor": 1, "config": {}})),
        shown(
            Kind::Topic,
            "audit",
            &json!({"replication_factor": 1, "partitions": 1, "config": {"retention.ms": "9007199254740993"}}),
        ),
        shown(Kind::Acl, "app/read/orders (topic literal, host *, allow)", &acl(&json!({}))),
        shown(
            Kind::Acl,
            "app/all/ (group prefixed, host *, deny)",
            &acl(
                &json!({"resource_type": "group", "resource": "", "pattern": "prefixed", "operation": "all", "permission": "deny"}),
            ),
        ),
        shown(Kind::Acl, "User:metrics/read/orders (topic literal, host *, allow, shared principal)", &acl(&shared)),
        shown(Kind::ConsumerGroup, "cg.billing", &json!({})),
    ];
    insta::assert_snapshot!(forms.join("\n"));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let topic = |name: &str| shown(Kind::Topic, name, &json!({"partitions": 1, "replication_factor": 1}));
    let named = "app/read/orders (topic literal, host *, allow)";
    let refusals = [
        topic(""),
        topic("a/b"),
        topic("größe"),
        topic(&"x".repeat(245)),
        shown(Kind::Topic, "t", &json!({"partitions": 0, "replication_factor": 1})),
        shown(Kind::Topic, "t", &json!({"partitions": 1, "replication_factor": 40_000})),
        shown(Kind::Topic, "t", &json!({"partitions": 1})),
        shown(Kind::Topic, "t", &json!({"partitions": 1, "replication_factor": 1, "config": {"retention.ms": 5}})),
        shown(Kind::Topic, "t", &json!({"partitions": 1, "replication_factor": 1, "config": {"": "x"}})),
        shown(Kind::Acl, named, &acl(&json!({"host": "10.0.0.1"}))),
        shown(Kind::Acl, named, &acl(&json!({"principal": " "}))),
        shown(Kind::Acl, named, &acl(&json!({"principal": null}))),
        shown(Kind::Acl, named, &acl(&json!({"shared_principal": "User:metrics"}))),
        shown(Kind::Acl, named, &acl(&json!({"principal": null, "shared_principal": "User:root"}))),
        shown(Kind::Acl, named, &acl(&json!({"resource_type": "cluster"}))),
        shown(Kind::Acl, named, &acl(&json!({"operation": "other"}))),
        shown(Kind::Acl, named, &acl(&json!({"resource": ""}))),
        shown(Kind::Acl, named, &acl(&json!({"host": ""}))),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn an_entry_across_the_border_is_told_and_not_exported() {
    let space = Naming::default().space_of("acme");
    let shared = BTreeSet::from(["User:metrics".to_owned()]);
    let inside = Binding {
        resource_type: ResourceType::Topic,
        resource: "acme.orders".into(),
        pattern: PatternType::Literal,
        principal: "User:acme-app".into(),
        host: "*".into(),
        operation: Operation::Read,
        permission: Permission::Allow,
    };
    let placed = |binding: Binding| match binding.placed_in(&space, &shared) {
        Placement::Inside(spec) => format!("inside: {}", spec.name()),
        Placement::Across(why) => format!("across: {why}"),
        Placement::Outside => "outside".to_owned(),
    };
    let told = [
        placed(inside.clone()),
        placed(Binding { principal: "User:metrics".into(), ..inside.clone() }),
        placed(Binding { principal: "User:other".into(), ..inside.clone() }),
        placed(Binding { resource: "*".into(), ..inside.clone() }),
        placed(Binding { resource: "ac".into(), pattern: PatternType::Prefixed, ..inside.clone() }),
        placed(Binding { resource_type: ResourceType::Other, resource: "kafka-cluster".into(), ..inside.clone() }),
        placed(Binding { operation: Operation::Other, ..inside.clone() }),
        placed(Binding { resource: "acme.".into(), pattern: PatternType::Prefixed, ..inside.clone() }),
        placed(Binding { resource: "beta.x".into(), principal: "User:beta-app".into(), ..inside }),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_no_artifact_can_state_is_told_and_not_exported() {
    let space = Naming::default().space_of("acme");
    let inside = Binding {
        resource_type: ResourceType::Topic,
        resource: "acme.orders".into(),
        pattern: PatternType::Literal,
        principal: "User:acme-app".into(),
        host: "*".into(),
        operation: Operation::Read,
        permission: Permission::Allow,
    };
    let placed = |binding: Binding| match binding.placed_in(&space, &BTreeSet::from(["User:acme-app".to_owned()])) {
        Placement::Inside(spec) => format!("inside: {} {:?} {:?}", spec.name(), spec.principal, spec.shared_principal),
        Placement::Across(why) => format!("across: {why}"),
        Placement::Outside => "outside".to_owned(),
    };
    insta::assert_snapshot!([
        placed(inside.clone()),
        placed(Binding { permission: Permission::Other, ..inside.clone() }),
        placed(Binding { pattern: PatternType::Other, ..inside.clone() }),
        placed(Binding { resource: "acme.".into(), ..inside.clone() }),
        placed(Binding { principal: "User:acme-".into(), ..inside.clone() }),
        placed(Binding { principal: "User:acme- ".into(), ..inside.clone() }),
        placed(Binding { resource_type: ResourceType::Other, principal: "User:beta-app".into(), ..inside }),
    ]
    .join("\n"), @r#"
    inside: app/read/orders (topic literal, host *, allow) Some("app") None
    across: acl User:acme-app/read/acme.orders (topic literal, host *, other): the engine does not know this operation, permission or pattern
    across: acl User:acme-app/read/acme.orders (topic other, host *, allow): the engine does not know this operation, permission or pattern
    across: acl User:acme-app/read/acme. (topic literal, host *, allow): the resource is outside the tenant's space
    across: acl User:acme-/read/acme.orders (topic literal, host *, allow): the principal is neither the tenant's nor a shared one (shared_principals)
    across: acl User:acme- /read/acme.orders (topic literal, host *, allow): the principal is neither the tenant's nor a shared one (shared_principals)
    outside
    "#);
}

#[test]
fn the_last_value_of_a_range_is_taken_and_the_next_is_not() {
    let topic = |partitions: i64, factor: i64| {
        desired(Kind::Topic, "t", &json!({"partitions": partitions, "replication_factor": factor})).is_ok()
    };
    assert_eq!(
        [topic(0, 1), topic(1, 1), topic(1, 0), topic(1, 32_767), topic(1, 32_768)],
        [false, true, false, true, false]
    );
    let named = |length: usize| topic_name_fault(&"x".repeat(length)).is_none();
    assert_eq!([named(0), named(1), named(249), named(250)], [false, true, true, false]);
    for (name, possible) in [("a.b_c-D9", true), (".", false), ("..", false), ("...", true), ("a b", false)] {
        assert_eq!(topic_name_fault(name).is_none(), possible, "{name}");
    }
}

#[test]
fn a_setting_or_entry_with_a_nul_or_a_blank_name_is_refused() {
    let topic =
        |config: Value| shown(Kind::Topic, "t", &json!({"partitions": 1, "replication_factor": 1, "config": config}));
    let named = |changes: Value| shown(Kind::Acl, "a", &acl(&changes));
    insta::assert_snapshot!([
        topic(json!({" ": "x"})),
        topic(json!({"a\0": "x"})),
        topic(json!({"a": "x\0"})),
        topic(json!({"a": ""})),
        named(json!({"resource": "a\0"})),
        named(json!({"principal": "a\0"})),
        named(json!({"host": "\0"})),
        named(json!({"host": " "})),
    ]
    .join("\n"), @r#"
    refused topic:t: config: the setting " " is blank or holds a NUL character
    refused topic:t: config: the setting "a\0" is blank or holds a NUL character
    refused topic:t: config: the setting "a" is blank or holds a NUL character
    topic:t {"config":{"a":""},"partitions":1,"replication_factor":1}
    refused acl:a: holds a NUL character
    refused acl:a: holds a NUL character
    refused acl:a: holds a NUL character
    refused acl:a: host is blank; every host is `*`
    "#);
}

fn any_spec() -> impl Strategy<Value = AclSpec> {
    (
        proptest::sample::select(ResourceType::ALL),
        "[a-z./%]{1,6}",
        proptest::sample::select(PatternType::ALL),
        proptest::option::of("[a-z/:%-]{1,6}"),
        proptest::sample::select(Operation::ALL),
        proptest::sample::select(Permission::ALL),
    )
        .prop_map(|(resource_type, resource, pattern, principal, operation, permission)| AclSpec {
            resource_type,
            resource,
            pattern,
            shared_principal: principal.is_none().then(|| "User:metrics".to_owned()),
            principal,
            host: "*".into(),
            operation,
            permission,
        })
}

proptest! {
    #[test]
    fn composing_then_relativising_is_the_identity(spec in any_spec(), tenant in "[a-z]{1,4}(-[a-z]{1,4})?") {
        let space = Naming::default().space_of(&tenant);
        let shared = BTreeSet::from(["User:metrics".to_owned()]);
        prop_assert_eq!(spec.absolute(&space).placed_in(&space, &shared), Placement::Inside(spec));
    }

    #[test]
    fn a_name_composed_for_one_tenant_lies_in_no_sibling(spec in any_spec(), tenant in "[a-z]{1,4}") {
        let (own, sibling) = (Naming::default().space_of(&tenant), Naming::default().space_of(&format!("{tenant}-x")));
        let seen = spec.absolute(&own).placed_in(&sibling, &BTreeSet::new());
        prop_assert!(!matches!(seen, Placement::Inside(_)), "{:?}", seen);
    }

    #[test]
    fn entries_that_differ_have_names_that_differ(one in any_spec(), other in any_spec()) {
        prop_assert_eq!(one.name() == other.name(), one == other);
    }

    #[test]
    fn a_relative_name_survives_prefixes_that_nest(prefix in "[a-z.]{0,5}", more in "[a-z.]{0,5}", name in "[a-z.]{1,8}") {
        let nested = compose(&prefix, &more);
        let whole = compose(&nested, &name);
        prop_assert_eq!(relativise(&nested, &whole), Some(name.as_str()));
        let rest = compose(&more, &name);
        prop_assert_eq!(relativise(&prefix, &whole), Some(rest.as_str()));
    }
}
