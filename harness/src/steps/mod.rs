//! The steps, one file per concept.

mod artifact;
mod concurrency;
mod conflict;
mod degraded;
mod difference;
mod extension;
mod fault;
mod identifier_map;
mod older_format;
mod outcome;
mod preflight;
mod refusal;
mod restore;
mod run;
mod secrecy;
mod size;
mod tenant;
mod tenant_state;
mod third_tenant;
pub mod vocabulary;

use crate::{fixtures::Domain, world::Failure};

/// Reads `iam, kafka`.
fn domains(list: &str) -> Result<Vec<Domain>, Failure> {
    list.split(',').map(|key| key.trim().parse().map_err(Failure::Suite)).collect()
}

#[cfg(test)]
mod tests {
    use cucumber::World as _;

    use crate::{features, world::RestoreWorld};

    #[test]
    fn every_sentence_of_the_features_has_exactly_one_step() {
        let steps = RestoreWorld::collection();
        for feature in features::load().unwrap() {
            let background = feature.background.iter().flat_map(|background| &background.steps);
            for step in background.chain(feature.scenarios.iter().flat_map(|scenario| &scenario.steps)) {
                assert!(matches!(steps.find(step), Ok(Some(_))), "{}", step.value);
            }
        }
    }

    #[test]
    fn an_unknown_domain_is_the_suites_mistake() {
        assert_eq!(super::domains("iam, kafka").unwrap().len(), 2);
        assert!(super::domains("iam, kafak").unwrap_err().to_string().contains("kafak"));
    }
}
