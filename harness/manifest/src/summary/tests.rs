use super::*;
use crate::writer::tests::mixed;

#[test]
fn a_summary_says_what_failed_and_why_in_a_few_lines() {
    insta::assert_snapshot!(text(&mixed().manifest()));
}

#[test]
fn the_last_lines_name_ten_that_went_wrong_and_how_many_more() {
    let mut manifest = mixed().manifest();
    let failed = manifest.scenarios.iter().find(|scenario| scenario.outcome == Outcome::Fail).unwrap().clone();
    manifest.scenarios = vec![failed; 13];
    for (position, scenario) in manifest.scenarios.iter_mut().enumerate() {
        scenario.failure.as_mut().unwrap().message.push_str(&format!(" in {}", position.min(11)));
    }
    manifest.scenarios[0].steps.iter_mut().for_each(|step| step.duration_ms = 12_340);
    manifest.scenarios[1].failure.as_mut().unwrap().message = "é".repeat(1_000);
    let text = text(&manifest);
    let end = &text[text.find("went wrong").unwrap()..];
    insta::assert_snapshot!(end);
}

#[test]
fn of_a_run_that_could_not_be_made_only_what_had_begun_is_told() {
    let mut manifest = mixed().manifest();
    let mut begun = manifest.scenarios.iter().find(|it| it.outcome == Outcome::Fail).unwrap().clone();
    begun.title = "It had begun".into();
    let mut unreached = Scenario { title: "It had not".into(), ..begun.clone() };
    unreached.steps.iter_mut().for_each(|step| step.outcome = StepOutcome::NotReached);
    unreached.failure.as_mut().unwrap().message = "another".into();
    manifest.scenarios = vec![begun, unreached];
    let told =
        |manifest: &Manifest| ["FAIL: It had begun\n", "FAIL: It had not\n"].map(|it| text(manifest).contains(it));
    assert_eq!(told(&manifest), [true, true]);
    manifest.run.problem = Some("the servers are gone".into());
    assert_eq!(told(&manifest), [true, false]);
}

#[test]
fn times_and_digests_are_cut_to_what_people_tell_apart() {
    assert_eq!([0, 99, 100, 1_099, 61_250].map(seconds), ["0.0 s", "0.0 s", "0.1 s", "1.0 s", "61.2 s"]);
    assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
    assert_eq!(short("0123456789abcdef"), "0123456789ab");
    assert_eq!(short("ab"), "ab");
}

#[test]
fn one_that_went_wrong_is_not_told_twice_and_two_are_named_at_the_end() {
    let of = |count: usize| {
        let mut manifest = mixed().manifest();
        let failed = manifest.scenarios.iter().find(|it| it.outcome == Outcome::Fail).unwrap().clone();
        manifest.scenarios = vec![failed; count];
        for (position, scenario) in manifest.scenarios.iter_mut().enumerate() {
            scenario.failure.as_mut().unwrap().message = format!("table {position} differs");
        }
        text(&manifest)
    };
    assert!(!of(1).contains("went wrong") && of(2).contains("went wrong"));
    assert!(!of(NAMED_AT_END).contains("more") && of(NAMED_AT_END + 1).contains("… and 1 more"));
}

#[test]
fn only_a_step_of_a_second_or_more_is_called_slow() {
    let told = |duration_ms| {
        let mut manifest = mixed().manifest();
        let failed = manifest.scenarios.iter_mut().find(|it| it.outcome == Outcome::Fail).unwrap();
        failed.steps.iter_mut().for_each(|step| step.duration_ms = duration_ms);
        slow_step(failed)
    };
    assert_eq!([999, 1_000].map(told), ["", " (after 1.0 s)"]);
    let mut manifest = mixed().manifest();
    let failed = manifest.scenarios.iter_mut().find(|it| it.outcome == Outcome::Fail).unwrap();
    let (before, at): (Vec<_>, Vec<_>) = failed.steps.iter_mut().partition(|it| it.outcome != StepOutcome::Fail);
    assert!(!before.is_empty() && !at.is_empty());
    before.into_iter().for_each(|step| step.duration_ms = 5_000);
    at.into_iter().for_each(|step| step.duration_ms = 10);
    assert_eq!(slow_step(failed), "", "another step was slow");
}

#[test]
fn of_a_long_message_the_start_is_shown_and_how_much_more_there_is() {
    let told = |lines: usize| {
        let mut text = String::new();
        write_message(&mut text, &vec!["x"; lines].join("\n"));
        (text.matches('x').count(), text.lines().last().unwrap().trim().to_owned())
    };
    assert_eq!(told(MESSAGE_LINES), (MESSAGE_LINES, "x".into()));
    assert_eq!(told(MESSAGE_LINES + 2), (MESSAGE_LINES, "… and 2 more lines in the manifest".into()));
}

#[test]
fn musts_that_were_not_proved_stand_with_what_kept_them_from_it() {
    let mut manifest = mixed().manifest();
    let scenario = |id: &str, tag: &str, outcome, reason: Option<&str>| Scenario {
        id: id.into(),
        tags: vec![tag.into()],
        outcome,
        reason: reason.map(str::to_owned),
        failure: None,
        custom: false,
        ..manifest.scenarios[0].clone()
    };
    let undeclared = Some("the implementation does not declare `faults`: can be started with proxies");
    let scenarios = vec![
        scenario("a", "@R-E1-1", Outcome::NotSupported, undeclared),
        scenario("b", "@R-E1-2", Outcome::NotSupported, undeclared),
        scenario("c", "@R-E1-2", Outcome::Pass, None),
        scenario("d", "@R-E1-3", Outcome::Error, None),
        scenario("e", "@R-E1-4", Outcome::Fail, None),
    ];
    manifest.scenarios = scenarios;
    manifest.unproved = ["R-E1-1", "R-E1-2", "R-E1-3"].map(str::to_owned).into();
    let told: Vec<String> = unproved_told(&manifest).into_iter().map(|(ids, why)| format!("{ids}: {why}")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    R-E1-1, R-E1-2 (1 of 2 passed): the implementation does not declare `faults`
    R-E1-3: error
    ");
    assert_eq!(failed_musts(&manifest), ["R-E1-4"]);
}

#[test]
fn what_is_not_there_has_no_line_and_what_is_has_one() {
    let mut manifest = mixed().manifest();
    let lines = |manifest: &Manifest| {
        let labels = ["selection", "left behind", "one's own", "unproved MUSTs", "in compatible mode"];
        let text = text(manifest);
        labels.into_iter().filter(|label| text.contains(label)).collect::<Vec<_>>()
    };
    assert_eq!(lines(&manifest), ["one's own"]);
    manifest.custom_counts = Counts::default();
    assert_eq!(lines(&manifest), [""; 0]);
    manifest.run.selection = vec!["--tags @E1".into()];
    manifest.run.leftovers = vec!["topic a".into()];
    manifest.unproved = vec!["R-E1-1".into()];
    manifest.implementation.as_mut().unwrap().mode = Mode::Compatible;
    assert_eq!(lines(&manifest), ["selection", "left behind", "unproved MUSTs", "in compatible mode"]);
}

#[test]
fn a_run_without_a_stack_says_so_once() {
    let mut recorder = mixed();
    recorder.run_mut().problem = Some("kafka: no Java 17 is to be had".into());
    let text = text(&recorder.manifest());
    assert_eq!(text.matches("no Java 17").count(), 1, "{text}");
    assert!(text.starts_with("The run could not be made: kafka"), "{text}");
    assert!(!text.contains("NOT_SUPPORTED") && !text.contains("PREREQUISITE_FAILED"), "{text}");
}

#[test]
fn the_version_that_an_implementation_declares_stands_behind_its_name() {
    let mut manifest = mixed().manifest();
    let implementation = manifest.implementation.as_mut().unwrap();
    (implementation.name, implementation.version) = ("my-restore".into(), Some("1.0".into()));
    (implementation.sha256, implementation.commit) = (None, None);
    let text = text(&manifest);
    assert!(text.contains("\nimplementation my-restore 1.0 (it ran already)\n"), "{text}");
}

/// So many that failed alike but for the tenant, among them one that did not.
fn alike(count: usize) -> Manifest {
    let mut manifest = mixed().manifest();
    let failed = manifest.scenarios.iter().find(|it| it.outcome == Outcome::Fail).unwrap().clone();
    manifest.scenarios = vec![failed; count + 1];
    for (position, scenario) in manifest.scenarios.iter_mut().enumerate() {
        scenario.id = format!("e1_full_restore::the_{position}_th");
        scenario.cleanup_failure = None;
        scenario.failure.as_mut().unwrap().message =
            format!("1 difference in rc-c087e9-{position:02}:\nkafka: missing topic:rc_c087e9_r1x{position}.orders");
    }
    manifest.scenarios[1].failure.as_mut().unwrap().message = "1 difference in rc-c087e9-source".into();
    manifest
}

#[test]
fn what_fails_in_the_same_words_but_for_the_tenant_is_told_once_with_the_ids_of_the_others() {
    insta::assert_snapshot!(text(&alike(14)));
}

#[test]
fn as_many_that_fail_alike_are_named_as_may_be_and_the_others_are_counted() {
    let told = |others: usize| {
        let text = text(&alike(1 + others));
        let lines = text.lines().filter(|line| line.starts_with("    e1_") || line.starts_with("    … "));
        (text.contains(&format!("  and {others} more in the same words:")), lines.count())
    };
    assert_eq!([0, 1].map(told), [(false, 0), (true, 1)]);
    assert_eq!(told(NAMED_ALIKE), (true, NAMED_ALIKE));
    assert_eq!(told(NAMED_ALIKE + 1), (true, NAMED_ALIKE + 1), "the last line counts");
}

#[test]
fn only_what_ends_alike_for_alike_reasons_is_told_together() {
    let groups = |change: &dyn Fn(&mut Scenario)| {
        let mut manifest = alike(2);
        manifest.scenarios.remove(1);
        change(&mut manifest.scenarios[1]);
        in_the_same_words(manifest.scenarios.iter()).len()
    };
    assert_eq!(groups(&|_| ()), 1);
    assert_eq!(groups(&|it| it.outcome = Outcome::Error), 2);
    assert_eq!(groups(&|it| it.reason = Some("known until 2026-12-31".into())), 2);
    assert_eq!(groups(&|it| it.failure.as_mut().unwrap().message.push('!')), 2);
}
