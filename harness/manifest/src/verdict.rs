//! How scenarios end, how many ended how, and what that says about the implementation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{Run, Scenario};

/// What the run says about the implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every declared scenario passed.
    Conformant,
    /// At least one scenario failed, announced or not.
    NonConformant,
    /// Nothing failed, but not every scenario passed on its first try.
    Partial,
    /// The suite or a backend failed, so that nothing is certain.
    Error,
    /// The user chose the scenarios: the run says nothing about the whole.
    NotEvaluated,
}

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It asserted something, and all of it held.
    Pass,
    /// The implementation broke a requirement.
    Fail,
    /// The suite or a backend failed before the implementation could be judged.
    Error,
    /// It needs a capability that the implementation does not declare, or is about a domain that it does not serve.
    NotSupported,
    /// Left out by the user, or not started because the user wanted the run to end with the first failure.
    Disabled,
    /// Something that it builds on failed, which is the failure of another scenario.
    PrerequisiteFailed,
    /// It passed, but not on its first try.
    Flaky,
    /// It failed as was announced.
    KnownFail,
}

/// How many scenarios ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All of them.
    pub declared: usize,
    /// See [`Outcome::Pass`].
    pub pass: usize,
    /// See [`Outcome::Fail`].
    pub fail: usize,
    /// See [`Outcome::Error`].
    pub error: usize,
    /// See [`Outcome::NotSupported`].
    pub not_supported: usize,
    /// See [`Outcome::Disabled`].
    pub disabled: usize,
    /// See [`Outcome::PrerequisiteFailed`].
    pub prerequisite_failed: usize,
    /// See [`Outcome::Flaky`].
    pub flaky: usize,
    /// See [`Outcome::KnownFail`].
    pub known_fail: usize,
}

impl Counts {
    /// Counts outcomes.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.declared += 1;
            *match outcome {
                Outcome::Pass => &mut counts.pass,
                Outcome::Fail => &mut counts.fail,
                Outcome::Error => &mut counts.error,
                Outcome::NotSupported => &mut counts.not_supported,
                Outcome::Disabled => &mut counts.disabled,
                Outcome::PrerequisiteFailed => &mut counts.prerequisite_failed,
                Outcome::Flaky => &mut counts.flaky,
                Outcome::KnownFail => &mut counts.known_fail,
            } += 1;
        }
        counts
    }

    /// Whether the outcomes add up to the declared scenarios.
    #[must_use]
    pub const fn add_up(&self) -> bool {
        self.declared
            == self.pass
                + self.fail
                + self.error
                + self.not_supported
                + self.disabled
                + self.prerequisite_failed
                + self.flaky
                + self.known_fail
    }

    /// The sum of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            declared: self.declared + other.declared,
            pass: self.pass + other.pass,
            fail: self.fail + other.fail,
            error: self.error + other.error,
            not_supported: self.not_supported + other.not_supported,
            disabled: self.disabled + other.disabled,
            prerequisite_failed: self.prerequisite_failed + other.prerequisite_failed,
            flaky: self.flaky + other.flaky,
            known_fail: self.known_fail + other.known_fail,
        }
    }

    /// Whether every scenario that ran passed, on its first try or a later one, or failed as was announced; and there
    /// was one.
    #[must_use]
    pub const fn all_went_well(&self) -> bool {
        self.pass + self.flaky + self.known_fail > 0 && self.fail + self.error + self.prerequisite_failed == 0
    }
}

impl Verdict {
    /// Derives the verdict of a run from its scenarios; of a `filtered` one there is none. Scenarios that the user
    /// brought along, and optional ones that are not supported, have no say.
    #[must_use]
    pub fn of<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>, filtered: bool) -> Self {
        let core = |it: &&Scenario| !(it.custom || it.optional && it.outcome == Outcome::NotSupported);
        let counts = Counts::of(scenarios.into_iter().filter(core).map(|it| it.outcome));
        if filtered {
            Self::NotEvaluated
        } else if counts.error > 0 || counts.declared == 0 {
            Self::Error
        } else if counts.fail + counts.known_fail > 0 {
            Self::NonConformant
        } else if counts.pass < counts.declared {
            Self::Partial
        } else {
            Self::Conformant
        }
    }

    /// Derives the verdict of a run: one that did not come to its end says nothing, whatever was seen until then.
    #[must_use]
    pub fn of_run(run: &Run, scenarios: &[Scenario]) -> Self {
        if run.finished && !run.interrupted && run.problem.is_none() {
            Self::of(scenarios, !run.selection.is_empty())
        } else {
            Self::Error
        }
    }

    /// As it stands in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NonConformant => "non_conformant",
            Self::Partial => "partial",
            Self::Error => "error",
            Self::NotEvaluated => "not_evaluated",
        }
    }
}

impl Outcome {
    /// As it stands in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::NotSupported => "not_supported",
            Self::Disabled => "disabled",
            Self::PrerequisiteFailed => "prerequisite_failed",
            Self::Flaky => "flaky",
            Self::KnownFail => "known_fail",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OUTCOMES: [Outcome; 8] = [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::Error,
        Outcome::NotSupported,
        Outcome::Disabled,
        Outcome::PrerequisiteFailed,
        Outcome::Flaky,
        Outcome::KnownFail,
    ];

    const VERDICTS: [Verdict; 5] =
        [Verdict::Conformant, Verdict::NonConformant, Verdict::Partial, Verdict::Error, Verdict::NotEvaluated];

    fn members(counts: &Counts) -> serde_json::Map<String, serde_json::Value> {
        let serde_json::Value::Object(members) = serde_json::to_value(counts).unwrap() else { unreachable!() };
        members
    }

    fn any_counts() -> impl Strategy<Value = Counts> {
        proptest::collection::vec(proptest::sample::select(&OUTCOMES[..]), 0..40).prop_map(Counts::of)
    }

    #[test]
    fn the_words_for_people_are_those_of_the_manifest() {
        for outcome in OUTCOMES {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        for verdict in VERDICTS {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        }
    }

    #[test]
    fn each_outcome_is_counted_under_its_own_name() {
        for outcome in OUTCOMES {
            let counts = Counts::of([outcome, outcome]);
            let counted: Vec<String> =
                members(&counts).into_iter().filter(|(_, count)| *count == 2).map(|(name, _)| name).collect();
            assert_eq!(counted, ["declared", outcome.as_str()]);
        }
    }

    #[test]
    fn a_run_that_did_not_come_to_its_end_is_an_error_whatever_passed() {
        let run = Run { finished: true, ..Run::default() };
        let verdict = |run: &Run| Verdict::of_run(run, &[]);
        assert_eq!(verdict(&Run { selection: vec!["--tags @E1".into()], ..run.clone() }), Verdict::NotEvaluated);
        let filtered = Run { selection: vec!["--tags @E1".into()], ..run };
        for broken in [
            Run { finished: false, ..filtered.clone() },
            Run { interrupted: true, ..filtered.clone() },
            Run { problem: Some("no kafka is to be had".into()), ..filtered },
        ] {
            assert_eq!(verdict(&broken), Verdict::Error, "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn counts_add_up_and_no_longer_do_when_one_of_them_is_another(counts in any_counts()) {
            prop_assert!(counts.add_up());
            for name in members(&counts).keys() {
                let mut changed = members(&counts);
                changed[name] = (changed[name].as_u64().unwrap() + 1).into();
                let changed: Counts = serde_json::from_value(changed.into()).unwrap();
                prop_assert!(!changed.add_up(), "{name} of {changed:?}");
            }
        }

        #[test]
        fn the_sum_of_two_counts_each_outcome_of_both(one in any_counts(), other in any_counts()) {
            let sum = members(&one.plus(other));
            let (one, other) = (members(&one), members(&other));
            for (name, count) in sum {
                prop_assert_eq!(count.as_u64(), Some(one[&name].as_u64().unwrap() + other[&name].as_u64().unwrap()), "{}", name);
            }
        }
    }
}
