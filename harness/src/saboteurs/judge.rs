//! What a run of the suite says of one saboteur. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::listing::{Expectation, Listed};
use crate::manifest::{
    Manifest,
    schema::{Outcome, Scenario},
};

/// How it ended for a saboteur. Ordered by how much a reader must know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every scenario that should have failed passed: the suite has a hole.
    Survived,
    /// It failed, but with other words: the suite told a user something else than what is wrong.
    WrongReason,
    /// A variant, which is right, failed.
    WronglyAccused,
    /// The suite, a backend or the engine itself broke before anything could be said.
    NotJudged,
    /// By the expected requirement, for the expected reason.
    Killed,
    /// A variant passed.
    Passed,
}

/// What one requirement came to against one saboteur.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The requirement that must kill it. None for a variant.
    pub requirement: Option<String>,
    /// Its name.
    pub saboteur: String,
    /// What is broken in it.
    pub fault: String,
    /// Where that was put in.
    pub seams: Vec<String>,
    /// How it ended.
    pub end: End,
    /// The title of the scenario that said so.
    pub scenario: Option<String>,
    /// The step that failed. None when it is what is looked at after every scenario.
    pub step: Option<String>,
    /// The line of the failure that gives the reason.
    pub words: Option<String>,
}

impl End {
    /// Whether it is as it should be.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Killed | Self::Passed)
    }

    /// As it stands in the matrix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Survived => "survived",
            Self::WrongReason => "wrong reason",
            Self::WronglyAccused => "wrongly accused",
            Self::NotJudged => "not judged",
            Self::Killed => "killed",
            Self::Passed => "passed",
        }
    }
}

/// A row for each expectation; for a variant, one in all.
#[must_use]
pub fn judge(listed: &Listed, manifest: &Manifest) -> Vec<Row> {
    if listed.passes.is_some() {
        return vec![variant(listed, manifest)];
    }
    listed.expectations.iter().map(|expected| saboteur(listed, expected, manifest)).collect()
}

/// The rows of one that could not be run.
#[must_use]
pub fn not_judged(listed: &Listed, problem: &str) -> Vec<Row> {
    let row = |requirement: Option<&str>| {
        let words = problem.lines().next().unwrap_or_default().to_owned();
        Row { requirement: requirement.map(str::to_owned), words: Some(words), ..blank(listed, End::NotJudged) }
    };
    if listed.expectations.is_empty() {
        return vec![row(None)];
    }
    listed.expectations.iter().map(|expected| row(Some(&expected.requirement))).collect()
}

fn saboteur(listed: &Listed, expected: &Expectation, manifest: &Manifest) -> Row {
    let about: Vec<&Scenario> = manifest.scenarios.iter().filter(|it| expected.is_about(&it.title, &it.tags)).collect();
    let end_of = |it: &Scenario| match it.outcome {
        Outcome::Fail if message(it).contains(&expected.words) => End::Killed,
        Outcome::Fail => End::WrongReason,
        Outcome::Pass => End::Survived,
        _ => End::NotJudged,
    };
    // A scenario that kills it is enough; else the one that says most about why not.
    let place =
        |end: End| [End::Killed, End::WrongReason, End::NotJudged, End::Survived].iter().position(|it| *it == end);
    let told = about.into_iter().map(|it| (end_of(it), it)).min_by_key(|(end, _)| place(*end));
    let requirement = Some(expected.requirement.clone());
    match told {
        None => Row { requirement, ..blank(listed, End::NotJudged) },
        Some((end, scenario)) => Row { requirement, ..of_scenario(listed, end, scenario, &expected.words) },
    }
}

fn variant(listed: &Listed, manifest: &Manifest) -> Row {
    let ran = || manifest.scenarios.iter().filter(|it| it.outcome != Outcome::Disabled);
    if let Some(failed) = ran().find(|it| it.outcome == Outcome::Fail) {
        return of_scenario(listed, End::WronglyAccused, failed, "");
    }
    match ran().find(|it| it.outcome != Outcome::Pass) {
        Some(broken) => of_scenario(listed, End::NotJudged, broken, ""),
        None if ran().count() == 0 => blank(listed, End::NotJudged),
        None => Row { words: Some(format!("{} scenarios", ran().count())), ..blank(listed, End::Passed) },
    }
}

fn of_scenario(listed: &Listed, end: End, scenario: &Scenario, words: &str) -> Row {
    let message = message(scenario);
    let line = message.lines().find(|line| line.contains(words)).or_else(|| message.lines().next());
    Row {
        scenario: Some(scenario.title.clone()),
        step: scenario.failure.as_ref().and_then(|failure| failure.step.clone()),
        words: line.map(|line| without_run(line.trim())),
        ..blank(listed, end)
    }
}

fn blank(listed: &Listed, end: End) -> Row {
    Row {
        requirement: None,
        saboteur: listed.name.clone(),
        fault: listed.fault.clone(),
        seams: listed.seams.clone(),
        end,
        scenario: None,
        step: None,
        words: None,
    }
}

fn message(scenario: &Scenario) -> &str {
    scenario.failure.as_ref().map_or("", |failure| &*failure.message)
}

/// Leaves out what names the run: `rc-3f9a1c-07` becomes `rc-…-07`, `rc_3f9a1c_07` likewise.
fn without_run(text: &str) -> String {
    const DIGITS: usize = 6;
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("rc-").into_iter().chain(rest.find("rc_")).min() {
        let (before, after) = rest.split_at(at + 3);
        told.push_str(before);
        let tag = after.bytes().take_while(|byte| byte.is_ascii_hexdigit()).count();
        rest = if tag == DIGITS {
            told.push('…');
            &after[DIGITS..]
        } else {
            after
        };
    }
    told + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Declared, Evidence, Recorder, schema::Run};

    const TITLE: &str = "A dry run writes nothing";

    /// The manifest of a run of one scenario that ended so.
    fn manifest(finding: Option<&str>, evidence: Evidence) -> Manifest {
        let declared = Declared {
            id: "e1::a".into(),
            title: TITLE.into(),
            feature: "E1".into(),
            tags: vec!["@R-E1-5".into()],
            steps: vec!["Then the target holds nothing".into()],
            selected: true,
            custom: false,
            needs: Default::default(),
            missing: Default::default(),
        };
        let mut recorder = Recorder::new(Run::default(), Default::default(), vec![declared]);
        recorder.step("e1::a", Default::default(), finding.map(str::to_owned));
        recorder.finish("e1::a", Default::default(), Evidence { assertions: 1, ..evidence });
        recorder.manifest()
    }

    fn saboteur() -> Listed {
        let expected =
            Expectation { requirement: "R-E1-5".into(), scenario: "dry run".into(), words: "differences in".into() };
        Listed {
            name: "writes".into(),
            fault: "a dry run writes".into(),
            seams: vec!["http".into()],
            expectations: vec![expected],
            passes: None,
        }
    }

    fn end(finding: Option<&str>, evidence: Evidence) -> Row {
        judge(&saboteur(), &manifest(finding, evidence)).remove(0)
    }

    #[test]
    fn only_the_expected_words_kill() {
        let killed = end(Some("2 differences in rc-3f9a1c-07:\n  iam: role clerk"), Evidence::default());
        assert_eq!(killed.end, End::Killed);
        assert_eq!(killed.step.as_deref(), Some("Then the target holds nothing"));
        assert_eq!(killed.words.as_deref(), Some("2 differences in rc-…-07:"));
        let other = end(Some("answered 500"), Evidence::default());
        assert_eq!((other.end, other.words.as_deref()), (End::WrongReason, Some("answered 500")));
    }

    #[test]
    fn what_passed_survived_and_what_broke_was_not_judged() {
        assert_eq!(end(None, Evidence::default()).end, End::Survived);
        let broken = Evidence { infrastructure: true, ..Evidence::default() };
        assert_eq!(end(Some("2 differences in x"), broken).end, End::NotJudged);
    }

    #[test]
    fn what_is_found_after_the_steps_kills_too() {
        let evidence = Evidence { hook_findings: vec!["differences in the bystander".into()], ..Evidence::default() };
        let row = end(None, evidence);
        assert_eq!((row.end, row.step), (End::Killed, None));
    }

    #[test]
    fn a_variant_that_fails_is_wrongly_accused() {
        let variant = Listed { expectations: Vec::new(), passes: Some("@E1".into()), ..saboteur() };
        let end = |finding| judge(&variant, &manifest(finding, Evidence::default())).remove(0).end;
        assert_eq!((end(None), end(Some("x"))), (End::Passed, End::WronglyAccused));
    }

    #[test]
    fn the_name_of_a_run_is_left_out_wherever_it_stands() {
        assert_eq!(without_run("from rc-3f9a1c-source to rc_3f9a1c_07"), "from rc-…-source to rc_…_07");
        assert_eq!(without_run("arc-like rc-x"), "arc-like rc-x");
    }
}
