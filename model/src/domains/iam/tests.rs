use proptest::prelude::*;
use serde_json::{Value, json, value::RawValue};

use super::*;
use crate::{
    artifact::REDACTED,
    diff::{Comparison, compare},
    domains::{Allowed, parse_desired as parse_any},
    space::Naming,
};

fn desired(kind: Kind, name: &str, spec: &Value) -> Result<Resource, Refusal> {
    let (source, target) = (Naming::default().space_of("acme"), Naming::default().space_of("beta"));
    let journey = Journey { source: &source, target: &target, allowed: &Allowed::default() };
    let spec = RawValue::from_string(spec.to_string()).unwrap();
    parse_any(&Record { kind, name: name.into(), spec, requires: Vec::new(), partial: false }, &journey)
}

fn shown(kind: Kind, name: &str, spec: &Value) -> String {
    match desired(kind, name, spec) {
        Ok(resource) => {
            let requires: Vec<String> = resource.requires.iter().map(ToString::to_string).collect();
            format!("{} {} <- {}", resource.id, resource.spec.get(), requires.join(", "))
        }
        Err(refusal) => format!("refused {refusal}"),
    }
}

#[test]
fn every_kind_has_one_normal_form() {
    let forms = [
        shown(Kind::Realm, "realm", &json!({"display_name": "Acme", "settings": {"ssoSessionIdleTimeout": 1800}})),
        shown(Kind::Role, "lead", &json!({"composites": ["clerk", "a'b\"; drop"], "attributes": {}})),
        shown(
            Kind::ClientScope,
            "profile",
            &json!({"protocol": "openid-connect", "protocol_mappers": [{"name": "b"}, {"name": "a"}]}),
        ),
        shown(Kind::Group, "/warehouse/night shift", &json!({"roles": ["clerk"]})),
        shown(Kind::Member, "zoë", &json!({"email": "z@example.org", "roles": ["lead", "clerk"], "groups": ["/w"]})),
        shown(Kind::ServiceAccount, "ci", &json!({"enabled": false, "roles": ["clerk"], "attributes": {"token": "t"}})),
        shown(
            Kind::IdentityProvider,
            "corp",
            &json!({"provider_id": "oidc", "config": {"clientSecret": "canary", "tokenUrl": "https://idp/token"}}),
        ),
    ];
    insta::assert_snapshot!(forms.join("\n"));
}

#[test]
fn an_object_of_nothing_but_secrets_is_found_equal_once_it_was_restored() {
    let spec = |kind: Kind, member: &str, value: &Value| {
        let mut spec = match kind {
            Kind::IdentityProvider => json!({"provider_id": "oidc"}),
            Kind::ClientScope => json!({"protocol": "openid-connect"}),
            _ => json!({}),
        };
        spec[member] = value.clone();
        spec
    };
    let objects = [
        (Kind::Realm, "realm", "settings"),
        (Kind::Role, "clerk", "attributes"),
        (Kind::ClientScope, "profile", "attributes"),
        (Kind::Group, "/warehouse", "attributes"),
        (Kind::Member, "zoë", "attributes"),
        (Kind::ServiceAccount, "ci", "attributes"),
        (Kind::IdentityProvider, "corp", "config"),
    ];
    for (kind, name, member) in objects {
        let wanted = desired(kind, name, &spec(kind, member, &json!({"clientSecret": "canary"}))).unwrap();
        let restored = desired(kind, name, &spec(kind, member, &json!({}))).unwrap();
        assert_eq!(compare(&wanted, &restored), Comparison::Equal, "{kind}");
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let refusals = [
        shown(Kind::Realm, "acme", &json!({})),
        shown(Kind::Role, "  ", &json!({})),
        shown(Kind::Role, "a", &json!({"composites": ["a"]})),
        shown(Kind::Role, "a", &json!({"composites": [""]})),
        shown(Kind::Role, "a", &json!({"colour": 1})),
        shown(Kind::Role, "a\0b", &json!({})),
        shown(Kind::Role, "a", &json!({"description": "x\0y"})),
        shown(Kind::Role, "a", &json!({"attributes": {"n": [9_007_199_254_740_993_u64]}})),
        shown(Kind::Group, "warehouse", &json!({})),
        shown(Kind::Group, "/a//b", &json!({})),
        shown(Kind::Group, "/a/", &json!({})),
        shown(Kind::Group, "/", &json!({})),
        shown(Kind::Member, "m", &json!({"groups": ["x"]})),
        shown(Kind::Member, "m", &json!({"enabled": "yes"})),
        shown(Kind::ClientScope, "s", &json!({"attributes": {}})),
        shown(Kind::ClientScope, "s", &json!({"protocol": "saml", "protocol_mappers": [{"name": "a"}, {"name": "a"}]})),
        shown(Kind::ClientScope, "s", &json!({"protocol": "saml", "protocol_mappers": [{"config": {}}]})),
        shown(Kind::IdentityProvider, "i", &json!({"config": {}})),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn a_secret_never_stays_in_a_spec() {
    let resource =
        desired(Kind::Member, "m", &json!({"attributes": {"apiKey": ["canary"], "db": ["postgres://u:canary@h/d"]}}))
            .unwrap();
    assert!(!resource.spec.get().contains("canary"), "{}", resource.spec);
    assert_eq!(resource.spec.get().matches(REDACTED).count(), 2);
}

#[test]
fn a_number_is_taken_as_long_as_every_reader_reads_the_same() {
    let taken = |number: Value| desired(Kind::Role, "a", &json!({"attributes": {"n": {"deep": [number]}}})).is_ok();
    for (number, expected) in [
        (json!(9_007_199_254_740_992_u64), true),
        (json!(-9_007_199_254_740_992_i64), true),
        (json!(9_007_199_254_740_993_u64), false),
        (json!(-9_007_199_254_740_993_i64), false),
        (json!(u64::MAX), false),
        (json!(i64::MIN), false),
        (json!(0), true),
        (json!(1e300), true),
        (json!("9007199254740993"), true),
    ] {
        assert_eq!(taken(number.clone()), expected, "{number}");
    }
}

#[test]
fn a_text_that_looks_like_a_secret_is_redacted_in_every_kind() {
    let secret = "postgres://u:canary@h/d";
    insta::assert_snapshot!([
        shown(Kind::Realm, "realm", &json!({"display_name": secret, "settings": {"x": secret}})),
        shown(Kind::Role, "a", &json!({"description": secret})),
        shown(Kind::ClientScope, "a", &json!({"description": secret, "protocol": "saml",
            "protocol_mappers": [{"name": "m", "config": {"secret": "canary"}}]})),
        shown(Kind::Group, "/a", &json!({"attributes": {"x": [secret]}})),
        shown(Kind::ServiceAccount, "a", &json!({"description": secret})),
        shown(Kind::Role, "b", &json!({"description": "for people"})),
    ]
    .join("\n"), @r#"
    realm:realm {"display_name":"***REDACTED***","settings":{"x":"***REDACTED***"}} <- 
    role:a {"attributes":{},"description":"***REDACTED***"} <- realm:realm
    client_scope:a {"attributes":{},"description":"***REDACTED***","protocol":"saml","protocol_mappers":[{"config":{"secret":"***REDACTED***"},"name":"m"}]} <- realm:realm
    group:/a {"attributes":{"x":["***REDACTED***"]}} <- realm:realm
    service_account:a {"attributes":{},"description":"***REDACTED***","enabled":true} <- realm:realm
    role:b {"attributes":{},"description":"for people"} <- realm:realm
    "#);
}

#[test]
fn what_a_group_a_mapper_or_an_account_names_must_be_a_name() {
    insta::assert_snapshot!([
        shown(Kind::ClientScope, "s", &json!({"protocol": "saml", "protocol_mappers": [{"name": "a"}, {"name": " "}]})),
        shown(Kind::ClientScope, "s", &json!({"protocol": "saml", "protocol_mappers": [{"name": 7}]})),
        shown(Kind::ClientScope, "s", &json!({"protocol": "saml", "protocol_mappers": [
            {"name": "b"}, {"name": "a"}, {"name": "b"}]})),
        shown(Kind::ClientScope, "s", &json!({"protocol": "saml", "protocol_mappers": [
            {"name": "m", "config": {"n": 9_007_199_254_740_993_u64}}]})),
        shown(Kind::Group, "/a", &json!({"roles": [" "]})),
        shown(Kind::Member, "m", &json!({"roles": [""]})),
        shown(Kind::Member, "m", &json!({"groups": ["/a", "/a//b"]})),
        shown(Kind::ServiceAccount, "s", &json!({"roles": [""]})),
        shown(Kind::ServiceAccount, " ", &json!({})),
        shown(Kind::Group, "/a/b/c", &json!({})),
    ]
    .join("\n"), @r#"
    refused client_scope:s: protocol_mappers[1] has no name
    refused client_scope:s: protocol_mappers[0] has no name
    refused client_scope:s: has two protocol mappers named `b`
    refused client_scope:s: protocol_mappers[0]: 9007199254740993 is beyond 2^53: write it as text
    refused group:/a: roles: a role's name is blank
    refused member:m: roles: a role's name is blank
    refused member:m: groups: the path `/a//b` has a blank part
    refused service_account:s: roles: a role's name is blank
    refused service_account: : its name is blank
    group:/a/b/c {"attributes":{}} <- realm:realm, group:/a/b
    "#);
    assert_eq!(["/a/b", "/a", "a", ""].map(parent_path), [Some("/a"), None, None, None]);
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(
        name in "[^\0]{0,8}[a-z'\"é]", roles in proptest::collection::vec("[a-z'\" ]{0,3}[a-z]", 0..5),
        text in proptest::option::of("[^\0]{0,20}"),
    ) {
        let spec = json!({"email": text, "roles": roles, "attributes": {"note": [text]}});
        let once = desired(Kind::Member, &name, &spec).unwrap();
        let again = desired(Kind::Member, &name, &serde_json::from_str(once.spec.get()).unwrap()).unwrap();
        prop_assert_eq!(once.spec.get(), again.spec.get());
        prop_assert_eq!(once.requires, again.requires);
    }

    #[test]
    fn a_parent_is_a_well_formed_path(parts in proptest::collection::vec("[^/\0 ]{1,6}", 1..5)) {
        let path = format!("/{}", parts.join("/"));
        prop_assume!(group_path_fault(&path).is_none());
        match parent_path(&path) {
            None => prop_assert_eq!(parts.len(), 1),
            Some(parent) => prop_assert!(group_path_fault(parent).is_none() && path.starts_with(parent)),
        }
    }
}
