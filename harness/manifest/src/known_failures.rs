//! Failures that were announced: each names its scenario, what it must fail with, why, and until when.

use std::collections::BTreeMap;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use time::{Date, macros::format_description};

use super::{nearest, schema::Outcome};

/// The file as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// One for each scenario.
    known_failures: Vec<Entry>,
}

/// One announced failure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The scenario's id.
    scenario: String,
    /// A regular expression that the failure's message must match: failing otherwise is no known failure.
    matches: String,
    /// Why it fails, or where that is written down.
    reason: String,
    /// The last day on which it counts, as `2026-12-31`.
    expires: String,
}

/// All announced failures, as of a day.
#[derive(Debug, Clone, Default)]
pub struct KnownFailures(BTreeMap<String, Known>);

#[derive(Debug, Clone)]
struct Known {
    matches: Regex,
    reason: String,
    expires: Date,
    expired: bool,
}

/// What an announcement makes of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    /// What did not hold besides the steps.
    pub(super) finding: Option<String>,
}

impl KnownFailures {
    /// Reads the file; `today` decides what has expired, `is_scenario` whether a scenario exists.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(yaml: &str, today: Date, is_scenario: impl Fn(&str) -> bool) -> Result<Self, String> {
        let file: File = serde_yaml::from_str(yaml).map_err(|error| nearest::suggested(&error.to_string()))?;
        let mut all = BTreeMap::new();
        for entry in file.known_failures {
            let id = entry.scenario;
            if !is_scenario(&id) {
                return Err(format!("there is no scenario `{id}`; `--list` shows their ids"));
            }
            let matches =
                Regex::new(&entry.matches).map_err(|error| format!("{id}: `matches` is no expression: {error}"))?;
            let expires = Date::parse(&entry.expires, format_description!("[year]-[month]-[day]"))
                .map_err(|_| format!("{id}: `expires` is no day such as 2026-12-31: {}", entry.expires))?;
            let known = Known { matches, reason: entry.reason, expires, expired: expires < today };
            if all.insert(id.clone(), known).is_some() {
                return Err(format!("{id} is announced twice"));
            }
        }
        Ok(Self(all))
    }

    /// What becomes of a scenario that ended so.
    pub(super) fn judge(&self, id: &str, outcome: Outcome, message: &str) -> Option<Judged> {
        let known = self.0.get(id)?;
        let Known { reason, expires, .. } = known;
        let until = format!("known until {expires}: {reason}");
        let judged = |outcome, reason, finding: Option<&str>| {
            Some(Judged { outcome, reason, finding: finding.map(str::to_owned) })
        };
        match outcome {
            Outcome::Pass | Outcome::Flaky => judged(
                Outcome::Fail,
                until,
                Some("it passed, though it was announced to fail: take it out of the known failures"),
            ),
            Outcome::Fail if known.expired => {
                judged(outcome, format!("known until {expires}, which is over: {reason}"), None)
            }
            Outcome::Fail if known.matches.is_match(message) => judged(Outcome::KnownFail, until, None),
            Outcome::Fail => {
                judged(outcome, format!("{until}; but it did not fail with `{}`", known.matches.as_str()), None)
            }
            _ => None,
        }
    }
}

/// The JSON Schema of the file.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const YAML: &str = "known_failures:
  - { scenario: 'e1::a', matches: 'table \\w+ differs', reason: 'ticket 7', expires: 2026-06-30 }
";

    fn parse(yaml: &str) -> Result<KnownFailures, String> {
        KnownFailures::parse(yaml, date!(2026 - 06 - 30), |id| id.starts_with("e1::"))
    }

    #[test]
    fn the_schema_takes_what_is_read_and_nothing_beside_it() {
        let schema = jsonschema::validator_for(&json_schema()).unwrap();
        let mut file: serde_json::Value = serde_yaml::from_str(YAML).unwrap();
        assert!(schema.is_valid(&file));
        file["known_failures"][0]["until"] = "2027".into();
        assert!(!schema.is_valid(&file));
    }

    #[test]
    fn only_the_announced_words_until_the_announced_day_are_a_known_failure() {
        let told = |known: &KnownFailures, outcome, message| {
            let judged = known.judge("e1::a", outcome, message).unwrap();
            format!(
                "{}: {}{}",
                judged.outcome.as_str(),
                judged.reason,
                judged.finding.map_or(String::new(), |it| format!(" [{it}]"))
            )
        };
        let known = parse(YAML).unwrap();
        let later = KnownFailures::parse(YAML, date!(2026 - 07 - 01), |_| true).unwrap();
        insta::assert_snapshot!([
            told(&known, Outcome::Fail, "the table orders differs"),
            told(&known, Outcome::Fail, "a topic differs"),
            told(&known, Outcome::Pass, ""),
            told(&known, Outcome::Flaky, ""),
            told(&later, Outcome::Fail, "the table orders differs"),
        ].join("\n"), @r"
        known_fail: known until 2026-06-30: ticket 7
        fail: known until 2026-06-30: ticket 7; but it did not fail with `table \w+ differs`
        fail: known until 2026-06-30: ticket 7 [it passed, though it was announced to fail: take it out of the known failures]
        fail: known until 2026-06-30: ticket 7 [it passed, though it was announced to fail: take it out of the known failures]
        fail: known until 2026-06-30, which is over: ticket 7
        ");
        assert_eq!(known.judge("e1::a", Outcome::Error, "the table orders differs"), None, "nobody knows");
        assert_eq!(known.judge("e1::b", Outcome::Fail, ""), None);
    }

    #[test]
    fn an_unusable_file_is_told_with_its_place() {
        let entry = |changes: &str| format!("known_failures: [{{ scenario: 'e1::a', reason: r, {changes} }}]");
        insta::assert_snapshot!([
            parse("known_failures:\n  - scenario: 'e1::a'\n    because: of it\n"),
            parse("known_failures:\n  - scenario: 'e1::a'\n    reasons: many\n"),
            parse(&entry("matches: '(', expires: 2026-06-30")),
            parse(&entry("matches: x, expires: soon")),
            parse(&YAML.replace("e1::", "e9::")),
            parse(&format!("{YAML}{}", YAML.split_once('\n').unwrap().1)),
        ].map(Result::unwrap_err).join("\n"), @r"
        known_failures[0]: unknown field `because`, expected one of `scenario`, `matches`, `reason`, `expires` at line 3 column 5
        known_failures[0]: unknown field `reasons`; did you mean `reason`? at line 3 column 5
        e1::a: `matches` is no expression: regex parse error:
            (
            ^
        error: unclosed group
        e1::a: `expires` is no day such as 2026-12-31: soon
        there is no scenario `e9::a`; `--list` shows their ids
        e1::a is announced twice
        ");
    }
}
