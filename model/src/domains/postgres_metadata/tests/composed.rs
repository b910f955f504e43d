//! What records come to as statements.

use super::*;

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
fn only_tables_and_views_have_columns() {
    let column = |kind| ObjectRef::new(kind, "o", None).column("a");
    let of = |kind| Some(ObjectRef::new(kind, "a", Some("o")));
    assert_eq!(column(ObjectKind::Table), of(ObjectKind::Column));
    assert_eq!(column(ObjectKind::View), of(ObjectKind::ViewColumn));
    assert_eq!(column(ObjectKind::MaterializedView), of(ObjectKind::MaterializedViewColumn));
    assert_eq!(column(ObjectKind::Sequence), None);
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
