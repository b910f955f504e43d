//! Cucumber's JSON, which many readers of test reports take.
//!
//! Two things of a manifest have no place in that format and get one that readers show: an outcome is a tag of its scenario
//! (`@outcome:not_supported`), and what was found around the steps is a hook that failed.

use serde::{Deserialize, Serialize};

use super::{a_step_failed, why};
use crate::{
    Manifest,
    schema::{Outcome, Scenario, StepOutcome},
};

/// A manifest does not know in which line a sentence stands; lines of Gherkin count from 1.
const UNKNOWN_LINE: u32 = 0;

/// One feature file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its path in the suite.
    pub uri: String,
    /// Its file's stem.
    pub id: String,
    /// `Feature`.
    pub keyword: String,
    /// Its title.
    pub name: String,
    /// Empty: scenarios say what they guarantee.
    pub description: String,
    /// Unknown, 0.
    pub line: u32,
    /// Its scenarios, in order.
    pub elements: Vec<Element>,
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// As the manifest has it.
    pub id: String,
    /// `Scenario`.
    pub keyword: String,
    /// `scenario`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its title.
    pub name: String,
    /// Why it did not pass.
    pub description: String,
    /// Unknown, 0.
    pub line: u32,
    /// Those of the scenario, and its outcome.
    pub tags: Vec<Tag>,
    /// In order.
    pub steps: Vec<Step>,
    /// What the suite found around the steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Hook>,
}

/// A tag, with `@`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The tag.
    pub name: String,
    /// Unknown, 0.
    pub line: u32,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// With the blank behind it, as Cucumber writes it.
    pub keyword: String,
    /// The sentence.
    pub name: String,
    /// Unknown, 0.
    pub line: u32,
    /// How it ended.
    pub result: StepResult,
}

/// Something that the suite does around a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// What it is called.
    #[serde(rename = "match")]
    pub matched: Match,
    /// How it ended.
    pub result: StepResult,
}

/// Where a hook is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// For people.
    pub location: String,
}

/// How a step or a hook ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepResult {
    /// `passed`, `failed`, `skipped` or `pending`.
    pub status: String,
    /// In nanoseconds.
    pub duration: u64,
    /// Why it did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

/// The whole document.
#[must_use]
pub fn features(manifest: &Manifest) -> Vec<Feature> {
    manifest.scenarios.chunk_by(|a, b| a.feature == b.feature).map(feature).collect()
}

fn feature(scenarios: &[Scenario]) -> Feature {
    let (id, name) = scenarios
        .first()
        .map_or(("", ""), |scenario| (scenario.id.split("::").next().unwrap_or_default(), &*scenario.feature));
    Feature {
        uri: format!("features/{id}.feature"),
        id: id.into(),
        keyword: "Feature".into(),
        name: name.into(),
        description: String::new(),
        line: UNKNOWN_LINE,
        elements: scenarios.iter().map(element).collect(),
    }
}

fn element(scenario: &Scenario) -> Element {
    let outcome = format!("@outcome:{}", scenario.outcome.as_str());
    let tags = scenario.tags.iter().cloned().chain([outcome]);
    Element {
        id: scenario.id.clone(),
        keyword: "Scenario".into(),
        kind: "scenario".into(),
        name: scenario.title.clone(),
        description: why(scenario),
        line: UNKNOWN_LINE,
        tags: tags.map(|name| Tag { name, line: UNKNOWN_LINE }).collect(),
        steps: steps(scenario),
        after: after(scenario).into_iter().collect(),
    }
}

fn steps(scenario: &Scenario) -> Vec<Step> {
    let step = |step: &crate::schema::Step| {
        let (keyword, name) = step.text.split_once(' ').unwrap_or(("*", &step.text));
        let (status, error_message) = match step.outcome {
            StepOutcome::Pass => ("passed", None),
            // Readers count a scenario with a failed step as failed. An announced failure is none, and neither is what could
            // not be seen because of another scenario's.
            StepOutcome::Fail if matches!(scenario.outcome, Outcome::KnownFail | Outcome::PrerequisiteFailed) => {
                ("pending", Some(why(scenario)))
            }
            StepOutcome::Fail => ("failed", Some(why(scenario))),
            StepOutcome::NotReached => ("skipped", None),
        };
        let result = StepResult { status: status.into(), duration: nanoseconds(step.duration_ms), error_message };
        Step { keyword: format!("{keyword} "), name: name.into(), line: UNKNOWN_LINE, result }
    };
    scenario.steps.iter().map(step).collect()
}

/// What no step could say.
fn after(scenario: &Scenario) -> Option<Hook> {
    let status = match scenario.outcome {
        Outcome::Fail | Outcome::Error if !a_step_failed(scenario) => "failed",
        Outcome::NotSupported | Outcome::PrerequisiteFailed | Outcome::Disabled => "skipped",
        _ => return None,
    };
    let result = StepResult { status: status.into(), duration: 0, error_message: Some(why(scenario)) };
    Some(Hook { matched: Match { location: "what the suite found around the steps".into() }, result })
}

const fn nanoseconds(millis: u64) -> u64 {
    millis.saturating_mul(1_000_000)
}
