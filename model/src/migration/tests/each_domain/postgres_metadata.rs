//! Tables and what is beside them.

use super::*;

fn column(name: &str, changes: &Value) -> Value {
    let mut column = json!({"column_name": name, "data_type": "integer"});
    for (member, value) in changes.as_object().unwrap() {
        column[member] = value.clone();
    }
    column
}

#[test]
fn tables_in_every_shape() {
    let table = |columns: Value| told("postgres_metadata", &json!({"tables": [{"name": "T 1", "columns": columns}]}));
    insta::assert_snapshot!([
        table(json!([])),
        table(json!([
            column("a", &json!({"is_nullable": "NO", "ordinal_position": 1})),
            column("b", &json!({"is_nullable": "YES", "data_type": "varchar"})),
            column("c", &json!({"is_nullable": "MAYBE", "data_type": "numeric", "x": 1})),
            column("d", &json!({"data_type": "acme_prod.mood", "column_default": "'acme_prod.x'::acme_prod.mood"}))])),
        table(json!([
            column("s", &json!({"data_type": "smallserial"})),
            column("i", &json!({"data_type": "serial", "column_default": "nextval('acme_prod.\"T 1_i_seq\"'::regclass)"})),
            column("b", &json!({"data_type": "bigserial", "column_default": "7"}))])),
        table(json!([
            column("a", &json!({"column_default": "nextval('acme_prod.ids'::regclass)"})),
            column("b", &json!({"column_default": "nextval('ids'::regclass)"})),
            column("c", &json!({"data_type": "bigint", "column_default": "nextval('\"Big \"\"ids\"'::regclass)"})),
            column("d", &json!({"data_type": "smallint", "column_default": "nextval('small'::regclass)"})),
            column("e", &json!({"column_default": "nextval('other.ids'::regclass)"})),
            column("f", &json!({"column_default": "nextval('acme_prod.ids'::regclass) + 1"}))])),
        table(json!([column("a", &json!({"data_type": "USER-DEFINED"}))])),
        told("postgres_metadata", &json!({"tables": [{"name": "t2_x", "columns": [column("id", &json!({"data_type": "serial"}))]}]})),
    ]
    .join("\n\n"), @r#"
    partial schema:. {} <- 
    ! /tables/0: table `T 1` was not carried: the artifact states no columns

    partial schema:. {} <- 
    partial table:"T 1" {"columns":[{"name":"a","not_null":true,"type":"integer"},{"name":"b","type":"character varying"},{"name":"c","type":"numeric"},{"default":"'acme_prod.x'::mood","name":"d","type":"mood"}],"name":"T 1"} <- schema:.
    ! /tables/0/columns/2/x: has no place in format 2.0.0, so it was not carried
    ! /tables/0/columns/2/is_nullable: `MAYBE` is neither YES nor NO: NULL was allowed
    ! /tables/0/columns: a length or precision of b, c, if there was one, is not in the artifact

    partial schema:. {} <- 
    partial sequence:"T 1_s_seq" {"name":"T 1_s_seq","options":{"cache":"1","increment":"1","max":"32767","min":"1","start":"1","type":"smallint"}} <- schema:.
    partial sequence:"T 1_i_seq" {"name":"T 1_i_seq","options":{"cache":"1","increment":"1","max":"2147483647","min":"1","start":"1","type":"integer"}} <- schema:.
    partial table:"T 1" {"columns":[{"default":"nextval('\"T 1_s_seq\"'::regclass)","name":"s","not_null":true,"type":"smallint"},{"default":"nextval('\"T 1_i_seq\"'::regclass)","name":"i","not_null":true,"type":"integer"},{"default":"7","name":"b","not_null":true,"type":"bigint"}],"name":"T 1","owned_sequences":[{"column":"i","sequence":"T 1_i_seq"},{"column":"s","sequence":"T 1_s_seq"}]} <- schema:., sequence:"T 1_i_seq", sequence:"T 1_s_seq"

    partial schema:. {} <- 
    partial sequence:ids {"name":"ids","options":{"cache":"1","increment":"1","max":"2147483647","min":"1","start":"1","type":"integer"}} <- schema:.
    partial sequence:"Big ""ids" {"name":"Big \"ids","options":{"cache":"1","increment":"1","max":"9223372036854775807","min":"1","start":"1","type":"bigint"}} <- schema:.
    partial sequence:small {"name":"small","options":{"cache":"1","increment":"1","max":"32767","min":"1","start":"1","type":"smallint"}} <- schema:.
    partial table:"T 1" {"columns":[{"default":"nextval('ids'::regclass)","name":"a","type":"integer"},{"default":"nextval('ids'::regclass)","name":"b","type":"integer"},{"default":"nextval('\"Big \"\"ids\"'::regclass)","name":"c","type":"bigint"},{"default":"nextval('small'::regclass)","name":"d","type":"smallint"},{"default":"nextval('other.ids'::regclass)","name":"e","type":"integer"},{"default":"nextval('ids'::regclass) + 1","name":"f","type":"integer"}],"name":"T 1"} <- schema:., sequence:"Big ""ids", sequence:ids, sequence:small
    ! /tables/0/columns/0/column_default: sequence `ids` starts anew with default options: the artifact holds only its name
    ! /tables/0/columns/2/column_default: sequence `Big "ids` starts anew with default options: the artifact holds only its name
    ! /tables/0/columns/3/column_default: sequence `small` starts anew with default options: the artifact holds only its name

    partial schema:. {} <- 
    ! /tables/0: table `T 1` was not carried: of its column `a` the type `USER-DEFINED` does not say which one it is

    partial schema:. {} <- 
    partial sequence:t2_x_id_seq {"name":"t2_x_id_seq","options":{"cache":"1","increment":"1","max":"2147483647","min":"1","start":"1","type":"integer"}} <- schema:.
    partial table:t2_x {"columns":[{"default":"nextval('t2_x_id_seq'::regclass)","name":"id","not_null":true,"type":"integer"}],"name":"t2_x","owned_sequences":[{"column":"id","sequence":"t2_x_id_seq"}]} <- schema:., sequence:t2_x_id_seq
    "#);
}

#[test]
fn constraints_and_indexes_in_every_shape() {
    let columns = json!([column("a", &json!({})), column("b", &json!({}))]);
    let row = |name: &str, kind: &str, column: Option<&str>| json!({"constraint_name": name, "constraint_type": kind, "column_name": column});
    let index = |name: &str, definition: &str| json!({"indexname": name, "indexdef": definition});
    let constraints = json!([
        row("pk", "PRIMARY KEY", Some("a")),
        row("pk", "PRIMARY KEY", Some("b")),
        row("u", "UNIQUE", Some("b")),
        row("none", "UNIQUE", None),
        row("fk", "FOREIGN KEY", Some("a")),
        row("2200_1_not_null", "CHECK", None),
        row("positive", "CHECK", None),
        row("x", "EXCLUDE", Some("a")),
    ]);
    let indexes = json!([
        index("pk", "CREATE UNIQUE INDEX pk ON acme_prod.t USING btree (a, b)"),
        index("u", "CREATE UNIQUE INDEX u ON acme_prod.t USING btree (b) INCLUDE (a)"),
        index("none", "CREATE UNIQUE INDEX \"none\" ON acme_prod.t USING btree (a)"),
        index("i", "CREATE INDEX i ON acme_prod.t USING btree (lower(a))"),
    ]);
    let one = json!([index("i", "CREATE INDEX i ON t USING btree (a)")]);
    insta::assert_snapshot!([
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": columns, "constraints": constraints, "indexes": indexes}]})),
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": [], "constraints": constraints, "indexes": indexes}]})),
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": [], "indexes": one}]})),
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": []}]})),
    ]
    .join("\n\n"), @r#"
    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"},{"name":"b","type":"integer"}],"name":"t"} <- schema:.
    partial constraint:t.pk {"definition":"PRIMARY KEY (\"a\", \"b\")","name":"pk","table":"t"} <- table:t
    partial constraint:t.u {"definition":"UNIQUE (\"b\")","name":"u","table":"t"} <- table:t
    partial index:none {"definition":"CREATE UNIQUE INDEX \"none\" ON t USING btree (a)","name":"none","table":"t"} <- table:t
    partial index:i {"definition":"CREATE INDEX i ON t USING btree (lower(a))","name":"i","table":"t"} <- table:t
    ! /tables/0/constraints/3: UNIQUE `none` of `t` was not carried: the artifact states none of its columns
    ! /tables/0/constraints/4: FOREIGN KEY `fk` of `t` was not carried: the artifact does not state what it refers to
    ! /tables/0/constraints/6: CHECK `positive` of `t` was not carried: the artifact does not hold its expression
    ! /tables/0/constraints/7: EXCLUDE `x` of `t` was not carried: format 1.0.0 does not say what it is
    ! /tables/0/indexes/1/indexdef: the index of constraint `u` was made plain; it was: CREATE UNIQUE INDEX u ON t USING btree (b) INCLUDE (a)

    partial schema:. {} <- 
    ! /tables/0: table `t` was not carried: the artifact states no columns
    ! /tables/0: 11 constraints and indexes of `t` were not carried with it

    partial schema:. {} <- 
    ! /tables/0: table `t` was not carried: the artifact states no columns
    ! /tables/0: 1 constraints and indexes of `t` were not carried with it

    partial schema:. {} <- 
    ! /tables/0: table `t` was not carried: the artifact states no columns
    "#);
}

#[test]
fn schemas_views_extensions_and_grants_in_every_shape() {
    let table = |name: &str| json!({"name": name, "columns": [column("a", &json!({}))]});
    let grant =
        |grantee: &str, table: &str| json!({"grantee": grantee, "table_name": table, "privilege_type": "SELECT"});
    insta::assert_snapshot!([
        told("postgres_metadata", &json!({"schemas": [
            {"schema_name": "legacy", "owner": "legacy_owner", "tables": [table("t")]},
            {"schema_name": "second", "tables": [table("lost")]},
            {"tables": [table("u")], "x": 1}]})),
        told("postgres_metadata", &json!({"schemas": [{"schema_name": "legacy", "owner": "somebody", "grants": [grant("somebody", "t")]}]})),
        told("postgres_metadata", &json!({"schemas": [{"schema_name": "legacy", "owner": "acme_prod_owner"}]})),
        told("postgres_metadata", &json!({"schemas": [{"schema_name": "s", "extensions": [{"extname": "plpgsql"}, {"extname": "citext", "extversion": "1.6"},
            {"extname": "dblink", "extversion": "1.2"}]}]})),
        told("postgres_metadata", &json!({"extensions": [{"name": "plpgsql", "version": "1.0"}, {"name": "dblink", "version": "1.2"}, {"name": "citext"}]})),
        told("postgres_metadata", &json!({"tables": [table("t")], "views": [
            {"name": "v", "definition": " SELECT v.a FROM acme_prod.t v JOIN w ON true JOIN absent ON true;"},
            {"name": "w", "definition": "SELECT 1 FROM w"},
            {"name": "blank", "definition": " "},
            {"name": "none", "x": 1}]})),
        told("postgres_metadata", &json!({"tables": [table("t")], "views": [{"name": "v", "definition": "SELECT 1"}], "grants": [
            grant("acme_prod_reader", "t"), grant("acme_prod_reader", "v"), grant("PUBLIC", "t"), grant("acme_prod_owner", "t"),
            grant("acme_prod_writer", "absent"), grant("globex_reader", "t"), grant("metrics", "t"),
            {"grantee": "acme_prod_reader", "table_name": "t", "privilege_type": "INSERT", "is_grantable": "NO"}]})),
    ]
    .join("\n\n"), @r#"
    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"}],"name":"t"} <- schema:.
    partial table:u {"columns":[{"name":"a","type":"integer"}],"name":"u"} <- schema:.
    ! /schemas/1: schema `second` was not carried: a tenant has one
    ! /schemas/2/x: has no place in format 2.0.0, so it was not carried

    partial schema:. {} <- 
    ! /schemas/0/owner: owner `somebody` was not carried: everything restored belongs to the target tenant's owner role

    partial schema:. {} <- 

    partial schema:. {} <- 
    partial extension:citext {"name":"citext"} <- 
    ! /schemas/0/extensions/1/extversion: extension `citext` comes in the version of the target's server
    ! /schemas/0/extensions/2: extension `dblink` was not carried: exports list those of the whole database, and the configuration does not let tenants use it

    partial schema:. {} <- 
    partial extension:dblink {"name":"dblink"} <- 
    partial extension:citext {"name":"citext"} <- 
    ! /extensions/1/version: extension `dblink` comes in the version of the target's server

    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"}],"name":"t"} <- schema:.
    partial view:v {"definition":"SELECT v.a FROM t v JOIN w ON true JOIN absent ON true","name":"v"} <- schema:., table:t, view:w
    partial view:w {"definition":"SELECT 1 FROM w","name":"w"} <- schema:.
    ! /views/2: view `blank` was not carried: the artifact does not hold its definition
    ! /views/3/x: has no place in format 2.0.0, so it was not carried
    ! /views/3: view `none` was not carried: the artifact does not hold its definition

    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"}],"name":"t"} <- schema:.
    partial view:v {"definition":"SELECT 1","name":"v"} <- schema:.
    partial grant:table t to PUBLIC {"grantee":"PUBLIC","on":{"kind":"table","name":"t"},"privileges":{"SELECT":false}} <- table:t
    partial database_role:reader {"inherit":true,"name":"reader","on_creation":{"login":false}} <- 
    partial grant:table t to tenant:reader {"grantee":"tenant:reader","on":{"kind":"table","name":"t"},"privileges":{"INSERT":false,"SELECT":false}} <- database_role:reader, table:t
    partial grant:view v to tenant:reader {"grantee":"tenant:reader","on":{"kind":"view","name":"v"},"privileges":{"SELECT":false}} <- database_role:reader, view:v
    ! /grants/5: SELECT on `t` to `globex_reader` was not carried: `globex_reader` is neither the tenant's nor a shared role (`acme_prod_…`)
    ! /grants/6: SELECT on `t` to `metrics` was not carried: `metrics` is neither the tenant's nor a shared role (`acme_prod_…`)
    ! /grants/7/is_grantable: has no place in format 2.0.0, so it was not carried
    ! /grants/4: privileges on `absent` were not carried: neither was a table or view of that name
    ! /grants/0: role `reader` is made without attributes and memberships: the artifact holds only its name
    "#);
}
