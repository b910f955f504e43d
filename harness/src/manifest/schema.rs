//! The types of the manifest; its JSON Schema comes from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the manifest's own format.
pub const MANIFEST_VERSION: &str = "1.0.0";

/// The result of one run of the suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this format, `major.minor.patch`.
    pub manifest_version: String,
    /// Over all scenarios.
    pub verdict: Verdict,
    /// They add up to `declared`.
    pub counts: Counts,
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

/// What the run says about the implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every declared scenario passed.
    Conformant,
    /// At least one scenario failed.
    NonConformant,
    /// Nothing failed, but not every scenario passed on its first try.
    Partial,
    /// The suite or a backend failed, so that nothing is certain.
    Error,
    /// The user chose the scenarios: the run says nothing about the whole.
    NotEvaluated,
}

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It asserted something, and all of it held.
    Pass,
    /// The implementation broke a requirement.
    Fail,
    /// The suite or a backend failed before the implementation could be judged.
    Error,
    /// It needs a capability that the implementation does not declare.
    NotSupported,
    /// Left out by the user.
    Disabled,
    /// Something that it builds on failed.
    PrerequisiteFailed,
    /// It passed, but not on its first try.
    Flaky,
    /// It failed as was announced.
    KnownFail,
}

/// How many scenarios ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All of them.
    pub declared: usize,
    /// See [`Outcome::Pass`].
    pub pass: usize,
    /// See [`Outcome::Fail`].
    pub fail: usize,
    /// See [`Outcome::Error`].
    pub error: usize,
    /// See [`Outcome::NotSupported`].
    pub not_supported: usize,
    /// See [`Outcome::Disabled`].
    pub disabled: usize,
    /// See [`Outcome::PrerequisiteFailed`].
    pub prerequisite_failed: usize,
    /// See [`Outcome::Flaky`].
    pub flaky: usize,
    /// See [`Outcome::KnownFail`].
    pub known_fail: usize,
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
    /// What was chosen, as it was typed. Empty when everything was.
    pub selection: Vec<String>,
    /// Scenarios side by side.
    pub jobs: usize,
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
}

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Implementation {
    /// The executable's file name.
    pub name: String,
    /// Of the executable.
    pub sha256: String,
    /// Built from this commit, with `-dirty` when the sources were changed. Null when it was not built here.
    pub commit: Option<String>,
    /// Built here, or given.
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
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backend {
    /// The product.
    pub name: String,
    /// As the server itself reports it.
    pub version: String,
    /// `containers`, `native` or `external`.
    pub origin: String,
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
    /// How it ended.
    pub outcome: Outcome,
    /// Hooks included.
    pub duration_ms: u64,
    /// What was compared or demanded, counted. Zero never passes.
    pub assertions: u64,
    /// The most memory that an implementation of the scenario's own had, in bytes. Only where the scenario asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// In order; those after a failed one are `not_reached`.
    pub steps: Vec<Step>,
    /// Present unless it passed or was left out.
    pub failure: Option<Failure>,
    /// What could not be removed afterwards. Never changes the outcome.
    pub cleanup_failure: Option<String>,
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
    /// What was said between the suite and the implementation, without credentials, in order.
    pub exchanges: Vec<Exchange>,
    /// The last lines of the implementation's log.
    pub log_tail: Vec<String>,
    /// File, relative to the manifest, that holds what the backends held before cleanup.
    pub state: Option<String>,
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

impl Counts {
    /// Counts outcomes.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.declared += 1;
            *match outcome {
                Outcome::Pass => &mut counts.pass,
                Outcome::Fail => &mut counts.fail,
                Outcome::Error => &mut counts.error,
                Outcome::NotSupported => &mut counts.not_supported,
                Outcome::Disabled => &mut counts.disabled,
                Outcome::PrerequisiteFailed => &mut counts.prerequisite_failed,
                Outcome::Flaky => &mut counts.flaky,
                Outcome::KnownFail => &mut counts.known_fail,
            } += 1;
        }
        counts
    }

    /// Whether the outcomes add up to the declared scenarios.
    #[must_use]
    pub const fn add_up(&self) -> bool {
        self.declared
            == self.pass
                + self.fail
                + self.error
                + self.not_supported
                + self.disabled
                + self.prerequisite_failed
                + self.flaky
                + self.known_fail
    }

    /// Whether every scenario that was not left out passed, and there was one.
    #[must_use]
    pub const fn every_selected_passed(&self) -> bool {
        self.pass > 0 && self.pass + self.disabled == self.declared
    }
}

impl Verdict {
    /// Derives the verdict of a run from its counts.
    #[must_use]
    pub const fn of(counts: &Counts, filtered: bool) -> Self {
        if filtered {
            Self::NotEvaluated
        } else if counts.error > 0 || counts.declared == 0 {
            Self::Error
        } else if counts.fail > 0 {
            Self::NonConformant
        } else if counts.pass < counts.declared {
            Self::Partial
        } else {
            Self::Conformant
        }
    }

    /// As it stands in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NonConformant => "non_conformant",
            Self::Partial => "partial",
            Self::Error => "error",
            Self::NotEvaluated => "not_evaluated",
        }
    }
}

impl Outcome {
    /// As it stands in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::NotSupported => "not_supported",
            Self::Disabled => "disabled",
            Self::PrerequisiteFailed => "prerequisite_failed",
            Self::Flaky => "flaky",
            Self::KnownFail => "known_fail",
        }
    }
}
