//! The manifest as text: what failed and why in a few lines, then the totals.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::LazyLock,
};

use regex::Regex;

use super::{
    profiles::Standing,
    schema::{Counts, Manifest, Outcome, Scenario, StepOutcome},
};
use crate::{Mode, requirements};

/// Lines of a message that the summary shows; the manifest holds them all.
const MESSAGE_LINES: usize = 12;

/// Characters of a message in the last lines.
const MESSAGE_WIDTH: usize = 240;

/// Scenarios that the last lines name.
const NAMED_AT_END: usize = 10;

/// Scenarios that are named of those that failed in the words of another one.
const NAMED_ALIKE: usize = 10;

/// What the id of a tenant begins with, in its name or in that of one of its resources: the run, the scenario, and its try.
static TENANT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("rc[-_][0-9a-f]{6}[-_](r[0-9]+x)?[0-9]+").expect("it is tested to be an expression"));

/// The whole summary.
#[must_use]
pub fn text(manifest: &Manifest) -> String {
    let mut text = String::new();
    // The cause of all else first.
    if let Some(problem) = &manifest.run.problem {
        let _ = writeln!(text, "The run could not be made: {problem}\n");
    }
    let run_failed = manifest.run.problem.is_some();
    let shown = manifest.scenarios.iter().filter(|it| !(run_failed && it.steps.iter().all(unreached)));
    let mut groups = in_the_same_words(shown.filter(|it| it.failure.is_some())).into_iter().peekable();
    for scenario in &manifest.scenarios {
        if let Some((_, alike)) = groups.next_if(|(first, _)| std::ptr::eq(*first, scenario)) {
            write_failure(&mut text, scenario, &alike);
        }
        write_beside(&mut text, scenario);
    }
    if !run_failed {
        write_reasons(&mut text, manifest);
    }
    let run = &manifest.run;
    let _ = writeln!(text, "run            {}, seed {}, {}", run.id, run.seed, seconds(run.duration_ms));
    if !run.selection.is_empty() {
        let _ = writeln!(text, "selection      {}", run.selection.join(" "));
    }
    let _ = writeln!(text, "suite          {} ({})", manifest.suite.version, short(&manifest.suite.digest));
    if let Some(implementation) = &manifest.implementation {
        let sha256 = implementation.sha256.as_deref().map(|it| format!("sha256 {}", short(it)));
        let commit = implementation.commit.as_ref().map(|commit| format!("commit {commit}"));
        let facts: Vec<String> = sha256.into_iter().chain(commit).collect();
        let facts = if facts.is_empty() { "it ran already".to_owned() } else { facts.join(", ") };
        let version = implementation.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
        let _ = writeln!(text, "implementation {}{version} ({facts})", implementation.name);
    }
    for (position, backend) in manifest.backends.iter().enumerate() {
        let label = if position == 0 { "backends" } else { "" };
        let _ = writeln!(text, "{label:<14} {} {} ({})", backend.name, backend.version, backend.origin_told());
    }
    for (position, leftover) in run.leftovers.iter().enumerate() {
        let label = if position == 0 { "left behind" } else { "" };
        let _ = writeln!(text, "{label:<14} {leftover}");
    }
    let _ = writeln!(text, "scenarios      {}", counts(&manifest.counts));
    if manifest.custom_counts.declared > 0 {
        let _ = writeln!(text, "one's own      {}", counts(&manifest.custom_counts));
    }
    let mode = manifest.implementation.as_ref().filter(|it| it.mode == Mode::Compatible);
    let mode = mode.map_or("", |_| ", in compatible mode");
    let _ = writeln!(text, "verdict        {}{mode}", manifest.verdict.as_str());
    for (label, names) in standings(manifest) {
        let _ = writeln!(text, "{label:<14} {names}");
    }
    let failed = failed_musts(manifest);
    if !failed.is_empty() {
        let _ = writeln!(text, "failed MUSTs   {}", failed.join(", "));
    }
    for (position, (ids, why)) in unproved_told(manifest).into_iter().enumerate() {
        let label = if position == 0 { "unproved MUSTs" } else { "" };
        let _ = writeln!(text, "{label:<14} {ids}\n{:<14}   {why}", "");
    }
    if !run_failed {
        write_recap(&mut text, manifest);
    }
    text
}

/// The MUSTs that scenarios are about which failed. Any of those of one scenario may be the broken one.
fn failed_musts(manifest: &Manifest) -> Vec<String> {
    let failed = manifest.scenarios.iter().filter(|it| matches!(it.outcome, Outcome::Fail | Outcome::KnownFail));
    let tags: BTreeSet<&str> = failed.filter(|it| !it.custom).flat_map(|it| &it.tags).map(|tag| &**tag).collect();
    requirements::ids().filter(|id| requirements::is_must(id) && tags.contains(&*format!("@{id}"))).collect()
}

/// The MUSTs that were not seen to hold, by what kept their scenarios from passing: the ids, where some passed with how many, and why.
pub fn unproved_told(manifest: &Manifest) -> Vec<(String, String)> {
    let mut by_reason: Vec<(String, Vec<String>)> = Vec::new();
    for id in &manifest.unproved {
        let tag = format!("@{id}");
        let about: Vec<&Scenario> =
            manifest.scenarios.iter().filter(|it| !it.custom && it.tags.contains(&tag)).collect();
        let (passed, others): (Vec<&Scenario>, Vec<&Scenario>) =
            about.iter().partition(|it| it.outcome == Outcome::Pass);
        let why = |it: &&Scenario| {
            let reason = it.reason.as_deref().and_then(|reason| reason.split(": ").next());
            reason.map_or_else(|| it.outcome.as_str().replace('_', " "), str::to_owned)
        };
        let reasons: BTreeSet<String> = others.iter().map(why).collect();
        let reason = reasons.into_iter().collect::<Vec<_>>().join("; ");
        let told =
            if passed.is_empty() { id.clone() } else { format!("{id} ({} of {} passed)", passed.len(), about.len()) };
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(told),
            None => by_reason.push((reason, vec![told])),
        }
    }
    by_reason.into_iter().map(|(reason, ids)| (ids.join(", "), reason)).collect()
}

/// Scenarios whose failures say the same once tenants' ids are left out: the first of each kind, and the others.
fn in_the_same_words<'a>(failed: impl Iterator<Item = &'a Scenario>) -> Vec<(&'a Scenario, Vec<&'a Scenario>)> {
    let mut groups: Vec<(&Scenario, Vec<&Scenario>)> = Vec::new();
    let mut known = BTreeMap::new();
    for scenario in failed {
        let words = |text: &str| TENANT.replace_all(text, "").into_owned();
        let message = scenario.failure.as_ref().map(|failure| words(&failure.message));
        let key = (scenario.outcome.as_str(), message, scenario.reason.as_deref().map(words));
        let place = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, others)) => others.push(scenario),
            None => groups.push((scenario, Vec::new())),
        }
    }
    groups
}

/// All that went wrong once more, in two lines each: of a long log, often only its end is kept or read.
fn write_recap(text: &mut String, manifest: &Manifest) {
    let failures =
        manifest.scenarios.iter().filter(|scenario| matches!(scenario.outcome, Outcome::Fail | Outcome::Error));
    let failures: Vec<_> = failures.filter(|scenario| scenario.failure.is_some()).collect();
    if failures.len() < 2 {
        return;
    }
    let groups = in_the_same_words(failures.into_iter());
    for (position, (scenario, alike)) in groups.iter().take(NAMED_AT_END).enumerate() {
        let label = if position == 0 { "went wrong" } else { "" };
        let more =
            if alike.is_empty() { String::new() } else { format!(" (and {} more in the same words)", alike.len()) };
        let message = scenario.failure.as_ref().map_or("", |failure| &failure.message);
        let _ = writeln!(text, "{label:<14} {} ({}){more}", scenario.id, seconds(scenario.duration_ms));
        let _ = writeln!(text, "{:<14}   {}{}", "", in_one_line(message), slow_step(scenario));
    }
    let unnamed: usize = groups.iter().skip(NAMED_AT_END).map(|(_, alike)| 1 + alike.len()).sum();
    if unnamed > 0 {
        let _ = writeln!(text, "{:<14} … and {unnamed} more", "");
    }
}

/// How long the step took that did not hold, where that may be the reason.
fn slow_step(scenario: &Scenario) -> String {
    let step = scenario.steps.iter().find(|step| step.outcome == StepOutcome::Fail);
    let slow = step.filter(|step| step.duration_ms >= 1_000);
    slow.map(|step| format!(" (after {})", seconds(step.duration_ms))).unwrap_or_default()
}

/// The start of a message.
fn in_one_line(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MESSAGE_WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// All counts that are not zero, on one line.
#[must_use]
pub fn counts(counts: &Counts) -> String {
    let parts = [
        (Outcome::Pass, counts.pass),
        (Outcome::Fail, counts.fail),
        (Outcome::Error, counts.error),
        (Outcome::NotSupported, counts.not_supported),
        (Outcome::Disabled, counts.disabled),
        (Outcome::PrerequisiteFailed, counts.prerequisite_failed),
        (Outcome::Flaky, counts.flaky),
        (Outcome::KnownFail, counts.known_fail),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {}", outcome.as_str()))
        .collect();
    format!("{} declared: {}", counts.declared, parts.join(", "))
}

/// The profiles, by how they stand, the best first: `conformant`, and `core, iam`.
pub fn standings(manifest: &Manifest) -> Vec<(String, String)> {
    let all = [Standing::Conformant, Standing::Partial, Standing::NonConformant, Standing::Undeclared];
    let named = all.into_iter().map(|standing| {
        let own = manifest.profiles.iter().filter(|it| it.standing == standing).map(|it| &*it.name);
        (standing.as_str().to_owned(), own.collect::<Vec<_>>().join(", "))
    });
    named.filter(|(_, names)| !names.is_empty()).collect()
}

/// `1.2 s`.
#[must_use]
pub fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// How it failed, and which others did in the same words.
fn write_failure(text: &mut String, scenario: &Scenario, alike: &[&Scenario]) {
    if let Some(failure) = &scenario.failure {
        write_heading(text, scenario);
        if let Some(step) = &failure.step {
            let _ = writeln!(text, "  at    {step}");
        }
        write_message(text, &failure.message);
        if let Some(reason) = &scenario.reason {
            let _ = writeln!(text, "  note  {reason}");
        }
        if !failure.reproduce.is_empty() {
            let _ = writeln!(text, "  again {}", failure.reproduce);
        }
        if !alike.is_empty() {
            let _ = writeln!(text, "  and {} more in the same words:", alike.len());
            for other in alike.iter().take(NAMED_ALIKE) {
                let _ = writeln!(text, "    {}", other.id);
            }
            if alike.len() > NAMED_ALIKE {
                let _ = writeln!(text, "    … and {} more", alike.len() - NAMED_ALIKE);
            }
        }
        text.push('\n');
    }
}

/// What there is to tell of one that passed in the end, or was not cleaned up after.
fn write_beside(text: &mut String, scenario: &Scenario) {
    if scenario.outcome == Outcome::Flaky {
        write_heading(text, scenario);
        let earlier = scenario.earlier_tries.iter().filter_map(|it| it.failure.as_ref());
        for failure in earlier {
            write_message(text, &failure.message);
        }
        text.push('\n');
    }
    if let Some(cleanup) = &scenario.cleanup_failure {
        let _ = writeln!(text, "CLEANUP: {}\n  why   {cleanup}\n", scenario.title);
    }
}

fn write_heading(text: &mut String, scenario: &Scenario) {
    let _ = writeln!(text, "{}: {}\n  {}", scenario.outcome.as_str().to_uppercase(), scenario.title, scenario.id);
}

/// The start of a message, and how much more of it there is.
fn write_message(text: &mut String, message: &str) {
    let mut lines = message.lines();
    for (position, line) in lines.by_ref().take(MESSAGE_LINES).enumerate() {
        let _ = writeln!(text, "  {} {line}", if position == 0 { "why  " } else { "     " });
    }
    match lines.count() {
        0 => {}
        more => {
            let _ = writeln!(text, "        … and {more} more lines in the manifest");
        }
    }
}

/// Why scenarios did not run, each reason once.
fn write_reasons(text: &mut String, manifest: &Manifest) {
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for scenario in &manifest.scenarios {
        if let (Outcome::NotSupported | Outcome::PrerequisiteFailed, Some(reason)) =
            (scenario.outcome, &scenario.reason)
        {
            *reasons.entry((scenario.outcome.as_str(), reason)).or_default() += 1;
        }
    }
    for ((outcome, reason), count) in &reasons {
        let _ = writeln!(
            text,
            "{}: {count} {}",
            outcome.to_uppercase(),
            if *count == 1 { "scenario" } else { "scenarios" }
        );
        write_message(text, reason);
        text.push('\n');
    }
}

fn unreached(step: &super::schema::Step) -> bool {
    step.outcome == StepOutcome::NotReached
}

/// The first twelve digits of a digest, by which people tell it.
pub fn short(digest: &str) -> &str {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    hex.get(..12).unwrap_or(hex)
}

#[cfg(test)]
mod tests {
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
        let told: Vec<String> =
            unproved_told(&manifest).into_iter().map(|(ids, why)| format!("{ids}: {why}")).collect();
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
            scenario.failure.as_mut().unwrap().message = format!(
                "1 difference in rc-c087e9-{position:02}:\nkafka: missing topic:rc_c087e9_r1x{position}.orders"
            );
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
}
