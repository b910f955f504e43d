//! What is generated from the types and committed in `schemas/`. A test compares; `UPDATE_SCHEMAS=1` writes.

use serde::Serialize;

use crate::config::Config;

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// The OpenAPI description of the HTTP interface.
#[must_use]
pub fn openapi() -> String {
    pretty(&crate::http::openapi())
}

/// The JSON Schema of the configuration.
#[must_use]
pub fn configuration() -> String {
    pretty(&schemars::schema_for!(Config))
}

/// The JSON Schema of artifacts in the current format version.
#[must_use]
pub fn artifact() -> String {
    pretty(&restore_model::artifact::schema())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use restore_model::artifact::CURRENT_VERSION;

    use super::*;

    #[test]
    fn what_is_committed_is_what_the_types_say() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let version = CURRENT_VERSION.to_string();
        for (name, generated) in [
            ("openapi.json".to_owned(), openapi()),
            ("engine-config.json".to_owned(), configuration()),
            (format!("artifact-{version}.json"), artifact()),
        ] {
            let file = folder.join(&name);
            if std::env::var_os("UPDATE_SCHEMAS").is_some() {
                std::fs::write(&file, &generated).unwrap();
            }
            let committed = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(committed == generated, "schemas/{name} is not what the types say; run with UPDATE_SCHEMAS=1");
        }
    }
}
