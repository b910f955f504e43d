use proptest::prelude::*;
use serde_json::{Value as Json, json, value::RawValue};

use super::{
    command, described,
    ordered::{Document, Value},
    parse_desired, trust,
};
use crate::{
    Kind,
    artifact::Record,
    domains::{Allowed, Journey},
    space::Naming,
};

fn members<const N: usize>(members: [(&str, Value); N]) -> Document {
    Document(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn doc<const N: usize>(list: [(&str, Value); N]) -> Value {
    Value::Document(members(list))
}

fn record(kind: Kind, name: &str, spec: &Json) -> Record {
    let spec = RawValue::from_string(spec.to_string()).unwrap();
    Record { kind, name: name.into(), spec, requires: vec![], partial: false }
}

fn refusal(kind: Kind, name: &str, spec: &Json, tenant: &str) -> String {
    let space = Naming::default().space_of(tenant);
    let journey = Journey { source: &space, target: &space, allowed: &Allowed::default() };
    match parse_desired(&record(kind, name, spec), &journey) {
        Ok(resource) => format!("{}: accepted", resource.id),
        Err(refusal) => refusal.to_string(),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        ".{0,6}".prop_map(Value::Text),
        any::<i32>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::Long),
        prop_oneof![proptest::num::f64::ANY.prop_filter("NaN is unequal to itself", |n| !n.is_nan())]
            .prop_map(Value::Double),
        Just(Value::Opaque(json!({ "$oid": "507f1f77bcf86cd799439011" }))),
        Just(Value::Opaque(json!({ "$date": { "$numberLong": "-5" } }))),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec(("[^\0]{0,5}", inner), 0..5).prop_map(|list| Value::Document(Document(list))),
        ]
    })
}

proptest! {
    #[test]
    fn ordered_json_loses_neither_order_nor_types(value in any_value()) {
        let canonical = serde_json_canonicalizer::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&canonical).unwrap(), value);
    }
}

#[test]
fn order_and_number_types_tell_values_apart() {
    let canonical = |value: &Value| serde_json_canonicalizer::to_string(value).unwrap();
    let distinct = [
        doc([("a", Value::Int(1)), ("b", Value::Int(1))]),
        doc([("b", Value::Int(1)), ("a", Value::Int(1))]),
        doc([("a", Value::Long(1)), ("b", Value::Int(1))]),
        doc([("a", Value::Double(1.0)), ("b", Value::Int(1))]),
        doc([("a", Value::Int(-1)), ("b", Value::Int(1))]),
        doc([]),
        Value::Array(vec![]),
        Value::Array(vec![Value::Array(vec!["a".into(), Value::Null])]),
        doc([("a", Value::Null)]),
    ];
    let written: std::collections::BTreeSet<String> = distinct.iter().map(canonical).collect();
    assert_eq!(written.len(), distinct.len());
}

#[test]
fn what_a_server_fills_in_is_left_out() {
    let options = members([
        ("capped", true.into()),
        ("size", Value::Double(4096.0)),
        ("validator", doc([("n", doc([("$gt", Value::Int(0))]))])),
        ("validationLevel", "strict".into()),
        ("validationAction", "warn".into()),
        ("collation", doc([("locale", "de".into()), ("strength", Value::Int(2)), ("version", "57.1".into())])),
    ]);
    let text = members([
        ("v", Value::Int(2)),
        ("key", doc([("_fts", "text".into()), ("_ftsx", Value::Int(1)), ("at", Value::Int(-1))])),
        ("name", "words".into()),
        ("ns", "acme.posts".into()),
        ("default_language", "english".into()),
        ("language_override", "lang".into()),
        ("textIndexVersion", Value::Int(3)),
        ("weights", doc([("title", Value::Int(10)), ("body", Value::Int(1))])),
    ]);
    let wanted = members([
        ("key", doc([("body", "text".into()), ("title", "text".into()), ("at", Value::Int(-1))])),
        ("name", "words".into()),
        ("language_override", "lang".into()),
        ("weights", doc([("title", Value::Int(10))])),
    ]);
    let collection = described::collection(&options).unwrap();
    let index = described::index("posts", &text).unwrap();
    assert_eq!(index, described::index("posts", &wanted).unwrap(), "fields of a text index are weights");
    insta::assert_json_snapshot!(json!({ "collection": collection, "index": index }));
}

#[test]
fn what_is_described_is_what_is_commanded() {
    let description = members([
        ("key", doc([("a", Value::Int(-1)), ("b", Value::Double(1.0)), ("c", "hashed".into())])),
        ("name", "a_b".into()),
        ("unique", true.into()),
        ("expireAfterSeconds", Value::Long(60)),
        ("partialFilterExpression", doc([("b", doc([("$exists", true.into())]))])),
        ("collation", doc([("locale", "fr_CA".into()), ("backwards", true.into())])),
    ]);
    let spec = described::index("c", &description).unwrap().unwrap();
    let commanded = command::create_index(&spec);
    assert_eq!(described::index("c", &commanded).unwrap().unwrap(), spec);
    assert_eq!(commanded.get("key"), description.get("key"));
    let options = members([
        ("timeseries", doc([("timeField", "t".into()), ("granularity", "hours".into())])),
        ("expireAfterSeconds", Value::Int(9)),
    ]);
    let spec = described::collection(&options).unwrap();
    assert_eq!(described::collection(&command::create_collection(&spec)).unwrap(), spec);
}

#[test]
fn every_option_that_a_server_may_show_is_in_the_spec() {
    let collation = doc([
        ("locale", "de".into()),
        ("caseLevel", true.into()),
        ("caseFirst", "upper".into()),
        ("strength", Value::Int(1)),
        ("numericOrdering", true.into()),
        ("alternate", "shifted".into()),
        ("maxVariable", "space".into()),
        ("normalization", true.into()),
        ("backwards", false.into()),
        ("version", "57.1".into()),
    ]);
    let some = || doc([("x", Value::Int(1))]);
    let collection = members([
        ("capped", true.into()),
        ("size", Value::Int(4096)),
        ("max", Value::Int(7)),
        ("validator", some()),
        ("validationLevel", "moderate".into()),
        ("validationAction", "warn".into()),
        ("collation", collation.clone()),
        (
            "timeseries",
            doc([
                ("timeField", "t".into()),
                ("metaField", "m".into()),
                ("bucketMaxSpanSeconds", Value::Int(60)),
                ("bucketRoundingSeconds", Value::Int(61)),
            ]),
        ),
        ("clusteredIndex", doc([("name", "by_id".into())])),
        ("expireAfterSeconds", Value::Int(9)),
        ("changeStreamPreAndPostImages", doc([("enabled", true.into())])),
        ("encryptedFields", some()),
        ("storageEngine", some()),
        ("indexOptionDefaults", some()),
        ("autoIndexId", true.into()),
        ("recordPreImages", true.into()),
        ("flags", Value::Int(1)),
    ]);
    let index = members([
        ("v", Value::Int(2)),
        ("background", true.into()),
        ("dropDups", true.into()),
        ("clustered", false.into()),
        ("key", doc([("a", "2dsphere".into()), ("b", Value::Int(1))])),
        ("unique", true.into()),
        ("sparse", true.into()),
        ("hidden", true.into()),
        ("prepareUnique", true.into()),
        ("expireAfterSeconds", Value::Int(9)),
        ("partialFilterExpression", some()),
        ("collation", collation),
        ("wildcardProjection", some()),
        ("columnstoreProjection", some()),
        ("weights", some()),
        ("default_language", "german".into()),
        ("language_override", "lang".into()),
        ("textIndexVersion", Value::Int(2)),
        ("2dsphereIndexVersion", Value::Int(2)),
        ("bits", Value::Int(20)),
        ("min", Value::Int(-10)),
        ("max", Value::Int(10)),
        ("storageEngine", some()),
    ]);
    let usual = members([
        ("key", doc([("a", Value::Int(1))])),
        ("default_language", "english".into()),
        ("language_override", "language".into()),
        ("textIndexVersion", Value::Int(3)),
        ("2dsphereIndexVersion", Value::Int(3)),
        ("bits", Value::Int(26)),
        ("min", Value::Int(-180)),
        ("max", Value::Int(180)),
    ]);
    // `clustered: false` is said of no index: it is refused, not taken for the clustered one.
    assert!(described::index("c", &index).unwrap_err().contains("clustered"));
    let index = Document(index.0.into_iter().filter(|(name, _)| name != "clustered").collect());
    let clustered = members([("key", doc([("_id", Value::Int(1))])), ("clustered", true.into())]);
    assert_eq!(described::index("c", &clustered).unwrap(), None);
    insta::assert_json_snapshot!(json!({
        "collection": described::collection(&collection).unwrap(),
        "index": described::index("c", &index).unwrap(),
        "usual": described::index("c", &usual).unwrap(),
        "capped without a maximum":
            described::collection(&members([("capped", true.into()), ("size", Value::Int(9)), ("max", Value::Int(0))])).unwrap(),
        "clustered by a truth value": described::collection(&members([("clusteredIndex", true.into())])).unwrap(),
        "not clustered": described::collection(&members([("clusteredIndex", false.into())])).unwrap(),
        "view": described::view(&members([("viewOn", "c".into()), ("pipeline", Value::Array(vec![some()])), ("collation", doc([("locale", "simple".into())]))])).unwrap(),
    }));
}

#[test]
fn an_option_of_the_wrong_type_is_told_by_its_name() {
    let options = |name, value: Value| described::collection(&members([(name, value)])).unwrap_err();
    let of_index = |name, value: Value| {
        described::index("c", &members([("key", doc([("a", Value::Int(1))])), (name, value)])).unwrap_err()
    };
    insta::assert_snapshot!(
        [
            options("capped", "yes".into()),
            options("capped", true.into()),
            options("size", Value::Long(1 << 53)),
            options("size", Value::Long(-(1 << 53))),
            options("validator", Value::Int(1)),
            options("validationLevel", Value::Int(1)),
            options("autoIndexId", false.into()),
            options("clusteredIndex", "yes".into()),
            options("collation", doc([("colour", "red".into())])),
            options("timeseries", doc([("colour", "red".into())])),
            of_index("min", Value::Double(f64::INFINITY)),
            of_index("weights", doc([("a", "1".into())])),
            described::view(&members([("viewOn", "c".into()), ("pipeline", "p".into())])).unwrap_err(),
            described::view(&members([("pipeline", Value::Array(vec![]))])).unwrap_err(),
            described::index("c", &members([("name", "x".into())])).unwrap_err(),
        ]
        .join("\n")
    );
    assert_eq!(described::collection(&members([("size", Value::Long((1 << 53) - 1))])).unwrap().capped, None);
}

#[test]
fn the_index_that_every_collection_has_is_left_out() {
    let id = members([("key", doc([("_id", Value::Int(1))])), ("name", "_id_".into())]);
    let clustered = members([("key", doc([("_id", Value::Int(1))])), ("name", "c".into()), ("clustered", true.into())]);
    let hashed = members([("key", doc([("_id", "hashed".into())])), ("name", "_id_hashed".into())]);
    assert_eq!(described::index("c", &id), Ok(None));
    assert_eq!(described::index("c", &clustered), Ok(None));
    assert!(described::index("c", &hashed).unwrap().is_some());
}

#[test]
fn an_unknown_option_is_neither_lost_nor_guessed() {
    assert_eq!(
        described::collection(&members([("quantum", true.into())])),
        Err("has the option `quantum`, which is not known".into())
    );
}

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
fn a_value_is_taken_for_a_number_or_a_truth_value_as_servers_do() {
    let opaque = Value::Opaque(json!({ "$numberDecimal": "1" }));
    let cases = [
        (Value::Null, None, None, None),
        (Value::Bool(true), None, None, Some(true)),
        (Value::Bool(false), None, None, Some(false)),
        (Value::Text("1".into()), None, None, None),
        (Value::Int(-7), Some(-7), Some(-7.0), Some(true)),
        (Value::Int(0), Some(0), Some(0.0), Some(false)),
        (Value::Long(1 << 40), Some(1 << 40), Some(1_099_511_627_776.0), Some(true)),
        (Value::Long(0), Some(0), Some(0.0), Some(false)),
        (Value::Double(3.0), Some(3), Some(3.0), Some(true)),
        (Value::Double(0.0), Some(0), Some(0.0), Some(false)),
        (Value::Double(2.5), None, Some(2.5), Some(true)),
        (Value::Double(-8e15), Some(-8_000_000_000_000_000), Some(-8e15), Some(true)),
        // From here on not every whole number is a double.
        (Value::Double(9e15), None, Some(9e15), Some(true)),
        (Value::Double(f64::INFINITY), None, Some(f64::INFINITY), Some(true)),
        (Value::Array(vec![]), None, None, None),
        (doc([]), None, None, None),
        (opaque, None, None, None),
    ];
    for (value, whole, double, truth) in cases {
        assert_eq!((value.as_whole(), value.as_double(), value.as_truth()), (whole, double, truth), "{value:?}");
    }
}

#[test]
fn a_double_that_is_no_number_travels_by_the_names_of_extended_json() {
    for (number, name) in [(f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity"), (f64::NAN, "NaN")] {
        let written = serde_json::to_value(Value::Double(number)).unwrap();
        assert_eq!(written, json!({ "$numberDouble": name }));
        let Value::Double(read) = serde_json::from_value(written).unwrap() else { panic!("{name} is no double") };
        assert_eq!(read.total_cmp(&number), std::cmp::Ordering::Equal, "{name}");
    }
}

#[test]
fn what_is_no_value_is_refused_in_words() {
    let read = |json: &Json| match serde_json::from_value::<Value>(json.clone()) {
        Ok(value) => format!("{json}: read as {value:?}"),
        Err(error) => format!("{json}: {error}"),
    };
    insta::assert_snapshot!([
        read(&json!({ "$numberInt": "2147483648" })),
        read(&json!({ "$numberInt": 1 })),
        read(&json!({ "$numberInt": "1", "x": 1 })),
        read(&json!({ "$numberLong": "9223372036854775808" })),
        read(&json!({ "$numberDouble": "one" })),
        read(&json!({ "$array": { "a": 1 } })),
        read(&json!({ "$array": [], "x": 1 })),
        read(&json!([["a"]])),
        read(&json!([["a", 1.5]])),
        read(&json!([["a", null, null]])),
        read(&json!([[1, null]])),
        read(&json!(["a"])),
        read(&json!([["a\0", null]])),
        read(&json!({})),
        read(&json!({ "a": 1 })),
        read(&json!({ "a": 1, "b": 1 })),
        read(&json!({ "$oid": "x", "b": 1 })),
        read(&json!({ "$code": "f", "b": 1 })),
        read(&json!({ "$scope": {}, "b": 1 })),
        read(&json!({ "$scope": {} })),
        read(&json!({ "$code": "f", "$scope": {}, "b": 1 })),
        read(&json!({ "$code": "f", "$scope": {} })),
    ]
    .join("\n"), @r#"
    {"$numberInt":"2147483648"}: `2147483648` is not a 32-bit integer
    {"$numberInt":1}: an object with members ["$numberInt"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$numberInt":"1","x":1}: an object with members ["$numberInt", "x"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$numberLong":"9223372036854775808"}: `9223372036854775808` is not a 64-bit integer
    {"$numberDouble":"one"}: `one` is not a double
    {"$array":{"a":1}}: an object with members ["$array"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$array":[],"x":1}: an object with members ["$array", "x"] is not canonical Extended JSON; a document is [[name, value], …]
    [["a"]]: a document is written as [[name, value], …]
    [["a",1.5]]: a: the bare number 1.5 has no BSON type; write {"$numberInt": "1.5"}
    [["a",null,null]]: a document is written as [[name, value], …]
    [[1,null]]: a document is written as [[name, value], …]
    ["a"]: a document is written as [[name, value], …]
    [["a\u0000",null]]: a member's name holds a NUL
    {}: an object with members [] is not canonical Extended JSON; a document is [[name, value], …]
    {"a":1}: an object with members ["a"] is not canonical Extended JSON; a document is [[name, value], …]
    {"a":1,"b":1}: an object with members ["a", "b"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$oid":"x","b":1}: an object with members ["$oid", "b"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$code":"f","b":1}: an object with members ["$code", "b"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$scope":{},"b":1}: an object with members ["$scope", "b"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$scope":{}}: an object with members ["$scope"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$code":"f","$scope":{},"b":1}: an object with members ["$code", "$scope", "b"] is not canonical Extended JSON; a document is [[name, value], …]
    {"$code":"f","$scope":{}}: read as Opaque(Object {"$code": String("f"), "$scope": Object {}})
    "#);
    let written = |value: Json| serde_json::to_value(Value::Opaque(value)).unwrap_err().to_string();
    assert_eq!(written(json!("x")), "not Extended JSON");
    assert!(written(json!({ "a": 1 })).contains("is not canonical Extended JSON"));
}

#[test]
fn every_type_of_extended_json_is_carried_as_it_is() {
    for tag in [
        "$oid",
        "$date",
        "$binary",
        "$numberDecimal",
        "$regularExpression",
        "$timestamp",
        "$minKey",
        "$maxKey",
        "$undefined",
        "$symbol",
        "$code",
        "$dbPointer",
    ] {
        let value = json!({ tag: "x" });
        assert_eq!(serde_json::from_value::<Value>(value.clone()).unwrap(), Value::Opaque(value));
    }
}

#[test]
fn a_hundred_levels_can_be_nested_and_no_more() {
    let nested = |levels: usize, around: fn(Json) -> Json| (0..levels).fold(Json::Null, |inner, _| around(inner));
    for around in [|inner| json!({ "$array": [inner] }), |inner| json!([["a", inner]])] {
        assert!(serde_json::from_value::<Value>(nested(100, around)).is_ok());
        let refused = serde_json::from_value::<Value>(nested(101, around)).unwrap_err().to_string();
        assert!(refused.ends_with("nests deeper than 100 levels"), "{refused}");
    }
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

#[test]
fn only_the_index_on_the_identifier_alone_comes_by_itself() {
    let index = |key: Document, name: &str| {
        let described = members([("key", Value::Document(key)), ("name", name.into())]);
        described::index("c", &described).unwrap().map(|spec| spec.name)
    };
    assert_eq!(index(members([("_id", Value::Int(1))]), "mine"), None);
    assert_eq!(index(members([("_id", Value::Double(-1.0))]), "mine"), None);
    assert_eq!(index(members([("a", Value::Int(1))]), "mine"), Some("mine".into()));
    assert_eq!(index(members([("_id", Value::Int(1)), ("a", Value::Int(1))]), "mine"), Some("mine".into()));
    assert_eq!(index(members([("_id", "hashed".into())]), "mine"), Some("mine".into()));
    let unnamed = [("a", Value::Int(-1)), ("b", "hashed".into()), ("c", Value::Long(1)), ("d", Value::Null)];
    assert_eq!(index(members(unnamed), ""), Some("a_-1_b_hashed_c_1_d_1".into()));
}

#[test]
fn a_collation_counts_when_it_is_not_the_simple_one() {
    let collation = |members: Document| {
        let options = Document(vec![("collation".into(), Value::Document(members))]);
        described::collection(&options).unwrap().collation.map(|it| it.locale)
    };
    assert_eq!(collation(members([("locale", "de".into())])), Some("de".into()));
    assert_eq!(collation(members([("locale", "simple".into())])), None);
    assert_eq!(collation(members([("strength", Value::Int(1))])), None);
}

#[test]
fn the_spans_of_a_time_series_follow_from_its_granularity() {
    let spans = |granularity: Option<&str>| {
        let mut options = members([
            ("timeField", "t".into()),
            ("bucketMaxSpanSeconds", Value::Int(60)),
            ("bucketRoundingSeconds", Value::Int(61)),
        ]);
        if let Some(granularity) = granularity {
            options.push("granularity", granularity);
        }
        let options = Document(vec![("timeseries".into(), Value::Document(options))]);
        let spec = described::collection(&options).unwrap().timeseries.unwrap();
        (spec.bucket_max_span_seconds, spec.bucket_rounding_seconds)
    };
    assert_eq!(spans(None), (Some(60), Some(61)));
    assert_eq!(spans(Some("hours")), (None, None));
}

#[test]
fn every_option_that_can_be_restored_is_in_the_command() {
    let collation = json!({ "locale": "de", "case_level": true, "case_first": "upper", "strength": 1,
        "numeric_ordering": true, "alternate": "shifted", "max_variable": "space", "normalization": true,
        "backwards": false });
    let collection = json!({ "capped": { "size": 4096, "max": 7 }, "validator": [["a", "x"]],
        "validation_level": "moderate", "validation_action": "warn", "collation": collation,
        "timeseries": { "time_field": "t", "meta_field": "m", "bucket_max_span_seconds": 60, "bucket_rounding_seconds": 61 },
        "clustered_index": { "name": "by_id" }, "expire_after_seconds": 4_294_967_296_i64,
        "change_stream_pre_and_post_images": true, "encrypted_fields": [["fields", { "$array": [] }]] });
    let view = json!({ "view_on": "c", "pipeline": [[["$limit", { "$numberInt": "1" }]]], "collation": collation });
    let index = json!({ "collection": "c", "name": "i", "key": [["_fts", "text"], ["_ftsx", { "$numberInt": "1" }]],
        "unique": true, "sparse": true, "hidden": true, "prepare_unique": true, "expire_after_seconds": 9,
        "partial_filter_expression": [], "collation": collation, "wildcard_projection": [], "columnstore_projection": [],
        "weights": { "a": 1, "b": 10 }, "default_language": "german", "language_override": "lang",
        "text_index_version": 2, "sphere_index_version": 2, "bits": 20, "min": -10.0, "max": 10.0 });
    let shown = |document: Document| {
        let members =
            document.0.iter().map(|(name, value)| format!("  {name}: {}", serde_json::to_value(value).unwrap()));
        members.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!([
        shown(command::create_collection(&serde_json::from_value(collection).unwrap())),
        shown(command::create_view(&serde_json::from_value(view).unwrap())),
        shown(command::create_index(&serde_json::from_value(index).unwrap())),
        shown(command::create_index(&serde_json::from_value(json!({ "collection": "c", "name": "i", "key": [] })).unwrap())),
        shown(command::create_collection(&serde_json::from_value(json!({ "capped": { "size": 4096 } })).unwrap())),
    ]
    .join("\n\n"), @r#"
    capped: true
    size: {"$numberInt":"4096"}
    max: {"$numberInt":"7"}
    validator: [["a","x"]]
    validationLevel: "moderate"
    validationAction: "warn"
    collation: [["locale","de"],["caseLevel",true],["caseFirst","upper"],["strength",{"$numberInt":"1"}],["numericOrdering",true],["alternate","shifted"],["maxVariable","space"],["normalization",true],["backwards",false]]
    timeseries: [["timeField","t"],["metaField","m"],["bucketMaxSpanSeconds",{"$numberInt":"60"}],["bucketRoundingSeconds",{"$numberInt":"61"}]]
    clusteredIndex: [["key",[["_id",{"$numberInt":"1"}]]],["name","by_id"],["unique",true]]
    expireAfterSeconds: {"$numberLong":"4294967296"}
    changeStreamPreAndPostImages: [["enabled",true]]
    encryptedFields: [["fields",{"$array":[]}]]

    viewOn: "c"
    pipeline: {"$array":[[["$limit",{"$numberInt":"1"}]]]}
    collation: [["locale","de"],["caseLevel",true],["caseFirst","upper"],["strength",{"$numberInt":"1"}],["numericOrdering",true],["alternate","shifted"],["maxVariable","space"],["normalization",true],["backwards",false]]

    key: [["_fts","text"],["_ftsx",{"$numberInt":"1"}]]
    name: "i"
    unique: true
    sparse: true
    hidden: true
    prepareUnique: true
    expireAfterSeconds: {"$numberInt":"9"}
    partialFilterExpression: []
    collation: [["locale","de"],["caseLevel",true],["caseFirst","upper"],["strength",{"$numberInt":"1"}],["numericOrdering",true],["alternate","shifted"],["maxVariable","space"],["normalization",true],["backwards",false]]
    wildcardProjection: []
    columnstoreProjection: []
    weights: [["a",{"$numberInt":"1"}],["b",{"$numberInt":"10"}]]
    default_language: "german"
    language_override: "lang"
    textIndexVersion: {"$numberInt":"2"}
    2dsphereIndexVersion: {"$numberInt":"2"}
    bits: {"$numberInt":"20"}
    min: {"$numberDouble":"-10.0"}
    max: {"$numberDouble":"10.0"}

    key: []
    name: "i"
    collation: [["locale","simple"]]

    capped: true
    size: {"$numberInt":"4096"}
    "#);
}

#[test]
fn what_is_unset_is_not_in_a_spec() {
    let spec = |kind: Kind, name: &str, spec: &Json| {
        let space = Naming::default().space_of("acme");
        let journey = Journey { source: &space, target: &space, allowed: &Allowed::default() };
        parse_desired(&record(kind, name, spec), &journey).unwrap().spec.get().to_owned()
    };
    assert_eq!(spec(Kind::Collection, "c", &json!({})), "{}");
    let index = json!({ "collection": "c", "name": "i", "key": [["a", "hashed"]], "hidden": true });
    insta::assert_snapshot!(spec(Kind::MongoIndex, "c.i", &index), @r#"{"collection":"c","hidden":true,"key":[["a","hashed"]],"name":"i"}"#);
}
