//! `conformance explain`: what a feature, a requirement or a scenario demands, what it means when it fails, and what a capability is.

mod meant;

use std::fmt::Write as _;

use clap::Args;
use cucumber::gherkin::Feature;

use super::list::requirements;
use crate::{
    capability::{self, Capability},
    features::{self, Selection},
    implementation::invocation,
    manifest::Declared,
    report::feature_id,
    requirements::sentence,
    run::{EXIT_PASSED, EXIT_USAGE},
};

/// What the part of a feature's description begins with that tells what a failure means.
const USUALLY: &str = "It usually fails";

/// What the specification says of a requirement that no scenario is tagged with, before why.
const NO_TAG: &str = "(No tag: ";

/// Scenarios that are listed; outlines have dozens.
const SHOWN: usize = 12;

/// Tell what a feature (E3), a requirement (R-E3-2) or a scenario demands, what a failure usually means, and what a capability
/// (faults) is
///
/// Exit codes: 0 told, 64 there is nothing of that name.
#[derive(Debug, Args)]
pub struct Options {
    /// `E3`, `R-E3-2`, `faults`, or the id of a scenario
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

/// Whether there is something to tell of it. What implementers bring along is not known here.
pub(super) fn knows(what: &str) -> bool {
    explain(what).is_ok()
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
    let capability = word.strip_prefix(capability::TAG).unwrap_or(word).to_lowercase();
    if let Ok(capability) = capability.parse() {
        return Ok(of_capability(capability, &declared));
    }
    if let Some(scenario) = declared.iter().find(|it| it.id == word || it.title == word) {
        return Ok(of_scenario(scenario, &features));
    }
    Err(meant::unknown(word, &features, &declared))
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
    write_scenarios(&mut text, &own, feature_id(&feature.name));
    text
}

fn of_requirement(id: &str, sentence: &str, features: &[Feature], declared: &[Declared]) -> String {
    let own: Vec<&Declared> = declared.iter().filter(|it| requirements(it).any(|other| other == id)).collect();
    let (sentence, untagged) = match sentence.split_once(NO_TAG) {
        Some((sentence, why)) => (sentence.trim_end(), Some(why.trim_end_matches([')', '.']))),
        None => (sentence, None),
    };
    let mut text = format!("{id}  {sentence}\n\n");
    // What a feature's failures usually mean is often beside the point of one of its requirements.
    for feature in features.iter().filter(|feature| own.iter().any(|it| it.feature == feature.name)) {
        let _ = writeln!(text, "{}\n", feature.name);
    }
    match untagged {
        Some(why) => text.push_str(&format!("It has no scenarios of its own: it is {why}.\n")),
        None => write_scenarios(&mut text, &own, id),
    }
    text
}

fn of_capability(capability: Capability, declared: &[Declared]) -> String {
    let own: Vec<&Declared> = declared.iter().filter(|it| it.needs.contains(&capability)).collect();
    let mut text = format!("{capability}  {}\n\n", capability.meaning());
    text.push_str(if capability.is_optional() {
        "A conformant implementation may lack it: where it is not declared, the verdict leaves out what needs it.\n"
    } else {
        "A conformant implementation has it: where it is not declared, the verdict is at best partial.\n"
    });
    if Capability::OF_STARTED.contains(&capability) {
        text.push_str(
            "It takes copies that the suite starts: one that is given by its `base_url` cannot be tried for it.\n",
        );
    }
    text.push('\n');
    write_scenarios(&mut text, &own, &format!("{}{capability}", capability::TAG));
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

/// The scenarios that have a tag, each with what it needs.
fn write_scenarios(text: &mut String, own: &[&Declared], tag: &str) {
    let _ = writeln!(text, "{} {}", own.len(), if own.len() == 1 { "scenario" } else { "scenarios" });
    for scenario in own.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}", scenario.id);
        if !scenario.needs.is_empty() {
            let needs: Vec<&str> = scenario.needs.iter().map(|it| it.as_str()).collect();
            let _ = writeln!(text, "      needs {}", needs.join(", "));
        }
    }
    if own.len() > SHOWN {
        let _ = writeln!(text, "  … and {} more: `{} list --tags @{tag}`", own.len() - SHOWN, invocation());
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
    fn a_requirement_that_no_scenario_is_tagged_with_says_why() {
        insta::assert_snapshot!(["R-S-1", "R-S-2"].map(|id| explain(id).unwrap()).join("\n"));
        let own = |id: &str| explain(id).unwrap().contains("scenarios of its own");
        let untagged: Vec<String> = crate::requirements::ids().filter(|id| own(id)).collect();
        assert_eq!(untagged, ["R-S-1", "R-S-2"]);
    }

    #[test]
    fn a_requirement_does_not_say_what_failures_of_its_feature_mean() {
        assert!(crate::requirements::ids().all(|id| !explain(&id).unwrap().contains(USUALLY)));
    }

    #[test]
    fn a_capability_is_told_with_the_scenarios_that_need_it_and_whether_it_may_be_lacking() {
        let told = ["runs", "@needs:faults", "Bounded_Memory"].map(|word| explain(word).unwrap());
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn every_list_of_scenarios_that_is_pointed_to_is_the_whole() {
        let features = features::load().unwrap();
        for (word, tag) in [("E2", "@E2"), ("R-EC1-1", "@R-EC1-1"), ("faults", "@needs:faults")] {
            let selection = Selection { tags: Some(tag.parse().unwrap()), ..Selection::default() };
            let count = features::declare(&features, &selection).unwrap().iter().filter(|it| it.selected).count();
            let told = explain(word).unwrap();
            assert!(told.contains(&format!("\n{count} scenarios\n")), "{told}");
            assert!(told.contains(&format!("… and {} more", count - SHOWN)), "{told}");
            assert!(told.contains(&format!("list --tags {tag}`")), "{told}");
        }
    }

    #[test]
    fn what_implementers_bring_along_is_not_known() {
        assert!(knows("e1_full_restore::a_second_restore_finds_everything_in_place_and_changes_nothing"));
        assert!(!knows("e5_kept_artifacts::the_kept_artifact_a_json_makes_the_tenant_that_it_is_of"));
    }

    #[test]
    fn every_feature_says_what_a_failure_usually_means() {
        for feature in features::load().unwrap() {
            let (about, fails) = described(&feature);
            assert!(!about.is_empty() && fails.len() > USUALLY.len(), "{}", feature.name);
        }
    }
}
