//! What an implementation may declare, and scenarios may need: the tag `@needs:faults` makes a scenario `not_supported`
//! where `faults` is not declared.

use std::{collections::BTreeSet, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::nearest;

/// What the tag of a capability starts with, `@` left out.
pub const TAG: &str = "needs:";

/// Something that not every implementation offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Capability {
    /// Restores artifacts of the public format 1.0.0.
    OlderFormats,
    /// Answers a preflight with a digest, and holds a restore to it.
    PreflightDigest,
    /// Shows the runs of its restores, and need not be waited for.
    Runs,
    /// Can be started with other addresses of its backends: the suite puts proxies before them and makes them fail.
    Faults,
    /// Two of it, on the same control database, respect each other's locks.
    Replicas,
    /// Can be killed and stopped in its tracks by a signal.
    ProcessControl,
    /// Needs no more than eight times the limit of artifacts as memory.
    BoundedMemory,
    /// Trusts tokens that the suite signs, whatever their scope and age.
    MintedTokens,
}

impl Capability {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 8] = [
        Self::OlderFormats,
        Self::PreflightDigest,
        Self::Runs,
        Self::Faults,
        Self::Replicas,
        Self::ProcessControl,
        Self::BoundedMemory,
        Self::MintedTokens,
    ];

    /// Those that nobody can try but on copies of the implementation that it started itself.
    pub const OF_STARTED: [Self; 3] = [Self::Faults, Self::Replicas, Self::ProcessControl];

    /// The word for it in tags, files and options.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OlderFormats => "older_formats",
            Self::PreflightDigest => "preflight_digest",
            Self::Runs => "runs",
            Self::Faults => "faults",
            Self::Replicas => "replicas",
            Self::ProcessControl => "process_control",
            Self::BoundedMemory => "bounded_memory",
            Self::MintedTokens => "minted_tokens",
        }
    }

    /// What it means to have it.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::OlderFormats => "restores artifacts of the public format 1.0.0",
            Self::PreflightDigest => "answers a preflight with a digest, and holds a restore to it",
            Self::Runs => "shows the runs of its restores, and need not be waited for",
            Self::Faults => "can be started with proxies before its backends, which the suite makes fail",
            Self::Replicas => "two of it on one control database respect each other's locks",
            Self::ProcessControl => "can be killed, and stopped in its tracks, by a signal",
            Self::BoundedMemory => "needs no more than eight times the limit of artifacts as memory",
            Self::MintedTokens => "trusts a key of the suite, which then signs tokens of any scope and age",
        }
    }

    /// That it is not declared, for people.
    #[must_use]
    pub fn undeclared(self) -> String {
        format!("the implementation does not declare `{self}`: {}", self.meaning())
    }

    /// Whether a conformant implementation may lack it: SPEC.md says SHOULD where others say MUST.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::PreflightDigest | Self::BoundedMemory)
    }

    /// The capabilities among these tags, `@` left out.
    ///
    /// # Errors
    /// Names a tag whose capability is not known, and those that are.
    pub fn needed_by<'a>(tags: impl IntoIterator<Item = &'a String>) -> Result<BTreeSet<Self>, String> {
        tags.into_iter().filter_map(|tag| tag.strip_prefix(TAG)).map(str::parse).collect()
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or_else(|| nearest::unknown("capability", text, &Self::ALL.map(Self::as_str)))
    }
}

impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_from_tags_and_unknown_ones_are_named() {
        let tags = ["E1".to_owned(), "needs:faults".to_owned(), "needs:replicas".to_owned()];
        let needed = Capability::needed_by(&tags).unwrap();
        assert_eq!(needed, BTreeSet::from([Capability::Faults, Capability::Replicas]));
        insta::assert_snapshot!(
            Capability::needed_by(&["needs:fault".to_owned()]).unwrap_err(),
            @"there is no capability `fault`; did you mean `faults`?"
        );
    }

    #[test]
    fn the_specification_lists_every_capability() {
        let table: Vec<String> = Capability::ALL
            .iter()
            .map(|it| {
                let core = if it.is_optional() { "optional" } else { "core" };
                format!("| `{it}` | {} | {core} |", it.meaning())
            })
            .collect();
        assert!(include_str!("../../../SPEC.md").contains(&table.join("\n")), "SPEC.md needs:\n{}", table.join("\n"));
    }

    #[test]
    fn one_word_names_a_capability_everywhere() {
        for capability in Capability::ALL {
            assert_eq!(serde_json::to_value(capability).unwrap(), capability.as_str());
            let value = clap::ValueEnum::to_possible_value(&capability).unwrap();
            assert_eq!(value.get_name(), capability.as_str());
        }
    }
}
