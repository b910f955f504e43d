//! `conformance run`.

use std::path::PathBuf;

use clap::Args;
use cucumber::gherkin::tagexpr::TagOperation;
use time::OffsetDateTime;

use super::stack::StackOptions;
use crate::{
    capability::Capability,
    features::{self, Selection},
    fixtures::Library,
    implementation::Certification,
    manifest::{Declared, KnownFailures},
    report::Format,
    run::{self, EXIT_USAGE, Request, Style},
    stack::StackRequest,
};

/// Scenarios side by side unless told otherwise: they wait for servers most of the time.
pub(super) const JOBS: u16 = 4;

/// Run the scenarios on real servers and write a manifest.
///
/// Exit codes: 0 every scenario that ran passed, if need be on a later try, or failed as was announced; 1 one did not, 3 a server or the engine is not to be had, 64 wrong
/// usage, 130 interrupted.
#[derive(Debug, Args)]
pub struct Options {
    /// Only scenarios whose tags fit, for example '@E1 and not @R-E1-3'
    #[arg(long, value_name = "EXPR")]
    tags: Option<String>,
    /// Only scenarios whose id or title contains this; repeatable
    #[arg(long, value_name = "TEXT")]
    scenario: Vec<String>,
    /// Where all tenant data comes from; fresh by default, and printed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print the selected scenarios and end
    #[arg(long)]
    list: bool,
    /// Scenarios side by side
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Start no further scenario once one failed
    #[arg(long)]
    fail_fast: bool,
    /// Start scenarios in an order that follows from the seed
    #[arg(long)]
    shuffle: bool,
    /// Try a scenario that did not pass so many times again; one that then passes is `flaky`
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: usize,
    /// A folder of features of one's own; their scenarios have the tag @custom and no say in the verdict
    #[arg(long, value_name = "DIR")]
    features: Option<PathBuf>,
    /// A folder of tenants of one's own, as YAML, for the step `a source tenant as the fixture "NAME" declares it`
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Failures that are expected, as YAML: each must fail, with the announced words, until its day
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,
    /// A capability that the implementation does not have: scenarios that need it are `not_supported`; repeatable
    #[arg(long, value_name = "CAPABILITY")]
    without: Vec<Capability>,
    /// An engine instead of the one of this workspace; it is started as `PATH serve --config FILE`
    #[arg(long, value_name = "PATH")]
    engine: Option<PathBuf>,
    /// An implementation of one's own, as `schemas/certification.json` has it; what it does not declare is not supported
    #[arg(long, value_name = "FILE", conflicts_with = "engine")]
    implementation: Option<PathBuf>,
    /// Reports that are written beside the manifest
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST", default_values_t = Format::ALL)]
    report: Vec<Format>,
    /// Where the run's folder is made; target/conformance by default
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
        match self.request() {
            Err(problem) => usage(&problem),
            Ok(request) if self.list => list(&request),
            Ok(request) => match run::run(request).await {
                Ok(finished) => finished.exit,
                Err(problem) => {
                    eprintln!("{problem}");
                    run::EXIT_UNAVAILABLE
                }
            },
        }
    }

    fn request(&self) -> Result<Request, String> {
        let tags = self.tags.as_ref().map(|text| text.parse::<TagOperation>()).transpose();
        let tags = tags.map_err(|error| format!("--tags is no tag expression: {error}"))?;
        let certification = self.implementation.as_deref().map(Certification::load).transpose()?;
        let mut withheld = certification.as_ref().map(Certification::withheld).unwrap_or_default();
        withheld.extend(self.without.iter().map(|it| (*it, it.undeclared())));
        let unserved = certification.as_ref().map(Certification::unserved).unwrap_or_default();
        let selection = Selection { tags, texts: self.scenario.clone(), withheld, unserved, ..Selection::default() };
        let declared = features::declare(&features::load_with(self.features.as_deref())?, &selection)?;
        if !declared.iter().any(|scenario| scenario.selected) {
            return Err("no scenario is selected; `--list` without a filter shows them all".into());
        }
        let mut selection_text: Vec<String> = self.tags.iter().map(|tags| format!("--tags '{tags}'")).collect();
        selection_text.extend(self.scenario.iter().map(|text| format!("--scenario '{text}'")));
        let fixtures = self.fixtures.as_deref().map(Library::load).transpose().map_err(|error| error.to_string())?;
        let custom_digest = features::custom_digest(self.features.as_deref(), self.fixtures.as_deref())?;
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
            fixtures: fixtures.unwrap_or_default(),
            custom_digest,
            engine: self.engine.clone(),
            stack: self.stack_request(certification.as_ref())?,
            certification,
            style: Style::Terminal,
            output: self.output.clone(),
            reports: self.report.clone(),
            public_report: self.public_report.clone(),
            repeat,
        })
    }

    /// What the command line says goes before what the certification says.
    fn stack_request(&self, certification: Option<&Certification>) -> Result<StackRequest, String> {
        let mut request = self.stack.request("run").map_err(|error| error.to_string())?;
        if let (None, Some(certification)) = (&request.external, certification) {
            request.external = certification.backends()?;
        }
        Ok(request)
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
    let features = features::load_with(request.features.as_deref());
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
