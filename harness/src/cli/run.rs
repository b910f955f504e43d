//! `conformance run`.

use std::path::PathBuf;

use clap::Args;
use cucumber::gherkin::tagexpr::TagOperation;
use time::OffsetDateTime;

use super::{manifests, stack::StackOptions};
use crate::{
    capability::Capability,
    features::{self, Selection},
    fixtures::Library,
    implementation::Certification,
    manifest::{Declared, KnownFailures, diff},
    report::Format,
    run::{self, EXIT_USAGE, Finished, Request, Style},
};

/// Scenarios side by side unless told otherwise: they wait for servers most of the time.
pub(super) const JOBS: u16 = 8;

/// Run the scenarios on real servers and write a manifest.
///
/// Exit codes: 0 every scenario that ran passed, if need be on a later try, or failed as was announced; 1 one did not, 3 a server or the implementation is not to be had, 64 wrong
/// usage, 130 interrupted.
#[derive(Debug, Default, Args)]
pub struct Options {
    /// Only scenarios whose tags fit, for example '@E1 and not @R-E1-3'
    #[arg(long, value_name = "EXPR")]
    pub(super) tags: Option<String>,
    /// Only scenarios whose id or title contains this; repeatable
    #[arg(long, value_name = "TEXT")]
    pub(super) scenario: Vec<String>,
    /// Where all tenant data comes from; fresh by default, and printed
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Print the selected scenarios and end
    #[arg(long)]
    pub(super) list: bool,
    /// Scenarios side by side
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: u16,
    /// Start no further scenario once one failed
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Start scenarios in an order that follows from the seed
    #[arg(long)]
    pub(super) shuffle: bool,
    /// Try a scenario that did not pass so many times again; one that then passes is `flaky`
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) retries: usize,
    /// A folder of features of one's own; their scenarios have the tag @custom and no say in the verdict
    #[arg(long, value_name = "DIR")]
    pub(super) features: Option<PathBuf>,
    /// A folder of tenants of one's own, as YAML, for the step `a source tenant as the fixture "NAME" declares it`
    #[arg(long, value_name = "DIR")]
    pub(super) fixtures: Option<PathBuf>,
    /// Failures that are expected, as YAML: each must fail, with the announced words, until its day
    #[arg(long, value_name = "FILE")]
    pub(super) known_failures: Option<PathBuf>,
    /// A capability that the implementation does not have: scenarios that need it are `not_supported`; repeatable
    #[arg(long, value_name = "CAPABILITY")]
    pub(super) without: Vec<Capability>,
    /// An engine instead of the one of this workspace; it is started as `PATH serve --config FILE`
    #[arg(long, value_name = "PATH")]
    pub(super) engine: Option<PathBuf>,
    /// An implementation of one's own, as `schemas/certification.json` has it; what it does not declare is not supported
    #[arg(long, value_name = "FILE", conflicts_with = "engine")]
    pub(super) implementation: Option<PathBuf>,
    /// Reports that are written beside the manifest
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST", default_values_t = Format::ALL)]
    pub(super) report: Vec<Format>,
    /// Where the run's folder is made; by default target/conformance of the Cargo workspace, where there is none ./conformance
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Write the public report there as well, and its text to FILE.txt
    #[arg(long, value_name = "FILE")]
    pub(super) public_report: Option<PathBuf>,
    /// The manifest of an earlier run, or its folder: what passed there must pass again; the exit code then tells of regressions alone
    #[arg(long, value_name = "OLD")]
    pub(super) baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(super) stack: StackOptions,
}

/// A run that came to its end.
pub(super) struct Judged {
    pub(super) finished: Finished,
    /// Whether something passed in the baseline that does not now.
    pub(super) regressed: bool,
}

impl Options {
    /// Runs, and returns the exit code.
    pub(super) async fn run(self) -> u8 {
        if self.list {
            return match self.request() {
                Ok(request) => list(&request),
                Err(problem) => usage(&problem),
            };
        }
        match self.judge().await {
            Ok(Judged { finished, regressed }) => match finished.exit {
                run::EXIT_PASSED | run::EXIT_FAILED if self.baseline.is_some() => u8::from(regressed),
                exit => exit,
            },
            Err(exit) => exit,
        }
    }

    /// Runs, and compares with the baseline.
    ///
    /// # Errors
    /// With the exit code, when there is nothing to judge; why is told.
    pub(super) async fn judge(&self) -> Result<Judged, u8> {
        let request = self.request().map_err(|problem| usage(&problem))?;
        // Before the run: a baseline that is not there would be noticed minutes late.
        let baseline = self.baseline.as_deref().map(manifests::load).transpose();
        let baseline = baseline.map_err(|problem| usage(&format!("--baseline {problem}")))?;
        let finished = run::run(request).await.map_err(|problem| {
            eprintln!("{problem}");
            run::EXIT_UNAVAILABLE
        })?;
        let changes = baseline.map(|old| (manifests::told(&old), diff::diff(&old, &finished.manifest)));
        if let Some((old, changes)) = &changes {
            print!("\nbaseline       {old}\n\n{}", changes.text());
        }
        let regressed = changes.is_some_and(|(_, changes)| !changes.regressions.is_empty());
        Ok(Judged { finished, regressed })
    }

    fn request(&self) -> Result<Request, String> {
        let tags = self.tags.as_ref().map(|text| text.parse::<TagOperation>()).transpose();
        let tags = tags.map_err(|error| format!("--tags is no tag expression: {error}"))?;
        let certification = self.implementation.as_deref().map(Certification::load).transpose()?;
        let mut withheld = certification.as_ref().map(Certification::withheld).unwrap_or_default();
        withheld.extend(self.without.iter().map(|it| (*it, it.undeclared())));
        let unserved = certification.as_ref().map(Certification::unserved).unwrap_or_default();
        let unproxied = certification.as_ref().map(Certification::unproxied).unwrap_or_default();
        let texts = self.scenario.clone();
        let selection = Selection { tags, texts, withheld, unserved, unproxied, ..Selection::default() };
        let kept = certification.as_ref().map(Certification::kept).transpose()?.unwrap_or_default();
        let declared = features::declare(&features::load_with(self.features.as_deref(), &kept)?, &selection)?;
        if !declared.iter().any(|scenario| scenario.selected) {
            return Err("no scenario is selected; `--list` without a filter shows them all".into());
        }
        let mut selection_text: Vec<String> = self.tags.iter().map(|tags| format!("--tags '{tags}'")).collect();
        selection_text.extend(self.scenario.iter().map(|text| format!("--scenario '{text}'")));
        let fixtures = self.fixtures.as_deref().map(Library::load).transpose().map_err(|error| error.to_string())?;
        let custom_digest = features::custom_digest(self.features.as_deref(), self.fixtures.as_deref(), &kept)?;
        let known_failures = self.known_failures(&declared)?;
        let mut repeat: Vec<String> = self.without.iter().map(|it| format!("--without {it}")).collect();
        repeat.extend(self.features.iter().map(|path| format!("--features '{}'", path.display())));
        repeat.extend(self.fixtures.iter().map(|path| format!("--fixtures '{}'", path.display())));
        repeat.extend(self.engine.iter().map(|path| format!("--engine '{}'", path.display())));
        repeat.extend(self.implementation.iter().map(|path| format!("--implementation '{}'", path.display())));
        repeat.extend(self.stack.words());
        Ok(Request {
            selection,
            selection_text,
            seed: self.seed,
            jobs: self.jobs.into(),
            fail_fast: self.fail_fast,
            shuffle: self.shuffle,
            retries: self.retries,
            known_failures,
            features: self.features.clone(),
            kept,
            fixtures: fixtures.unwrap_or_default(),
            custom_digest,
            engine: self.engine.clone(),
            stack: self.stack.request_for("run", certification.as_ref())?,
            certification,
            style: Style::Terminal,
            output: self.output.clone(),
            reports: self.report.clone(),
            public_report: self.public_report.clone(),
            repeat,
        })
    }

    fn known_failures(&self, declared: &[Declared]) -> Result<KnownFailures, String> {
        let Some(path) = &self.known_failures else { return Ok(KnownFailures::default()) };
        let told = |problem: String| format!("--known-failures {}: {problem}", path.display());
        let yaml = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        let is_scenario = |id: &str| declared.iter().any(|scenario| scenario.id == id);
        KnownFailures::parse(&yaml, OffsetDateTime::now_utc().date(), is_scenario).map_err(told)
    }
}

fn list(request: &Request) -> u8 {
    let features = features::load_with(request.features.as_deref(), &request.kept);
    match features.and_then(|features| features::declare(&features, &request.selection)) {
        Err(problem) => usage(&problem),
        Ok(declared) => {
            for scenario in declared.iter().filter(|scenario| scenario.selected) {
                println!("{}  {}", scenario.id, scenario.tags.join(" "));
            }
            run::EXIT_PASSED
        }
    }
}

fn usage(problem: &str) -> u8 {
    eprintln!("{problem}");
    EXIT_USAGE
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn help_tells_options_and_exit_codes() {
        let mut command = crate::cli::Cli::command();
        let run = command.find_subcommand_mut("run").unwrap();
        insta::assert_snapshot!(run.clone().bin_name("cargo conformance run").term_width(100).render_long_help());
    }
}
