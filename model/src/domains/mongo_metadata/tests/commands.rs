//! What a resource comes to as a command.

use super::*;

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
