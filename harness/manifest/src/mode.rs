//! How strictly an implementation is judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strictly answers are judged. SPEC.md, "Modes", says what may be missing in `compatible`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As SPEC.md has it.
    #[default]
    Strict,
    /// As the public suite has it, where it demands less of an answer.
    Compatible,
}

impl Mode {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Compatible => "compatible",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_people_are_those_of_the_manifest() {
        for mode in [Mode::Strict, Mode::Compatible] {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
    }
}
