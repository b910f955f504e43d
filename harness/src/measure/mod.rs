//! What a benchmark measured: a restore and a script that does the same by hand, side by side, round after round.
//!
//! Ratios are taken within a round and only then summarised: what slows the machine for a minute slows both sides.

mod machine;
mod table;

use std::{collections::BTreeMap, time::Duration};

use serde::{Serialize, Serializer};

pub use self::{machine::Machine, table::table};
use crate::{fixtures::Generate, manifest::schema};

/// A benchmark's result, as its JSON file has it.
#[derive(Debug, Clone, Serialize)]
pub struct Measurement {
    /// When it ended, as RFC 3339.
    pub measured_at: String,
    /// What it ran on.
    pub machine: Machine,
    /// The engine.
    pub engine: schema::Implementation,
    /// The cargo profile of an engine that was built for this, else `given`.
    pub profile: String,
    /// The servers.
    pub backends: Vec<schema::Backend>,
    /// Versions of the programs that the scripts use.
    pub tools: BTreeMap<String, String>,
    /// Size of the tenant.
    pub tenant: Generate,
    /// Bytes of the tenant's artifact.
    pub artifact_bytes: usize,
    /// What was compared.
    pub cases: Vec<Case>,
}

/// One part of a tenant, restored and scripted.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// A domain key, or `together`.
    pub name: String,
    /// Smallest, middle and largest over the rounds.
    pub summary: Summary,
    /// In the order in which they were run.
    pub rounds: Vec<Round>,
}

impl Case {
    /// Summarises the rounds; there is at least one.
    #[must_use]
    pub fn new(name: &str, rounds: Vec<Round>) -> Self {
        let over = |value: fn(&Round) -> f64| Spread::of(rounds.iter().map(value));
        let summary = Summary {
            fresh: over(|round| round.fresh.as_secs_f64()),
            equal: over(|round| round.equal.as_secs_f64()),
            script: over(|round| round.script.as_secs_f64()),
            fresh_ratio: over(|round| ratio(round.fresh, round.script)),
            equal_ratio: over(|round| ratio(round.equal, round.script)),
        };
        Self { name: name.to_owned(), summary, rounds }
    }
}

/// Both sides, one right after the other.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Round {
    /// Which side went first.
    pub engine_first: bool,
    /// The engine's restore into an empty tenant.
    #[serde(serialize_with = "seconds")]
    pub fresh: Duration,
    /// The engine's restore again, with all in place.
    #[serde(serialize_with = "seconds")]
    pub equal: Duration,
    /// The script, into an empty space.
    #[serde(serialize_with = "seconds")]
    pub script: Duration,
}

/// A case over all its rounds: seconds, and ratios to the script's seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Summary {
    /// The engine's restore into an empty tenant.
    pub fresh: Spread,
    /// The engine's restore again.
    pub equal: Spread,
    /// The script.
    pub script: Spread,
    /// `fresh` to `script`, round by round.
    pub fresh_ratio: Spread,
    /// `equal` to `script`, round by round.
    pub equal_ratio: Spread,
}

/// Smallest, middle and largest of some values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Smallest.
    #[serde(serialize_with = "thousandths")]
    pub min: f64,
    /// Middle; of an even number of values, the mean of the two in the middle.
    #[serde(serialize_with = "thousandths")]
    pub median: f64,
    /// Largest.
    #[serde(serialize_with = "thousandths")]
    pub max: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { at(middle) } else { f64::midpoint(at(middle.saturating_sub(1)), at(middle)) };
        Self { min: at(0), median, max: at(values.len().saturating_sub(1)) }
    }
}

fn ratio(engine: Duration, script: Duration) -> f64 {
    engine.as_secs_f64() / script.as_secs_f64()
}

fn seconds<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    thousandths(&duration.as_secs_f64(), to)
}

fn thousandths<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((value * 1_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(fresh: u64, equal: u64, script: u64) -> Round {
        let of = Duration::from_millis;
        Round { engine_first: true, fresh: of(fresh), equal: of(equal), script: of(script) }
    }

    #[test]
    fn the_median_of_an_even_number_of_values_is_the_mean_of_the_two_in_the_middle() {
        assert_eq!(Spread::of([4.0, 1.0, 3.0, 2.0].into_iter()), Spread { min: 1.0, median: 2.5, max: 4.0 });
        assert_eq!(Spread::of([3.0, 1.0, 2.0].into_iter()), Spread { min: 1.0, median: 2.0, max: 3.0 });
    }

    #[test]
    fn a_ratio_is_taken_within_its_round_so_a_slow_minute_does_not_show_in_it() {
        let case = Case::new("kafka", vec![round(1_000, 125, 2_000), round(4_000, 500, 8_000), round(500, 62, 1_000)]);
        let summary = &case.summary;
        assert_eq!(summary.fresh_ratio, Spread { min: 0.5, median: 0.5, max: 0.5 });
        assert_eq!((summary.equal_ratio.median, summary.equal_ratio.max), (0.0625, 0.0625));
        assert_eq!(summary.fresh, Spread { min: 0.5, median: 1.0, max: 4.0 });
    }

    #[test]
    fn a_case_reads_well_as_a_table_and_as_json() {
        let cases = [
            Case::new("postgres_metadata", vec![round(12_345, 678, 11_111), round(13_000, 700, 14_000)]),
            Case::new("together", vec![round(20_000, 1_500, 21_000)]),
        ];
        insta::assert_snapshot!(table(&cases));
        insta::assert_json_snapshot!(cases[0]);
    }
}
