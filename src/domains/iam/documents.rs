//! Free-form JSON of the directory, read as text so that one bad value spoils one resource and not the whole read.

use restore_model::{artifact::REDACTED, domains::iam::FreeForm};
use serde_json::{Map, Value};

/// Parses a column that holds a JSON object.
pub(super) fn object(text: &str, column: &str) -> Result<FreeForm, String> {
    serde_json::from_str(text).map_err(|error| format!("{column}: {error}"))
}

/// Parses a column that holds an array of JSON objects.
pub(super) fn objects(text: &str, column: &str) -> Result<Vec<FreeForm>, String> {
    serde_json::from_str(text).map_err(|error| format!("{column}: {error}"))
}

/// Takes the redaction marker out of a spec before it is written: a member is dropped; in an array, where places
/// count, null stands in.
pub(super) fn drop_redacted(members: &mut Map<String, Value>) {
    members.retain(|_, member| member != REDACTED);
    members.values_mut().for_each(drop_within);
}

fn drop_within(value: &mut Value) {
    match value {
        Value::Object(members) => drop_redacted(members),
        Value::Array(items) => {
            for item in items {
                if item == REDACTED {
                    *item = Value::Null;
                } else {
                    drop_within(item);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_marker_is_never_written() {
        let Value::Object(mut spec) = json!({
            "description": REDACTED, "attributes": {"db": [REDACTED, "x"], "apiKey": REDACTED, "region": ["eu"]},
            "protocol_mappers": [{"name": "m", "config": {"secret": REDACTED, "claim": "c"}}],
        }) else {
            unreachable!("an object was written above")
        };
        drop_redacted(&mut spec);
        assert_eq!(
            Value::Object(spec),
            json!({
                "attributes": {"db": [null, "x"], "region": ["eu"]},
                "protocol_mappers": [{"name": "m", "config": {"claim": "c"}}],
            })
        );
    }

    #[test]
    fn a_column_that_is_no_object_is_named() {
        assert!(object("[1]", "attributes").unwrap_err().starts_with("attributes: "));
        assert!(objects("{}", "protocol_mappers").unwrap_err().starts_with("protocol_mappers: "));
    }
}
