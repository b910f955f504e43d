//! BSON as canonical Extended JSON in which the order of members survives.
//!
//! A document travels as `[[name, value], …]`, an array as `{"$array": […]}`; text, booleans and null as themselves;
//! everything else as canonical Extended JSON (`{"$numberInt": "1"}`, `{"$oid": "…"}`). No form can be taken for
//! another, and canonical JSON, which sorts the members of objects, changes no order that matters.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::{Value as Json, json};

/// What a document nests at most; BSON's own bound.
const MAX_DEPTH: usize = 100;

/// Types that are carried as canonical Extended JSON without being looked into.
const OPAQUE: [&str; 12] = [
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
];

/// A BSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A string.
    Text(String),
    /// A 32-bit integer.
    Int(i32),
    /// A 64-bit integer.
    Long(i64),
    /// A double.
    Double(f64),
    /// An array.
    Array(Vec<Value>),
    /// A document.
    Document(Document),
    /// Any other type, as canonical Extended JSON.
    Opaque(Json),
}

/// A BSON document: members in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document(pub Vec<(String, Value)>);

impl Document {
    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Adds a member at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// True without members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value {
    /// The value as a whole number, whichever numeric type it has.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
    pub fn as_whole(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(i64::from(*number)),
            Self::Long(number) => Some(*number),
            Self::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            _ => None,
        }
    }

    /// The value as a double, whichever numeric type it has.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "coordinates and bounds are small")]
    pub fn as_double(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(f64::from(*number)),
            Self::Long(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// The value as the truth value that servers take it for.
    #[must_use]
    pub fn as_truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            other => other.as_double().map(|number| number != 0.0),
        }
    }

    /// The value as text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The value as a document.
    #[must_use]
    pub fn as_document(&self) -> Option<&Document> {
        if let Self::Document(document) = self { Some(document) } else { None }
    }

    fn encode(&self) -> Result<Json, String> {
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Text(text) => Json::String(text.clone()),
            Self::Int(number) => json!({ "$numberInt": number.to_string() }),
            Self::Long(number) => json!({ "$numberLong": number.to_string() }),
            Self::Double(number) => json!({ "$numberDouble": write_double(*number) }),
            Self::Array(items) => json!({ "$array": items.iter().map(Self::encode).collect::<Result<Vec<_>, _>>()? }),
            Self::Document(document) => document.encode()?,
            Self::Opaque(json) => {
                check_opaque(json)?;
                json.clone()
            }
        })
    }

    fn decode(json: Json, depth: usize) -> Result<Self, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nests deeper than {MAX_DEPTH} levels"));
        }
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(truth),
            Json::String(text) => Self::Text(text),
            Json::Number(number) => {
                return Err(format!(
                    "the bare number {number} has no BSON type; write {{\"$numberInt\": \"{number}\"}}"
                ));
            }
            Json::Array(_) => Self::Document(Document::decode(json, depth)?),
            Json::Object(mut members) => {
                let digits = |tag: &str| members.get(tag).and_then(Json::as_str).filter(|_| members.len() == 1);
                if let Some(text) = digits("$numberInt") {
                    Self::Int(text.parse().map_err(|_| format!("`{text}` is not a 32-bit integer"))?)
                } else if let Some(text) = digits("$numberLong") {
                    Self::Long(text.parse().map_err(|_| format!("`{text}` is not a 64-bit integer"))?)
                } else if let Some(text) = digits("$numberDouble") {
                    Self::Double(read_double(text)?)
                } else if members.len() == 1 && members.get("$array").is_some_and(Json::is_array) {
                    let Some(Json::Array(items)) = members.remove("$array") else { return Err("no array".into()) };
                    Self::Array(items.into_iter().map(|item| Self::decode(item, depth + 1)).collect::<Result<_, _>>()?)
                } else {
                    let json = Json::Object(members);
                    check_opaque(&json)?;
                    Self::Opaque(json)
                }
            }
        })
    }
}

impl Document {
    fn encode(&self) -> Result<Json, String> {
        self.0.iter().map(|(name, value)| Ok(json!([name, value.encode()?]))).collect()
    }

    fn decode(json: Json, depth: usize) -> Result<Self, String> {
        let Json::Array(pairs) = json else { return Err("a document is written as [[name, value], …]".into()) };
        let mut members = Vec::with_capacity(pairs.len());
        for pair in pairs {
            match <[Json; 2]>::try_from(if let Json::Array(pair) = pair { pair } else { Vec::new() }) {
                Ok([Json::String(name), value]) => {
                    if name.contains('\0') {
                        return Err("a member's name holds a NUL".into());
                    }
                    let value = Value::decode(value, depth + 1).map_err(|error| format!("{name}: {error}"))?;
                    members.push((name, value));
                }
                _ => return Err("a document is written as [[name, value], …]".into()),
            }
        }
        Ok(Self(members))
    }
}

fn check_opaque(json: &Json) -> Result<(), String> {
    let Json::Object(members) = json else { return Err("not Extended JSON".into()) };
    let known = members.keys().next().is_some_and(|tag| OPAQUE.contains(&tag.as_str()));
    let scoped = members.len() == 2 && members.contains_key("$code") && members.contains_key("$scope");
    if scoped || (known && members.len() == 1) {
        return Ok(());
    }
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    Err(format!("an object with members {names:?} is not canonical Extended JSON; a document is [[name, value], …]"))
}

fn write_double(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number.is_sign_positive() { "Infinity".into() } else { "-Infinity".into() }
    } else {
        format!("{number:?}")
    }
}

fn read_double(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a double"))
}

macro_rules! travels {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.encode().map_err(S::Error::custom)?.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::decode(Json::deserialize(deserializer)?, 0).map_err(D::Error::custom)
            }
        }
    };
}
travels!(Value);
travels!(Document);

macro_rules! from {
    ($($source:ty => $variant:ident;)*) => {
        $(impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}
from! {
    bool => Bool;
    &str => Text;
    String => Text;
    i32 => Int;
    i64 => Long;
    f64 => Double;
    Document => Document;
    Vec<Value> => Array;
}
