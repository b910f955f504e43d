use serde_json::{Value, json};

use super::{
    compose::Definition,
    spec::{FunctionSpec, ObjectKind, ObjectRef, TableSpec},
    *,
};
use crate::{TenantSpace, domains::Allowed, space::Naming};

fn space(tenant: &str) -> TenantSpace {
    Naming::default().space_of(tenant)
}

fn record(kind: Kind, name: &str, spec: &Value) -> Record {
    serde_json::from_value(json!({"type": kind, "name": name, "spec": spec})).unwrap()
}

fn parse(kind: Kind, name: &str, spec: &Value) -> Result<Resource, Refusal> {
    let (source, target) = (space("acme"), space("globex"));
    let allowed = Allowed { extensions: ["citext".to_owned()].into(), ..Allowed::default() };
    parse_desired(&record(kind, name, spec), &Journey { source: &source, target: &target, allowed: &allowed })
}

fn table(column: &Value) -> Value {
    json!({"name": "t", "columns": [column]})
}

fn function(name: &str, changes: &Value) -> Value {
    let mut spec = json!({"name": name, "signature": "", "arguments": "", "returns": "integer", "language": "sql",
        "volatility": "stable", "parallel": "safe", "cost": "100", "source": "select 1"});
    for (member, value) in changes.as_object().unwrap() {
        spec[member] = value.clone();
    }
    spec
}

fn statistics(changes: &Value) -> Value {
    let mut spec = json!({"name": "s", "table": "t", "kinds": ["mcv"], "columns": ["a", "b"]});
    for (member, value) in changes.as_object().unwrap() {
        spec[member] = value.clone();
    }
    spec
}

fn part(name: &str, definition: &str) -> Value {
    json!({"name": name, "table": "t", "definition": definition})
}

#[test]
fn what_is_more_than_its_statement_is_refused_by_name() {
    let long = "x".repeat(64);
    let cases = [
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int", "default": "1, drop column x"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int", "default": "1), evil int default (2"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int, evil int"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int primary key"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "acme.mood"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int", "default": "nextval('initech.s'::regclass)"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int", "default": "1 -- )"}))),
        (Kind::Table, "t", table(&json!({"name": "a", "type": "int", "default": "1); DROP TABLE x; SELECT (1"}))),
        (Kind::Table, "t", json!({"name": "t", "columns": [], "options": ["fillfactor) ; drop=1"]})),
        (Kind::Table, "t", json!({"name": "t", "columns": [], "surprise": 1})),
        (Kind::Table, "t", json!({"name": "u", "columns": []})),
        (Kind::Table, &long, json!({"name": long, "columns": []})),
        (Kind::Constraint, "t.c", part("c", "CHECK (a > 0), DROP COLUMN a")),
        (Kind::Constraint, "t.c", part("c", "CHECK (a > 0); DROP TABLE t")),
        (Kind::Constraint, "t.c", part("c", "NOT NULL a")),
        (Kind::Constraint, "t.c", part("c", "PRIMARY KEY USING INDEX other")),
        (Kind::ForeignKey, "t.c", part("c", "FOREIGN KEY (a) REFERENCES initech.users(id)")),
        (Kind::PostgresIndex, "i", part("i", "CREATE INDEX i ON u USING btree (a)")),
        (Kind::PostgresIndex, "i", part("i", "CREATE INDEX j ON t USING btree (a)")),
        (Kind::PostgresIndex, "i", part("i", "CREATE INDEX CONCURRENTLY i ON t USING btree (a)")),
        (Kind::PostgresIndex, "i", part("i", "CREATE INDEX i ON t USING btree (a); DROP TABLE t")),
        (Kind::PostgresIndex, "i", part("i", "DROP TABLE t")),
        (Kind::View, "v", json!({"name": "v", "definition": "SELECT 1; DROP TABLE t"})),
        (Kind::View, "v", json!({"name": "v", "definition": "SELECT * FROM initech.secrets"})),
        (Kind::View, "v", json!({"name": "v", "definition": "SELECT initech.f(1)"})),
        (Kind::View, "v", json!({"name": "v", "definition": "DELETE FROM t RETURNING 1"})),
        (Kind::View, "v", json!({"name": "v", "definition": "WITH d AS (DELETE FROM t RETURNING a) SELECT a FROM d"})),
        (Kind::Statistics, "s", statistics(&json!({"expressions": ["a) FROM t; DROP TABLE t; --"]}))),
        (Kind::Statistics, "s", statistics(&json!({"expressions": ["a), (b"]}))),
        (Kind::Statistics, "s", statistics(&json!({"expressions": ["a, b"]}))),
        (Kind::Statistics, "s", statistics(&json!({"expressions": ["initech.f(a)"]}))),
        (Kind::Statistics, "s", statistics(&json!({"expressions": ["acme.f(a)"]}))),
        (Kind::Statistics, "s", statistics(&json!({"expressions": ["'initech.s'::regclass"]}))),
        (Kind::Statistics, "s", statistics(&json!({"kinds": ["mcv) ON a FROM t; --"]}))),
        (Kind::Statistics, "s", statistics(&json!({"kinds": []}))),
        (Kind::Statistics, "s", statistics(&json!({"columns": ["a"]}))),
        (Kind::Statistics, "s", statistics(&json!({"columns": [], "expressions": ["lower(a)"]}))),
        (Kind::Statistics, "s", statistics(&json!({"target": -1}))),
        (Kind::Statistics, "s", statistics(&json!({"target": 10_001}))),
        (Kind::Statistics, "u", statistics(&json!({}))),
        (Kind::Trigger, "t.g", part("g", "CREATE TRIGGER g AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION f()")),
        (Kind::Function, "f()", function("f", &json!({"language": "c"}))),
        (Kind::Function, "f()", function("f", &json!({"language": "plpython3u"}))),
        (Kind::Function, "f()", function("f", &json!({"returns": "integer SECURITY DEFINER"}))),
        (Kind::Function, "f()", function("f", &json!({"arguments": ") RETURNS text LANGUAGE c AS $$x$$; --"}))),
        (Kind::Function, "f()", function("f", &json!({"cost": "1 LEAKPROOF"}))),
        (Kind::Function, "f()", function("f", &json!({"settings": {"role": "postgres"}}))),
        (Kind::Function, "f()", function("f", &json!({"settings": {"Session_Authorization": "postgres"}}))),
        (Kind::Function, "f()", function("f", &json!({"settings": {"": "x"}}))),
        (Kind::Function, "f()", function("f", &json!({"settings": {"a b": "x"}}))),
        (Kind::Function, "f()", function("f", &json!({"search_path": ["initech"]}))),
        (Kind::Function, "f()", function("f", &json!({"source": "select count(*) from acme.orders"}))),
        (
            Kind::Policy,
            "t.p",
            json!({"name": "p", "table": "t", "permissive": true, "command": "all", "roles": ["PUBLIC"],
                "using": "true) WITH CHECK (false"}),
        ),
        (Kind::Extension, "plperlu", json!({"name": "plperlu"})),
        (Kind::DatabaseRole, "owner", json!({"name": "owner", "inherit": true})),
        (Kind::DatabaseRole, "r", json!({"name": "r", "inherit": true, "member_of": ["shared:postgres"]})),
        (
            Kind::Grant,
            "table t to shared:root",
            json!({"on": {"kind": "table", "name": "t"}, "grantee": "shared:root", "privileges": {"SELECT": false}}),
        ),
        (
            Kind::Grant,
            "statistics s to PUBLIC",
            json!({"on": {"kind": "statistics", "name": "s"}, "grantee": "PUBLIC", "privileges": {"SELECT": false}}),
        ),
        (
            Kind::Grant,
            "table t to PUBLIC",
            json!({"on": {"kind": "table", "name": "t"}, "grantee": "PUBLIC", "privileges": {"ALL ON t; --": false}}),
        ),
    ];
    let refusals: Vec<String> = cases
        .iter()
        .map(|(kind, name, spec)| match parse(*kind, name, spec) {
            Ok(_) => format!("{kind}:{name}: TAKEN {spec}"),
            Err(refusal) => refusal.to_string(),
        })
        .collect();
    let taken: Vec<&String> = refusals.iter().filter(|line| line.contains(": TAKEN ")).collect();
    assert!(taken.is_empty(), "{taken:#?}");
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn a_materialized_view_comes_with_a_warning_and_a_view_with_none() {
    let view = |materialized| json!({"name": "v", "materialized": materialized, "definition": "SELECT 1 AS a"});
    let warnings = |materialized| parse(Kind::View, "v", &view(materialized)).unwrap().warnings;
    assert_eq!(warnings(true), ["created WITH NO DATA: it must be refreshed before it can be read"]);
    assert!(warnings(false).is_empty());
    let plain = table(&json!({"name": "id", "type": "bigint"}));
    assert!(parse(Kind::Table, "t", &plain).unwrap().warnings.is_empty(), "a table comes back whole");
    parse(Kind::Function, "f()", &function("f", &json!({"settings": {"app.limit_1": "5"}}))).unwrap();
}

#[test]
fn statements_are_composed_in_the_target() {
    let cases = [
        (Kind::Schema, ".", json!({})),
        (Kind::DatabaseRole, "reader", json!({"name": "reader", "inherit": true, "member_of": ["tenant:staff"]})),
        (
            Kind::Table,
            "\"a \"\"b\"\"; --ü\"",
            json!({"name": "a \"b\"; --ü", "unlogged": true, "options": ["fillfactor=70"], "row_security": true,
                "columns": [
                    {"name": "id", "type": "bigint", "not_null": true, "identity": {"always": true, "sequence": "ids",
                        "options": {"type": "bigint", "start": "1", "increment": "1", "min": "1",
                            "max": "9223372036854775807", "cache": "1"}}},
                    {"name": "na\"me", "type": "character varying(80)", "collation": "\"C\"", "default": "'a''b'::text"},
                    {"name": "up", "type": "text[]", "generated": "upper(name)", "storage": "external"}],
                "on_creation": {"identity_values": {"ids": "41"}}}),
        ),
        (Kind::Constraint, "t.pk", part("pk", "PRIMARY KEY (id) INCLUDE (a) DEFERRABLE INITIALLY DEFERRED")),
        (Kind::Function, "f()", function("f", &json!({"search_path": ["{space}", "pg_temp"], "source": "it's \\ $$"}))),
        (
            Kind::Grant,
            "function f(integer) to PUBLIC",
            json!({"on": {"kind": "function", "name": "f", "signature": "integer"}, "grantee": "PUBLIC", "privileges": {}}),
        ),
        (
            Kind::Grant,
            "column t.a to tenant:reader",
            json!({"on": {"kind": "column", "name": "a", "of": "t"}, "grantee": "tenant:reader",
                "privileges": {"SELECT": false, "UPDATE": true}}),
        ),
        (
            Kind::Statistics,
            "\"s \"\"é\"\"; --\"",
            json!({"name": "s \"é\"; --", "table": "na\"me", "kinds": ["dependencies", "mcv", "ndistinct"],
                "columns": ["a", "b \"c\""], "expressions": ["lower(d)", "(e + 1)"], "target": 0}),
        ),
        (
            Kind::Statistics,
            "s",
            json!({"name": "s", "table": "v", "on_view": true, "expressions": ["\nCASE\n WHEN a THEN 1\nEND"]}),
        ),
        (Kind::Comment, "statistics s", json!({"on": {"kind": "statistics", "name": "s"}, "text": "it's"})),
        (Kind::Comment, "column t.a", json!({"on": {"kind": "column", "name": "a", "of": "t"}, "text": "it's"})),
    ];
    let composed: Vec<String> = cases
        .iter()
        .map(|(kind, name, spec)| {
            let resource = parse(*kind, name, spec).unwrap();
            statements(*kind, resource.spec.get(), &space("globex")).unwrap().join(";\n")
        })
        .collect();
    insta::assert_snapshot!(composed.join(";\n\n"));
}

fn allowed() -> Allowed {
    Allowed {
        extensions: ["citext".to_owned()].into(),
        shared_roles: ["metrics".to_owned()].into(),
        ..Allowed::default()
    }
}

/// What a record comes to in a tenant of another name: its statements, or why not.
fn composed(kind: Kind, name: &str, spec: &Value) -> String {
    let (source, target, allowed) = (space("acme"), space("globex"), allowed());
    let journey = Journey { source: &source, target: &target, allowed: &allowed };
    match parse_desired(&record(kind, name, spec), &journey) {
        Ok(resource) => statements(kind, resource.spec.get(), &target).unwrap().join(";\n"),
        Err(refusal) => format!("refused {refusal}"),
    }
}

fn view(definition: &str) -> Value {
    json!({"name": "v", "definition": definition})
}

#[test]
fn a_comment_names_its_object_and_belongs_to_it() {
    let on = |kind: &str| json!({"kind": kind, "name": "na me"});
    let of = |kind: &str| json!({"kind": kind, "name": "a", "of": "o"});
    let routine = |kind: &str| json!({"kind": kind, "name": "f", "signature": "integer, text"});
    let objects = [
        json!({"kind": "schema"}),
        on("type"),
        on("domain"),
        on("sequence"),
        routine("function"),
        routine("procedure"),
        json!({"kind": "function", "name": "f"}),
        on("table"),
        on("view"),
        on("materialized_view"),
        of("column"),
        of("view_column"),
        of("materialized_view_column"),
        on("index"),
        on("statistics"),
        of("constraint"),
        of("foreign_key"),
        of("domain_constraint"),
        of("policy"),
        of("trigger"),
        of("view_trigger"),
    ];
    let all = objects.map(|on| {
        let object: ObjectRef = serde_json::from_value(on.clone()).unwrap();
        let spec = json!({"on": on, "text": "x"});
        let comment = parse(Kind::Comment, &object.label(), &spec).unwrap();
        assert_eq!(comment.owner, Some(object.resource()));
        let written = statements(Kind::Comment, comment.spec.get(), &space("globex")).unwrap().join(";");
        format!("{} of {}: {written}", comment.id, object.resource())
    });
    insta::assert_snapshot!(all.join("\n"), @r#"
    comment:schema . of schema:.: COMMENT ON SCHEMA "globex" IS 'x'
    comment:type "na me" of type:"na me": COMMENT ON TYPE "globex"."na me" IS 'x'
    comment:domain "na me" of type:"na me": COMMENT ON DOMAIN "globex"."na me" IS 'x'
    comment:sequence "na me" of sequence:"na me": COMMENT ON SEQUENCE "globex"."na me" IS 'x'
    comment:function f(integer, text) of function:f(integer, text): COMMENT ON FUNCTION "globex"."f"(integer, text) IS 'x'
    comment:procedure f(integer, text) of function:f(integer, text): COMMENT ON PROCEDURE "globex"."f"(integer, text) IS 'x'
    comment:function f() of function:f(): COMMENT ON FUNCTION "globex"."f"() IS 'x'
    comment:table "na me" of table:"na me": COMMENT ON TABLE "globex"."na me" IS 'x'
    comment:view "na me" of view:"na me": COMMENT ON VIEW "globex"."na me" IS 'x'
    comment:materialized view "na me" of view:"na me": COMMENT ON MATERIALIZED VIEW "globex"."na me" IS 'x'
    comment:column o.a of table:o: COMMENT ON COLUMN "globex"."o"."a" IS 'x'
    comment:column o.a of view:o: COMMENT ON COLUMN "globex"."o"."a" IS 'x'
    comment:column o.a of view:o: COMMENT ON COLUMN "globex"."o"."a" IS 'x'
    comment:index "na me" of index:"na me": COMMENT ON INDEX "globex"."na me" IS 'x'
    comment:statistics "na me" of statistics:"na me": COMMENT ON STATISTICS "globex"."na me" IS 'x'
    comment:constraint o.a of constraint:o.a: COMMENT ON CONSTRAINT "a" ON "globex"."o" IS 'x'
    comment:constraint o.a of foreign_key:o.a: COMMENT ON CONSTRAINT "a" ON "globex"."o" IS 'x'
    comment:constraint o.a of type:o: COMMENT ON CONSTRAINT "a" ON DOMAIN "globex"."o" IS 'x'
    comment:policy o.a of policy:o.a: COMMENT ON POLICY "a" ON "globex"."o" IS 'x'
    comment:trigger o.a of trigger:o.a: COMMENT ON TRIGGER "a" ON "globex"."o" IS 'x'
    comment:trigger o.a of trigger:o.a: COMMENT ON TRIGGER "a" ON "globex"."o" IS 'x'
    "#);
}

#[test]
fn a_part_of_nothing_is_refused() {
    let kinds = ["column", "constraint", "trigger"];
    let all = kinds.map(|kind| {
        let spec = json!({"on": {"kind": kind, "name": "a"}, "text": "x"});
        composed(Kind::Comment, &format!("{kind} a"), &spec)
    });
    insta::assert_snapshot!(all.join("\n"), @r"
    refused comment:column a: column a is a part of nothing
    refused comment:constraint a: constraint a is a part of nothing
    refused comment:trigger a: trigger a is a part of nothing
    ");
}

#[test]
fn only_tables_and_views_have_columns() {
    let column = |kind| ObjectRef::new(kind, "o", None).column("a");
    let of = |kind| Some(ObjectRef::new(kind, "a", Some("o")));
    assert_eq!(column(ObjectKind::Table), of(ObjectKind::Column));
    assert_eq!(column(ObjectKind::View), of(ObjectKind::ViewColumn));
    assert_eq!(column(ObjectKind::MaterializedView), of(ObjectKind::MaterializedViewColumn));
    assert_eq!(column(ObjectKind::Sequence), None);
}

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
fn an_extension_comes_where_extensions_are() {
    let extension = |name: &str| composed(Kind::Extension, name, &json!({ "name": name }));
    insta::assert_snapshot!([extension("citext"), extension("dblink")].join("\n"), @r#"
    CREATE EXTENSION IF NOT EXISTS "citext" SCHEMA "public"
    refused extension:dblink: the configuration does not let tenants use the extension `dblink`
    "#);
}

#[test]
fn what_is_reserved_is_no_schema_of_a_tenant() {
    let within =
        |schema: &str| statements(Kind::Schema, "{}", &TenantSpace { schema: schema.to_owned(), ..space("acme") });
    assert_eq!(within("pg_acme").unwrap_err(), "the schema name \"pg_acme\" is reserved");
    assert_eq!(within("acme").unwrap(), ["CREATE SCHEMA \"acme\" AUTHORIZATION \"acme_owner\""]);
}

#[test]
fn a_resource_requires_what_it_is_in() {
    let requires = |kind: Kind, name: &str, spec: Value| {
        let resource = parse(kind, name, &spec).unwrap();
        let requires: Vec<String> = resource.requires.iter().map(ToString::to_string).collect();
        let owner = resource.owner.map_or("nothing".to_owned(), |owner| owner.to_string());
        format!("{}: owned by {owner}, requires {}", resource.id, requires.join(", "))
    };
    let index = |on_view: bool| json!({"name": "i", "table": "t", "on_view": on_view, "definition": "CREATE INDEX i ON t USING btree (a)"});
    let trigger = |on_view: bool| {
        let definition = "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
        json!({"name": "g", "table": "t", "on_view": on_view, "definition": definition})
    };
    let policy = json!({"name": "p", "table": "t", "permissive": true, "command": "all", "roles": ["PUBLIC"]});
    insta::assert_snapshot!([
        requires(Kind::DatabaseRole, "r", json!({"name": "r", "inherit": true})),
        requires(Kind::Schema, ".", json!({})),
        requires(Kind::Extension, "citext", json!({"name": "citext"})),
        requires(Kind::Type, "m", json!({"name": "m", "definition": {"enum": ["a"]}})),
        requires(Kind::Table, "t", json!({"name": "t", "columns": []})),
        requires(Kind::PostgresIndex, "i", index(false)),
        requires(Kind::PostgresIndex, "i", index(true)),
        requires(Kind::Constraint, "t.c", part("c", "CHECK (a > 0)")),
        requires(Kind::ForeignKey, "t.c", part("c", "FOREIGN KEY (a) REFERENCES u(a)")),
        requires(Kind::View, "v", view("SELECT 1")),
        requires(Kind::Statistics, "s", statistics(&json!({}))),
        requires(Kind::Statistics, "s", statistics(&json!({"on_view": true}))),
        requires(Kind::Policy, "t.p", policy),
        requires(Kind::Trigger, "t.g", trigger(false)),
        requires(Kind::Trigger, "t.g", trigger(true)),
    ]
    .join("\n"), @r"
    database_role:r: owned by nothing, requires 
    schema:.: owned by nothing, requires 
    extension:citext: owned by nothing, requires 
    type:m: owned by nothing, requires schema:.
    table:t: owned by nothing, requires schema:.
    index:i: owned by table:t, requires table:t
    index:i: owned by view:t, requires view:t
    constraint:t.c: owned by table:t, requires table:t
    foreign_key:t.c: owned by table:t, requires table:t
    view:v: owned by nothing, requires schema:.
    statistics:s: owned by table:t, requires table:t
    statistics:s: owned by view:t, requires view:t
    policy:t.p: owned by table:t, requires table:t
    trigger:t.g: owned by table:t, requires table:t
    trigger:t.g: owned by view:t, requires view:t
    ");
    assert_eq!(sequence_id("a b").to_string(), "sequence:\"a b\"");
    assert_eq!(role_id("reader").to_string(), "database_role:reader");
    assert_eq!(part_id(Kind::Policy, "t", "p.q").to_string(), "policy:t.\"p.q\"");
}

#[test]
fn types_and_sequences_are_composed_whole() {
    let r#type = |definition: Value| composed(Kind::Type, "m", &json!({"name": "m", "definition": definition}));
    let domain = |changes: Value| {
        let mut spec = json!({"base": "text"});
        for (member, value) in changes.as_object().unwrap() {
            spec[member] = value.clone();
        }
        r#type(json!({ "domain": spec }))
    };
    let sequence = |member: &str, value: &str| {
        let mut options =
            json!({"type": "integer", "start": "5", "increment": "-1", "min": "-9", "max": "9", "cache": "1"});
        options[member] = value.into();
        composed(Kind::Sequence, "s", &json!({"name": "s", "options": options, "on_creation": {"last_value": "7"}}))
    };
    let cycle = json!({"name": "s", "options": {"type": "bigint", "start": "1", "increment": "1", "min": "1", "max": "9",
        "cache": "1", "cycle": true}});
    insta::assert_snapshot!([
        r#type(json!({"enum": ["new", "it's \\"]})),
        r#type(json!({"enum": []})),
        r#type(json!({"composite": [{"name": "a", "type": "text", "collation": "\"C\""}, {"name": "b c", "type": "integer[]"}]})),
        r#type(json!({"composite": [{"name": "a", "type": "int, evil int"}]})),
        domain(json!({})),
        domain(json!({"collation": "\"de-x-icu\"", "default": "'x'", "not_null": true, "checks": [
            {"name": "one", "definition": "CHECK (VALUE <> '')"}, {"name": "t wo", "definition": "CHECK (length(VALUE) < 9)"}]})),
        domain(json!({"checks": [{"name": "c", "definition": "NOT NULL"}]})),
        domain(json!({"collation": "\"C\" NOT NULL"})),
        sequence("type", "smallint"),
        sequence("type", "numeric"),
        sequence("start", "one"),
        sequence("increment", "1; x"),
        sequence("min", ""),
        sequence("max", "1.5"),
        sequence("cache", "-"),
        composed(Kind::Sequence, "s", &cycle),
    ]
    .join("\n"), @r#"
    CREATE TYPE "globex"."m" AS ENUM ('new', E'it''s \\')
    CREATE TYPE "globex"."m" AS ENUM ()
    CREATE TYPE "globex"."m" AS ("a" text COLLATE "C", "b c" integer[])
    refused type:m: `int, evil int` is not a type
    CREATE DOMAIN "globex"."m" AS text
    CREATE DOMAIN "globex"."m" AS text COLLATE "de-x-icu" DEFAULT ('x') NOT NULL CONSTRAINT "one" CHECK (VALUE <> '') CONSTRAINT "t wo" CHECK (length(VALUE) < 9)
    refused type:m: `CONSTRAINT "c" NOT NULL` is not one check constraint
    refused type:m: `COLLATE "C" NOT NULL` is not one collate
    CREATE SEQUENCE "globex"."s" AS smallint START WITH 5 INCREMENT BY -1 MINVALUE -9 MAXVALUE 9 CACHE 1 NO CYCLE;
    SELECT pg_catalog.setval('"globex"."s"', 7, true)
    refused sequence:s: `numeric` is none of bigint, integer, smallint
    refused sequence:s: `one` is no whole number
    refused sequence:s: `1; x` is no whole number
    refused sequence:s: `` is no whole number
    refused sequence:s: `1.5` is no whole number
    refused sequence:s: `-` is no whole number
    CREATE SEQUENCE "globex"."s" AS bigint START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9 CACHE 1 CYCLE
    "#);
}

#[test]
fn a_table_is_composed_with_all_that_its_columns_have() {
    let options = json!({"type": "bigint", "start": "1", "increment": "1", "min": "1", "max": "9", "cache": "1"});
    let columns = json!([
        {"name": "plain", "type": "integer"},
        {"name": "c", "type": "text", "collation": "\"C\"", "storage": "main", "compression": "LZ4", "statistics": 0},
        {"name": "d", "type": "text", "collation": "\"C\"", "default": "'x'::text", "not_null": true},
        {"name": "g", "type": "text", "generated": "lower(c)", "not_null": true},
        {"name": "i", "type": "bigint", "identity": {"always": false, "sequence": "ids", "options": options}},
    ]);
    let whole = json!({"name": "t", "columns": columns, "force_row_security": true, "replica_identity_full": true,
        "options": ["autovacuum_enabled=false", "fillfactor=70", "toast_tuple_target=4080", "user_catalog_table"],
        "owned_sequences": [{"sequence": "n", "column": "plain"}]});
    let column = |member: &str, value: &str| {
        let mut column = json!({"name": "a", "type": "text"});
        column[member] = value.into();
        composed(Kind::Table, "t", &table(&column))
    };
    let option = |option: &str| composed(Kind::Table, "t", &json!({"name": "t", "columns": [], "options": [option]}));
    insta::assert_snapshot!([
        composed(Kind::Table, "t", &whole),
        column("storage", "x"),
        column("compression", "zip"),
        column("collation", "\"C\" NOT NULL"),
        column("name", ""),
        column("name", "a\0b"),
        column("type", "t.b%TYPE"),
        column("default", "'a\0b'"),
        option("=1"),
        option("Fill=1"),
        option("toast.fillfactor=1"),
        option("vacuum_index_cleanup2=auto"),
    ]
    .join("\n").replace('\0', "\\0"), @r#"
    CREATE TABLE "globex"."t" (
      "plain" integer,
      "c" text COLLATE "C",
      "d" text COLLATE "C" DEFAULT ('x'::text) NOT NULL,
      "g" text GENERATED ALWAYS AS ((lower(c))) STORED NOT NULL,
      "i" bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME "ids" START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9 CACHE 1 NO CYCLE)
    ) WITH (autovacuum_enabled = 'false', fillfactor = '70', toast_tuple_target = '4080', user_catalog_table = 'true');
    ALTER TABLE "globex"."t" ALTER COLUMN "c" SET STORAGE MAIN;
    ALTER TABLE "globex"."t" ALTER COLUMN "c" SET COMPRESSION lz4;
    ALTER TABLE "globex"."t" ALTER COLUMN "c" SET STATISTICS 0;
    ALTER SEQUENCE "globex"."n" OWNED BY "globex"."t"."plain";
    ALTER TABLE "globex"."t" FORCE ROW LEVEL SECURITY;
    ALTER TABLE "globex"."t" REPLICA IDENTITY FULL
    refused table:t: `x` is none of PLAIN, EXTERNAL, EXTENDED, MAIN
    refused table:t: `zip` is none of pglz, lz4
    refused table:t: `COLLATE "C" NOT NULL` is not one collate
    refused table:t: a name is empty
    refused table:t: the name `a\0b` holds a NUL
    refused table:t: the definition is not SQL as expected: expected R_PAREN
    refused table:t: the definition holds a NUL
    refused table:t: `` is no storage parameter
    refused table:t: `Fill` is no storage parameter
    refused table:t: `toast.fillfactor` is no storage parameter
    CREATE TABLE "globex"."t" (
    ) WITH (vacuum_index_cleanup2 = 'auto')
    "#);
}

#[test]
fn a_definition_with_other_columns_than_declared_is_refused() {
    let declared: TableSpec = serde_json::from_value(json!({"name": "t", "columns": [
        {"name": "a", "type": "integer", "not_null": true}, {"name": "b", "type": "text", "default": "1"}]}))
    .unwrap();
    let check = |text: &str| {
        let statement = squawk_syntax::SourceFile::parse(text).syntax_node().first_child().unwrap();
        declared.check_parsed(&statement, &space("acme"))
    };
    assert_eq!(check("CREATE TABLE t (a integer NOT NULL, b text DEFAULT 1)"), Ok(()));
    assert_eq!(check("ALTER TABLE t ENABLE ROW LEVEL SECURITY"), Ok(()));
    for text in [
        "CREATE TABLE t (a integer NOT NULL)",
        "CREATE TABLE t (a integer NOT NULL, b text DEFAULT 1, c integer)",
        "CREATE TABLE t (a integer, b text DEFAULT 1)",
        "CREATE TABLE t (a integer NOT NULL, b text)",
        "CREATE TABLE t (a integer NOT NULL UNIQUE, b text DEFAULT 1)",
        "CREATE TABLE t (a integer NOT NULL, b text DEFAULT 1 NOT NULL)",
        "CREATE TABLE t (a integer NOT NULL, CHECK (a > 1))",
        "CREATE TABLE t (a integer NOT NULL, LIKE u INCLUDING ALL)",
        "CREATE TABLE t ()",
    ] {
        assert_eq!(check(text), Err("the definition has other columns than it declares".into()), "{text}");
    }
}

#[test]
fn a_definition_of_a_function_has_the_options_that_it_declares_and_no_more() {
    let declared: FunctionSpec = serde_json::from_value(function("f", &json!({}))).unwrap();
    let check = |text: &str| {
        let statement = squawk_syntax::SourceFile::parse(text).syntax_node().first_child().unwrap();
        declared.check_parsed(&statement, &space("acme"))
    };
    assert_eq!(check("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'select 1'"), Ok(()));
    let refused = Err("the definition has other options than it declares".to_owned());
    assert_eq!(check("CREATE FUNCTION f() RETURNS integer"), refused);
    assert_eq!(check("DROP FUNCTION f"), refused);
}

#[test]
fn a_function_is_composed_with_all_that_it_declares() {
    let of = |changes: Value| composed(Kind::Function, "f()", &function("f", &changes));
    let with = |arguments: &str, signature: &str, changes: Value| {
        let mut spec = function("f", &changes);
        spec["arguments"] = arguments.into();
        spec["signature"] = signature.into();
        composed(Kind::Function, &format!("f({signature})"), &spec)
    };
    let body = |text: &str| of(json!({"source": null, "sql_body": text}));
    insta::assert_snapshot!([
        with("IN a integer, b text DEFAULT 'x'::text", "integer, text", json!({"language": "plpgsql", "window": true,
            "strict": true, "security_definer": true, "parallel": "unsafe", "volatility": "immutable", "cost": "0.5",
            "returns": "SETOF text", "rows": "1000", "settings": {"app.limit_1": "it's"}})),
        with("a integer", "integer", json!({"procedure": true, "returns": null, "volatility": "volatile"})),
        of(json!({"search_path": []})),
        of(json!({"search_path": ["{space}", "public", "pg_temp", "$user", "pg_catalog"]})),
        of(json!({"search_path": ["globex"]})),
        of(json!({"search_path": ["acme"]})),
        body("RETURN 1"),
        body("BEGIN ATOMIC\n SELECT 1;\nEND"),
        body(" begin atomic\n select 1;\nend"),
        body("BEGIN ATOMIC\n SELECT acme.f();\nEND"),
        body("RETURN 1 STRICT"),
        of(json!({"sql_body": "RETURN 1"})),
        of(json!({"source": null})),
        of(json!({"leakproof": true})),
        of(json!({"volatility": "sometimes"})),
        of(json!({"parallel": "yes"})),
        of(json!({"cost": ""})),
        of(json!({"cost": "1.2.3"})),
        of(json!({"cost": "-1"})),
        of(json!({"cost": "inf"})),
        of(json!({"rows": "many"})),
        of(json!({"source": "a\0b"})),
        of(json!({"settings": {"search_path": "public"}})),
        of(json!({"settings": {"app-x": "1"}})),
        with("a t.b%TYPE", "integer", json!({})),
    ]
    .join("\n\n").replace('\0', "\\0"), @r#"
    CREATE FUNCTION "globex"."f"(IN a integer, b text DEFAULT 'x'::text)
     RETURNS SETOF text
     LANGUAGE plpgsql WINDOW IMMUTABLE STRICT PARALLEL UNSAFE COST 0.5 ROWS 1000 SECURITY DEFINER
     SET app.limit_1 TO 'it''s'
     AS 'select 1'

    CREATE PROCEDURE "globex"."f"(a integer)
     LANGUAGE sql
     AS 'select 1'

    CREATE FUNCTION "globex"."f"()
     RETURNS integer
     LANGUAGE sql STABLE PARALLEL SAFE COST 100
     SET search_path TO ''
     AS 'select 1'

    CREATE FUNCTION "globex"."f"()
     RETURNS integer
     LANGUAGE sql STABLE PARALLEL SAFE COST 100
     SET search_path TO "globex", "public", "pg_temp", "$user", "pg_catalog"
     AS 'select 1'

    refused function:f(): names the schema `globex`, which is outside of the tenant's space

    refused function:f(): names the schema `acme`, which is outside of the tenant's space

    CREATE FUNCTION "globex"."f"()
     RETURNS integer
     LANGUAGE sql STABLE PARALLEL SAFE COST 100
    RETURN 1

    CREATE FUNCTION "globex"."f"()
     RETURNS integer
     LANGUAGE sql STABLE PARALLEL SAFE COST 100
    BEGIN ATOMIC
     SELECT 1;
    END

    CREATE FUNCTION "globex"."f"()
     RETURNS integer
     LANGUAGE sql STABLE PARALLEL SAFE COST 100
    begin atomic
     select 1;
    end

    refused function:f(): names the schema `acme`, which is outside of the tenant's space

    refused function:f(): the definition is not SQL as expected: expected command, found STRICT_KW

    refused function:f(): has not exactly one of `source` and `sql_body`

    refused function:f(): has not exactly one of `source` and `sql_body`

    refused function:f(): is LEAKPROOF, which only a superuser may declare

    refused function:f(): `sometimes` is none of IMMUTABLE, STABLE, VOLATILE

    refused function:f(): `yes` is none of SAFE, RESTRICTED, UNSAFE

    refused function:f(): `` is no estimate

    refused function:f(): `1.2.3` is no estimate

    refused function:f(): `-1` is no estimate

    refused function:f(): `inf` is no estimate

    refused function:f(): `many` is no estimate

    refused function:f(): a text holds a NUL

    refused function:f(): sets `search_path`

    refused function:f(): sets `app-x`

    refused function:f(integer): uses %TYPE
    "#);
}

#[test]
fn a_body_that_names_the_schema_it_comes_from_is_refused_only_in_another() {
    let spec = function("f", &json!({"source": "select count(*) from acme.orders"}));
    let (acme, allowed) = (space("acme"), allowed());
    let journey = Journey { source: &acme, target: &acme, allowed: &allowed };
    assert!(parse_desired(&record(Kind::Function, "f()", &spec), &journey).is_ok());
    let elsewhere = function("f", &json!({"source": "select count(*) from orders"}));
    assert!(parse(Kind::Function, "f()", &elsewhere).is_ok());
}

#[test]
fn a_definition_taken_whole_is_of_what_it_should_be() {
    let index = |definition: &str| composed(Kind::PostgresIndex, "i", &part("i", definition));
    let trigger = |changes: Value| {
        let mut spec = part("g", "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()");
        for (member, value) in changes.as_object().unwrap() {
            spec[member] = value.clone();
        }
        composed(Kind::Trigger, "t.g", &spec)
    };
    let replace = "CREATE OR REPLACE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
    let other = "CREATE TRIGGER h AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
    let constraint = |definition: &str| composed(Kind::Constraint, "t.c", &part("c", definition));
    insta::assert_snapshot!([
        index("CREATE UNIQUE INDEX i ON t USING btree (a)"),
        index("CREATE INDEX \"i\" /* of t */ ON \"t\" USING btree (a)"),
        index("CREATE INDEX i ON globex.t USING btree (a)"),
        index("create index i on only t using btree (a)"),
        index("CREATE INDEX i ON pg_catalog.t USING btree (a)"),
        index("CREATE INDEX i ON globex.u USING btree (a)"),
        index("CREATE INDEX ON t USING btree (a)"),
        index("CREATE INDEX IF NOT EXISTS i ON t USING btree (a)"),
        index("CREATE INDEX i ON t USING btree (a) TABLESPACE fast"),
        trigger(json!({})),
        trigger(json!({"enabled": "disabled"})),
        trigger(json!({"enabled": "replica"})),
        trigger(json!({"enabled": "always"})),
        trigger(json!({"enabled": "origin"})),
        trigger(json!({"definition": replace})),
        trigger(json!({"definition": other})),
        constraint("UNIQUE (a)"),
        constraint("CHECK (a > 0) NOT VALID"),
        constraint("EXCLUDE USING gist (a WITH &&)"),
        constraint("FOREIGN KEY (a) REFERENCES u(b) ON DELETE CASCADE"),
        constraint("UNIQUE (a) INCLUDE (b) WITH (fillfactor='70')"),
        constraint("UNIQUE (a) USING INDEX TABLESPACE fast"),
        constraint("UNIQUE USING INDEX other"),
    ]
    .join("\n"), @r#"
    CREATE UNIQUE INDEX i ON t USING btree (a)
    CREATE INDEX "i" /* of t */ ON "t" USING btree (a)
    CREATE INDEX i ON globex.t USING btree (a)
    refused index:i: the definition is of `only.t`, not of `t`
    refused index:i: the definition is of `pg_catalog.t`, not of `t`
    refused index:i: the definition is of `globex.u`, not of `t`
    refused index:i: the definition has no name
    refused index:i: the definition has IF NOT EXISTS
    refused index:i: the definition has a tablespace
    CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()
    CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE "globex"."t" DISABLE TRIGGER "g"
    CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE "globex"."t" ENABLE REPLICA TRIGGER "g"
    CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE "globex"."t" ENABLE ALWAYS TRIGGER "g"
    refused trigger:t.g: `origin` is none of disabled, replica, always
    refused trigger:t.g: the definition has OR REPLACE
    refused trigger:t.g: the definition is of `h`, not of `g`
    ALTER TABLE "globex"."t" ADD CONSTRAINT "c" UNIQUE (a)
    ALTER TABLE "globex"."t" ADD CONSTRAINT "c" CHECK (a > 0) NOT VALID
    ALTER TABLE "globex"."t" ADD CONSTRAINT "c" EXCLUDE USING gist (a WITH &&)
    ALTER TABLE "globex"."t" ADD CONSTRAINT "c" FOREIGN KEY (a) REFERENCES u(b) ON DELETE CASCADE
    ALTER TABLE "globex"."t" ADD CONSTRAINT "c" UNIQUE (a) INCLUDE (b) WITH (fillfactor='70')
    refused constraint:t.c: the definition has a tablespace
    refused constraint:t.c: the definition has an existing index
    "#);
}

#[test]
fn a_view_only_reads() {
    let of = |definition: &str| composed(Kind::View, "v", &view(definition));
    let changed = |changes: Value| {
        let mut spec = view("SELECT 1 AS a;");
        for (member, value) in changes.as_object().unwrap() {
            spec[member] = value.clone();
        }
        composed(Kind::View, "v", &spec)
    };
    insta::assert_snapshot!([
        of("SELECT a FROM t"),
        of("VALUES (1)"),
        of("SELECT a INTO u FROM t"),
        of("WITH d AS (INSERT INTO t VALUES (1) RETURNING a) SELECT a FROM d"),
        of("WITH d AS (UPDATE t SET a = 1 RETURNING a) SELECT a FROM d"),
        changed(json!({"materialized": true})),
        changed(json!({"options": ["check_option=local", "security_barrier=true"]})),
        changed(json!({"options": ["security barrier=true"]})),
    ]
    .join("\n"), @r#"
    CREATE VIEW "globex"."v" AS SELECT a FROM t
    CREATE VIEW "globex"."v" AS VALUES (1)
    refused view:v: the definition is not SQL as expected: SELECT ... INTO is not allowed here
    refused view:v: the definition has INSERT
    refused view:v: the definition has UPDATE
    CREATE MATERIALIZED VIEW "globex"."v" AS SELECT 1 AS a WITH NO DATA
    CREATE VIEW "globex"."v" WITH (check_option = 'local', security_barrier = 'true') AS SELECT 1 AS a
    refused view:v: `security barrier` is no storage parameter
    "#);
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
fn statistics_are_of_several_columns_or_of_one_expression() {
    let of = |kinds: &[&str], columns: &[&str], expressions: &[&str], target: Option<i32>| {
        let spec = json!({"name": "s", "table": "t", "kinds": kinds, "columns": columns, "expressions": expressions,
            "target": target});
        composed(Kind::Statistics, "s", &spec)
    };
    insta::assert_snapshot!([
        of(&["mcv"], &["a", "b"], &[], Some(10_000)),
        of(&["mcv"], &["a"], &["lower(b)"], None),
        of(&["mcv"], &[], &["lower(a)", "lower(b)"], None),
        of(&["mcv"], &["a", "b", "c"], &["d + 1"], None),
        of(&["mcv"], &["a"], &[], None),
        of(&["mcv"], &[], &[], None),
        of(&[], &[], &["lower(a)"], None),
        of(&[], &[], &["lower(a)", "lower(b)"], None),
        of(&[], &["a"], &["lower(b)"], None),
        of(&[], &["a", "b"], &[], None),
    ]
    .join("\n"), @r#"
    CREATE STATISTICS "globex"."s" (mcv) ON "a", "b" FROM "globex"."t";
    ALTER STATISTICS "globex"."s" SET STATISTICS 10000
    CREATE STATISTICS "globex"."s" (mcv) ON "a", (lower(b)) FROM "globex"."t"
    CREATE STATISTICS "globex"."s" (mcv) ON (lower(a)), (lower(b)) FROM "globex"."t"
    CREATE STATISTICS "globex"."s" (mcv) ON "a", "b", "c", (d + 1) FROM "globex"."t"
    refused statistics:s: are neither of one expression nor of several columns, with kinds
    refused statistics:s: are neither of one expression nor of several columns, with kinds
    CREATE STATISTICS "globex"."s" ON (lower(a)) FROM "globex"."t"
    refused statistics:s: are neither of one expression nor of several columns, with kinds
    refused statistics:s: are neither of one expression nor of several columns, with kinds
    refused statistics:s: are neither of one expression nor of several columns, with kinds
    "#);
}

#[test]
fn a_definition_names_no_schema_but_the_targets_the_systems_and_that_of_extensions() {
    let of = |definition: &str| {
        format!(
            "{definition}: {}",
            match parse(Kind::View, "v", &view(definition)) {
                Ok(_) => "taken".to_owned(),
                Err(refusal) => refusal.message,
            }
        )
    };
    insta::assert_snapshot!([
        of("SELECT t.a, (t.b).c FROM t"),
        of("SELECT globex.f(a) FROM globex.t"),
        of("SELECT pg_catalog.lower(a), public.digest(a, 'md5') FROM information_schema.tables"),
        of("SELECT globex.t.a FROM t"),
        of("SELECT initech.t.a FROM t"),
        of("SELECT \"in.itech\".f(a) FROM t"),
        of("SELECT InItEch.f(a) FROM t"),
        of("SELECT initech.t.f(a) FROM t"),
        of("SELECT NULL::initech.mood"),
        of("SELECT a OPERATOR(initech.+) b FROM t"),
        of("SELECT 'ids'::regclass"),
        of("SELECT 'pg_catalog.pg_class'::regclass"),
        of("SELECT 'initech.ids'::regclass"),
        of("SELECT 'initech.ids'::pg_catalog.regclass"),
        of("SELECT CAST('initech.ids' AS regclass)"),
        of("SELECT regclass 'initech.ids'"),
        of("SELECT ('initech.ids')::regclass"),
        of("SELECT nextval(('initech.ids'::text)::regclass)"),
        of("SELECT 'initech.ids'::text::RegClass"),
        of("SELECT '{initech.ids}'::regclass[]"),
        of("SELECT 'globex.ids'::regclass"),
        of("SELECT '\"in\"\"i.tech\".ids'::regclass"),
        of("SELECT '\"initech.ids\"'::regclass"),
        of("SELECT '\"in(\".ids'::regclass"),
        of("SELECT 'f(a.b)'::regprocedure"),
        of("SELECT '\"f(\"'::regproc"),
        of("SELECT E'initech.ids'::regclass"),
        of("SELECT E'a.b'::text"),
        of("SELECT 'initech.region'::text"),
        of("SELECT 'eu.west'::region"),
        of("SELECT 'it''s.x'::text"),
        of("SELECT a::regclass FROM t"),
        of("SELECT regexp_replace(a, 'x.y', 'z')::text FROM t"),
    ]
    .join("\n"), @r#"
    SELECT t.a, (t.b).c FROM t: taken
    SELECT globex.f(a) FROM globex.t: taken
    SELECT pg_catalog.lower(a), public.digest(a, 'md5') FROM information_schema.tables: taken
    SELECT globex.t.a FROM t: taken
    SELECT initech.t.a FROM t: names the schema `initech`, which is outside of the tenant's space
    SELECT "in.itech".f(a) FROM t: names the schema `in.itech`, which is outside of the tenant's space
    SELECT InItEch.f(a) FROM t: names the schema `initech`, which is outside of the tenant's space
    SELECT initech.t.f(a) FROM t: names the schema `initech`, which is outside of the tenant's space
    SELECT NULL::initech.mood: names the schema `initech`, which is outside of the tenant's space
    SELECT a OPERATOR(initech.+) b FROM t: names the schema `initech`, which is outside of the tenant's space
    SELECT 'ids'::regclass: taken
    SELECT 'pg_catalog.pg_class'::regclass: taken
    SELECT 'initech.ids'::regclass: names the schema `initech`, which is outside of the tenant's space
    SELECT 'initech.ids'::pg_catalog.regclass: names the schema `initech`, which is outside of the tenant's space
    SELECT CAST('initech.ids' AS regclass): names the schema `initech`, which is outside of the tenant's space
    SELECT regclass 'initech.ids': names the schema `initech`, which is outside of the tenant's space
    SELECT ('initech.ids')::regclass: names the schema `initech`, which is outside of the tenant's space
    SELECT nextval(('initech.ids'::text)::regclass): names the schema `initech`, which is outside of the tenant's space
    SELECT 'initech.ids'::text::RegClass: names the schema `initech`, which is outside of the tenant's space
    SELECT '{initech.ids}'::regclass[]: names the schema `{initech`, which is outside of the tenant's space
    SELECT 'globex.ids'::regclass: names the schema `globex`, which is outside of the tenant's space
    SELECT '"in""i.tech".ids'::regclass: names the schema `in"i.tech`, which is outside of the tenant's space
    SELECT '"initech.ids"'::regclass: taken
    SELECT '"in(".ids'::regclass: names the schema `in(`, which is outside of the tenant's space
    SELECT 'f(a.b)'::regprocedure: taken
    SELECT '"f("'::regproc: taken
    SELECT E'initech.ids'::regclass: casts E'initech.ids' to a registered object
    SELECT E'a.b'::text: taken
    SELECT 'initech.region'::text: taken
    SELECT 'eu.west'::region: taken
    SELECT 'it''s.x'::text: taken
    SELECT a::regclass FROM t: taken
    SELECT regexp_replace(a, 'x.y', 'z')::text FROM t: taken
    "#);
    let own = |definition: &str| {
        let (acme, allowed) = (space("acme"), allowed());
        let journey = Journey { source: &acme, target: &acme, allowed: &allowed };
        parse_desired(&record(Kind::View, "v", &view(definition)), &journey)
    };
    assert!(own("SELECT acme.f(a), 'acme.ids'::regclass FROM acme.t").is_ok());
    assert!(own("SELECT globex.f(a) FROM t").is_err());
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

#[test]
fn what_is_unset_is_not_in_a_spec() {
    let spec = |kind: Kind, name: &str, spec: Value| parse(kind, name, &spec).unwrap().spec.get().to_owned();
    let options = json!({"type": "bigint", "start": "1", "increment": "1", "min": "1", "max": "9", "cache": "1"});
    let sequence = |on_creation: Value| json!({"name": "s", "options": options, "on_creation": on_creation});
    insta::assert_snapshot!([
        spec(Kind::Table, "t", json!({"name": "t", "columns": [], "row_security": true, "unlogged": false})),
        spec(Kind::Table, "t", json!({"name": "t", "columns": [], "on_creation": {"identity_values": {"s": "7"}}})),
        spec(Kind::Sequence, "s", sequence(json!({}))),
        spec(Kind::Sequence, "s", sequence(json!({"last_value": "7"}))),
        spec(Kind::DatabaseRole, "r", json!({"name": "r", "inherit": true})),
    ]
    .join("\n"), @r#"
    {"columns":[],"name":"t","row_security":true}
    {"columns":[],"name":"t","on_creation":{"identity_values":{"s":"7"}}}
    {"name":"s","options":{"cache":"1","increment":"1","max":"9","min":"1","start":"1","type":"bigint"}}
    {"name":"s","on_creation":{"last_value":"7"},"options":{"cache":"1","increment":"1","max":"9","min":"1","start":"1","type":"bigint"}}
    {"inherit":true,"name":"r","on_creation":{"login":false}}
    "#);
}
