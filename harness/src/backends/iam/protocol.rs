//! What is said to a driver and what it answers: one JSON document a line, on its standard input and output.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Key, Record};

/// The protocol's version.
pub(super) const PROTOCOL: u32 = 1;

/// What a driver is asked: one request a line. The next one comes once the last was answered, or was waited for too long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Request {
    /// The answer has the same.
    pub(super) id: u64,
    #[serde(flatten)]
    pub(super) op: Op,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum Op {
    /// Who is there? The first request; answered with `Hello`.
    Hello {
        /// The version of the protocol that the suite speaks.
        protocol: u32,
    },
    /// Everything that a realm holds; answered with `Records`. Where there is no such realm, there are none.
    Read {
        /// Its name.
        realm: String,
    },
    /// First deletes, then puts, all or nothing. What is put is as the record says afterwards, whatever it was before, and may
    /// refer to what is put later in the same request. What is deleted goes from wherever it is referred to, a group with the groups
    /// in it; what is not there is no error. Answered with any result.
    Write {
        /// The realm that it is in. It is made by a record of kind `realm`.
        realm: String,
        /// Records.
        put: Vec<Record>,
        /// Kinds and names.
        delete: Vec<Key>,
    },
    /// Deletes realms with all that is in them; one that is not there is no error. Answered with any result.
    Remove {
        /// Their names.
        realms: Vec<String>,
    },
}

/// What a driver answers: one response a line, with `result` or with `error`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    /// Of the request.
    pub(super) id: u64,
    /// What was asked for. Left out or empty where nothing was.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) result: Value,
    /// Why it could not be done, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// Who a driver speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The version of the protocol that it speaks: 1.
    pub protocol: u32,
    /// The product, as `Keycloak`.
    pub backend: String,
    /// Its version, as the backend itself reports it.
    pub version: String,
}

/// What a realm holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Records {
    /// Everything in it, in any order.
    pub(super) records: Vec<Record>,
}

/// The JSON Schema of the protocol.
#[must_use]
pub fn json_schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let [request, response, hello, records] = [
        generator.subschema_for::<Request>(),
        generator.subschema_for::<Response>(),
        generator.subschema_for::<Hello>(),
        generator.subschema_for::<Records>(),
    ];
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The protocol of `iam` drivers",
        "description": "A line is a request of the suite (on the driver's standard input) or a response of the driver (on its standard output).",
        "anyOf": [request, response],
    });
    let mut definitions = generator.take_definitions(true);
    // They are what `result` may be, which depends on the request.
    if let Some(result) = definitions.get_mut("Response").and_then(|it| it["properties"].get_mut("result")) {
        result["anyOf"] = json!([hello, records, { "type": ["object", "null"] }]);
    }
    schema["$defs"] = Value::Object(definitions);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_one_line_and_is_read_back() {
        let role: Record = serde_json::from_value(json!({ "kind": "role", "name": "a\nb", "value": {} })).unwrap();
        let requests = [
            Op::Hello { protocol: PROTOCOL },
            Op::Read { realm: "acme".into() },
            Op::Write { realm: "acme".into(), put: vec![role.clone()], delete: vec![role.key()] },
            Op::Remove { realms: vec!["acme".into()] },
        ];
        let lines: Vec<String> = (1..)
            .zip(requests)
            .map(|(id, op)| {
                let request = Request { id, op };
                let line = serde_json::to_string(&request).unwrap();
                assert_eq!(serde_json::from_str::<Request>(&line).unwrap(), request);
                line
            })
            .collect();
        assert_eq!(lines.join("\n").lines().count(), 4);
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_said_obeys_the_schema() {
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        let read = Request { id: 1, op: Op::Read { realm: "acme".into() } };
        assert!(validator.is_valid(&serde_json::to_value(read).unwrap()));
        assert!(validator.is_valid(&json!({ "id": 1, "result": { "records": [] } })));
        assert!(validator.is_valid(&json!({ "id": 1, "error": "no" })));
        assert!(!validator.is_valid(&json!({ "id": 1, "op": "fly" , "result": 1})));
        assert!(!validator.is_valid(&json!({ "id": "1", "result": {} })));
    }
}
