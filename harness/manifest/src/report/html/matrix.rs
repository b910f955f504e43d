//! Requirements against domains: which scenarios looked, and how that ended.

use serde::Serialize;

use super::words::{OUTCOMES, label, tone};
use crate::{
    Domain, requirements,
    schema::{Outcome, Scenario},
    scope::Scope,
};

/// The column of scenarios that name no domain.
const WHOLE: &str = "whole tenant";

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Matrix {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    requirement: String,
    /// Empty when this program's specification does not know it.
    sentence: String,
    cells: Vec<Cell>,
}

/// The scenarios of one requirement that name one domain.
#[derive(Debug, Serialize)]
struct Cell {
    /// Words that a filter finds them by.
    filter: String,
    scenarios: usize,
    passed: usize,
    /// Of the worst of them.
    tone: &'static str,
    /// Their outcomes in words.
    told: String,
}

impl Matrix {
    pub(super) fn of(scenarios: &[Scenario]) -> Self {
        let columns: Vec<&str> = Domain::ALL.iter().map(|domain| domain.key()).chain([WHOLE]).collect();
        let mut requirements: Vec<&str> = Vec::new();
        for id in scenarios.iter().flat_map(requirements_of) {
            if !requirements.contains(&id) {
                requirements.push(id);
            }
        }
        let rows = requirements.into_iter().map(|id| row(id, scenarios, &columns)).collect();
        Self { columns, rows }
    }
}

fn row(id: &str, scenarios: &[Scenario], columns: &[&'static str]) -> Row {
    let own: Vec<&Scenario> =
        scenarios.iter().filter(|scenario| requirements_of(scenario).any(|other| other == id)).collect();
    let cell = |column: &&'static str| {
        let here = own.iter().filter(|scenario| domains_of(scenario).contains(column));
        cell(id, column, &here.map(|scenario| scenario.outcome).collect::<Vec<_>>())
    };
    Row {
        requirement: id.into(),
        sentence: requirements::sentence(id).unwrap_or_default(),
        cells: columns.iter().map(cell).collect(),
    }
}

fn cell(id: &str, column: &str, outcomes: &[Outcome]) -> Cell {
    let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    let by_severity = OUTCOMES.iter().rev().filter(|outcome| count(**outcome) > 0);
    let told: Vec<String> =
        by_severity.clone().map(|outcome| format!("{} {}", count(*outcome), label(*outcome))).collect();
    let worst = by_severity.max_by_key(|outcome| severity(**outcome));
    Cell {
        filter: format!("{id} {column}"),
        scenarios: outcomes.len(),
        passed: count(Outcome::Pass),
        tone: worst.map_or("none", |outcome| tone(*outcome)),
        told: told.join(", "),
    }
}

/// What was not seen is worse than what passed, and what failed is worse than all.
const fn severity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Disabled => 1,
        Outcome::NotSupported => 2,
        Outcome::KnownFail => 3,
        Outcome::Flaky => 4,
        Outcome::PrerequisiteFailed => 5,
        Outcome::Error => 6,
        Outcome::Fail => 7,
    }
}

/// `R-E1-2`, of the tag `@R-E1-2`.
pub(super) fn requirements_of(scenario: &Scenario) -> impl Iterator<Item = &str> {
    scenario.tags.iter().filter_map(|tag| tag.strip_prefix('@')).filter(|tag| tag.starts_with("R-"))
}

/// The domains that it is about, or the whole tenant.
pub(super) fn domains_of(scenario: &Scenario) -> Vec<&'static str> {
    let domains: Vec<&str> = Scope::of_scenario(scenario).domains.into_iter().map(Domain::key).collect();
    if domains.is_empty() { vec![WHOLE] } else { domains }
}
