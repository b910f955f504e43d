//! What is refused, and in which words.

use super::*;

#[test]
fn refusals_say_what_and_why() {
    let index = |key: Json| json!({ "collection": "c", "name": "i", "key": key });
    let one = json!({ "$numberInt": "1" });
    let long = "n".repeat(64);
    let told = [
        refusal(Kind::Collection, "ünï\"co'de", &json!({}), "acme"),
        refusal(Kind::Collection, "pay$roll", &json!({}), "acme"),
        refusal(Kind::Collection, "system.users", &json!({}), "acme"),
        refusal(Kind::Collection, "a..b", &json!({}), "acme"),
        refusal(Kind::Collection, &"n".repeat(251), &json!({}), "acme"),
        refusal(Kind::Collection, "c", &json!({}), &long),
        refusal(Kind::Collection, "c", &json!({}), "admin"),
        refusal(Kind::Collection, "c", &json!({ "quantum": 1 }), "acme"),
        refusal(Kind::Collection, "c", &json!({ "validator": { "a": 1 } }), "acme"),
        refusal(Kind::Collection, "c", &json!({ "validator": [["$or", { "$array": [[["$where", "1"]]] }]] }), "acme"),
        refusal(Kind::Collection, "c", &json!({ "validator": [["$expr", [["$function", [["body", "f"]]]]]] }), "acme"),
        refusal(Kind::Collection, "c", &json!({ "validator": [["a", { "$code": "1" }]] }), "acme"),
        refusal(Kind::Collection, "c", &json!({ "storage_engine": [["wiredTiger", []]] }), "acme"),
        refusal(Kind::MongoView, "v", &json!({ "view_on": "system.js", "pipeline": [] }), "acme"),
        refusal(Kind::MongoView, "v", &json!({ "view_on": "c", "pipeline": [[["$out", "x"]]] }), "acme"),
        refusal(
            Kind::MongoView,
            "v",
            &json!({ "view_on": "c", "pipeline": [[["$lookup", [["from", [["db", "other"], ["coll", "c"]]]]]]] }),
            "acme",
        ),
        refusal(
            Kind::MongoView,
            "v",
            &json!({ "view_on": "c", "pipeline": [[["$facet", [["x", { "$array": [[["$unionWith", [["db", "o"], ["coll", "c"]]]]] }]]]]] }),
            "acme",
        ),
        refusal(
            Kind::MongoView,
            "v",
            &json!({ "view_on": "c", "pipeline": [[["$unionWith", [["coll", "d"]]]]] }),
            "acme",
        ),
        refusal(Kind::MongoIndex, "c.i", &index(json!([])), "acme"),
        refusal(Kind::MongoIndex, "c.j", &index(json!([["a", one]])), "acme"),
        refusal(Kind::MongoIndex, "c.i", &index(json!([["a", 1]])), "acme"),
        refusal(Kind::MongoIndex, "c.i", &index(json!([["a", one]])), "acme"),
    ];
    insta::assert_snapshot!(told.join("\n").replace(&"n".repeat(64), "n…"));
}

#[test]
fn names_are_taken_as_far_as_servers_take_them() {
    let told = |checked: Result<(), String>| checked.err().unwrap_or_else(|| "taken".into());
    let database = |name: &str| format!("{name:?}: {}", told(trust::check_database(name)));
    let within = |name: &str| format!("{name:?}: {}", told(trust::check_namespace("acme", name)));
    let mut all = vec![database(""), database("a"), database("acme_prod-1"), database("locals")];
    all.extend("/\\. \"$*<>:|?\0".chars().map(|c| database(&format!("a{c}b"))));
    all.extend(["admin", "local", "config"].map(database));
    all.extend(
        ["", "a", "a.b", "$a", "a$", "a\0", ".a", "a.", "a..b", "system.js", "systems", "a.system.b"].map(within),
    );
    insta::assert_snapshot!(all.join("\n").replace('\0', "\\0"), @r#"
    "": the database name `` has 0 bytes; 1 to 63 are possible
    "a": taken
    "acme_prod-1": taken
    "locals": taken
    "a/b": the database name `a/b` contains '/'
    "a\\b": the database name `a\b` contains '\\'
    "a.b": the database name `a.b` contains '.'
    "a b": the database name `a b` contains ' '
    "a\"b": the database name `a"b` contains '"'
    "a$b": the database name `a$b` contains '$'
    "a*b": the database name `a*b` contains '*'
    "a<b": the database name `a<b` contains '<'
    "a>b": the database name `a>b` contains '>'
    "a:b": the database name `a:b` contains ':'
    "a|b": the database name `a|b` contains '|'
    "a?b": the database name `a?b` contains '?'
    "a\0b": the database name `a\0b` contains '\0'
    "admin": `admin` is a database of the server's own
    "local": `local` is a database of the server's own
    "config": `config` is a database of the server's own
    "": has an empty name
    "a": taken
    "a.b": taken
    "$a": the name contains '$', which servers refuse
    "a$": the name contains '$', which servers refuse
    "a\0": the name contains '\0', which servers refuse
    ".a": the name has an empty part between dots
    "a.": the name has an empty part between dots
    "a..b": the name has an empty part between dots
    "system.js": names that start with `system.` are the server's own
    "systems": taken
    "a.system.b": taken
    "#);
    assert!(trust::check_database(&"n".repeat(63)).is_ok() && trust::check_database(&"n".repeat(64)).is_err());
    assert!(trust::check_namespace("acme", &"n".repeat(250)).is_ok());
    assert!(trust::check_namespace("acme", &"n".repeat(251)).is_err());
}

#[test]
fn what_runs_code_writes_or_reads_elsewhere_is_refused_wherever_it_stands() {
    let view = |stage: Json| {
        let spec = json!({ "view_on": "c", "pipeline": [stage] });
        format!("{}: {}", spec["pipeline"], refusal(Kind::MongoView, "v", &spec, "acme"))
    };
    let collection = |spec: Json| format!("{spec}: {}", refusal(Kind::Collection, "c", &spec, "acme"));
    let index = |name: &str, more: (&str, Json)| {
        let mut spec = json!({ "collection": "c", "name": name, "key": [["a", { "$numberInt": "1" }]] });
        spec[more.0] = more.1;
        refusal(Kind::MongoIndex, &format!("c.{name}"), &spec, "acme")
    };
    let plain = ("unique", json!(true));
    insta::assert_snapshot!([
        view(json!("$match")),
        view(json!([])),
        view(json!([["$match", []], ["$limit", { "$numberInt": "1" }]])),
        view(json!([["$match", [["id", { "$oid": "507f1f77bcf86cd799439011" }]]]])),
        view(json!([["$match", [["f", { "$code": "f", "$scope": {} }]]]])),
        view(json!([["$match", [["$where", "1"]]]])),
        view(json!([["$group", [["x", [["$accumulator", []]]]]]])),
        view(json!([["$project", [["x", [["$function", []]]]]]])),
        view(json!([["$merge", "x"]])),
        view(json!([["$lookup", [["from", "d"], ["as", "x"]]]])),
        view(json!([["$lookup", [["from", [["db", "o"]]]]]])),
        view(json!([["$lookup", [["db", "o"], ["from", "d"]]]])),
        view(json!([["$lookup", [["from", "d"], ["pipeline", { "$array": [[["$out", "x"]]] }]]]])),
        view(json!([["$graphLookup", [["from", "d"]]]])),
        view(json!([["$graphLookup", [["from", { "$numberInt": "1" }]]]])),
        view(json!([["$unionWith", "d"]])),
        view(json!([["$unionWith", [["coll", [["db", "o"]]]]]])),
        refusal(Kind::MongoView, "v", &json!({ "view_on": "", "pipeline": [] }), "acme"),
        refusal(Kind::MongoView, "a$b", &json!({ "view_on": "c", "pipeline": [] }), "acme"),
        collection(json!({ "validator": [["id", { "$oid": "507f1f77bcf86cd799439011" }]] })),
        collection(json!({ "index_option_defaults": [] })),
        index("i", ("storage_engine", json!([]))),
        index("i", ("partial_filter_expression", json!([["$where", "1"]]))),
        index("i", ("partial_filter_expression", json!([["a", { "$numberInt": "1" }]]))),
        index("", plain.clone()),
        index("*", plain.clone()),
        index("$i", plain.clone()),
        index("i\0", plain.clone()),
        index("i*", plain),
        refusal(Kind::MongoIndex, "a$b.i", &json!({ "collection": "a$b", "name": "i", "key": [["a", "text"]] }), "acme"),
        refusal(Kind::Bucket, "b", &json!({}), "acme"),
    ]
    .join("\n").replace('\0', "\\0"), @r#"
    ["$match"]: mongo_view:v: a stage of the pipeline is not a document of one member
    [[]]: mongo_view:v: a stage of the pipeline is not a document of one member
    [[["$match",[]],["$limit",{"$numberInt":"1"}]]]: mongo_view:v: a stage of the pipeline is not a document of one member
    [[["$match",[["id",{"$oid":"507f1f77bcf86cd799439011"}]]]]]: mongo_view:v: accepted
    [[["$match",[["f",{"$code":"f","$scope":{}}]]]]]: mongo_view:v: the pipeline contains server-side JavaScript
    [[["$match",[["$where","1"]]]]]: mongo_view:v: the pipeline uses `$where`, which runs code on the server
    [[["$group",[["x",[["$accumulator",[]]]]]]]]: mongo_view:v: the pipeline uses `$accumulator`, which runs code on the server
    [[["$project",[["x",[["$function",[]]]]]]]]: mongo_view:v: the pipeline uses `$function`, which runs code on the server
    [[["$merge","x"]]]: mongo_view:v: the pipeline uses `$merge`, which writes
    [[["$lookup",[["from","d"],["as","x"]]]]]: mongo_view:v: accepted
    [[["$lookup",[["from",[["db","o"]]]]]]]: mongo_view:v: the pipeline uses `$lookup` on another database
    [[["$lookup",[["db","o"],["from","d"]]]]]: mongo_view:v: the pipeline uses `$lookup` on another database
    [[["$lookup",[["from","d"],["pipeline",{"$array":[[["$out","x"]]]}]]]]]: mongo_view:v: the pipeline uses `$out`, which writes
    [[["$graphLookup",[["from","d"]]]]]: mongo_view:v: accepted
    [[["$graphLookup",[["from",{"$numberInt":"1"}]]]]]: mongo_view:v: the pipeline uses `$graphLookup` on another database
    [[["$unionWith","d"]]]: mongo_view:v: accepted
    [[["$unionWith",[["coll",[["db","o"]]]]]]]: mongo_view:v: the pipeline uses `$unionWith` on another database
    mongo_view:v: its source ``: has an empty name
    mongo_view:a$b: the name contains '$', which servers refuse
    {"validator":[["id",{"$oid":"507f1f77bcf86cd799439011"}]]}: collection:c: accepted
    {"index_option_defaults":[]}: collection:c: raw storage engine options are not restored
    mongo_index:c.i: raw storage engine options are not restored
    mongo_index:c.i: the partial filter uses `$where`, which runs code on the server
    mongo_index:c.i: accepted
    mongo_index:c.: `` cannot be the name of an index
    mongo_index:c.*: `*` cannot be the name of an index
    mongo_index:c.$i: `$i` cannot be the name of an index
    mongo_index:c.i\0: `i\0` cannot be the name of an index
    mongo_index:c.i*: accepted
    mongo_index:a$b.i: the name contains '$', which servers refuse
    bucket:b: a bucket is not of this domain
    "#);
}
