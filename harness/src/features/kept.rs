//! The scenarios of artifacts that an implementer kept: one for each.

use cucumber::{
    feature::Ext as _,
    gherkin::{Feature, GherkinEnv},
};

/// Where the feature would lie if it were a file: the ids of its scenarios begin with it.
const PATH: &str = "features/e5_kept_artifacts.feature";

const TEXT: &str = r#"
@E5
Feature: E5 An artifact that was kept is restored
  What the implementation wrote in earlier days is restored today.

  Background:
    Given an empty target tenant beside a bystander

  @R-E5-3
  Scenario Outline: The kept artifact <artifact> makes the tenant that it is of
    Given the kept artifact "<artifact>", and its tenant as the source
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report tells the migration of the artifact, if it is of an older format
    And the target holds exactly what the source holds

    Examples:
      | artifact |
"#;

/// The feature of these artifacts; none where there are none.
///
/// # Errors
/// When a name has no place in a sentence.
pub(super) fn feature(names: &[&str]) -> Result<Option<Feature>, String> {
    if names.is_empty() {
        return Ok(None);
    }
    let rows: String = names.iter().map(|name| format!("      | {name} |\n")).collect();
    let text = format!("{}{rows}", TEXT.trim_start());
    let mut feature =
        Feature::parse(text, GherkinEnv::default()).map_err(|error| format!("older_artifacts: {error}"))?;
    feature.path = Some(PATH.into());
    feature.expand_examples().map(Some).map_err(|error| error.to_string())
}

/// With one name, to show the sentences.
///
/// # Errors
/// As [`feature`].
pub(crate) fn example() -> Result<Option<Feature>, String> {
    feature(&["backups/acme-1.json"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_artifact_has_a_scenario_of_its_name() {
        assert!(feature(&[]).unwrap().is_none());
        let feature = feature(&["backups/acme 1.json", "b.json"]).unwrap().unwrap();
        let ids: Vec<String> = feature.scenarios.iter().map(|it| crate::features::id(&feature, it)).collect();
        insta::assert_snapshot!(ids.join("\n"), @"
        e5_kept_artifacts::the_kept_artifact_backups_acme_1_json_makes_the_tenant_that_it_is_of
        e5_kept_artifacts::the_kept_artifact_b_json_makes_the_tenant_that_it_is_of
        ");
        let step = &feature.scenarios[0].steps[0].value;
        assert_eq!(step, r#"the kept artifact "backups/acme 1.json", and its tenant as the source"#);
    }
}
