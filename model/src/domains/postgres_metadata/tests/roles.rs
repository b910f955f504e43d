//! Roles, and what they may do.

use super::*;

#[test]
fn a_grant_says_who_may_do_what_with_what() {
    let grant = |on: Value, grantee: &str, privileges: Value| {
        let object: ObjectRef = serde_json::from_value(on.clone()).unwrap();
        let name = format!("{} to {grantee}", object.label());
        composed(Kind::Grant, &name, &json!({"on": on, "grantee": grantee, "privileges": privileges}))
    };
    let on = |kind: &str| json!({"kind": kind, "name": "o"});
    let of = |kind: &str| json!({"kind": kind, "name": "a", "of": "o"});
    let select = || json!({"SELECT": false});
    let usage = || json!({"USAGE": false});
    insta::assert_snapshot!([
        grant(on("table"), "tenant:reader", json!({"SELECT": false, "INSERT": false, "UPDATE": true})),
        grant(on("table"), "PUBLIC", select()),
        grant(on("table"), "PUBLIC", json!({})),
        grant(on("view"), "shared:metrics", select()),
        grant(on("materialized_view"), "tenant:reader", select()),
        grant(of("column"), "PUBLIC", select()),
        grant(of("view_column"), "tenant:reader", select()),
        grant(of("materialized_view_column"), "tenant:reader", select()),
        grant(json!({"kind": "schema"}), "tenant:reader", json!({"USAGE": false, "CREATE": true})),
        grant(on("type"), "PUBLIC", usage()),
        grant(on("domain"), "tenant:reader", usage()),
        grant(on("sequence"), "tenant:reader", usage()),
        grant(json!({"kind": "function", "name": "f", "signature": "integer"}), "PUBLIC", json!({"EXECUTE": false})),
        grant(json!({"kind": "procedure", "name": "f"}), "tenant:reader", json!({"execute": false})),
        grant(on("index"), "tenant:reader", select()),
        grant(json!({"kind": "column", "name": "a"}), "tenant:reader", select()),
        grant(on("table"), "tenant:reader", json!({})),
        grant(on("table"), "tenant:owner", select()),
        grant(on("table"), "shared:postgres", select()),
        grant(on("table"), "tenant:reader", json!({"FLY": false})),
    ]
    .join("\n\n"), @r#"
    GRANT INSERT, SELECT ON TABLE "globex"."o" TO "globex_reader";
    GRANT UPDATE ON TABLE "globex"."o" TO "globex_reader" WITH GRANT OPTION

    REVOKE ALL ON TABLE "globex"."o" FROM PUBLIC;
    GRANT SELECT ON TABLE "globex"."o" TO PUBLIC

    REVOKE ALL ON TABLE "globex"."o" FROM PUBLIC

    GRANT SELECT ON TABLE "globex"."o" TO "metrics"

    GRANT SELECT ON TABLE "globex"."o" TO "globex_reader"

    GRANT SELECT ("a") ON TABLE "globex"."o" TO PUBLIC

    GRANT SELECT ("a") ON TABLE "globex"."o" TO "globex_reader"

    GRANT SELECT ("a") ON TABLE "globex"."o" TO "globex_reader"

    GRANT USAGE ON SCHEMA "globex" TO "globex_reader";
    GRANT CREATE ON SCHEMA "globex" TO "globex_reader" WITH GRANT OPTION

    REVOKE ALL ON TYPE "globex"."o" FROM PUBLIC;
    GRANT USAGE ON TYPE "globex"."o" TO PUBLIC

    GRANT USAGE ON DOMAIN "globex"."o" TO "globex_reader"

    GRANT USAGE ON SEQUENCE "globex"."o" TO "globex_reader"

    REVOKE ALL ON FUNCTION "globex"."f"(integer) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION "globex"."f"(integer) TO PUBLIC

    GRANT EXECUTE ON PROCEDURE "globex"."f"() TO "globex_reader"

    refused grant:index o to tenant:reader: nothing can be granted on index o

    refused grant:column a to tenant:reader: column a is a part of nothing

    refused grant:table o to tenant:reader: grants nothing

    refused grant:table o to tenant:owner: the tenant's owner role has what its objects give it

    refused grant:table o to shared:postgres: the role `postgres` is not the tenant's, and the configuration shares no such role

    refused grant:table o to tenant:reader: `FLY` is none of SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN, USAGE, CREATE, EXECUTE
    "#);
    let spec = json!({"on": on("table"), "grantee": "PUBLIC", "privileges": {}});
    let resource = parse(Kind::Grant, "table o to PUBLIC", &spec).unwrap();
    assert_eq!(resource.owner, Some(ResourceId::new(Kind::Table, "o")));
}

#[test]
fn a_role_is_never_more_than_the_tenant_may_give() {
    let role = |changes: Value| {
        let mut spec = json!({"name": "r", "inherit": false});
        for (member, value) in changes.as_object().unwrap() {
            spec[member] = value.clone();
        }
        composed(Kind::DatabaseRole, "r", &spec)
    };
    insta::assert_snapshot!([
        role(json!({})),
        role(json!({"inherit": true, "member_of": ["shared:metrics", "tenant:staff"]})),
        role(json!({"member_of": ["PUBLIC"]})),
        role(json!({"member_of": ["tenant:r"]})),
        role(json!({"member_of": ["shared:r"]})),
        role(json!({"member_of": ["everybody"]})),
    ]
    .join("\n\n"), @r#"
    CREATE ROLE "globex_r" NOLOGIN NOINHERIT

    CREATE ROLE "globex_r" NOLOGIN INHERIT;
    GRANT "metrics" TO "globex_r";
    GRANT "globex_staff" TO "globex_r"

    refused database_role:r: nobody is made a member of PUBLIC

    refused database_role:r: a role is a member of itself

    refused database_role:r: the role `r` is not the tenant's, and the configuration shares no such role

    refused database_role:r: member_of[0]: `everybody` is none of PUBLIC, tenant:name and shared:name at line 1 column 53
    "#);
    let warnings = |login: bool| {
        let spec = json!({"name": "r", "inherit": true, "on_creation": {"login": login}});
        parse(Kind::DatabaseRole, "r", &spec).unwrap().warnings
    };
    assert_eq!(warnings(true), ["created without LOGIN and password: both must be set again"]);
    assert_eq!(warnings(false), Vec::<String>::new());
}

#[test]
fn a_policy_is_for_roles_that_the_tenant_may_name() {
    let policy = |changes: Value| {
        let mut spec = json!({"name": "p", "table": "t", "permissive": true, "command": "all", "roles": ["PUBLIC"]});
        for (member, value) in changes.as_object().unwrap() {
            spec[member] = value.clone();
        }
        composed(Kind::Policy, "t.p", &spec)
    };
    insta::assert_snapshot!([
        policy(json!({"using": "a > 0"})),
        policy(json!({"permissive": false, "command": "insert", "roles": ["tenant:app", "shared:metrics"], "check": "b"})),
        policy(json!({"roles": []})),
        policy(json!({"roles": ["shared:postgres"]})),
        policy(json!({"command": "truncate"})),
    ]
    .join("\n"), @r#"
    CREATE POLICY "p" ON "globex"."t" AS PERMISSIVE FOR ALL TO PUBLIC USING ((a > 0))
    CREATE POLICY "p" ON "globex"."t" AS RESTRICTIVE FOR INSERT TO "globex_app", "metrics" WITH CHECK ((b))
    refused policy:t.p: is for nobody
    refused policy:t.p: the role `postgres` is not the tenant's, and the configuration shares no such role
    refused policy:t.p: `truncate` is none of ALL, SELECT, INSERT, UPDATE, DELETE
    "#);
}

#[test]
fn a_role_is_written_as_the_tenant_sees_it() {
    let shared = ["metrics".to_owned(), "acme_metrics".to_owned()];
    let of = |role: &str| RoleRef::of(role, &space("acme"), &shared).map(|role| role.to_string());
    assert_eq!(of("acme_reader"), Some("tenant:reader".into()));
    assert_eq!(of("metrics"), Some("shared:metrics".into()));
    assert_eq!(of("acme_metrics"), Some("shared:acme_metrics".into()));
    assert_eq!(of("acme_"), None);
    assert_eq!(of("globex_reader"), None);
    for text in ["PUBLIC", "tenant:reader", "tenant:a:b", "shared:metrics"] {
        let role = RoleRef::try_from(text.to_owned()).unwrap();
        assert_eq!(String::from(role), text);
    }
    for text in ["", "public", "reader", "tenant:", "shared:", "PUBLIC:", "other:reader"] {
        let refused = RoleRef::try_from(text.to_owned()).unwrap_err();
        assert_eq!(refused, format!("`{text}` is none of PUBLIC, tenant:name and shared:name"));
    }
}
