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
mod tests;
