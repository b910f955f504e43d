//! Values as documents hold them.

use super::*;

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
