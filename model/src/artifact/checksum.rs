//! The checksum over a domain's records.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Record;

/// Computes a records checksum while the records are produced or read.
#[derive(Default)]
pub struct RecordsChecksum(Sha256);

impl RecordsChecksum {
    /// Adds one record as a line of RFC 8785 JSON.
    ///
    /// # Errors
    /// When the record has no canonical form.
    pub fn add(&mut self, record: &impl Serialize) -> Result<(), serde_json::Error> {
        // Raw values must be re-read: the canonicalizer orders members of a tree, not of raw text.
        let tree = serde_json::to_value(record)?;
        self.0.update(serde_json_canonicalizer::to_string(&tree)?);
        self.0.update(b"\n");
        Ok(())
    }

    /// The checksum in the form in which artifacts state it.
    #[must_use]
    pub fn finish(self) -> String {
        format!("sha256:{}", hex::encode(self.0.finalize()))
    }
}

/// The checksum of `records` in this order.
///
/// # Errors
/// When a record has no canonical form.
pub fn records_checksum(records: &[Record]) -> Result<String, serde_json::Error> {
    let mut checksum = RecordsChecksum::default();
    for record in records {
        checksum.add(record)?;
    }
    Ok(checksum.finish())
}
