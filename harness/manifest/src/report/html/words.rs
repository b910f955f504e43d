//! The words and colours of outcomes and verdicts.

use crate::{
    Manifest,
    schema::{Counts, Outcome, Verdict},
};

/// All outcomes, in the order in which a reader wants them.
pub(super) const OUTCOMES: [Outcome; 8] = [
    Outcome::Fail,
    Outcome::Error,
    Outcome::PrerequisiteFailed,
    Outcome::Flaky,
    Outcome::KnownFail,
    Outcome::Pass,
    Outcome::NotSupported,
    Outcome::Disabled,
];

/// An outcome for people.
pub(super) const fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Fail => "failed",
        Outcome::Error => "error",
        Outcome::NotSupported => "not supported",
        Outcome::Disabled => "left out",
        Outcome::PrerequisiteFailed => "prerequisite failed",
        Outcome::Flaky => "flaky",
        Outcome::KnownFail => "known failure",
    }
}

/// How alarming it is.
pub(super) const fn tone(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "good",
        Outcome::Fail => "bad",
        Outcome::Error | Outcome::PrerequisiteFailed | Outcome::Flaky | Outcome::KnownFail => "warn",
        Outcome::NotSupported | Outcome::Disabled => "mute",
    }
}

/// How alarming the verdict is.
pub(super) fn verdict_tone(manifest: &Manifest) -> &'static str {
    match manifest.verdict {
        Verdict::Conformant => "good",
        Verdict::NonConformant => "bad",
        Verdict::Partial | Verdict::Error => "warn",
        Verdict::NotEvaluated if manifest.counts.fail > 0 => "bad",
        Verdict::NotEvaluated if manifest.counts.all_went_well() => "mute",
        Verdict::NotEvaluated => "warn",
    }
}

/// The verdict in one sentence.
pub(super) fn sentence(manifest: &Manifest) -> String {
    let counts = &manifest.counts;
    let chosen = counts.declared - counts.disabled;
    let run = &manifest.run;
    match manifest.verdict {
        Verdict::Error if run.problem.is_some() => "The run could not be made, so nothing is known.".into(),
        Verdict::Error if run.interrupted => {
            format!("The run was interrupted: {} of {} scenarios were not judged.", counts.error, counts.declared)
        }
        Verdict::Error if !run.finished => {
            format!(
                "The run did not come to its end: {} of {} scenarios were not judged.",
                counts.error, counts.declared
            )
        }
        Verdict::Error => format!(
            "{} of {} scenarios could not be judged: the suite or a backend failed.",
            counts.error, counts.declared
        ),
        Verdict::Conformant => format!("All {} scenarios passed.", counts.declared),
        Verdict::NonConformant => {
            format!("{} of {} scenarios failed.", counts.fail + counts.known_fail, counts.declared)
        }
        Verdict::Partial => format!(
            "Nothing failed, but only {} of {} scenarios passed on their first try.",
            counts.pass, counts.declared
        ),
        Verdict::NotEvaluated if counts.pass == chosen => {
            format!("All {chosen} chosen of {} scenarios passed. A part says nothing about the whole.", counts.declared)
        }
        Verdict::NotEvaluated => {
            format!("{} of the {chosen} chosen of {} scenarios did not pass.", chosen - counts.pass, counts.declared)
        }
    }
}

/// How many ended so.
pub(super) const fn count(counts: &Counts, outcome: Outcome) -> usize {
    match outcome {
        Outcome::Pass => counts.pass,
        Outcome::Fail => counts.fail,
        Outcome::Error => counts.error,
        Outcome::NotSupported => counts.not_supported,
        Outcome::Disabled => counts.disabled,
        Outcome::PrerequisiteFailed => counts.prerequisite_failed,
        Outcome::Flaky => counts.flaky,
        Outcome::KnownFail => counts.known_fail,
    }
}
