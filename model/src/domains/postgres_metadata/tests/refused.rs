//! What is refused, and in which words.

use super::*;

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
fn what_is_reserved_is_no_schema_of_a_tenant() {
    let within =
        |schema: &str| statements(Kind::Schema, "{}", &TenantSpace { schema: schema.to_owned(), ..space("acme") });
    assert_eq!(within("pg_acme").unwrap_err(), "the schema name \"pg_acme\" is reserved");
    assert_eq!(within("acme").unwrap(), ["CREATE SCHEMA \"acme\" AUTHORIZATION \"acme_owner\""]);
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
