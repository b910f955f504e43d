use proptest::prelude::*;
use serde_json::{Value as Json, json, value::RawValue};

use super::{
    command, described,
    ordered::{Document, Value},
    parse_desired,
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
