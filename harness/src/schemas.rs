//! What is generated from the types and committed in `schemas/`. A test compares; `UPDATE_SCHEMAS=1` writes.

use std::path::Path;

use serde_json::Value;

use crate::{backends, fixtures, implementation, manifest, stack::StackFile};

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let all: [(&str, Value); 6] = [
        ("certification.json", implementation::json_schema()),
        ("iam-driver.json", backends::iam::json_schema()),
        ("known-failures.json", manifest::known_failures::json_schema()),
        ("manifest.json", manifest::json_schema()),
        ("stack.json", schemars::schema_for!(StackFile).to_value()),
        ("tenant-fixture.json", fixtures::schema()),
    ];
    for (name, schema) in all {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(name);
        let generated = format!("{schema:#}\n");
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == generated, "schemas/{name} is not what the types say; run with UPDATE_SCHEMAS=1");
    }
}
