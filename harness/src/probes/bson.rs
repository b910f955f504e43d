//! Documents with their order: JSON objects have none, so a document is a list of one-member objects.

use bson::{Bson, Document};
use serde_json::{Map, Value, json};

/// A document from Extended JSON; integers are 32-bit where they fit.
pub(crate) fn document(members: &Map<String, Value>) -> Document {
    members.iter().map(|(name, value)| (name.clone(), bson_of(value))).collect()
}

/// A BSON value from Extended JSON.
pub(crate) fn bson_of(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(flag) => Bson::Boolean(*flag),
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(items) => Bson::Array(items.iter().map(bson_of).collect()),
        Value::Object(members) => {
            let long = members.get("$numberLong").and_then(Value::as_str).and_then(|text| text.parse().ok());
            long.map_or_else(|| Bson::Document(document(members)), Bson::Int64)
        }
        Value::Number(number) => match number.as_i64() {
            Some(long) => i32::try_from(long).map_or(Bson::Int64(long), Bson::Int32),
            None => Bson::Double(number.as_f64().unwrap_or_default()),
        },
    }
}

/// The value with types and order kept.
pub(super) fn ordered(value: &Bson) -> Value {
    match value {
        Bson::Document(document) => {
            Value::Array(document.iter().map(|(name, member)| json!({ name.as_str(): ordered(member) })).collect())
        }
        Bson::Array(items) => Value::Array(items.iter().map(ordered).collect()),
        Bson::Null => Value::Null,
        Bson::Boolean(flag) => json!(flag),
        Bson::String(text) => json!(text),
        Bson::Int32(number) => json!(number),
        Bson::Int64(number) => json!({ "$numberLong": number.to_string() }),
        Bson::Double(number) => json!({ "$numberDouble": format!("{number:?}") }),
        other => json!({ "$bson": format!("{other:?}") }),
    }
}

/// The value with its numbers' types and the order of members left out, for options that are sets of settings.
pub(super) fn settings(value: &Bson) -> Value {
    match value {
        Bson::Document(document) => {
            Value::Object(document.iter().map(|(name, member)| (name.clone(), settings(member))).collect())
        }
        Bson::Int32(number) => json!(number),
        Bson::Int64(number) => json!(number),
        Bson::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            json!(format!("{number}").parse::<i64>().ok())
        }
        other => ordered(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_number_types_count() {
        let read = |text: &str| ordered(&bson_of(&serde_json::from_str(text).unwrap()));
        assert_ne!(read(r#"{"a": 1, "b": -1}"#), read(r#"{"b": -1, "a": 1}"#));
        assert_ne!(read(r#"{"a": 1}"#), read(r#"{"a": 1.0}"#));
        assert_ne!(read(r#"{"a": 1}"#), read(r#"{"a": {"$numberLong": "1"}}"#));
        assert_eq!(read(r#"{"a": [true, null]}"#), json!([{"a": [true, null]}]));
    }
}
