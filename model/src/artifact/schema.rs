//! The JSON Schema of artifacts, and the checksums by which artifacts name theirs.

use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Artifact, CURRENT_VERSION, FormatVersion};

/// The checksum of the schema that the public format 1.0.0 is published with.
const PUBLIC_1_0_0: &str = "sha256:97ed32438119c00f321888e660ea2ee9b37077ebd415eabea5821fea96773a29";

static CURRENT: LazyLock<String> =
    LazyLock::new(|| format!("sha256:{}", hex::encode(Sha256::digest(schema().to_string()))));

/// The JSON Schema of artifacts in the current format version.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Artifact);
    schema.insert("title".into(), format!("Artifact {CURRENT_VERSION}").into());
    schema.to_value()
}

/// `sha256:` over the compact JSON of a version's schema, members in the order in which it is written; none for a
/// version that is not supported.
#[must_use]
pub fn schema_checksum(version: FormatVersion) -> Option<&'static str> {
    match version {
        CURRENT_VERSION => Some(&CURRENT),
        FormatVersion { major: 1, minor: 0, patch: 0 } => Some(PUBLIC_1_0_0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn each_supported_version_has_a_checksum_of_its_own_and_no_other_has() {
        let [one, two] = crate::artifact::SUPPORTED_VERSIONS.map(|version| schema_checksum(version).unwrap());
        for checksum in [one, two] {
            let digits = checksum.strip_prefix("sha256:").unwrap();
            assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{checksum}");
        }
        assert_ne!(one, two);
        for version in ["1.0.1", "1.1.0", "2.1.0", "3.0.0"] {
            assert_eq!(schema_checksum(version.parse().unwrap()), None, "{version}");
        }
    }

    #[test]
    fn the_schema_names_its_version_and_every_type_of_record() {
        let schema = schema();
        assert_eq!(schema["title"], format!("Artifact {CURRENT_VERSION}"));
        let types = &schema["$defs"]["Record"]["properties"]["type"]["enum"];
        assert_eq!(*types, Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Value>());
    }
}
