//! The order in which scenarios are started.

use std::collections::BTreeSet;

use cucumber::{cli, gherkin::Feature, parser};
use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::features;

/// Every scenario of `features` whose id is in `wanted`, each in a feature of its own, so that any order is possible:
/// with `shuffle` one that follows from this seed; else that of the features, but that those tagged `@slow`, which mostly
/// wait, go first: else the run waits for them alone at its end.
pub(super) fn ordered(features: &[Feature], wanted: &BTreeSet<String>, shuffle: Option<u64>) -> Vec<Feature> {
    let mut single = Vec::new();
    for feature in features {
        for scenario in &feature.scenarios {
            if wanted.contains(&features::id(feature, scenario)) {
                let scenarios = vec![scenario.clone()];
                single.push(Feature { scenarios, rules: Vec::new(), ..without_scenarios(feature) });
            }
        }
    }
    match shuffle {
        Some(seed) => single.shuffle(&mut ChaCha8Rng::seed_from_u64(seed)),
        None => single.sort_by_key(|feature| !is_slow(feature)),
    }
    single
}

fn is_slow(feature: &Feature) -> bool {
    let tags = feature.scenarios.iter().flat_map(|scenario| &scenario.tags);
    feature.tags.iter().chain(tags).any(|tag| tag == "slow")
}

fn without_scenarios(feature: &Feature) -> Feature {
    Feature {
        keyword: feature.keyword.clone(),
        name: feature.name.clone(),
        description: feature.description.clone(),
        background: feature.background.clone(),
        scenarios: Vec::new(),
        rules: Vec::new(),
        tags: feature.tags.clone(),
        span: feature.span,
        position: feature.position,
        path: feature.path.clone(),
    }
}

/// Hands features on that are parsed already.
pub(super) struct Loaded;

impl cucumber::Parser<Vec<Feature>> for Loaded {
    type Cli = cli::Empty;
    type Output = futures::stream::Iter<std::vec::IntoIter<parser::Result<Feature>>>;

    fn parse(self, features: Vec<Feature>, _: cli::Empty) -> Self::Output {
        futures::stream::iter(features.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(shuffle: Option<u64>) -> Vec<String> {
        let features = features::load().unwrap();
        let all = features.iter().flat_map(|feature| feature.scenarios.iter().map(|it| features::id(feature, it)));
        let ordered = ordered(&features, &all.collect(), shuffle);
        ordered.iter().map(|feature| features::id(feature, &feature.scenarios[0])).collect()
    }

    #[test]
    fn the_order_follows_from_the_seed_and_leaves_nothing_out() {
        let plain = ids(None);
        let declared = features::declare(&features::load().unwrap(), &features::Selection::default()).unwrap();
        let (slow, quick): (Vec<_>, Vec<_>) = declared.iter().partition(|it| it.tags.iter().any(|tag| tag == "@slow"));
        assert!(!slow.is_empty());
        assert_eq!(plain, slow.into_iter().chain(quick).map(|it| it.id.clone()).collect::<Vec<_>>());
        assert_eq!(ids(Some(7)), ids(Some(7)));
        assert_ne!(ids(Some(7)), ids(Some(8)));
        assert_ne!(ids(Some(7)), plain);
        let sorted = |mut ids: Vec<String>| {
            ids.sort();
            ids
        };
        assert_eq!(sorted(ids(Some(7))), sorted(plain));
    }

    #[test]
    fn only_what_is_wanted_is_handed_on_with_its_background() {
        let features = features::load().unwrap();
        let id = "e1_full_restore::a_dry_run_tells_what_would_be_created_and_writes_nothing";
        let ordered = ordered(&features, &BTreeSet::from([id.to_owned()]), Some(1));
        assert_eq!(ordered.len(), 1);
        assert!(ordered[0].background.is_some());
    }
}
