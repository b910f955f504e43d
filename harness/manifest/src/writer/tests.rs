//! Ways for a scenario to end.

use serde_json::json;

use super::*;
use crate::Mode;
use crate::schema::{BackendLog, Difference, DifferenceKind, Exchange, ImplementationOrigin, Member};

fn declared(id: &str, selected: bool) -> Declared {
    Declared {
        id: format!("e1_full_restore::{id}"),
        title: id.replace('_', " "),
        feature: "E1: a full restore".into(),
        tags: vec!["@E1".into(), "@R-E1-1".into()],
        steps: vec!["Given a tenant".into(), "When it is restored".into(), "Then it is equal".into()],
        selected,
        custom: false,
        needs: BTreeSet::new(),
        lacking: None,
        undefined: Vec::new(),
    }
}

fn without(id: &str, missing: Capability) -> Declared {
    Declared { needs: BTreeSet::from([missing]), lacking: Some(missing.undeclared()), ..declared(id, true) }
}

fn asserted(assertions: u64) -> Evidence {
    Evidence { assertions, ..Evidence::default() }
}

/// One scenario for each way to end.
pub(crate) fn mixed() -> Recorder {
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
    let suite = Suite { version: "0.1.0".into(), digest: "sha256:ab".into(), custom_digest: None };
    let ids =
        ["all_holds", "one_differs", "a_backend_is_down", "nothing_is_asserted", "hook_finds", "left_out", "late"];
    let mut scenarios: Vec<Declared> = ids.iter().map(|id| declared(id, *id != "left_out")).collect();
    scenarios.extend(["no_source", "second_try", "as_announced"].map(|id| declared(id, true)));
    scenarios.push(without("no_proxies", Capability::Faults));
    scenarios.push(Declared { custom: true, ..declared("ones_own", true) });
    let known = "known_failures: [{ scenario: 'e1_full_restore::as_announced', matches: 'bucket', reason: 'ticket 7',
        expires: 2026-12-31 }]";
    let known = KnownFailures::parse(known, time::macros::date!(2026 - 05 - 04), |_| true).unwrap();
    let mut recorder = Recorder::new(run, suite, scenarios).with_known_failures(known);
    recorder.set_backends(vec![
        Backend::of_stack(&"postgres", "15.14".into(), &"native"),
        Backend::of_stack(&"minio", "2026-02-12T20:18:48Z".into(), &"external"),
    ]);
    recorder.set_implementation(Implementation {
        name: "restore-engine".into(),
        sha256: Some("c0ffee".into()),
        mode: Mode::Strict,
        version: None,
        organisation: None,
        url: None,
        contact: None,
        capabilities: vec!["replicas".into()],
        domains: vec!["iam".into(), "kafka".into()],
        commit: Some("ce8b6bb".into()),
        origin: ImplementationOrigin::Built,
    });
    let id = |name: &str| format!("e1_full_restore::{name}");
    let ms = Duration::from_millis;
    for name in ["all_holds", "one_differs", "a_backend_is_down", "hook_finds", "second_try"] {
        recorder.start(&id(name));
    }
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
    recorder.finish(&id("all_holds"), ms(1_204), asserted(120));
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
        differences: vec![Difference {
            domain: "postgres_metadata".into(),
            resource: "table:orders".into(),
            kind: DifferenceKind::Differs,
            desired: Some(json!({"columns": [{"name": "total", "type": "numeric(10,2)"}]})),
            observed: Some(json!({"columns": [{"name": "total", "type": "numeric"}]})),
            members: vec![Member {
                path: "/columns/0/type".into(),
                desired: Some(json!("numeric(10,2)")),
                observed: Some(json!("numeric")),
            }],
        }],
        backend_logs: vec![BackendLog { name: "postgres".into(), lines: vec!["LOG:  checkpoint starting".into()] }],
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
    let prerequisite = Some("the source tenant could not be made".into());
    recorder.step(&id("no_source"), ms(1), Some("the source tenant could not be made".into()));
    recorder.finish(&id("no_source"), ms(1), Evidence { prerequisite, ..asserted(0) });
    recorder.step(&id("second_try"), ms(9), Some("the topic orders is missing".into()));
    recorder.finish(&id("second_try"), ms(20), asserted(4));
    recorder.start(&id("second_try"));
    (0..3).for_each(|_| recorder.step(&id("second_try"), ms(10), None));
    recorder.finish(&id("second_try"), ms(30), asserted(12));
    recorder.step(&id("as_announced"), ms(9), Some("the bucket a-b is missing".into()));
    recorder.finish(&id("as_announced"), ms(20), asserted(4));
    (0..3).for_each(|_| recorder.step(&id("ones_own"), ms(10), None));
    recorder.finish(&id("ones_own"), ms(30), asserted(2));
    recorder
}

#[test]
fn every_way_to_end_is_told() {
    insta::assert_json_snapshot!(mixed().manifest());
}

#[test]
fn what_was_measured_of_the_implementation_stays() {
    let mut recorder = Recorder::new(Run::default(), Suite::default(), vec![declared("x", true)]);
    let evidence = Evidence { peak_memory_bytes: Some(7), ..asserted(1) };
    let ended = recorder.finish("e1_full_restore::x", Duration::ZERO, evidence).unwrap();
    assert_eq!(ended.peak_memory_bytes, Some(7));
}

#[test]
fn what_a_driver_looks_into_stands_beside_the_servers() {
    let mut recorder = mixed();
    recorder.add_backend(Backend::of_stack(&"iam", "26.1.0".into(), &"supplied"));
    let names: Vec<String> = recorder.manifest().backends.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["postgres", "minio", "iam"]);
}

fn late(recorder: &Recorder) -> Scenario {
    recorder.manifest().scenarios.into_iter().find(|it| it.title == "late").unwrap()
}

#[test]
fn a_killed_run_is_never_a_success() {
    let mut recorder = mixed();
    recorder.run_mut().finished = false;
    let late = late(&recorder);
    assert_eq!(late.outcome, Outcome::Error);
    assert_eq!(late.failure.unwrap().message, "the run has not come to its end");
}

#[test]
fn an_interruption_and_a_problem_are_told_by_every_scenario_that_did_not_end() {
    let mut recorder = mixed();
    recorder.run_mut().interrupted = true;
    let late = |recorder: &Recorder| late(recorder).failure.unwrap().message;
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
    use Outcome::{Disabled, Error, Fail, Flaky, KnownFail, NotSupported, Pass, PrerequisiteFailed};
    let ended = |outcome: Outcome| Scenario { outcome, ..Entry::new(declared("x", true)).scenario() };
    let verdict = |outcomes: &[Outcome]| Verdict::of(&outcomes.iter().copied().map(ended).collect::<Vec<_>>(), false);
    assert_eq!(verdict(&[Pass, Pass]), Verdict::Conformant);
    assert_eq!(verdict(&[Pass, Fail]), Verdict::NonConformant);
    assert_eq!(verdict(&[Pass, KnownFail]), Verdict::NonConformant, "announced is not allowed");
    assert_eq!(verdict(&[Fail, Error]), Verdict::Error);
    assert_eq!(verdict(&[]), Verdict::Error);
    for outcome in [Disabled, Flaky, NotSupported, PrerequisiteFailed] {
        assert_eq!(verdict(&[Pass, outcome]), Verdict::Partial, "{outcome:?}");
    }
    assert_eq!(Verdict::of(&[ended(Pass)], true), Verdict::NotEvaluated);
    let own = Scenario { custom: true, ..ended(Fail) };
    let optional = Scenario { optional: true, ..ended(NotSupported) };
    assert_eq!(Verdict::of(&[ended(Pass), own.clone(), optional], false), Verdict::Conformant);
    assert_eq!(Verdict::of(&[own], false), Verdict::Error, "nothing of the suite was run");
    assert_eq!(Verdict::of(&[Scenario { optional: true, ..ended(Fail) }], false), Verdict::NonConformant);
}

#[test]
fn a_run_went_well_when_all_that_ran_passed_or_failed_as_announced() {
    use Outcome::{Disabled, Error, Fail, Flaky, KnownFail, NotSupported, Pass, PrerequisiteFailed};
    let well = |outcomes: &[Outcome]| Counts::of(outcomes.iter().copied()).all_went_well();
    assert!(well(&[Pass, Disabled, NotSupported, Flaky, KnownFail]));
    for outcome in [Pass, Flaky, KnownFail] {
        assert!(well(&[outcome]), "{outcome:?} alone");
    }
    for outcome in [Fail, Error, PrerequisiteFailed] {
        assert!(!well(&[Pass, outcome]), "{outcome:?}");
    }
    assert!(!well(&[]) && !well(&[Disabled, NotSupported]), "nothing was run");
}

#[test]
fn a_failure_of_what_was_declared_says_so_and_one_of_what_the_suite_does_itself_does_not() {
    let reason = |needs: Capability| {
        let declared = Declared { needs: [needs].into(), ..declared("x", true) };
        let mut recorder = Recorder::new(Run::default(), Suite::default(), vec![declared]);
        recorder.step("e1_full_restore::x", Duration::ZERO, Some("it has no `Location`".into()));
        recorder.finish("e1_full_restore::x", Duration::ZERO, asserted(1)).unwrap().reason.clone()
    };
    let told = reason(Capability::Runs).unwrap();
    assert_eq!(told, "it is asked because `runs` is declared: what is not offered is left out");
    assert_eq!(reason(Capability::Faults), None);
}

#[test]
fn what_was_not_started_because_of_fail_fast_was_left_out_by_the_user() {
    let mut recorder = mixed();
    recorder.run_mut().fail_fast = true;
    let late = late(&recorder);
    assert_eq!(late.outcome, Outcome::Disabled);
    assert!(late.reason.unwrap().contains("--fail-fast"));
}

#[test]
fn a_step_that_is_not_defined_fails_its_scenario() {
    let undefined = vec!["own.feature:7: When I hope: not defined".to_owned()];
    let own = Declared { custom: true, undefined, ..declared("own", true) };
    let recorder = Recorder::new(Run::default(), Suite::default(), vec![own]);
    assert!(recorder.open().is_empty(), "it cannot be run");
    let manifest = recorder.manifest();
    assert_eq!(manifest.scenarios[0].outcome, Outcome::Fail);
    assert!(manifest.scenarios[0].failure.as_ref().unwrap().message.contains("When I hope"));
    assert_eq!(recorder.undefined().count(), 1);
}

#[test]
fn what_is_open_is_tried_again_and_what_is_settled_is_not() {
    let open: Vec<String> = mixed().open().iter().map(|id| id.replace("e1_full_restore::", "")).collect();
    let wanted = ["a_backend_is_down", "hook_finds", "late", "no_source", "nothing_is_asserted", "one_differs"];
    assert_eq!(open, wanted);
}

#[test]
fn what_is_shown_of_a_failure_hides_the_secrets_of_the_tenant() {
    const SECRET: &str = "never-travels-member-0123456789abcdef";
    let mut recorder = Recorder::new(Run::default(), Suite::default(), vec![declared("leaks", true)]);
    recorder.step("e1_full_restore::leaks", Duration::ZERO, Some(format!("it told {SECRET}")));
    let failure = Failure { log_tail: vec![format!("took {SECRET}")], ..Failure::default() };
    let evidence = Evidence { cleanup_failure: Some(SECRET.into()), failure, ..asserted(1) };
    recorder.finish("e1_full_restore::leaks", Duration::ZERO, evidence);
    let shown = serde_json::to_string(&recorder.manifest()).unwrap();
    assert!(!shown.contains(SECRET), "{shown}");
    assert_eq!(shown.matches("never-travels-member-***REDACTED***").count(), 3, "{shown}");
}
