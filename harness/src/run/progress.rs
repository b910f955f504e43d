//! What a person, or a reader of libtest's output, sees while a run goes on.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
};

use crate::manifest::{
    Declared, Manifest,
    schema::{Outcome, Scenario},
    summary,
};

/// How progress is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// For people.
    #[default]
    Terminal,
    /// As Rust's test harness tells it.
    Libtest,
    /// Not at all: whoever asked for the run reads its manifest.
    Silent,
}

impl Style {
    /// Before anything is started.
    pub(super) fn begin(self, declared: &[Declared], seed: u64, shuffled: bool) {
        let selected = declared.iter().filter(|scenario| scenario.selected).count();
        let order = if shuffled { ", shuffled by it" } else { "" };
        match self {
            Self::Terminal => println!("{selected} of {} scenarios, seed {seed}{order}", declared.len()),
            Self::Libtest => {
                println!("\nrunning {selected} {}", if selected == 1 { "test" } else { "tests" });
                eprintln!("seed {seed}{order}");
            }
            Self::Silent => {}
        }
    }

    /// Something that is worth a line.
    pub(super) fn note(self, text: &str) {
        match self {
            Self::Terminal => println!("  … {text}"),
            Self::Libtest => eprintln!("{text}"),
            Self::Silent => {}
        }
    }

    /// A scenario ended.
    pub(super) fn ended(self, scenario: &Scenario) {
        match self {
            Self::Terminal => println!("{}", line(scenario, std::io::stdout().is_terminal())),
            Self::Libtest => {
                let well = matches!(scenario.outcome, Outcome::Pass | Outcome::Flaky | Outcome::KnownFail);
                println!("test {} ... {}", scenario.id, if well { "ok" } else { "FAILED" });
            }
            Self::Silent => {}
        }
    }

    /// The run ended.
    pub(super) fn end(self, manifest: &Manifest, path: &Path, reports: &[PathBuf]) {
        match self {
            Self::Terminal => {
                println!("\n{}manifest       {}", summary::text(manifest), path.display());
                for (position, report) in reports.iter().enumerate() {
                    println!("{:<14} {}", if position == 0 { "reports" } else { "" }, report.display());
                }
            }
            Self::Libtest => {
                let counts = manifest.counts.plus(manifest.custom_counts);
                let passed = counts.pass + counts.flaky + counts.known_fail;
                let ignored = counts.not_supported;
                let failed = counts.fail + counts.error + counts.prerequisite_failed;
                for scenario in manifest.scenarios.iter().filter(|scenario| scenario.steps.iter().all(unreached)) {
                    match scenario.outcome {
                        Outcome::NotSupported => println!("test {} ... ignored", scenario.id),
                        Outcome::Disabled | Outcome::Pass => {}
                        _ => println!("test {} ... FAILED", scenario.id),
                    }
                }
                if failed > 0 {
                    println!("\nfailures:\n\n{}", summary::text(manifest));
                }
                println!("manifest: {}", path.display());
                println!("\n{}", result_line([passed, failed, ignored, counts.disabled], manifest.run.duration_ms));
            }
            Self::Silent => {}
        }
    }
}

/// The last line of Rust's test harness.
pub(super) fn result_line([passed, failed, ignored, filtered]: [usize; 4], millis: u64) -> String {
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    format!(
        "test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; {filtered} filtered out; \
         finished in {}.{:02}s\n",
        millis / 1000,
        millis % 1000 / 10
    )
}

fn unreached(step: &crate::manifest::schema::Step) -> bool {
    step.outcome == crate::manifest::schema::StepOutcome::NotReached
}

fn line(scenario: &Scenario, colours: bool) -> String {
    let (sign, colour) = match scenario.outcome {
        Outcome::Pass => ("✓", 32),
        Outcome::Fail => ("✗", 31),
        _ => ("!", 33),
    };
    let sign = if colours { format!("\u{1b}[{colour}m{sign}\u{1b}[0m") } else { sign.to_owned() };
    let (name, _) = scenario.feature.split_once(' ').unwrap_or((&scenario.feature, ""));
    format!("{sign} {name} {} ({})", scenario.title, summary::seconds(scenario.duration_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_that_of_rusts_test_harness() {
        assert_eq!(
            result_line([3, 0, 1, 2], 12_345),
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 12.34s\n"
        );
        assert!(result_line([3, 1, 0, 0], 5).starts_with("test result: FAILED. 3 passed; 1 failed;"));
    }
}
