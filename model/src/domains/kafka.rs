//! Resources of the `kafka` domain.

use super::Journey;
use crate::{Resource, artifact::Record, resource::Refusal};

/// Parses a record of this domain.
///
/// # Errors
/// A refusal, by name.
pub fn parse_desired(record: &Record, _journey: &Journey<'_>) -> Result<Resource, Refusal> {
    Err(Refusal::new(record.id(), "not built yet"))
}
