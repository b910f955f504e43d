//! Which saboteurs there are, as their program lists them.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::{features::Selection, manifest::Declared};

/// A saboteur, or a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Starts it: `PROGRAM NAME serve --config FILE`.
    pub name: String,
    /// The fault in one sentence, or the oddity.
    pub fault: String,
    /// Where in the engine it is put in.
    pub seams: Vec<String>,
    /// Each of these must kill it. None for a variant.
    pub expectations: Vec<Expectation>,
    /// Tag expression of the scenarios that a variant must pass. None for a saboteur.
    #[serde(default)]
    pub passes: Option<String>,
}

/// A requirement that must kill a saboteur, where, and for which reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// An id of SPEC.md, as in `R-E1-2`.
    pub requirement: String,
    /// Part of the title of the scenario that must fail; it has the requirement's tag.
    pub scenario: String,
    /// What the words of that failure must hold.
    pub words: String,
}

/// Requirements without a tag of their own: each scenario checks them.
const EVERYWHERE: [&str; 2] = ["R-S-1", "R-S-2"];

impl Expectation {
    /// Whether a scenario is one of those that must fail.
    #[must_use]
    pub fn is_about(&self, title: &str, tags: &[String]) -> bool {
        let tagged = tags.iter().any(|tag| tag.trim_start_matches('@') == self.requirement);
        title.contains(&self.scenario) && (tagged || EVERYWHERE.contains(&&*self.requirement))
    }
}

impl Listed {
    /// The scenarios that are run against it.
    ///
    /// # Errors
    /// When an expectation is about no scenario, or a tag expression is none.
    pub fn selection(&self, declared: &[Declared]) -> Result<Selection, String> {
        if let Some(text) = &self.passes {
            let tags =
                text.parse().map_err(|error| format!("{}: `{text}` is no tag expression: {error}", self.name))?;
            return Ok(Selection { tags: Some(tags), ..Selection::default() });
        }
        let mut titles = Vec::new();
        for it in &self.expectations {
            let before = titles.len();
            titles
                .extend(declared.iter().filter(|one| it.is_about(&one.title, &one.tags)).map(|one| one.title.clone()));
            if titles.len() == before {
                let Expectation { requirement, scenario, .. } = it;
                return Err(format!("{}: no scenario of {requirement} has `{scenario}` in its title", self.name));
            }
        }
        if titles.is_empty() {
            return Err(format!("{}: nothing must kill it", self.name));
        }
        Ok(Selection { texts: titles, exact: true, ..Selection::default() })
    }
}

/// Asks the program which saboteurs it has.
///
/// # Errors
/// When it cannot be run, or says something else than a list.
pub async fn list(program: &Path) -> Result<Vec<Listed>, String> {
    let output = Command::new(program).args(["list", "--json"]).output().await;
    let output = output.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{} list --json: {error}", program.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(title: &str, tag: &str) -> Declared {
        Declared {
            id: title.into(),
            title: title.into(),
            feature: "E1".into(),
            tags: vec!["@E1".into(), tag.into()],
            steps: Vec::new(),
            selected: false,
            custom: false,
            needs: Default::default(),
            missing: Default::default(),
        }
    }

    fn saboteur(requirement: &str, scenario: &str) -> Listed {
        let it = Expectation { requirement: requirement.into(), scenario: scenario.into(), words: "x".into() };
        Listed { name: "x".into(), fault: "x".into(), seams: Vec::new(), expectations: vec![it], passes: None }
    }

    #[test]
    fn what_must_fail_is_a_scenario_of_that_requirement() {
        let all = [declared("a dry run", "@R-E1-5"), declared("a dry run of a part", "@R-E2-3")];
        let chosen = |saboteur: &Listed| saboteur.selection(&all).map(|selection| selection.texts);
        assert_eq!(chosen(&saboteur("R-E2-3", "dry")).unwrap(), ["a dry run of a part"]);
        assert_eq!(chosen(&saboteur("R-S-2", "dry")).unwrap().len(), 2, "checked everywhere");
        let error = chosen(&saboteur("R-E2-3", "second")).unwrap_err();
        assert_eq!(error, "x: no scenario of R-E2-3 has `second` in its title");
    }
}
