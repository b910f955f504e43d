//! `conformance certify`: the whole suite for an author, the verdict as exit code, and what to do next.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
};

use clap::{Arg, Args};

use super::{
    explain,
    run::{self, JOBS},
    stack::StackOptions,
};
use crate::{
    capability::{self, Capability},
    implementation::invocation,
    manifest::{
        Manifest,
        schema::{ImplementationOrigin, Outcome, Scenario, Verdict},
    },
    report::Format,
    run::EXIT_INTERRUPTED,
};

/// The verdict is `conformant`.
const EXIT_CONFORMANT: u8 = 0;
/// It is `non_conformant`, or there are regressions.
const EXIT_NON_CONFORMANT: u8 = 1;
/// It is `partial`.
const EXIT_PARTIAL: u8 = 2;
/// It is `error`: nothing is certain.
const EXIT_ERROR: u8 = 3;

/// Judge an implementation by the whole suite, and say what to do next
///
/// Exit codes: 0 conformant, 1 non_conformant (or, with --baseline, worse than before), 2 partial, 3 error: it could not be judged,
/// 64 wrong usage, 130 interrupted.
#[derive(Debug, Args)]
#[command(args = parts())]
pub struct Options {
    /// The implementation, as `schemas/certification.json` has it; docs/certify.md tells more
    file: PathBuf,
    /// Where all tenant data comes from; fresh by default, and printed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Scenarios side by side
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// The manifest of an earlier run, or its folder: what passed there must pass again
    #[arg(long, value_name = "OLD")]
    baseline: Option<PathBuf>,
    /// Failures that are expected, as YAML; they do not make it conformant
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,
    /// Where the run's folder is made; by default target/conformance of the Cargo workspace, where there is none ./conformance
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write the public report there as well, and its text to FILE.txt
    #[arg(long, value_name = "FILE")]
    public_report: Option<PathBuf>,
    #[command(flatten)]
    stack: StackOptions,
}

impl Options {
    /// Runs, and returns the exit code.
    pub(super) async fn run(self) -> u8 {
        let file = self.file.clone();
        let options = run::Options {
            seed: self.seed,
            jobs: self.jobs,
            baseline: self.baseline,
            known_failures: self.known_failures,
            implementation: Some(self.file),
            report: Format::ALL.to_vec(),
            output: self.output,
            public_report: self.public_report,
            stack: self.stack,
            ..run::Options::default()
        };
        let judged = match options.judge().await {
            Ok(judged) => judged,
            Err(code) => return code,
        };
        let (manifest, folder) = (&judged.finished.manifest, judged.finished.path.parent());
        print!("\n{}", next(manifest, &file, folder.unwrap_or(Path::new("."))));
        match (judged.finished.exit, judged.regressed) {
            (EXIT_INTERRUPTED, _) => EXIT_INTERRUPTED,
            (_, true) => EXIT_NON_CONFORMANT,
            _ => exit(manifest.verdict),
        }
    }
}

/// Options of `run` that are known here to be refused, with or without a file: a verdict is of the whole.
fn parts() -> [Arg; 2] {
    [("tags", "EXPR"), ("scenario", "TEXT")].map(|(name, value)| {
        let refuse = move |text: &str| -> Result<Infallible, String> {
            let run = invocation();
            Err(format!("certify judges the whole; for a part use `{run} run --implementation FILE --{name} '{text}'`"))
        };
        Arg::new(name).long(name).value_name(value).hide(true).value_parser(refuse)
    })
}

/// The exit code of a verdict.
const fn exit(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Conformant => EXIT_CONFORMANT,
        Verdict::NonConformant => EXIT_NON_CONFORMANT,
        Verdict::Partial => EXIT_PARTIAL,
        Verdict::Error | Verdict::NotEvaluated => EXIT_ERROR,
    }
}

/// What to do with the verdict.
fn next(manifest: &Manifest, file: &Path, folder: &Path) -> String {
    let (file, page) = (file.display(), folder.join("report.html").display().to_string());
    let failed = manifest.scenarios.iter().any(|it| it.failure.is_some());
    let seen = if failed { "the evidence of each failure" } else { "what was not tried, and why" };
    let mut lines = vec![("look", format!("{page}: each scenario, and {seen}"))];
    let first = |outcome: Outcome| manifest.scenarios.iter().find(|it| !it.custom && it.outcome == outcome);
    match manifest.verdict {
        Verdict::Conformant => {
            lines.push(("keep", format!("{}: unedited, it is the certificate", folder.display())));
            lines.push(("check", format!("{} verify {}", invocation(), folder.display())));
        }
        Verdict::NonConformant => {
            if let Some(scenario) = first(Outcome::Fail).or_else(|| first(Outcome::KnownFail)) {
                lines.push(("why", format!("{} explain {}", invocation(), demanded(scenario))));
                lines.extend(scenario.failure.as_ref().map(|failure| ("again", failure.reproduce.clone())));
            }
        }
        Verdict::Partial => {
            let runs_already =
                manifest.implementation.as_ref().is_some_and(|it| it.origin == ImplementationOrigin::Running);
            let of_started = |it: &&Scenario| {
                let tags = it.tags.iter().filter_map(|tag| tag.trim_start_matches('@').strip_prefix(capability::TAG));
                let mut needs = tags.filter_map(|tag| tag.parse().ok());
                it.outcome == Outcome::NotSupported && needs.any(|it| Capability::OF_STARTED.contains(&it))
            };
            let count = manifest.scenarios.iter().filter(of_started).count();
            if runs_already && count > 0 {
                lines.push((
                    "more",
                    format!(
                        "{file}: {count} scenarios take copies that the suite starts: `start` instead of `base_url`"
                    ),
                ));
            }
            lines.push((
                "more",
                format!("{file}: declare what else it serves and offers; docs/certify.md tells what each takes"),
            ));
        }
        Verdict::Error | Verdict::NotEvaluated => {
            lines.push(("mend", format!("{} doctor {file}: what is wired wrongly, and how to mend it", invocation())));
        }
    }
    let lines: Vec<String> = lines
        .into_iter()
        .enumerate()
        .map(|(position, (what, told))| {
            format!("{:<14} {what:<5}  {told}\n", if position == 0 { "what to do" } else { "" })
        })
        .collect();
    lines.concat()
}

/// What explains best why it failed: itself. Of its requirements, any may be the broken one; but of what the implementer brought
/// along, only those are known.
fn demanded(scenario: &Scenario) -> &str {
    let requirement = scenario.tags.iter().filter_map(|tag| tag.strip_prefix('@')).find(|tag| tag.starts_with("R-"));
    requirement.filter(|_| !explain::knows(&scenario.id)).unwrap_or(&scenario.id)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[test]
    fn each_verdict_has_an_exit_code_of_its_own_and_says_what_to_do() {
        let verdicts = [Verdict::Conformant, Verdict::NonConformant, Verdict::Partial, Verdict::Error];
        let told = verdicts.map(|verdict| {
            let failing = include_str!("../../tests/manifests/failing/manifest.json");
            let mut manifest: Manifest = serde_json::from_str(failing).unwrap();
            manifest.verdict = verdict;
            let text = next(&manifest, Path::new("mine/certification.yaml"), Path::new("runs/7"));
            format!("{} exits {}\n{text}", verdict.as_str(), exit(verdict))
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn the_failed_scenario_itself_is_what_is_explained_unless_only_its_requirement_is_known() {
        let failing = include_str!("../../tests/manifests/failing/manifest.json");
        let manifest: Manifest = serde_json::from_str(failing).unwrap();
        let mut scenario = manifest.scenarios.into_iter().find(|it| it.tags.contains(&"@R-E1-2".to_owned())).unwrap();
        assert_eq!(demanded(&scenario), scenario.id);
        scenario.id = "e5_kept_artifacts::the_kept_artifact_a_json_makes_the_tenant_that_it_is_of".into();
        scenario.tags = vec!["@E5".into(), "@R-E5-3".into()];
        assert_eq!(demanded(&scenario), "R-E5-3");
    }

    #[test]
    fn a_part_is_refused_with_the_command_that_runs_it() {
        let told = [&["mine.yaml", "--tags", "@E1"][..], &["--scenario", "a"]].map(|words| {
            let words = ["conformance", "certify"].iter().chain(words);
            crate::cli::Cli::try_parse_from(words).unwrap_err().to_string()
        });
        insta::assert_snapshot!(told.join("\n"), @"
        error: invalid value '@E1' for '--tags <EXPR>': certify judges the whole; for a part use `cargo conformance run --implementation FILE --tags '@E1'`

        For more information, try '--help'.

        error: invalid value 'a' for '--scenario <TEXT>': certify judges the whole; for a part use `cargo conformance run --implementation FILE --scenario 'a'`

        For more information, try '--help'.
        ");
    }

    #[test]
    fn of_one_that_runs_already_it_says_what_only_copies_can_show() {
        let mut manifest: Manifest =
            serde_json::from_str(include_str!("../../tests/manifests/conformant/manifest.json")).unwrap();
        manifest.verdict = Verdict::Partial;
        for scenario in &mut manifest.scenarios[..3] {
            scenario.outcome = Outcome::NotSupported;
            scenario.tags.push("@needs:faults".into());
        }
        let more = |manifest: &Manifest| next(manifest, Path::new("c.yaml"), Path::new("runs/7"));
        assert!(!more(&manifest).contains("`base_url`"), "the suite started it");
        manifest.implementation.as_mut().unwrap().origin = ImplementationOrigin::Running;
        let told = more(&manifest);
        assert!(told.contains("3 scenarios take copies that the suite starts") && told.contains("not tried"), "{told}");
    }

    #[test]
    fn help_tells_options_and_exit_codes() {
        let mut command = crate::cli::Cli::command();
        let certify = command.find_subcommand_mut("certify").unwrap();
        insta::assert_snapshot!(
            certify.clone().bin_name("cargo conformance certify").term_width(100).render_long_help()
        );
    }
}
