use serde_json::{Value, json};

use super::*;
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
