//! The features, embedded in the program or brought along, and the choice among their scenarios.

mod custom;
pub(crate) mod kept;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use cucumber::{
    feature::Ext as _,
    gherkin::{Feature, GherkinEnv, Scenario, Step, tagexpr::TagOperation},
    tag::Ext as _,
};
use sha2::{Digest, Sha256};

pub(crate) use self::custom::files;
use crate::{
    capability::Capability,
    fixtures::{Domain, Kept},
    manifest::{Declared, scope::Scope},
    steps::vocabulary,
};

/// On the scenario that answers for the export of the shared source tenant: when that fails, the others are
/// `prerequisite_failed`.
pub const PROVIDES_SOURCE: &str = "@provides:source";

/// Why a scenario in which a backend fails is not tried, before the backend's domain.
const NO_PROXY: &str = "the suite can put no proxy before the backend of";

macro_rules! embedded {
    ($($stem:literal),* $(,)?) => {
        /// File stem and text of every feature, in order.
        const FEATURES: &[(&str, &str)] =
            &[$(($stem, include_str!(concat!("../../features/", $stem, ".feature")))),*];
    };
}

embedded![
    "e1_full_restore",
    "e2_partial_restore",
    "e3_conflicts",
    "e4_degraded_artifact",
    "e5_older_format",
    "ec1_partial_failure",
    "ec2_tenant_mismatch",
    "ec3_concurrent_restore",
    "ec4_largest_artifact",
    "ec5_suspended_tenant",
];

/// Which scenarios the user wants. The default wants all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// A tag expression, for example `@E1 and not @R-E1-3`.
    pub tags: Option<TagOperation>,
    /// Parts of ids or titles; one that fits is enough.
    pub texts: Vec<String>,
    /// Parts of ids or titles that are left out.
    pub skips: Vec<String>,
    /// Whether `texts` and `skips` must be the whole id or title.
    pub exact: bool,
    /// What the implementation does not have, or cannot be tried on it, and why: scenarios that need it are not run.
    pub withheld: BTreeMap<Capability, String>,
    /// The domains that it does not serve: scenarios about them are not run.
    pub unserved: BTreeSet<Domain>,
    /// The domains that no proxy can stand before: scenarios in which they fail are not run.
    pub unproxied: BTreeSet<Domain>,
}

impl Selection {
    /// The domains that the implementation serves.
    #[must_use]
    pub fn served(&self) -> BTreeSet<Domain> {
        Domain::ALL.into_iter().filter(|domain| !self.unserved.contains(domain)).collect()
    }

    /// Whether everything is wanted.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.tags.is_none() && self.texts.is_empty() && self.skips.is_empty()
    }

    /// Whether something with this id, title and tags is wanted.
    #[must_use]
    pub fn wants(&self, id: &str, title: &str, tags: &[String]) -> bool {
        let fits = |text: &String| {
            if self.exact { id == text || title == text } else { id.contains(text) || title.contains(text) }
        };
        (self.texts.is_empty() || self.texts.iter().any(fits))
            && !self.skips.iter().any(fits)
            && self.tags.as_ref().is_none_or(|expression| expression.eval(tags))
    }
}

/// Every feature, its outlines expanded.
///
/// # Errors
/// Names the feature that is not Gherkin.
pub fn load() -> Result<Vec<Feature>, String> {
    FEATURES
        .iter()
        .map(|(stem, text)| {
            let mut feature = Feature::parse(text, GherkinEnv::default())
                .map_err(|error| format!("features/{stem}.feature: {error}"))?;
            feature.path = Some(format!("features/{stem}.feature").into());
            feature.expand_examples().map_err(|error| error.to_string())
        })
        .collect()
}

/// The suite's features and, after them, that of the artifacts that an implementer kept, and those that the user brings along in a folder.
///
/// # Errors
/// Names the file, the place and what to do.
pub fn load_with(folder: Option<&Path>, kept: &[Kept]) -> Result<Vec<Feature>, String> {
    let mut features = load()?;
    let names: Vec<&str> = kept.iter().map(|it| &*it.name).collect();
    features.extend(kept::feature(&names)?);
    if let Some(folder) = folder {
        features.extend(custom::load(folder)?);
    }
    Ok(features)
}

/// The scenarios of all features, as the manifest declares them.
///
/// # Errors
/// Names the scenario that needs a capability that is not known, or whose id another one has.
pub fn declare(features: &[Feature], selection: &Selection) -> Result<Vec<Declared>, String> {
    let mut ids = BTreeSet::new();
    let pairs = features.iter().flat_map(|feature| feature.scenarios.iter().map(move |scenario| (feature, scenario)));
    pairs
        .map(|(feature, scenario)| {
            let id = id(feature, scenario);
            if !ids.insert(id.clone()) {
                let file = feature.path.as_deref().unwrap_or(Path::new("")).display();
                return Err(format!("{file}: there is a scenario `{id}` already: rename the file or the scenario"));
            }
            let tags: Vec<String> = feature.tags.iter().chain(&scenario.tags).cloned().collect();
            let selected = selection.wants(&id, &scenario.name, &tags);
            let background = feature.background.iter().flat_map(|background| &background.steps);
            let all: Vec<&Step> = background.chain(&scenario.steps).collect();
            let custom = tags.iter().any(|tag| tag == custom::TAG);
            // The suite's own sentences are tested to be defined.
            let undefined = if custom { undefined(feature, &all) } else { Vec::new() };
            let needs = Capability::needed_by(&tags).map_err(|problem| format!("{id}: {problem}"))?;
            let texts = || all.iter().map(|step| &*step.value).chain([&*scenario.name]);
            let scope = Scope::of(texts(), tags.iter().map(|tag| &**tag));
            let scope = scope.map_err(|problem| format!("{id}: {problem}"))?;
            // What only a tag names is at stake, and does not fail.
            let named = Scope::of(texts(), []).unwrap_or_default().domains;
            let unproxied =
                named.iter().find(|it| needs.contains(&Capability::Faults) && selection.unproxied.contains(it));
            Ok(Declared {
                id,
                title: scenario.name.clone(),
                feature: feature.name.clone(),
                tags: tags.iter().map(|tag| format!("@{tag}")).collect(),
                steps: all.into_iter().map(|step| format!("{}{}", step.keyword, step.value)).collect(),
                selected,
                custom,
                undefined,
                lacking: scope
                    .lacking(&selection.served())
                    .map(|it| it.to_string())
                    .or_else(|| needs.iter().find_map(|it| selection.withheld.get(it)).cloned())
                    .or_else(|| unproxied.map(|it| format!("{NO_PROXY} `{it}`, which a driver looks into"))),
                needs,
            })
        })
        .collect()
}

/// The steps that cannot be run, each with its place and the nearest one that can.
fn undefined(feature: &Feature, steps: &[&Step]) -> Vec<String> {
    let file = feature.path.as_deref().unwrap_or(Path::new("")).display();
    let problems = steps.iter().filter_map(|step| {
        let problem = vocabulary::problem(step)?;
        Some(format!("{file}:{}: {}{}: {problem}", step.position.line, step.keyword, step.value))
    });
    problems.collect()
}

/// SHA-256 over the texts of what the user brings along: in these folders, and the artifacts that were kept. None when it is nothing.
///
/// # Errors
/// When a file cannot be read.
pub fn custom_digest(
    features: Option<&Path>,
    fixtures: Option<&Path>,
    kept: &[Kept],
) -> Result<Option<String>, String> {
    let folders = [features.map(|folder| (folder, "feature")), fixtures.map(|folder| (folder, "yaml"))];
    let mut texts = Vec::new();
    for (folder, extension) in folders.into_iter().flatten() {
        for file in files(folder, extension)? {
            let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
            texts.push((name, text));
        }
    }
    for it in kept {
        texts.extend(it.texts().iter().map(|text| (it.name.clone(), text.clone())));
    }
    Ok((!texts.is_empty()).then(|| digest_of(texts.iter().map(|(name, text)| (&**name, &**text)))))
}

/// `e1_full_restore::a_dry_run_writes_nothing`.
#[must_use]
pub fn id(feature: &Feature, scenario: &Scenario) -> String {
    let stem = feature.path.as_deref().and_then(|path| path.file_stem()).unwrap_or_default().to_string_lossy();
    let mut slug = String::new();
    for c in scenario.name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    format!("{stem}::{}", slug.trim_end_matches('_'))
}

/// SHA-256 over names and contents of features and of what else decides the data of a run.
#[must_use]
pub fn digest<'a>(others: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    digest_of(FEATURES.iter().copied().chain(others))
}

fn digest_of<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in texts {
        for part in [name, text] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(selection: &Selection) -> Vec<String> {
        let declared = declare(&load().unwrap(), selection).unwrap();
        declared.into_iter().filter(|scenario| scenario.selected).map(|scenario| scenario.id).collect()
    }

    #[test]
    fn every_scenario_has_an_id_of_its_own_and_a_requirement() {
        let declared = declare(&load().unwrap(), &Selection::default()).unwrap();
        let unique: BTreeSet<_> = declared.iter().map(|scenario| &scenario.id).collect();
        assert_eq!(unique.len(), declared.len());
        for scenario in &declared {
            assert!(scenario.tags.iter().any(|tag| tag.starts_with("@R-")), "{} has no requirement", scenario.id);
            assert!(!scenario.title.contains('<'), "{} is not expanded", scenario.title);
            assert!(!scenario.custom, "{}: the tag @custom is for scenarios that users bring along", scenario.id);
        }
    }

    #[test]
    fn every_feature_file_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../features");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, FEATURES.len());
    }

    /// The ids of the specification, and whether each says why it is no tag.
    fn requirements() -> BTreeMap<String, bool> {
        let entries = include_str!("../../SPEC.md").split("- **R-").skip(1);
        let requirements = entries.map(|entry| {
            let (id, rest) = entry.split_once("** ").unwrap();
            let own = rest.split("\n\n").next().unwrap();
            assert!(own.contains("MUST") || own.contains("SHOULD"), "R-{id} demands nothing");
            (format!("@R-{id}"), own.contains("(No tag: "))
        });
        requirements.collect()
    }

    #[test]
    fn every_requirement_has_a_scenario_or_a_reason_and_every_tag_a_requirement() {
        let declared = declare(&load().unwrap(), &Selection::default()).unwrap();
        let tags = declared.iter().flat_map(|scenario| &scenario.tags).filter(|tag| tag.starts_with("@R-"));
        let tagged: BTreeSet<&String> = tags.collect();
        let requirements = requirements();
        let without_scenario: Vec<_> =
            requirements.iter().filter(|(id, excluded)| !**excluded && !tagged.contains(id)).collect();
        let without_sentence: Vec<_> = tagged.iter().filter(|tag| !requirements.contains_key(**tag)).collect();
        let both: Vec<_> = requirements.iter().filter(|(id, excluded)| **excluded && tagged.contains(id)).collect();
        assert!(without_scenario.is_empty(), "in SPEC.md, but no scenario has the tag: {without_scenario:?}");
        assert!(without_sentence.is_empty(), "on a scenario, but not in SPEC.md: {without_sentence:?}");
        assert!(both.is_empty(), "said to have no tag, but a scenario has it: {both:?}");
    }

    #[test]
    fn every_capability_is_needed_by_a_scenario() {
        let features = load().unwrap();
        let declared = declare(&features, &Selection::default()).unwrap();
        for capability in Capability::ALL {
            assert!(declared.iter().any(|it| it.needs.contains(&capability)), "no scenario needs {capability}");
        }
    }

    #[test]
    fn what_is_optional_is_only_what_a_conformant_implementation_should_do() {
        let features = load().unwrap();
        let declared = declare(&features, &Selection::default()).unwrap();
        for scenario in declared.iter().filter(|it| it.needs.iter().any(|it| it.is_optional())) {
            for tag in scenario.tags.iter().filter_map(|tag| tag.strip_prefix("@R-")) {
                let sentence = crate::requirements::sentence(&format!("R-{tag}")).unwrap();
                let first = sentence.split(". ").next().unwrap();
                assert!(first.contains("SHOULD") && !first.contains("MUST"), "{}: R-{tag} is no SHOULD", scenario.id);
            }
        }
    }

    #[test]
    fn part_restores_cover_every_domain_and_every_pair() {
        let domains = ["iam", "postgres_metadata", "mongo_metadata", "kafka", "storage"];
        let ids = ids(&Selection {
            tags: Some("(@R-E2-1 or @R-E2-2) and not @R-E2-4".parse().unwrap()),
            ..Selection::default()
        });
        for (position, one) in domains.iter().enumerate() {
            assert!(ids.iter().any(|id| id.ends_with(&format!("only_{one}_is_restored_when_it_alone_is_named"))));
            for other in &domains[position + 1..] {
                assert!(ids.iter().any(|id| id.contains(&format!("only_{one}_{other}_are"))), "{one}, {other}");
            }
        }
        assert_eq!(ids.len(), 15);
    }

    #[test]
    fn where_no_proxy_can_stand_only_scenarios_in_which_that_backend_fails_are_left_out() {
        let unproxied = [Domain::Iam].into();
        let declared = declare(&load().unwrap(), &Selection { unproxied, ..Selection::default() }).unwrap();
        let left_out: Vec<&str> = declared.iter().filter(|it| !it.runs()).map(|it| &*it.id).collect();
        insta::assert_snapshot!(left_out.join("\n"));
        let reasons: BTreeSet<_> = declared.iter().filter_map(|it| it.lacking.as_deref()).collect();
        insta::assert_snapshot!(
            reasons.into_iter().collect::<Vec<_>>().join("\n"),
            @"the suite can put no proxy before the backend of `iam`, which a driver looks into"
        );
    }

    #[test]
    fn an_implementation_of_one_domain_is_asked_about_that_one_alone() {
        let unserved: BTreeSet<Domain> = Domain::ALL.into_iter().filter(|it| *it != Domain::Storage).collect();
        let declared = declare(&load().unwrap(), &Selection { unserved, ..Selection::default() }).unwrap();
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for scenario in &declared {
            let words = scenario.steps.iter().chain([&scenario.title]);
            let foreign = words.clone().any(|text| text.contains("kafka") || text.contains("iam\""));
            assert!(!(scenario.runs() && foreign), "{} is about a domain that is not served", scenario.id);
            let reason = scenario.lacking.clone().unwrap_or_else(|| "it runs".into());
            *reasons.entry(reason).or_default() += 1;
        }
        insta::assert_debug_snapshot!(reasons, @r#"
        {
            "it runs": 101,
            "the implementation does not serve the domain `iam`": 40,
            "the implementation does not serve the domain `kafka`": 24,
            "the implementation does not serve the domain `mongo_metadata`": 24,
            "the implementation does not serve the domain `postgres_metadata`": 42,
            "the implementation serves fewer than the 2 domains that it takes": 12,
            "the implementation serves fewer than the 5 domains that it takes": 3,
        }
        "#);
        let requirements = |runs: bool| -> BTreeSet<&String> {
            let of = declared.iter().filter(|it| it.runs() || !runs);
            of.flat_map(|it| &it.tags).filter(|tag| tag.starts_with("@R-")).collect()
        };
        let unproved: Vec<_> = requirements(false).difference(&requirements(true)).copied().cloned().collect();
        insta::assert_debug_snapshot!(unproved, @r#"
        [
            "@R-E2-2",
            "@R-E2-3",
            "@R-E2-4",
            "@R-E3-4",
            "@R-E4-1",
            "@R-E4-2",
            "@R-E4-3",
            "@R-E4-4",
            "@R-EC1-2",
            "@R-EC1-3",
            "@R-EC4-3",
            "@R-P-3",
            "@R-S-3",
        ]
        "#);
    }

    #[test]
    fn scenarios_are_chosen_by_tag_part_whole_and_exclusion() {
        let all = ids(&Selection::default()).len();
        let one = "e1_full_restore::a_dry_run_tells_what_would_be_created_and_writes_nothing";
        let tags = Selection { tags: Some("@E1 and @R-E1-5".parse().unwrap()), ..Selection::default() };
        assert_eq!(ids(&tags), [one]);
        assert_eq!(ids(&Selection { texts: vec!["A dry run tells what".into()], ..Selection::default() }), [one]);
        assert_eq!(ids(&Selection { texts: vec![one.into()], exact: true, ..Selection::default() }), [one]);
        assert_eq!(ids(&Selection { texts: vec!["dry".into()], exact: true, ..Selection::default() }).len(), 0);
        assert_eq!(ids(&Selection { skips: vec![one.into()], ..Selection::default() }).len(), all - 1);
    }
}
