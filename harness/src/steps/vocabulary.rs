//! The sentences that scenarios are made of, as the registered steps and the features themselves tell them.

use std::{collections::BTreeMap, sync::LazyLock};

use cucumber::{
    codegen::{StepConstructor, WorldInventory, inventory},
    gherkin::{Feature, Step, StepType},
};
use regex::Regex;

use crate::world::RestoreWorld;

/// What each file of steps is about, in the order in which a scenario uses them.
const CONCEPTS: [(&str, &str); 19] = [
    ("tenant", include_str!("tenant.rs")),
    ("tenant_state", include_str!("tenant_state.rs")),
    ("artifact", include_str!("artifact.rs")),
    ("older_format", include_str!("older_format.rs")),
    ("degraded", include_str!("degraded.rs")),
    ("third_tenant", include_str!("third_tenant.rs")),
    ("identifier_map", include_str!("identifier_map.rs")),
    ("extension", include_str!("extension.rs")),
    ("difference", include_str!("difference.rs")),
    ("fault", include_str!("fault.rs")),
    ("preflight", include_str!("preflight.rs")),
    ("restore", include_str!("restore.rs")),
    ("run", include_str!("run.rs")),
    ("size", include_str!("size.rs")),
    ("concurrency", include_str!("concurrency.rs")),
    ("refusal", include_str!("refusal.rs")),
    ("outcome", include_str!("outcome.rs")),
    ("conflict", include_str!("conflict.rs")),
    ("secrecy", include_str!("secrecy.rs")),
];

/// One sentence that a scenario may use.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// The file of steps that it is in.
    pub concept: String,
    /// With `{string}`, `{number}` or its alternatives where something is to be filled in.
    pub pattern: String,
    /// What it must match.
    regex: Regex,
    line: u32,
}

/// Every sentence, by concept and in the order of its file.
#[must_use]
pub fn sentences() -> &'static [Sentence] {
    // Each has a regular expression, and they take a while to compile.
    static ALL: LazyLock<Vec<Sentence>> = LazyLock::new(collected);
    &ALL
}

fn collected() -> Vec<Sentence> {
    let mut all = Vec::new();
    collect::<<RestoreWorld as WorldInventory>::Given>("Given", &mut all);
    collect::<<RestoreWorld as WorldInventory>::When>("When", &mut all);
    collect::<<RestoreWorld as WorldInventory>::Then>("Then", &mut all);
    let place = |it: &Sentence| CONCEPTS.iter().position(|(name, _)| *name == it.concept);
    all.sort_by(|a, b| (place(a), a.line, a.pattern.as_str()).cmp(&(place(b), b.line, b.pattern.as_str())));
    all
}

fn collect<S: inventory::Collect + StepConstructor<RestoreWorld>>(keyword: &'static str, all: &mut Vec<Sentence>) {
    for step in inventory::iter::<S> {
        let (location, regex, _) = step.inner();
        let regex = regex();
        let file = location.path.rsplit('/').next().unwrap_or_default();
        all.push(Sentence {
            keyword,
            concept: file.strip_suffix(".rs").unwrap_or(file).to_owned(),
            pattern: readable(regex.as_str()),
            regex,
            line: location.line,
        });
    }
}

/// What a concept is about.
#[must_use]
pub fn about(concept: &str) -> Option<&'static str> {
    let (_, source) = CONCEPTS.iter().find(|(name, _)| *name == concept)?;
    source.lines().next()?.strip_prefix("//! ")
}

/// A sentence of a feature that uses each step, by keyword and pattern.
#[must_use]
pub fn examples(sentences: &[Sentence], features: &[Feature]) -> BTreeMap<(&'static str, String), String> {
    let mut examples = BTreeMap::new();
    for step in features.iter().flat_map(steps_of) {
        for sentence in sentences.iter().filter(|it| it.fits(step)) {
            let key = (sentence.keyword, sentence.pattern.clone());
            examples.entry(key).or_insert_with(|| format!("{} {}", sentence.keyword, step.value));
        }
    }
    examples
}

fn steps_of(feature: &Feature) -> impl Iterator<Item = &Step> {
    let background = feature.background.iter().flat_map(|background| &background.steps);
    background.chain(feature.scenarios.iter().flat_map(|scenario| &scenario.steps))
}

impl Sentence {
    /// Whether a step of a feature is this sentence.
    #[must_use]
    pub fn fits(&self, step: &Step) -> bool {
        self.keyword == keyword(step.ty) && self.regex.is_match(&step.value)
    }
}

const fn keyword(ty: StepType) -> &'static str {
    match ty {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    }
}

/// Why a step cannot be run, and which sentence may have been meant. None when it can.
#[must_use]
pub fn problem(step: &Step) -> Option<String> {
    let fitting: Vec<&Sentence> = sentences().iter().filter(|it| it.fits(step)).collect();
    match fitting[..] {
        [_] => None,
        [] => Some(match nearest(&step.value, keyword(step.ty), sentences()) {
            Some(it) => format!("not defined; the nearest is `{} {}`", it.keyword, it.pattern),
            None => "not defined; `conformance steps` prints all that are".into(),
        }),
        [one, other, ..] => Some(format!("ambiguous: `{}` or `{}`", one.pattern, other.pattern)),
    }
}

/// The sentence that shares most words with `text`; one of the same keyword is nearer.
fn nearest<'a>(text: &str, keyword: &str, all: &'a [Sentence]) -> Option<&'a Sentence> {
    let likeness = |it: &Sentence| alike(text, &it.pattern) * 10 + usize::from(it.keyword == keyword);
    let best = all.iter().max_by_key(|it| likeness(it))?;
    (alike(text, &best.pattern) >= 400).then_some(best)
}

/// Of a thousand: how much of the words of both is in both.
fn alike(a: &str, b: &str) -> usize {
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_lowercase).collect() };
    let (a, mut left) = (words(a), words(b));
    let all = a.len() + left.len();
    let mut shared = 0_usize;
    for word in &a {
        if let Some(position) = left.iter().position(|other| other == word) {
            left.swap_remove(position);
            shared += 2;
        }
    }
    (shared * 1000).checked_div(all).unwrap_or_default()
}

/// A regular expression as people write sentences.
fn readable(regex: &str) -> String {
    // What `{string}` of an expression becomes: a group of two kinds of quotes.
    static QUOTED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"\((?:\?:)?"\(\?P<\w+>.*?\)"\|'\(\?P<\w+>.*?\)'\)"#).ok());
    static OPTIONAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\w)\?").ok());
    let text = regex.trim_start_matches('^').trim_end_matches('$');
    let text = text.replace(r#""([^"]+)""#, "{string}").replace(r"(\d+)", "{number}").replace("(.+)", "{text}");
    let text = text.replace(r"((?:-?\d+)|(?:\d+))", "{number}").replace(r"([^\s]+)", "{word}").replace(".+", "…");
    let replaced = |text: &str, pattern: &Option<Regex>, by| {
        pattern.as_ref().map_or_else(|| text.to_owned(), |pattern| pattern.replace_all(text, by).into_owned())
    };
    let text = replaced(&text.replace('\\', ""), &QUOTED, "{string}");
    replaced(&text, &OPTIONAL, "($1)").replace("(?:", "(")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{capability, features};

    #[test]
    fn every_step_has_an_example_in_the_features_that_it_matches() {
        let (sentences, mut features) = (sentences(), features::load().unwrap());
        features.extend(features::kept::example().unwrap());
        let examples = examples(sentences, &features);
        let without: Vec<String> = sentences
            .iter()
            .filter(|it| !examples.contains_key(&(it.keyword, it.pattern.clone())))
            .map(|it| format!("{} {}", it.keyword, it.pattern))
            .collect();
        assert!(without.is_empty(), "no feature uses these steps:\n{}", without.join("\n"));
        for sentence in sentences {
            let example = &examples[&(sentence.keyword, sentence.pattern.clone())];
            let (keyword, text) = example.split_once(' ').unwrap();
            assert!(keyword == sentence.keyword && sentence.regex.is_match(text), "{example}");
        }
    }

    #[test]
    fn every_file_of_steps_says_what_it_is_about() {
        let files = std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/steps")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
        let steps: BTreeSet<String> = sentences().iter().map(|it| it.concept.clone()).collect();
        assert!(steps.is_subset(&files));
        for concept in steps {
            assert!(about(&concept).is_some_and(|text| text.ends_with('.')), "{concept} is missing in CONCEPTS");
        }
    }

    #[test]
    fn patterns_are_sentences_that_people_write() {
        for sentence in sentences() {
            assert!(!sentence.pattern.contains(['\\', '^', '[', '*', '+', '?']), "{}", sentence.pattern);
        }
    }

    #[test]
    fn whoever_starts_an_implementation_of_its_own_says_that_it_needs_faults() {
        let sentences = sentences();
        let starts = |it: &&Sentence| {
            let own = it.concept == "fault" || it.pattern.starts_with("an implementation that");
            own && it.keyword == "Given"
        };
        let faults: Vec<&Sentence> = sentences.iter().filter(starts).collect();
        for feature in features::load().unwrap() {
            let background = feature.background.iter().flat_map(|it| &it.steps).collect::<Vec<_>>();
            for scenario in &feature.scenarios {
                let steps = background.iter().copied().chain(&scenario.steps);
                let fails = steps.into_iter().any(|step| faults.iter().any(|it| it.fits(step)));
                let tag = format!("{}faults", capability::TAG);
                let tagged = feature.tags.iter().chain(&scenario.tags).any(|it| *it == tag);
                assert_eq!(fails, tagged, "{}: @{tag}", features::id(&feature, scenario));
            }
        }
    }

    #[test]
    fn the_nearest_sentence_is_shown_and_none_when_nothing_is_near() {
        let all = sentences();
        let near = |text| nearest(text, "Given", all).map(|it| it.pattern.as_str());
        assert_eq!(
            near("an empty target tenant besides a bystander"),
            Some("an empty target tenant beside a bystander")
        );
        assert_eq!(near("the export of source"), Some("the export of the source"));
        assert_eq!(near("I click the button"), None);
    }
}
