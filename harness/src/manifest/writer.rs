//! Builds the manifest out of what happens, scenario by scenario. Pure: reads no clock, writes no file.

use std::time::Duration;

use super::schema::{
    Backend, Counts, Failure, Implementation, MANIFEST_VERSION, Manifest, Outcome, Run, Scenario, Step, StepOutcome,
    Suite, Verdict,
};

/// A scenario before it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    declared: Declared,
    steps: Vec<(Duration, Option<String>)>,
    ended: Option<Scenario>,
}

impl Recorder {
    /// A run of these scenarios.
    #[must_use]
    pub fn new(run: Run, suite: Suite, declared: Vec<Declared>) -> Self {
        let entries = declared.into_iter().map(|declared| Entry { declared, steps: Vec::new(), ended: None }).collect();
        Self { run, suite, implementation: None, backends: Vec::new(), entries }
    }

    /// The run's own facts, to be kept up to date.
    pub const fn run_mut(&mut self) -> &mut Run {
        &mut self.run
    }

    /// The servers, once they answer.
    pub fn set_backends(&mut self, backends: Vec<Backend>) {
        self.backends = backends;
    }

    /// What is judged, once it is built.
    pub fn set_implementation(&mut self, implementation: Implementation) {
        self.implementation = Some(implementation);
    }

    /// A step of a scenario ended: with a finding when it did not hold.
    pub fn step(&mut self, id: &str, duration: Duration, finding: Option<String>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.declared.id == id) {
            entry.steps.push((duration, finding));
        }
    }

    /// A scenario ended, its hooks included.
    pub fn finish(&mut self, id: &str, duration: Duration, evidence: Evidence) -> Option<&Scenario> {
        let entry = self.entries.iter_mut().find(|entry| entry.declared.id == id)?;
        entry.ended = Some(entry.judge(duration, evidence));
        entry.ended.as_ref()
    }

    /// Whether every selected scenario ended.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.entries.iter().all(|entry| entry.ended.is_some() || !entry.declared.selected)
    }

    /// The manifest as of now. Selected scenarios that did not end are `error`: nobody knows about them.
    ///
    /// # Panics
    /// When the counts do not add up, which would be a defect of the suite.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        let scenarios: Vec<Scenario> =
            self.entries.iter().map(|entry| entry.ended.clone().unwrap_or_else(|| entry.unended(&self.run))).collect();
        let counts = Counts::of(scenarios.iter().map(|scenario| scenario.outcome));
        assert!(counts.add_up() && counts.declared == scenarios.len(), "counts do not add up: {counts:?}");
        Manifest {
            manifest_version: MANIFEST_VERSION.into(),
            verdict: Verdict::of(&counts, !self.run.selection.is_empty()),
            counts,
            run: self.run.clone(),
            suite: self.suite.clone(),
            implementation: self.implementation.clone(),
            backends: self.backends.clone(),
            scenarios,
        }
    }
}

impl Entry {
    fn judge(&self, duration: Duration, evidence: Evidence) -> Scenario {
        let failed = self.steps.iter().position(|(_, finding)| finding.is_some());
        let mut findings: Vec<String> = self.steps.iter().filter_map(|(_, finding)| finding.clone()).collect();
        findings.extend(evidence.hook_findings);
        let unreached = self.steps.len() < self.declared.steps.len();
        if findings.is_empty() && unreached {
            findings.push("not all of its steps ran".into());
        } else if findings.is_empty() && evidence.assertions == 0 {
            findings.push("it asserted nothing, so it proves nothing".into());
        }
        let outcome = match (findings.is_empty(), evidence.infrastructure) {
            (true, _) => Outcome::Pass,
            (false, true) => Outcome::Error,
            (false, false) => Outcome::Fail,
        };
        let failure = (!findings.is_empty()).then(|| Failure {
            message: findings.join("\n"),
            step: failed.and_then(|position| self.declared.steps.get(position).cloned()),
            ..evidence.failure
        });
        Scenario {
            outcome,
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
            return self.scenario();
        }
        let message = match (&run.problem, run.interrupted) {
            (Some(problem), _) => format!("did not run: {problem}"),
            (None, true) => "the run was interrupted before it ended".into(),
            (None, false) if run.finished => "it was not run, because an earlier one failed".into(),
            (None, false) => "the run has not come to its end".into(),
        };
        let outcome = if run.finished && run.problem.is_none() && !run.interrupted {
            Outcome::PrerequisiteFailed
        } else {
            Outcome::Error
        };
        Scenario { outcome, failure: Some(Failure { message, ..Failure::default() }), ..self.scenario() }
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
            outcome: Outcome::Disabled,
            duration_ms: 0,
            assertions: 0,
            peak_memory_bytes: None,
            steps: steps.collect(),
            failure: None,
            cleanup_failure: None,
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::manifest::schema::{Exchange, ImplementationOrigin};

    fn declared(id: &str, selected: bool) -> Declared {
        Declared {
            id: format!("e1_full_restore::{id}"),
            title: id.replace('_', " "),
            feature: "E1: a full restore".into(),
            tags: vec!["@E1".into(), "@R-E1-1".into()],
            steps: vec!["Given a tenant".into(), "When it is restored".into(), "Then it is equal".into()],
            selected,
        }
    }

    fn asserted(assertions: u64) -> Evidence {
        Evidence { assertions, ..Evidence::default() }
    }

    /// One scenario for each way to end.
    pub(in crate::manifest) fn mixed() -> Recorder {
        let run = Run {
            id: "20260504T093000Z-3f9a1c".into(),
            seed: 42,
            started_at: "2026-05-04T09:30:00Z".into(),
            ended_at: "2026-05-04T09:30:07Z".into(),
            duration_ms: 7_250,
            jobs: 4,
            finished: true,
            ..Run::default()
        };
        let suite = Suite { version: "0.1.0".into(), digest: "sha256:ab".into() };
        let ids =
            ["all_holds", "one_differs", "a_backend_is_down", "nothing_is_asserted", "hook_finds", "left_out", "late"];
        let scenarios = ids.iter().map(|id| declared(id, *id != "left_out")).collect();
        let mut recorder = Recorder::new(run, suite, scenarios);
        recorder.set_backends(vec![
            Backend { name: "postgres".into(), version: "15.14".into(), origin: "native".into() },
            Backend { name: "minio".into(), version: "2026-02-12T20:18:48Z".into(), origin: "external".into() },
        ]);
        recorder.set_implementation(Implementation {
            name: "restore-engine".into(),
            sha256: "c0ffee".into(),
            commit: Some("ce8b6bb".into()),
            origin: ImplementationOrigin::Built,
        });
        let id = |name: &str| format!("e1_full_restore::{name}");
        let ms = Duration::from_millis;
        for name in ["all_holds", "nothing_is_asserted", "hook_finds"] {
            (0..3).for_each(|_| recorder.step(&id(name), ms(10), None));
        }
        for name in ["one_differs", "a_backend_is_down"] {
            recorder.step(&id(name), ms(10), None);
        }
        recorder.step(
            &id("one_differs"),
            ms(20),
            Some("table orders: column total differs\n  desired  numeric(10,2)\n  observed numeric".into()),
        );
        recorder.step(&id("a_backend_is_down"), ms(20), Some("kafka at 127.0.0.1:9092 does not answer".into()));
        recorder.finish(&id("all_holds"), ms(1_204), Evidence { peak_memory_bytes: Some(400 << 20), ..asserted(120) });
        let evidence = Failure {
            reproduce: "cargo conformance run --seed 42 --scenario one_differs".into(),
            exchanges: vec![Exchange {
                method: "POST".into(),
                path: "/v1/admin/tenants/a/config/reprovision".into(),
                request: Some("{}".into()),
                status: Some(200),
                response: "{\"result_status\":\"success\"}".into(),
                duration_ms: 12,
            }],
            log_tail: vec!["restored".into()],
            ..Failure::default()
        };
        let cleanup_failure = Some("bucket a-b: not empty".into());
        recorder.finish(
            &id("one_differs"),
            ms(900),
            Evidence { assertions: 3, failure: evidence, cleanup_failure, ..Evidence::default() },
        );
        recorder.finish(&id("a_backend_is_down"), ms(30), Evidence { infrastructure: true, ..asserted(0) });
        recorder.finish(&id("nothing_is_asserted"), ms(30), asserted(0));
        let hook_findings = vec!["the bystander changed: topic audit is gone".into()];
        recorder.finish(&id("hook_finds"), ms(30), Evidence { hook_findings, ..asserted(9) });
        recorder
    }

    #[test]
    fn every_way_to_end_is_told() {
        insta::assert_json_snapshot!(mixed().manifest());
    }

    #[test]
    fn a_killed_run_is_never_a_success() {
        let mut recorder = mixed();
        recorder.run_mut().finished = false;
        let late = recorder.manifest().scenarios.pop().unwrap();
        assert_eq!(late.outcome, Outcome::Error);
        assert_eq!(late.failure.unwrap().message, "the run has not come to its end");
        assert!(!recorder.is_complete());
    }

    #[test]
    fn an_interruption_and_a_problem_are_told_by_every_scenario_that_did_not_end() {
        let mut recorder = mixed();
        recorder.run_mut().interrupted = true;
        let late = |recorder: &Recorder| recorder.manifest().scenarios.pop().unwrap().failure.unwrap().message;
        assert!(late(&recorder).contains("interrupted"));
        recorder.run_mut().problem = Some("no kafka is to be had".into());
        assert!(late(&recorder).contains("no kafka is to be had"));
    }

    #[test]
    fn a_passed_scenario_ran_all_of_its_steps() {
        let mut recorder = Recorder::new(Run::default(), Suite::default(), vec![declared("cut", true)]);
        recorder.step("e1_full_restore::cut", Duration::ZERO, None);
        let ended = recorder.finish("e1_full_restore::cut", Duration::ZERO, asserted(5)).unwrap();
        assert_eq!(ended.outcome, Outcome::Fail);
    }

    #[test]
    fn the_verdict_is_the_worst_that_happened() {
        let verdict = |outcomes: &[Outcome]| Verdict::of(&Counts::of(outcomes.iter().copied()), false);
        use Outcome::{Disabled, Error, Fail, Flaky, Pass};
        assert_eq!(verdict(&[Pass, Pass]), Verdict::Conformant);
        assert_eq!(verdict(&[Pass, Flaky]), Verdict::Partial);
        assert_eq!(verdict(&[Pass, Disabled]), Verdict::Partial);
        assert_eq!(verdict(&[Pass, Fail]), Verdict::NonConformant);
        assert_eq!(verdict(&[Fail, Error]), Verdict::Error);
        assert_eq!(verdict(&[]), Verdict::Error);
        assert_eq!(Verdict::of(&Counts::of([Pass]), true), Verdict::NotEvaluated);
        assert!(!Counts::of([]).every_selected_passed());
        assert!(Counts::of([Pass, Disabled]).every_selected_passed());
        assert!(!Counts::of([Disabled]).every_selected_passed());
    }
}
