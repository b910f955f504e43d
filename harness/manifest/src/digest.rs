//! A digest of a manifest over itself, so that a changed one is noticed. It guards against accident and touch-ups, not
//! against somebody who makes a new one.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Manifest;

/// The member that holds it, empty while it is made.
const MEMBER: &str = "digest";

/// SHA-256 over the document as compact JSON, members in their order, `digest` empty.
pub(super) fn of(manifest: &Value) -> String {
    let mut manifest = manifest.clone();
    if let Some(digest) = manifest.get_mut(MEMBER) {
        *digest = Value::String(String::new());
    }
    over(&manifest)
}

/// SHA-256 of a file's content, as hexadecimal digits.
pub(super) fn sha256(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// The manifest as a document, with its digest.
pub(super) fn sealed(manifest: &Manifest) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(manifest)?;
    value[MEMBER] = Value::String(String::new());
    value[MEMBER] = Value::String(over(&value));
    Ok(value)
}

fn over(document: &Value) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(document.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_over_all_but_itself() {
        let sealed = sealed(&crate::writer::tests::mixed().manifest()).unwrap();
        let told = of(&sealed);
        assert!(told.starts_with("sha256:") && told.len() == "sha256:".len() + 64, "{told}");
        assert_eq!(sealed[MEMBER], told);
        let mut other = sealed.clone();
        other["run"]["seed"] = 7.into();
        assert_ne!(of(&other), told);
        other = sealed;
        other[MEMBER] = "another".into();
        assert_eq!(of(&other), told);
    }
}
