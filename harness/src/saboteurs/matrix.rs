//! The table of all saboteurs: which requirement killed each, in which step, by which words.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judge::{End, Row};

/// Characters of the words that tables show.
const SHOWN: usize = 160;

/// How strong the suite is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Of the suite's features and fixtures.
    pub suite_digest: String,
    /// All data came from it.
    pub seed: u64,
    /// How many ended how.
    pub counts: BTreeMap<End, usize>,
    /// What is not as it should be comes first, then by requirement.
    pub rows: Vec<Row>,
}

impl Matrix {
    /// Of all rows, in any order.
    #[must_use]
    pub fn new(suite_digest: String, seed: u64, mut rows: Vec<Row>) -> Self {
        let place = |row: &Row| (row.end.is_good(), row.requirement.is_none());
        rows.sort_by(|one, other| {
            place(one)
                .cmp(&place(other))
                .then_with(|| numbered(one).cmp(&numbered(other)))
                .then_with(|| one.saboteur.cmp(&other.saboteur))
        });
        let mut counts = BTreeMap::new();
        for row in &rows {
            *counts.entry(row.end).or_default() += 1;
        }
        Self { suite_digest, seed, counts, rows }
    }

    /// Whether every saboteur was killed and every variant passed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.end.is_good())
    }

    /// How many ended how, in one line.
    #[must_use]
    pub fn counted(&self) -> String {
        let of = |(end, count): (&End, &usize)| format!("{count} {}", end.as_str());
        self.counts.iter().map(of).collect::<Vec<_>>().join(", ")
    }

    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["", "requirement", "saboteur", "step", "words"]);
        for row in &self.rows {
            let cells = [row.end.as_str(), requirement(row), &row.saboteur, &step(row), &words(row)].map(str::to_owned);
            table.add_row(cells);
        }
        let wrong: String = self.rows.iter().filter(|row| !row.end.is_good()).map(told).collect();
        format!("{table}\n\n{wrong}{}\n", self.counted())
    }

    /// For a repository.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# Saboteurs\n\nDeliberately faulty engines, and how the suite finds each out. Made by `cargo conformance \
             saboteurs --markdown`; do not edit.\n\n{}.\n\n| requirement | saboteur | what is broken in it | seam | \
             scenario | failing step | its words |\n|---|---|---|---|---|---|---|\n",
            self.counted()
        );
        for row in &self.rows {
            let scenario = row.scenario.as_deref().unwrap_or_default();
            let words = match row.end {
                End::Killed | End::Passed => words(row),
                other => format!("**{}**: {}", other.as_str(), words(row)),
            };
            let cells =
                [requirement(row), &row.saboteur, &row.fault, &row.seams.join(", "), scenario, &step(row), &words]
                    .map(|cell| cell.replace('|', "\\|"));
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        text
    }
}

/// By the parts of the requirement, so that `R-E1-10` follows `R-E1-9`.
fn numbered(row: &Row) -> (String, u32) {
    let requirement = row.requirement.as_deref().unwrap_or_default();
    let (group, number) = requirement.rsplit_once('-').unwrap_or((requirement, ""));
    (group.to_owned(), number.parse().unwrap_or_default())
}

/// What is not as it should be, in full. Below the table, where a person looks and a shortened log still shows it.
fn told(row: &Row) -> String {
    let line =
        |name: &str, value: Option<&str>| value.map(|value| format!("  {name:<9} {value}\n")).unwrap_or_default();
    let wanted = row.requirement.as_deref().map_or_else(String::new, |it| format!(", not killed by {it}"));
    [
        format!("{}: {}{wanted}\n", row.end.as_str().to_uppercase(), row.saboteur),
        line("fault", Some(&row.fault)),
        line("scenario", row.scenario.as_deref()),
        line("step", row.step.as_deref()),
        line("words", row.words.as_deref()),
        line("again", Some(&format!("cargo conformance saboteurs --only {}", row.saboteur))),
        "\n".to_owned(),
    ]
    .concat()
}

fn requirement(row: &Row) -> &str {
    row.requirement.as_deref().unwrap_or("none: it is right")
}

fn step(row: &Row) -> String {
    match (&row.step, row.end) {
        (Some(step), _) => step.clone(),
        (None, End::Killed) => "after the scenario".to_owned(),
        (None, _) => String::new(),
    }
}

fn words(row: &Row) -> String {
    let words = row.words.as_deref().unwrap_or_default();
    match words.char_indices().nth(SHOWN) {
        None => words.to_owned(),
        Some((end, _)) => format!("{}…", &words[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(requirement: &str, saboteur: &str, end: End) -> Row {
        Row {
            requirement: (!requirement.is_empty()).then(|| requirement.to_owned()),
            saboteur: saboteur.into(),
            fault: "loses a|b".into(),
            seams: vec!["domain".into()],
            end,
            scenario: Some("All is there".into()),
            step: Some("Then all is there".into()),
            words: Some("2 differences in rc-…-07".into()),
        }
    }

    fn matrix() -> Matrix {
        let rows = vec![
            row("R-E1-10", "b", End::Killed),
            row("", "v", End::Passed),
            row("R-E1-9", "a", End::Killed),
            row("R-P-1", "s", End::Survived),
        ];
        Matrix::new("sha256:ab".into(), 42, rows)
    }

    #[test]
    fn survivors_come_first_and_variants_last() {
        insta::assert_snapshot!(matrix().markdown());
        assert!(!matrix().is_good());
    }

    #[test]
    fn what_is_wrong_is_told_in_full_below_the_table() {
        let text = matrix().text();
        let (_, below) = text.split_once("passed").unwrap();
        let (_, below) = below.split_once("\n\n").unwrap();
        insta::assert_snapshot!(below);
    }

    #[test]
    fn an_empty_matrix_proves_nothing() {
        assert!(!Matrix::new(String::new(), 0, Vec::new()).is_good());
    }
}
