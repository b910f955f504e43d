//! Between the driver's BSON and the model's ordered values.

use mongodb::bson::{Bson, Document};
use restore_model::domains::mongo_metadata::ordered::{Document as Ordered, Value};

/// The driver's value as the model has it.
pub(super) fn value(bson: Bson) -> Result<Value, String> {
    Ok(match bson {
        Bson::Null => Value::Null,
        Bson::Boolean(truth) => Value::Bool(truth),
        Bson::String(text) => Value::Text(text),
        Bson::Int32(number) => Value::Int(number),
        Bson::Int64(number) => Value::Long(number),
        Bson::Double(number) => Value::Double(number),
        Bson::Array(items) => Value::Array(items.into_iter().map(value).collect::<Result<_, _>>()?),
        Bson::Document(members) => Value::Document(document(members)?),
        Bson::JavaScriptCodeWithScope(code) => {
            let scope = serde_json::to_value(document(code.scope)?).map_err(|error| error.to_string())?;
            Value::Opaque(serde_json::json!({ "$code": code.code, "$scope": scope }))
        }
        other => Value::Opaque(serde_json::to_value(&other).map_err(|error| error.to_string())?),
    })
}

/// The driver's document as the model has it.
pub(super) fn document(members: Document) -> Result<Ordered, String> {
    let members = members.into_iter().map(|(name, bson)| Ok((name, value(bson)?)));
    members.collect::<Result<_, String>>().map(Ordered)
}

/// The model's value as the driver has it.
pub(super) fn bson(value: Value) -> Result<Bson, String> {
    Ok(match value {
        Value::Null => Bson::Null,
        Value::Bool(truth) => Bson::Boolean(truth),
        Value::Text(text) => Bson::String(text),
        Value::Int(number) => Bson::Int32(number),
        Value::Long(number) => Bson::Int64(number),
        Value::Double(number) => Bson::Double(number),
        Value::Array(items) => Bson::Array(items.into_iter().map(bson).collect::<Result<_, _>>()?),
        Value::Document(ordered) => Bson::Document(members(ordered)?),
        Value::Opaque(json) => {
            let told = json.to_string();
            match serde_json::from_value::<Bson>(json) {
                Ok(Bson::Document(_)) | Err(_) => return Err(format!("{told} is not canonical Extended JSON")),
                Ok(bson) => bson,
            }
        }
    })
}

/// The model's document as the driver has it. A name that stands twice cannot be carried.
pub(super) fn members(ordered: Ordered) -> Result<Document, String> {
    let mut document = Document::new();
    for (name, value) in ordered.0 {
        let value = bson(value).map_err(|error| format!("{name}: {error}"))?;
        if document.insert(&name, value).is_some() {
            return Err(format!("the member `{name}` stands twice"));
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{
        Binary, DateTime, Decimal128, JavaScriptCodeWithScope, Regex, Timestamp, doc, oid::ObjectId,
        spec::BinarySubtype,
    };

    use super::*;

    #[test]
    fn every_type_survives_the_artifact() {
        let all = doc! {
            "b": 1_i32, "a": 1_i64, "c": 1.0, "n": f64::NEG_INFINITY, "t": "text", "u": Bson::Null, "y": true,
            "nested": { "z": -1, "y": [[], {}, [1, { "k": 2_i64 }]] },
            "oid": ObjectId::from_bytes([7; 12]),
            "date": DateTime::from_millis(-62_135_596_800_001),
            "binary": Binary { subtype: BinarySubtype::Uuid, bytes: vec![1; 16] },
            "decimal": "1.10".parse::<Decimal128>().unwrap(),
            "regex": Regex { pattern: "^a\"".try_into().unwrap(), options: "i".try_into().unwrap() },
            "timestamp": Timestamp { time: 4_000_000_000, increment: 1 },
            "min": Bson::MinKey, "max": Bson::MaxKey, "undefined": Bson::Undefined, "symbol": Bson::Symbol("s".into()),
            "code": Bson::JavaScriptCode("1".into()),
        };
        let ordered = document(all.clone()).unwrap();
        let travelled: Ordered = serde_json::from_str(&serde_json::to_string(&ordered).unwrap()).unwrap();
        assert_eq!(travelled, ordered);
        let back = members(travelled).unwrap();
        assert_eq!(back, all);
        assert_eq!(back.keys().collect::<Vec<_>>(), all.keys().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_bson_is_refused() {
        let scoped = JavaScriptCodeWithScope { code: "x".into(), scope: doc! { "x": 1 } };
        assert!(value(Bson::JavaScriptCodeWithScope(scoped)).is_ok());
        assert!(bson(Value::Opaque(serde_json::json!({ "$oid": "no" }))).is_err());
        let twice = Ordered(vec![("a".into(), Value::Null), ("a".into(), Value::Int(1))]);
        assert_eq!(members(twice), Err("the member `a` stands twice".into()));
    }
}
