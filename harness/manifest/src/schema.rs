//! The types of the manifest; its JSON Schema comes from them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::verdict::{Counts, Outcome, Verdict};
use crate::{Domain, Mode, profiles::Profile};

/// The version of the manifest's own format.
pub const MANIFEST_VERSION: &str = "1.0.0";

/// The result of one run of the suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this format, `major.minor.patch`.
    pub manifest_version: String,
    /// SHA-256 of this document with an empty digest, as compact JSON. Empty before it is written, and in manifests of
    /// programs that made none.
    #[serde(default)]
    pub digest: String,
    /// Over all scenarios.
    pub verdict: Verdict,
    /// Of the suite's own scenarios; they add up to `declared`.
    pub counts: Counts,
    /// Of the scenarios that the user brought along, which the verdict leaves out; they add up to `declared`.
    #[serde(default)]
    pub custom_counts: Counts,
    /// What the run says about the core and about each domain. Empty when it says nothing about the whole.
    #[serde(default)]
    pub profiles: Vec<Profile>,
    /// The ids of the MUSTs of which nothing failed, but which were not seen to hold.
    #[serde(default)]
    pub unproved: Vec<String>,
    /// When, how and with which seed.
    pub run: Run,
    /// Which scenarios there were.
    pub suite: Suite,
    /// What was judged. Null when it could not be built or started.
    pub implementation: Option<Implementation>,
    /// The servers, in the order of the domains that need them.
    pub backends: Vec<Backend>,
    /// Every declared scenario, in the order of the features.
    pub scenarios: Vec<Scenario>,
}

/// When, how and with which seed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Also the name of the run's folder.
    pub id: String,
    /// All tenant data comes from it.
    pub seed: u64,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339. Of the last scenario that ended, while the run goes on.
    pub ended_at: String,
    /// From `started_at` to `ended_at`.
    pub duration_ms: u64,
    /// SHA-256 over the tenants of the suite as the seed made them: equal for equal seeds.
    #[serde(default)]
    pub data_digest: String,
    /// What was chosen, as it was typed. Empty when everything was.
    pub selection: Vec<String>,
    /// Scenarios side by side.
    pub jobs: usize,
    /// Whether the scenarios were started in an order made from the seed, instead of that of the features.
    #[serde(default)]
    pub shuffled: bool,
    /// How often a scenario that did not pass was to be tried again.
    #[serde(default)]
    pub retries: usize,
    /// Whether no further scenario was to be started once one failed.
    #[serde(default)]
    pub fail_fast: bool,
    /// False while the run goes on, and for ever after if it was killed.
    pub finished: bool,
    /// Whether the user ended it early.
    pub interrupted: bool,
    /// Why the run ended before its scenarios could be judged.
    pub problem: Option<String>,
    /// What could not be removed at the end, one each.
    pub leftovers: Vec<String>,
}

/// Which scenarios there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Of the program.
    pub version: String,
    /// SHA-256 over names and contents of features and fixtures.
    pub digest: String,
    /// The same over the features and fixtures that the user brought along. Null when there were none.
    #[serde(default)]
    pub custom_digest: Option<String>,
}

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Implementation {
    /// As its certification names it, else the executable's file name.
    pub name: String,
    /// As its certification states it.
    #[serde(default)]
    pub version: Option<String>,
    /// Who makes it, as its certification states it.
    #[serde(default)]
    pub organisation: Option<String>,
    /// Where there is more to know, as its certification states it.
    #[serde(default)]
    pub url: Option<String>,
    /// Whom to ask, as its certification states it.
    #[serde(default)]
    pub contact: Option<String>,
    /// The capabilities that it declares and that could be tried. Scenarios that need another one are `not_supported`.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The domains that it serves. Scenarios about another one are `not_supported`. Empty in manifests of programs that asked
    /// all of every implementation.
    #[serde(default)]
    pub domains: Vec<String>,
    /// How strictly its answers were judged: `strict`, or `compatible`, in which they may lack what SPEC.md says.
    #[serde(default)]
    pub mode: Mode,
    /// Of the executable. Null where it ran already.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Built from this commit, with `-dirty` when the sources were changed. Null when it was not built here.
    pub commit: Option<String>,
    /// Built here, given, or running already.
    pub origin: ImplementationOrigin,
}

/// Where the executable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImplementationOrigin {
    /// From this workspace.
    Built,
    /// By the user.
    Given,
    /// It ran already, at an address.
    Running,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backend {
    /// The product.
    pub name: String,
    /// As the server itself reports it.
    pub version: String,
    /// `containers`, `native`, `external`, or `supplied`: the suite looks into it by a program of the implementer's.
    pub origin: String,
    /// That program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<Driver>,
}

/// A program of the implementer's. What the manifest says of its domain is as good as this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// Its file name.
    pub program: String,
    /// SHA-256 of that file.
    pub sha256: String,
}

impl Backend {
    /// A server of the stack.
    #[must_use]
    pub fn of_stack(name: &dyn fmt::Display, version: String, origin: &dyn fmt::Display) -> Self {
        Self { name: name.to_string(), version, origin: origin.to_string(), driver: None }
    }

    /// One that a driver looks into.
    #[must_use]
    pub fn supplied(domain: Domain, product: &str, version: &str, driver: Driver) -> Self {
        let (name, version) = (format!("{domain} ({product})"), version.to_owned());
        Self { name, version, origin: "supplied".to_owned(), driver: Some(driver) }
    }

    /// Its origin, for people.
    #[must_use]
    pub fn origin_told(&self) -> String {
        match &self.driver {
            Some(driver) => {
                let digest = driver.sha256.get(..12).unwrap_or(&driver.sha256);
                format!("looked into by the implementer's {}, sha256 {digest}", driver.program)
            }
            None => self.origin.clone(),
        }
    }
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Stable: the feature file and the title.
    pub id: String,
    /// The guarantee.
    pub title: String,
    /// The feature's title.
    pub feature: String,
    /// With `@`.
    pub tags: Vec<String>,
    /// Whether the user brought it along. The verdict leaves it out.
    #[serde(default)]
    pub custom: bool,
    /// Whether it needs a capability that a conformant implementation may lack. The verdict leaves it out when it is
    /// `not_supported`.
    #[serde(default)]
    pub optional: bool,
    /// Its place in the order in which scenarios were started, from 1; that of its last try. Null when it was not.
    #[serde(default)]
    pub position: Option<usize>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not run, or what was announced about it: the capability that it needs, what it builds on, the option
    /// that left it out, the reason and the end of a known failure.
    #[serde(default)]
    pub reason: Option<String>,
    /// Hooks included.
    pub duration_ms: u64,
    /// What was compared or demanded, counted. Zero never passes.
    pub assertions: u64,
    /// The most memory that an implementation of the scenario's own had, in bytes. Only where the scenario asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// In order; those after a failed one are `not_reached`.
    pub steps: Vec<Step>,
    /// Earlier tries that did not pass, oldest first. The other members tell the last one.
    #[serde(default)]
    pub earlier_tries: Vec<Try>,
    /// Present when it ran and did not pass, or could not be run.
    pub failure: Option<Failure>,
    /// What could not be removed afterwards. Never changes the outcome.
    pub cleanup_failure: Option<String>,
}

/// One try of a scenario that was tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// How it ended.
    pub outcome: Outcome,
    /// Hooks included.
    pub duration_ms: u64,
    /// Why it did not pass.
    pub failure: Option<Failure>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Keyword and sentence.
    pub text: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Its time.
    pub duration_ms: u64,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It held.
    Pass,
    /// It did not, or it is undefined.
    Fail,
    /// An earlier one did not hold.
    NotReached,
}

/// Why a scenario did not pass, and what there is to see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// All findings at once, for people.
    pub message: String,
    /// The step that did not hold. Null when a hook noticed.
    pub step: Option<String>,
    /// Repeats this scenario with the same data.
    pub reproduce: String,
    /// The resources that were not as they should be, as far as the step compared any.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// What was said between the suite and the implementation, without credentials, in order.
    pub exchanges: Vec<Exchange>,
    /// The last lines of the implementation's log.
    pub log_tail: Vec<String>,
    /// The last lines of each server's log, as far as the suite can read it.
    #[serde(default)]
    pub backend_logs: Vec<BackendLog>,
    /// File, relative to the manifest, that holds what the backends held before cleanup.
    pub state: Option<String>,
    /// SHA-256 of that file, so that a changed one is noticed. Null in manifests of programs that wrote none.
    #[serde(default)]
    pub state_sha256: Option<String>,
}

/// One resource that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// For example `kafka`.
    pub domain: String,
    /// `kind:name`, as the backend has it.
    pub resource: String,
    /// What is wrong with it.
    pub kind: DifferenceKind,
    /// What should be there, whole. Null when nothing should.
    pub desired: Option<serde_json::Value>,
    /// What is there, whole. Null when nothing is.
    pub observed: Option<serde_json::Value>,
    /// The values that differ. Empty unless both are there.
    pub members: Vec<Member>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            DifferenceKind::Missing => "missing",
            DifferenceKind::Extra => "extra",
            DifferenceKind::Differs => "differs",
        };
        write!(f, "{}: {kind} {}", self.domain, self.resource)?;
        let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".into(), ToString::to_string);
        for member in &self.members {
            write!(f, "\n  at {}: expected {}, is {}", member.path, show(&member.desired), show(&member.observed))?;
        }
        Ok(())
    }
}

/// What is wrong with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It should be there.
    Missing,
    /// It should not be there.
    Extra,
    /// It is there and differs.
    Differs,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Where in the resource, as a JSON Pointer.
    pub path: String,
    /// What should be there. Null when nothing should.
    pub desired: Option<serde_json::Value>,
    /// What is there. Null when nothing is.
    pub observed: Option<serde_json::Value>,
}

/// The end of a server's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackendLog {
    /// The product.
    pub name: String,
    /// Its last lines, without credentials.
    pub lines: Vec<String>,
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// For example `POST`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// As sent and, where it is long, cut.
    pub request: Option<String>,
    /// Null when there was no answer.
    pub status: Option<u16>,
    /// As received and, where it is long, cut; or why there was no answer.
    pub response: String,
    /// From request to answer.
    pub duration_ms: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_told_with_each_value_that_differs() {
        let told = |kind, members: Vec<Member>| {
            let (domain, resource) = ("kafka".to_owned(), "topic:orders".to_owned());
            Difference { domain, resource, kind, desired: None, observed: None, members }.to_string()
        };
        let member = |path: &str, desired, observed| Member { path: path.into(), desired, observed };
        let differ = vec![
            member("/partitions", Some(json!(3)), Some(json!(1))),
            member("/settings/retention.ms", Some(json!("-1")), None),
        ];
        let all = [
            told(DifferenceKind::Missing, Vec::new()),
            told(DifferenceKind::Extra, Vec::new()),
            told(DifferenceKind::Differs, differ),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
        kafka: missing topic:orders
        kafka: extra topic:orders
        kafka: differs topic:orders
          at /partitions: expected 3, is 1
          at /settings/retention.ms: expected "-1", is nothing
        "#);
    }
}
