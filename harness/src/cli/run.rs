//! `conformance run`.

use std::path::PathBuf;

use clap::Args;
use cucumber::gherkin::tagexpr::TagOperation;

use super::stack::StackOptions;
use crate::{
    features::{self, Selection},
    report::Format,
    run::{self, EXIT_USAGE, Request, Style},
};

/// Scenarios side by side unless told otherwise: they wait for servers most of the time.
pub(super) const JOBS: u16 = 4;

/// Run the scenarios on real servers and write a manifest.
///
/// Exit codes: 0 every selected scenario passed, 1 one did not, 3 a server or the engine is not to be had, 64 wrong
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
    /// An engine instead of the one of this workspace; it is started as `PATH serve --config FILE`
    #[arg(long, value_name = "PATH")]
    engine: Option<PathBuf>,
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
            Ok(request) if self.list => list(&request.selection),
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
        let selection = Selection { tags, texts: self.scenario.clone(), ..Selection::default() };
        let declared = features::declare(&features::load()?, &selection)?;
        if !declared.iter().any(|scenario| scenario.selected) {
            return Err("no scenario is selected; `--list` without a filter shows them all".into());
        }
        let mut selection_text: Vec<String> = self.tags.iter().map(|tags| format!("--tags '{tags}'")).collect();
        selection_text.extend(self.scenario.iter().map(|text| format!("--scenario '{text}'")));
        let mut repeat = Vec::new();
        repeat.extend(self.engine.iter().map(|path| format!("--engine '{}'", path.display())));
        repeat.extend(self.stack.words());
        Ok(Request {
            selection,
            selection_text,
            seed: self.seed,
            jobs: self.jobs.into(),
            fail_fast: self.fail_fast,
            engine: self.engine.clone(),
            stack: self.stack.request("run").map_err(|error| error.to_string())?,
            style: Style::Terminal,
            output: self.output.clone(),
            reports: self.report.clone(),
            public_report: self.public_report.clone(),
            repeat,
        })
    }
}

fn list(selection: &Selection) -> u8 {
    match features::load().and_then(|features| features::declare(&features, selection)) {
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
