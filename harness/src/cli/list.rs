//! `conformance list`.

use clap::Args;
use cucumber::gherkin::tagexpr::TagOperation;
use serde::Serialize;
use serde_json::json;

use crate::{
    features::{self, Selection},
    manifest::{Declared, scope::Scope},
    run::{EXIT_PASSED, EXIT_USAGE},
};

/// Print the scenarios: id, requirements, domains, and what they need of an implementation
///
/// Exit codes: 0 printed, 64 wrong usage.
#[derive(Debug, Args)]
pub struct Options {
    /// Only scenarios whose tags fit, for example '@E1 and not @R-E1-3'
    #[arg(long, value_name = "EXPR")]
    tags: Option<String>,
    /// Only scenarios whose id or title contains this; repeatable
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One scenario, as it is listed.
#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    title: String,
    feature: String,
    requirements: Vec<String>,
    /// Those that it is about; none if it is about the whole tenant.
    domains: Vec<&'static str>,
    /// How many domains an implementation must serve for it.
    domains_at_least: usize,
    /// Capabilities.
    needs: Vec<&'static str>,
    /// Whether it takes minutes.
    slow: bool,
}

impl Options {
    /// Prints, and returns the exit code.
    pub(super) fn run(&self) -> u8 {
        match self.listed() {
            Ok(listed) if listed.is_empty() => {
                eprintln!("no scenario fits; without a filter all are printed");
                EXIT_USAGE
            }
            Ok(listed) if self.json => {
                println!("{:#}", json!(listed));
                EXIT_PASSED
            }
            Ok(listed) => {
                print!("{}", text(&listed));
                EXIT_PASSED
            }
            Err(problem) => {
                eprintln!("{problem}");
                EXIT_USAGE
            }
        }
    }

    fn listed(&self) -> Result<Vec<Listed>, String> {
        let tags = self.tags.as_ref().map(|text| text.parse::<TagOperation>()).transpose();
        let tags = tags.map_err(|error| format!("--tags is no tag expression: {error}"))?;
        let selection = Selection { tags, texts: self.texts.clone(), ..Selection::default() };
        let declared = features::declare(&features::load()?, &selection)?;
        declared.iter().filter(|it| it.selected).map(Listed::of).collect()
    }
}

impl Listed {
    fn of(declared: &Declared) -> Result<Self, String> {
        let texts = declared.steps.iter().chain([&declared.title]).map(|text| &**text);
        let scope = Scope::of(texts, declared.tags.iter().map(|tag| &**tag))?;
        Ok(Self {
            id: declared.id.clone(),
            title: declared.title.clone(),
            feature: declared.feature.clone(),
            requirements: requirements(declared).map(str::to_owned).collect(),
            domains: scope.domains.into_iter().map(crate::fixtures::Domain::key).collect(),
            domains_at_least: scope.at_least,
            needs: declared.needs.iter().map(|it| it.as_str()).collect(),
            slow: declared.tags.iter().any(|tag| tag == "@slow"),
        })
    }
}

/// The ids of its requirements, without `@`.
pub(super) fn requirements(declared: &Declared) -> impl Iterator<Item = &str> {
    declared.tags.iter().filter_map(|tag| tag.strip_prefix('@')).filter(|tag| tag.starts_with("R-"))
}

fn text(listed: &[Listed]) -> String {
    let mut lines = Vec::new();
    for it in listed {
        let slow = if it.slow { "slow" } else { "" };
        let several = if it.domains_at_least > 1 { format!("{} domains", it.domains_at_least) } else { String::new() };
        let parts = [it.requirements.join(" "), it.domains.join(" "), several, it.needs.join(" "), slow.to_owned()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        lines.push(format!("{}\n    {}", it.id, parts.join(" · ")));
    }
    lines.push(format!("{} scenarios\n", listed.len()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(texts: &[&str], tags: Option<&str>) -> Options {
        Options { tags: tags.map(str::to_owned), texts: texts.iter().map(|it| (*it).to_owned()).collect(), json: false }
    }

    #[test]
    fn a_scenario_is_listed_with_what_it_is_about_and_what_it_takes() {
        let listed = options(&["a_broker_that_is_down", "A dry run of a part"], None).listed().unwrap();
        insta::assert_snapshot!(text(&listed), @"
        e2_partial_restore::a_dry_run_of_a_part_tells_of_that_part_only_and_writes_nothing
            R-E2-3 · postgres_metadata kafka
        ec1_partial_failure::a_broker_that_is_down_costs_nothing_but_kafka_which_is_restored_by_itself_once_the_broker_is_back
            R-EC1-1 R-EC1-3 · kafka · 2 domains · faults · slow
        2 scenarios
        ");
        insta::assert_json_snapshot!(listed[1], @r#"
        {
          "id": "ec1_partial_failure::a_broker_that_is_down_costs_nothing_but_kafka_which_is_restored_by_itself_once_the_broker_is_back",
          "title": "A broker that is down costs nothing but kafka, which is restored by itself once the broker is back",
          "feature": "EC1 A backend fails and the others are restored all the same",
          "requirements": [
            "R-EC1-1",
            "R-EC1-3"
          ],
          "domains": [
            "kafka"
          ],
          "domains_at_least": 2,
          "needs": [
            "faults"
          ],
          "slow": true
        }
        "#);
    }

    #[test]
    fn a_wrong_tag_expression_is_a_usage_error() {
        assert!(options(&[], Some("@E1 and")).listed().unwrap_err().contains("no tag expression"));
        assert_eq!(options(&["the moon"], None).run(), EXIT_USAGE);
    }
}
