//! Builds the manifest out of what happens, scenario by scenario. Pure: reads no clock, writes no file.

use std::{collections::BTreeSet, time::Duration};

use super::{
    KnownFailures, profiles,
    schema::{
        Backend, Counts, Failure, Implementation, MANIFEST_VERSION, Manifest, Outcome, Run, Scenario, Step,
        StepOutcome, Suite, Try, Verdict,
    },
};
use crate::{capability::Capability, secrets::scrubbed};

/// A scenario before it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// See [`Scenario::id`].
    pub id: String,
    /// See [`Scenario::title`].
    pub title: String,
    /// See [`Scenario::feature`].
    pub feature: String,
    /// See [`Scenario::tags`].
    pub tags: Vec<String>,
    /// All steps, those of the background first.
    pub steps: Vec<String>,
    /// Whether the user wants it.
    pub selected: bool,
    /// See [`Scenario::custom`].
    pub custom: bool,
    /// The capabilities that it needs.
    pub needs: BTreeSet<Capability>,
    /// Why it cannot be tried on the implementation, if so.
    pub lacking: Option<String>,
    /// The steps that nothing is defined for, each with its place.
    pub undefined: Vec<String>,
}

impl Declared {
    /// Whether it is to be run: the user wants it, the implementation has what it needs, and all of its steps are
    /// defined.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.selected && self.lacking.is_none() && self.undefined.is_empty()
    }
}

/// What the world and the hooks know at the end of a scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// See [`Scenario::assertions`].
    pub assertions: u64,
    /// Findings of the after hook, one each: they fail a scenario whose steps all held.
    pub hook_findings: Vec<String>,
    /// Whether the implementation is not to blame for what did not hold.
    pub infrastructure: bool,
    /// What it builds on and was not there, which is the failure of another scenario.
    pub prerequisite: Option<String>,
    /// What there is to see. Its message and step come from the steps.
    pub failure: Failure,
    /// See [`Scenario::cleanup_failure`].
    pub cleanup_failure: Option<String>,
    /// See [`Scenario::peak_memory_bytes`].
    pub peak_memory_bytes: Option<u64>,
}

/// The manifest in the making.
#[derive(Debug, Clone)]
pub struct Recorder {
    run: Run,
    suite: Suite,
    implementation: Option<Implementation>,
    backends: Vec<Backend>,
    known: KnownFailures,
    entries: Vec<Entry>,
    started: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    declared: Declared,
    position: Option<usize>,
    steps: Vec<(Duration, Option<String>)>,
    ended: Option<Scenario>,
    earlier: Vec<Try>,
}

impl Recorder {
    /// A run of these scenarios.
    #[must_use]
    pub fn new(run: Run, suite: Suite, declared: Vec<Declared>) -> Self {
        let entries = declared.into_iter().map(Entry::new).collect();
        let known = KnownFailures::default();
        Self { run, suite, implementation: None, backends: Vec::new(), known, entries, started: 0 }
    }

    /// The same, where these failures were announced.
    #[must_use]
    pub fn with_known_failures(self, known: KnownFailures) -> Self {
        Self { known, ..self }
    }

    /// The run's own facts, to be kept up to date.
    pub const fn run_mut(&mut self) -> &mut Run {
        &mut self.run
    }

    /// The servers, once they answer.
    pub fn set_backends(&mut self, backends: Vec<Backend>) {
        self.backends = backends;
    }

    /// One more, which the implementer's own program looks into.
    pub fn add_backend(&mut self, backend: Backend) {
        self.backends.push(backend);
    }

    /// What is judged, once it is built.
    pub fn set_implementation(&mut self, implementation: Implementation) {
        self.implementation = Some(implementation);
    }

    /// A scenario starts, for the first time or once more: how it ended before becomes an earlier try.
    pub fn start(&mut self, id: &str) {
        self.started += 1;
        let position = self.started;
        if let Some(entry) = self.entry(id) {
            entry.position = Some(position);
            entry.steps.clear();
            if let Some(Scenario { outcome, duration_ms, failure, .. }) = entry.ended.take() {
                entry.earlier.push(Try { outcome, duration_ms, failure });
            }
        }
    }

    /// A step of a scenario ended: with a finding when it did not hold.
    pub fn step(&mut self, id: &str, duration: Duration, finding: Option<String>) {
        if let Some(entry) = self.entry(id) {
            entry.steps.push((duration, finding));
        }
    }

    /// A scenario ended, its hooks included.
    pub fn finish(&mut self, id: &str, duration: Duration, evidence: Evidence) -> Option<&Scenario> {
        let entry = self.entries.iter_mut().find(|entry| entry.declared.id == id)?;
        entry.ended = Some(without_secrets(entry.judge(duration, evidence, &self.known)));
        entry.ended.as_ref()
    }

    /// The scenarios that are to run and have neither passed nor failed as was announced.
    #[must_use]
    pub fn open(&self) -> BTreeSet<String> {
        let settled = |ended: &Scenario| matches!(ended.outcome, Outcome::Pass | Outcome::Flaky | Outcome::KnownFail);
        let open = self.entries.iter().filter(|it| it.declared.runs() && !it.ended.as_ref().is_some_and(settled));
        open.map(|entry| entry.declared.id.clone()).collect()
    }

    fn entry(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.declared.id == id)
    }

    /// The scenarios that cannot be run, as they will end.
    pub fn undefined(&self) -> impl Iterator<Item = Scenario> {
        // Nothing else that did not end fails.
        self.entries.iter().map(|it| it.unended(&self.run)).filter(|scenario| scenario.outcome == Outcome::Fail)
    }

    /// The manifest as of now. Selected scenarios that did not end are `error`: nobody knows about them.
    ///
    /// # Panics
    /// When the counts do not add up, which would be a defect of the suite.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        let scenarios: Vec<Scenario> =
            self.entries.iter().map(|entry| entry.ended.clone().unwrap_or_else(|| entry.unended(&self.run))).collect();
        let counted = |custom: bool| Counts::of(scenarios.iter().filter(|it| it.custom == custom).map(|it| it.outcome));
        let (counts, custom_counts) = (counted(false), counted(true));
        let both = counts.plus(custom_counts);
        assert!(
            counts.add_up() && custom_counts.add_up() && both.declared == scenarios.len(),
            "{both:?} do not add up"
        );
        Manifest {
            manifest_version: MANIFEST_VERSION.into(),
            digest: String::new(),
            verdict: Verdict::of_run(&self.run, &scenarios),
            counts,
            custom_counts,
            profiles: profiles::profiles(&self.run, self.implementation.as_ref(), &scenarios),
            unproved: profiles::unproved(&self.run, self.implementation.as_ref(), &scenarios),
            run: self.run.clone(),
            suite: self.suite.clone(),
            implementation: self.implementation.clone(),
            backends: self.backends.clone(),
            scenarios,
        }
    }
}

impl Entry {
    const fn new(declared: Declared) -> Self {
        Self { declared, position: None, steps: Vec::new(), ended: None, earlier: Vec::new() }
    }

    fn judge(&self, duration: Duration, evidence: Evidence, known: &KnownFailures) -> Scenario {
        let failed = self.steps.iter().position(|(_, finding)| finding.is_some());
        let mut findings: Vec<String> = self.steps.iter().filter_map(|(_, finding)| finding.clone()).collect();
        findings.extend(evidence.hook_findings);
        let unreached = self.steps.len() < self.declared.steps.len();
        if findings.is_empty() && unreached {
            findings.push("not all of its steps ran".into());
        } else if findings.is_empty() && evidence.assertions == 0 {
            findings.push("it asserted nothing, so it proves nothing".into());
        }
        let mut outcome = match (findings.is_empty(), evidence.infrastructure, &evidence.prerequisite) {
            (true, ..) if self.earlier.is_empty() => Outcome::Pass,
            (true, ..) => Outcome::Flaky,
            (false, false, None) => Outcome::Fail,
            (false, false, Some(_)) => Outcome::PrerequisiteFailed,
            (false, true, _) => Outcome::Error,
        };
        let mut reason = evidence.prerequisite.filter(|_| outcome == Outcome::PrerequisiteFailed);
        // Who is asked more than it offers need not look for a fault.
        let declared = self.declared.needs.iter().filter(|it| !Capability::OF_STARTED.contains(it));
        let declared: Vec<String> = declared.map(|it| format!("`{it}`")).collect();
        if outcome == Outcome::Fail && !declared.is_empty() {
            reason = Some(format!(
                "it is asked because {} is declared: what is not offered is left out",
                declared.join(", ")
            ));
        }
        if let Some(judged) = known.judge(&self.declared.id, outcome, &findings.join("\n")) {
            (outcome, reason) = (judged.outcome, Some(judged.reason));
            findings.extend(judged.finding);
        }
        let failure = (!findings.is_empty() && outcome != Outcome::PrerequisiteFailed).then(|| Failure {
            message: findings.join("\n"),
            step: failed.and_then(|position| self.declared.steps.get(position).cloned()),
            ..evidence.failure
        });
        Scenario {
            outcome,
            reason,
            duration_ms: millis(duration),
            assertions: evidence.assertions,
            failure,
            cleanup_failure: evidence.cleanup_failure,
            peak_memory_bytes: evidence.peak_memory_bytes,
            ..self.scenario()
        }
    }

    fn unended(&self, run: &Run) -> Scenario {
        if !self.declared.selected {
            return Scenario { reason: Some("left out by the selection".into()), ..self.scenario() };
        }
        if let Some(reason) = self.declared.lacking.clone() {
            return Scenario { outcome: Outcome::NotSupported, reason: Some(reason), ..self.scenario() };
        }
        if !self.declared.undefined.is_empty() {
            let message = self.declared.undefined.join("\n");
            let failure = Some(Failure { message, ..Failure::default() });
            return Scenario { outcome: Outcome::Fail, failure, ..self.scenario() };
        }
        let message = match (&run.problem, run.interrupted) {
            (Some(problem), _) => format!("did not run: {problem}"),
            (None, true) => "the run was interrupted before it ended".into(),
            (None, false) if run.finished && run.fail_fast => {
                let reason = "not started, because another one had failed (--fail-fast)";
                return Scenario { reason: Some(reason.into()), ..self.scenario() };
            }
            (None, false) if run.finished => "the suite did not run it".into(),
            (None, false) => "the run has not come to its end".into(),
        };
        Scenario {
            outcome: Outcome::Error,
            failure: Some(Failure { message, ..Failure::default() }),
            ..self.scenario()
        }
    }

    fn scenario(&self) -> Scenario {
        let steps = self.declared.steps.iter().enumerate().map(|(position, text)| {
            let (outcome, duration_ms) = match self.steps.get(position) {
                None => (StepOutcome::NotReached, 0),
                Some((duration, None)) => (StepOutcome::Pass, millis(*duration)),
                Some((duration, Some(_))) => (StepOutcome::Fail, millis(*duration)),
            };
            Step { text: text.clone(), outcome, duration_ms }
        });
        Scenario {
            id: self.declared.id.clone(),
            title: self.declared.title.clone(),
            feature: self.declared.feature.clone(),
            tags: self.declared.tags.clone(),
            custom: self.declared.custom,
            optional: self.declared.needs.iter().any(|it| it.is_optional()),
            position: self.position,
            outcome: Outcome::Disabled,
            reason: None,
            duration_ms: 0,
            assertions: 0,
            peak_memory_bytes: None,
            steps: steps.collect(),
            earlier_tries: self.earlier.clone(),
            failure: None,
            cleanup_failure: None,
        }
    }
}

/// What is shown of a tenant must not show its secrets, in whatever form the manifest is written.
fn without_secrets(scenario: Scenario) -> Scenario {
    let text = serde_json::to_string(&scenario).expect("a scenario is JSON");
    let hidden = scrubbed(&text);
    // Only characters within strings were replaced.
    if hidden == text { scenario } else { serde_json::from_str(&hidden).expect("it is a scenario still") }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
