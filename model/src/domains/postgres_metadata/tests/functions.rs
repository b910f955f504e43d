//! Functions.

use super::*;

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
