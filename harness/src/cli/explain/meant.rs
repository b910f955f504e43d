//! What somebody may have meant who asks for something that there is not.

use cucumber::gherkin::Feature;

use crate::{
    capability::Capability, implementation::invocation, manifest::Declared, nearest::nearest, report::feature_id,
    requirements,
};

/// Scenarios that are suggested at most.
const FEW: usize = 5;

/// Letters of a scenario's id that must be right, from its start, for it to be suggested.
const BEGINNING: usize = 3;

/// That there is nothing of this name: what may have been meant, or else all that can be explained.
pub(super) fn unknown(word: &str, features: &[Feature], declared: &[Declared]) -> String {
    let features: Vec<&str> = features.iter().map(|it| feature_id(&it.name)).collect();
    let meant = meant(word, &features, declared);
    match &*meant {
        [] => format!("there is no `{word}`; what can be explained:\n{}", everything(&features)),
        [it] => format!("there is no `{word}`; did you mean `{it}`?"),
        several => {
            // Features and requirements that fit are few by nature.
            let shown = if several.iter().any(|it| it.contains("::")) { FEW } else { several.len() };
            let mut lines: Vec<String> = several.iter().take(shown).map(|it| format!("  {it}")).collect();
            if several.len() > shown {
                lines.push(format!("  … and {} more", several.len() - shown));
            }
            format!("there is no `{word}`; did you mean one of these?\n{}", lines.join("\n"))
        }
    }
}

fn meant(word: &str, features: &[&str], declared: &[Declared]) -> Vec<String> {
    let upper = word.to_uppercase();
    if let Some((stem, title)) = word.split_once("::") {
        return scenarios_that_begin(&stem.to_lowercase(), &slug(title), declared);
    }
    if requirements::sentence(&format!("R-{upper}")).is_some() {
        return vec![format!("R-{upper}")];
    }
    if let Some(asked) = upper.strip_prefix("R-").filter(|it| !it.is_empty()) {
        return of_requirement(&upper, asked, features);
    }
    let letters = upper.trim_end_matches(|it: char| it.is_ascii_digit());
    if !letters.is_empty() && letters != upper {
        let kin = features.iter().filter(|it| it.trim_end_matches(|it: char| it.is_ascii_digit()) == letters);
        let kin: Vec<String> = kin.map(|it| (*it).to_owned()).collect();
        if !kin.is_empty() {
            return kin;
        }
    }
    if let Some(it) = nearest(&word.to_lowercase(), Capability::ALL.map(Capability::as_str)) {
        return vec![it.to_owned()];
    }
    let slug = slug(word);
    ids(declared).filter(|id| !slug.is_empty() && id.contains(&slug)).map(str::to_owned).collect()
}

/// The feature and the requirements that have the asked one's letters and number, else those that begin so, else the likeliest.
fn of_requirement(whole: &str, asked: &str, features: &[&str]) -> Vec<String> {
    let all: Vec<String> = requirements::ids().collect();
    let group = match asked.rsplit_once('-') {
        Some((group, number)) if number.bytes().all(|it| it.is_ascii_digit()) => group,
        _ => asked,
    };
    let feature = features.iter().filter(|it| **it == group).map(|it| (*it).to_owned());
    let own = all.iter().filter(|it| it.starts_with(&format!("R-{group}-"))).cloned();
    let named: Vec<String> = feature.chain(own).collect();
    if !named.is_empty() {
        return named;
    }
    let begun = features.iter().filter(|it| it.starts_with(group)).map(|it| (*it).to_owned());
    let begun: Vec<String> = begun.collect();
    if !begun.is_empty() {
        return begun;
    }
    nearest(whole, all.iter().map(String::as_str)).map(str::to_owned).into_iter().collect()
}

/// Those of the feature whose ids go on like the asked one for longest.
fn scenarios_that_begin(stem: &str, title: &str, declared: &[Declared]) -> Vec<String> {
    let stem_of = |id: &str| id.split("::").next().unwrap_or_default().to_owned();
    let stems: Vec<String> = ids(declared).map(stem_of).collect();
    let whole = stems.iter().find(|it| *it == stem || it.starts_with(&format!("{stem}_"))).map(String::as_str);
    let Some(stem) = whole.or_else(|| nearest(stem, stems.iter().map(String::as_str))) else { return Vec::new() };
    let own: Vec<(&str, &str)> =
        ids(declared).filter_map(|id| Some((id, id.strip_prefix(stem)?.strip_prefix("::")?))).collect();
    let alike = |other: &str| title.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let most = own.iter().map(|(_, other)| alike(other)).max().unwrap_or_default();
    let longest = own.iter().filter(|(_, other)| most >= BEGINNING && alike(other) == most);
    let longest: Vec<String> = longest.map(|(id, _)| (*id).to_owned()).collect();
    if !longest.is_empty() || title.is_empty() {
        return longest;
    }
    own.iter().filter(|(_, other)| other.contains(title)).map(|(id, _)| (*id).to_owned()).collect()
}

fn ids(declared: &[Declared]) -> impl Iterator<Item = &str> {
    declared.iter().map(|it| &*it.id)
}

/// Words as they stand in the id of a scenario.
fn slug(words: &str) -> String {
    let slug = words.to_lowercase().replace(|it: char| !it.is_ascii_alphanumeric(), "_");
    slug.trim_matches('_').to_owned()
}

fn everything(features: &[&str]) -> String {
    format!(
        "  features      {}\n  requirements  such as R-E3-2; SPEC.md has them all\n  capabilities  {}\n  \
         scenarios     by the ids that `{} list` prints",
        features.join(", "),
        Capability::ALL.map(Capability::as_str).join(", "),
        invocation()
    )
}

#[cfg(test)]
mod tests {
    use crate::features::{self, Selection};

    fn told(words: &[&str]) -> String {
        let features = features::load().unwrap();
        let declared = features::declare(&features, &Selection::default()).unwrap();
        let told: Vec<String> = words.iter().map(|word| super::unknown(word, &features, &declared)).collect();
        told.join("\n")
    }

    #[test]
    fn what_looks_like_a_requirement_means_its_feature_or_one_of_its_kin() {
        insta::assert_snapshot!(told(&["R-EC3", "r-ec3-9", "EC3-4", "R-S", "R-EC", "R-E33-2", "R-", "E0", "EC9"]));
    }

    #[test]
    fn what_looks_like_a_scenario_means_the_one_of_its_feature_that_begins_alike() {
        insta::assert_snapshot!(told(&[
            "e1_full_restore::every_resourse",
            "E1::every_resourse",
            "e1_ful_restore::A second restore!",
            "e1_full_restore::changes_nothing",
            "e1_full_restore::moonlight",
            "e9_moon::every_resource",
        ]));
    }

    #[test]
    fn any_other_word_means_a_capability_or_a_scenario_that_has_it_in_its_title() {
        insta::assert_snapshot!(told(&["fault", "nonsense", "a_second_restore", "bystander", "moonlight", ""]));
    }
}
