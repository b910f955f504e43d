//! `conformance explain`: what a feature, a requirement or a scenario demands, and what it means when it fails.

use std::fmt::Write as _;

use clap::Args;
use cucumber::gherkin::Feature;

use super::list::requirements;
use crate::{
    features::{self, Selection},
    implementation::invocation,
    manifest::Declared,
    nearest,
    report::feature_id,
    requirements::sentence,
    run::{EXIT_PASSED, EXIT_USAGE},
};

/// What the part of a feature's description begins with that tells what a failure means.
const USUALLY: &str = "It usually fails";

/// Scenarios that are listed; outlines have dozens.
const SHOWN: usize = 12;

/// Tell what a feature (E3), a requirement (R-E3-2) or a scenario demands, and what a failure usually means
///
/// Exit codes: 0 told, 64 there is nothing of that name.
#[derive(Debug, Args)]
pub struct Options {
    /// `E3`, `R-E3-2`, or the id of a scenario
    #[arg(value_name = "WHAT")]
    what: String,
}

impl Options {
    /// Prints, and returns the exit code.
    pub(super) fn run(&self) -> u8 {
        match explain(&self.what) {
            Ok(text) => {
                print!("{text}");
                EXIT_PASSED
            }
            Err(problem) => {
                eprintln!("{problem}");
                EXIT_USAGE
            }
        }
    }
}

fn explain(what: &str) -> Result<String, String> {
    let features = features::load()?;
    let declared = features::declare(&features, &Selection::default())?;
    let word = what.trim_start_matches('@');
    let upper = word.to_uppercase();
    if let Some(feature) = features.iter().find(|it| feature_id(&it.name) == upper) {
        return Ok(of_feature(feature, &declared));
    }
    if let Some(sentence) = sentence(&upper) {
        return Ok(of_requirement(&upper, &sentence, &features, &declared));
    }
    if let Some(scenario) = declared.iter().find(|it| it.id == word || it.title == word) {
        return Ok(of_scenario(scenario, &features));
    }
    Err(unknown(word, &features, &declared))
}

fn of_feature(feature: &Feature, declared: &[Declared]) -> String {
    let own: Vec<&Declared> = declared.iter().filter(|it| it.feature == feature.name).collect();
    let mut ids: Vec<&str> = Vec::new();
    for id in own.iter().flat_map(|it| requirements(it)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let (about, fails) = described(feature);
    let mut text = format!("{}\n{about}\n\n", feature.name);
    write_sentences(&mut text, &ids);
    let _ = writeln!(text, "{fails}\n");
    write_scenarios(&mut text, &own);
    text
}

fn of_requirement(id: &str, sentence: &str, features: &[Feature], declared: &[Declared]) -> String {
    let own: Vec<&Declared> = declared.iter().filter(|it| requirements(it).any(|other| other == id)).collect();
    let mut text = format!("{id}  {sentence}\n\n");
    for feature in features.iter().filter(|feature| own.iter().any(|it| it.feature == feature.name)) {
        let _ = writeln!(text, "{}\n{}\n", feature.name, described(feature).1);
    }
    write_scenarios(&mut text, &own);
    text
}

fn of_scenario(scenario: &Declared, features: &[Feature]) -> String {
    let mut text = format!("{}\n{}\n\n", scenario.title, scenario.id);
    for step in &scenario.steps {
        let _ = writeln!(text, "  {step}");
    }
    text.push('\n');
    write_sentences(&mut text, &requirements(scenario).collect::<Vec<_>>());
    if !scenario.needs.is_empty() {
        let needs: Vec<String> = scenario.needs.iter().map(|it| format!("{it} ({})", it.meaning())).collect();
        let _ = writeln!(text, "It needs {}.\n", needs.join(", "));
    }
    if let Some(feature) = features.iter().find(|it| it.name == scenario.feature) {
        let _ = writeln!(text, "{}\n", described(feature).1);
    }
    let _ = writeln!(text, "{} run --scenario {}", invocation(), scenario.id);
    text
}

/// What a feature is about, and what it means when it fails.
fn described(feature: &Feature) -> (String, String) {
    let words: Vec<&str> = feature.description.iter().flat_map(|text| text.split_whitespace()).collect();
    let whole = words.join(" ");
    match whole.split_once(USUALLY) {
        Some((about, fails)) => (about.trim_end().to_owned(), format!("{USUALLY}{fails}")),
        None => (whole, String::new()),
    }
}

fn write_sentences(text: &mut String, ids: &[&str]) {
    for id in ids {
        let _ = writeln!(text, "{id}  {}\n", sentence(id).unwrap_or_default());
    }
}

fn write_scenarios(text: &mut String, own: &[&Declared]) {
    let _ = writeln!(text, "{} {}", own.len(), if own.len() == 1 { "scenario" } else { "scenarios" });
    for scenario in own.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}", scenario.id);
    }
    if own.len() > SHOWN {
        let _ = writeln!(text, "  … `{} list` has them all", invocation());
    }
}

fn unknown(word: &str, features: &[Feature], declared: &[Declared]) -> String {
    let parts: Vec<&str> = declared.iter().map(|it| &*it.id).filter(|id| id.contains(word)).take(3).collect();
    if !parts.is_empty() {
        return format!("no scenario has the whole id `{word}`; there are {}", parts.join(", "));
    }
    let requirements: Vec<String> = crate::requirements::ids().collect();
    let names = features.iter().map(|it| feature_id(&it.name)).chain(requirements.iter().map(|it| &**it));
    match nearest::nearest(word, names.chain(declared.iter().map(|it| &*it.id))) {
        Some(it) => format!("there is no `{word}`; did you mean `{it}`?"),
        None => format!(
            "there is no `{word}`: a feature is `E3`, a requirement `R-E3-2`, and `{} list` has the scenarios",
            invocation()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_told_with_its_sentences_and_what_a_failure_means() {
        insta::assert_snapshot!(explain("e2").unwrap());
    }

    #[test]
    fn a_requirement_is_told_with_its_scenarios() {
        insta::assert_snapshot!(explain("@R-EC3-4").unwrap());
    }

    #[test]
    fn a_scenario_is_told_with_its_steps_and_how_to_run_it() {
        insta::assert_snapshot!(
            explain("e1_full_restore::a_second_restore_finds_everything_in_place_and_changes_nothing").unwrap()
        );
    }

    #[test]
    fn what_there_is_not_is_told_with_the_nearest_name() {
        let told = ["R-E33-2", "E0", "a_second_restore", "moonlight"].map(|word| explain(word).unwrap_err());
        insta::assert_snapshot!(told.join("\n"), @"
        there is no `R-E33-2`; did you mean `R-E3-2`?
        there is no `E0`: a feature is `E3`, a requirement `R-E3-2`, and `cargo conformance list` has the scenarios
        no scenario has the whole id `a_second_restore`; there are e1_full_restore::a_second_restore_finds_everything_in_place_and_changes_nothing
        there is no `moonlight`: a feature is `E3`, a requirement `R-E3-2`, and `cargo conformance list` has the scenarios
        ");
    }

    #[test]
    fn every_feature_says_what_a_failure_usually_means() {
        for feature in features::load().unwrap() {
            let (about, fails) = described(&feature);
            assert!(!about.is_empty() && fails.len() > USUALLY.len(), "{}", feature.name);
        }
    }
}
