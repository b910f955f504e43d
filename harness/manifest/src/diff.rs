//! What changed from one run to another, the worst first.

use std::collections::BTreeMap;

use super::{
    Manifest,
    schema::{Outcome, Scenario},
    summary,
};

/// A scenario is called slower from this factor on…
const SLOWER_FACTOR: u64 = 2;

/// … if it also takes this much longer, in milliseconds: short ones vary with what else the machine does.
const SLOWER_MILLIS: u64 = 1_000;

/// Characters of a reason that are shown.
const LINE: usize = 160;

/// What changed, by kind, each in the order of the features.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Seen to hold before, and now not: it failed, or it could no longer be seen.
    pub regressions: Vec<Change>,
    /// Not seen to hold before, and now it is.
    pub fixed: Vec<Change>,
    /// It did not pass before and does not now, in another way.
    pub otherwise: Vec<Change>,
    /// Only the newer run has it.
    pub new: Vec<Change>,
    /// Only the older run has it.
    pub removed: Vec<Change>,
    /// Passed both times, and took much longer.
    pub slower: Vec<Change>,
    /// Left out by the user in one of the runs, so that nothing can be said.
    pub not_compared: usize,
    /// Ended in both runs in the same way.
    pub unchanged: usize,
}

/// One scenario.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// What changed, in words.
    pub told: String,
    /// The first line of why, if it does not pass now.
    pub why: Option<String>,
}

/// Compares two runs.
#[must_use]
pub fn diff(old: &Manifest, new: &Manifest) -> Changes {
    let before: BTreeMap<&str, &Scenario> = old.scenarios.iter().map(|it| (&*it.id, it)).collect();
    let after: BTreeMap<&str, &Scenario> = new.scenarios.iter().map(|it| (&*it.id, it)).collect();
    let mut changes = Changes::default();
    for scenario in &new.scenarios {
        match before.get(&*scenario.id) {
            Some(older) => changes.compare(older, scenario),
            None => changes.new.push(change(scenario, scenario.outcome.as_str().into())),
        }
    }
    let gone = old.scenarios.iter().filter(|scenario| !after.contains_key(&*scenario.id));
    changes.removed =
        gone.map(|it| Change { id: it.id.clone(), told: it.outcome.as_str().into(), why: None }).collect();
    changes
}

impl Changes {
    fn compare(&mut self, older: &Scenario, newer: &Scenario) {
        let told = format!("{} → {}", older.outcome.as_str(), newer.outcome.as_str());
        match (rank(older.outcome), rank(newer.outcome)) {
            (None, _) | (_, None) => self.not_compared += 1,
            (Some(before), Some(now)) if before == now && older.outcome == newer.outcome => {
                if is_slower(older, newer) {
                    let told =
                        format!("{} → {}", summary::seconds(older.duration_ms), summary::seconds(newer.duration_ms));
                    self.slower.push(change(newer, told));
                } else {
                    self.unchanged += 1;
                }
            }
            (Some(before), Some(now)) if now < before => self.regressions.push(change(newer, told)),
            (Some(before), Some(now)) if now > before => self.fixed.push(change(newer, told)),
            _ => self.otherwise.push(change(newer, told)),
        }
    }

    /// For people: regressions first; kinds without a scenario are left out.
    #[must_use]
    pub fn text(&self) -> String {
        let kinds = [
            ("regressions", &self.regressions),
            ("fixed", &self.fixed),
            ("not passing, otherwise than before", &self.otherwise),
            ("new", &self.new),
            ("removed", &self.removed),
            ("slower", &self.slower),
        ];
        let mut lines = Vec::new();
        for (name, changes) in kinds.into_iter().filter(|(_, changes)| !changes.is_empty()) {
            lines.push(format!("{name} ({})", changes.len()));
            for change in changes {
                lines.push(format!("  {}  {}", change.id, change.told));
                lines.extend(change.why.iter().map(|why| format!("    {why}")));
            }
            lines.push(String::new());
        }
        lines.push(format!(
            "{} unchanged, {} not compared: left out in one of the runs",
            self.unchanged, self.not_compared
        ));
        lines.join("\n") + "\n"
    }
}

/// How much was seen to hold: less than before is a regression. Nothing can be said of what the user left out.
const fn rank(outcome: Outcome) -> Option<u8> {
    match outcome {
        Outcome::Pass => Some(2),
        Outcome::Flaky => Some(1),
        Outcome::Fail | Outcome::Error | Outcome::PrerequisiteFailed | Outcome::KnownFail | Outcome::NotSupported => {
            Some(0)
        }
        Outcome::Disabled => None,
    }
}

fn is_slower(older: &Scenario, newer: &Scenario) -> bool {
    newer.outcome == Outcome::Pass
        && newer.duration_ms >= older.duration_ms.saturating_mul(SLOWER_FACTOR)
        && newer.duration_ms >= older.duration_ms.saturating_add(SLOWER_MILLIS)
}

fn change(scenario: &Scenario, told: String) -> Change {
    let message = scenario.failure.as_ref().and_then(|failure| failure.message.lines().next());
    Change { id: scenario.id.clone(), told, why: message.or(scenario.reason.as_deref()).map(short) }
}

/// A line of bearable length: a message may hold a whole answer.
fn short(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer::tests::mixed;

    fn changed(change: impl FnOnce(&mut Manifest)) -> Changes {
        let old = mixed().manifest();
        let mut new = old.clone();
        change(&mut new);
        diff(&old, &new)
    }

    #[test]
    fn equal_runs_have_no_changes() {
        let changes = changed(|_| ());
        assert_eq!(changes, Changes { unchanged: 11, not_compared: 1, ..Changes::default() });
    }

    #[test]
    fn regressions_come_first_and_every_kind_of_change_is_told() {
        let changes = changed(|new| {
            let outcomes = [Outcome::NotSupported, Outcome::Pass, Outcome::Fail];
            for (scenario, outcome) in new.scenarios.iter_mut().zip(outcomes) {
                scenario.outcome = outcome;
            }
            new.scenarios[3].id = "e9::renamed".into();
            let own = new.scenarios.last_mut().unwrap();
            own.duration_ms = 2_500;
        });
        insta::assert_snapshot!(changes.text());
    }

    #[test]
    fn less_that_was_seen_to_hold_is_a_regression_and_more_is_a_mending() {
        use Outcome::{Error, Fail, Flaky, KnownFail, NotSupported, Pass, PrerequisiteFailed};
        let unseen = [Fail, Error, NotSupported, PrerequisiteFailed, KnownFail];
        let kind = |before: Outcome, now: Outcome| {
            let of = |outcome| {
                let mut manifest = mixed().manifest();
                manifest.scenarios.truncate(1);
                manifest.scenarios[0].outcome = outcome;
                manifest
            };
            let changes = diff(&of(before), &of(now));
            [&changes.regressions, &changes.fixed, &changes.otherwise].map(Vec::len)
        };
        let (regression, fixed, otherwise) = ([1, 0, 0], [0, 1, 0], [0, 0, 1]);
        assert_eq!((kind(Pass, Flaky), kind(Flaky, Pass)), (regression, fixed));
        for outcome in unseen {
            for held in [Pass, Flaky] {
                assert_eq!((kind(held, outcome), kind(outcome, held)), (regression, fixed), "{held:?} {outcome:?}");
            }
            for other in unseen.into_iter().filter(|other| *other != outcome) {
                assert_eq!(kind(outcome, other), otherwise, "{outcome:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_reason_is_shown_by_the_start_of_its_first_line() {
        let why = |message: &str| {
            let changes = changed(|new| {
                new.scenarios[0].outcome = Outcome::Fail;
                let failure = crate::schema::Failure { message: message.into(), ..Default::default() };
                new.scenarios[0].failure = Some(failure);
            });
            changes.regressions[0].why.clone().unwrap()
        };
        assert_eq!(why("it is gone\nand more"), "it is gone");
        assert_eq!(why(&"é".repeat(LINE)), "é".repeat(LINE));
        assert_eq!(why(&"é".repeat(LINE + 1)), format!("{}…", "é".repeat(LINE)));
    }

    #[test]
    fn what_the_user_left_out_is_no_regression() {
        let changes = changed(|new| {
            for scenario in &mut new.scenarios {
                scenario.outcome = Outcome::Disabled;
            }
        });
        assert_eq!(changes, Changes { not_compared: 12, ..Changes::default() });
    }

    #[test]
    fn a_short_scenario_is_not_called_slower() {
        assert_eq!(changed(|new| new.scenarios[11].duration_ms = 900).slower, []);
        assert_eq!(changed(|new| new.scenarios[0].duration_ms = 2_300).slower, [], "not twice as long");
        assert_eq!(changed(|new| new.scenarios[0].duration_ms = 2_500).slower.len(), 1);
        let slower = |before: u64, now: u64, outcome: Outcome| {
            let of = |duration_ms| {
                let mut manifest = mixed().manifest();
                (manifest.scenarios[0].duration_ms, manifest.scenarios[0].outcome) = (duration_ms, outcome);
                manifest
            };
            !diff(&of(before), &of(now)).slower.is_empty()
        };
        assert!(slower(1_000, 2_000, Outcome::Pass), "twice as long and a second longer");
        assert!(!slower(999, 1_998, Outcome::Pass), "a millisecond less than a second longer");
        assert!(!slower(3_000, 5_999, Outcome::Pass), "a millisecond less than twice as long");
        assert!(!slower(1_000, 9_000, Outcome::Fail), "how long a failure takes says nothing");
    }
}
