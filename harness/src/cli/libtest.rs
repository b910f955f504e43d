//! The arguments of Rust's test harness, so that `cargo test` can run the features.

use std::path::PathBuf;

use super::run::JOBS;
use crate::{
    features::{self, Selection},
    report::Format,
    run::{self, Request, Style},
    stack::StackRequest,
};

/// What `cargo test -- …` may say. What is not listed here is taken and ignored, as are its values.
#[derive(Debug, Default, PartialEq, Eq)]
struct Arguments {
    list: bool,
    exact: bool,
    ignored: bool,
    jobs: Option<usize>,
    shuffle: bool,
    seed: Option<u64>,
    filters: Vec<String>,
    skips: Vec<String>,
}

impl Arguments {
    fn parse(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, attached) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value = || attached.clone().or_else(|| arguments.next());
            match &*name {
                "--list" => parsed.list = true,
                "--exact" => parsed.exact = true,
                "--ignored" => parsed.ignored = true,
                "--skip" => parsed.skips.extend(value()),
                "--test-threads" => parsed.jobs = value().and_then(|count| count.parse().ok()),
                "--shuffle" => parsed.shuffle = true,
                "--shuffle-seed" => {
                    parsed.seed = value().and_then(|seed| seed.parse().ok());
                    parsed.shuffle = true;
                }
                "--format" | "--color" | "--logfile" | "-Z" => drop(value()),
                flag if flag.starts_with('-') => {}
                _ => parsed.filters.push(name),
            }
        }
        parsed
    }

    fn selection(&self) -> Selection {
        Selection { texts: self.filters.clone(), skips: self.skips.clone(), exact: self.exact, ..Selection::default() }
    }

    fn words(&self) -> Vec<String> {
        self.filters.iter().cloned().chain(self.skips.iter().map(|skip| format!("--skip {skip}"))).collect()
    }
}

/// Runs the features as a test; `program` is the suite's own program, which owns the servers. Returns the exit code.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = String>, program: PathBuf) -> u8 {
    // Fails only if a provider is there already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse(arguments);
    let selection = arguments.selection();
    let declared = match features::load().and_then(|features| features::declare(&features, &selection)) {
        Ok(declared) => declared,
        Err(problem) => {
            eprintln!("{problem}");
            return run::EXIT_FAILED;
        }
    };
    let selected = declared.iter().filter(|scenario| scenario.selected && !arguments.ignored);
    if arguments.list {
        let names: Vec<String> = selected.map(|scenario| format!("{}: test", scenario.id)).collect();
        println!("{}\n\n{} tests, 0 benchmarks", names.join("\n"), names.len());
        return run::EXIT_PASSED;
    }
    if selected.count() == 0 {
        println!("\nrunning 0 tests\n\n{}", run::nothing_selected(declared.len()));
        return run::EXIT_PASSED;
    }
    let stack = match StackRequest::from_environment() {
        Ok(it) => StackRequest { guardian_program: Some(program), holder: "cargo test".into(), ..it },
        Err(problem) => {
            eprintln!("{problem}");
            return problem.exit_code();
        }
    };
    let request = Request {
        selection,
        selection_text: arguments.words(),
        seed: arguments.seed,
        jobs: arguments.jobs.unwrap_or_else(|| JOBS.into()).max(1),
        shuffle: arguments.shuffle,
        stack,
        style: Style::Libtest,
        reports: Format::ALL.to_vec(),
        ..Request::default()
    };
    super::block_on(async {
        match run::run(request).await {
            Ok(finished) => finished.exit,
            Err(problem) => {
                eprintln!("{problem}");
                run::EXIT_FAILED
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Arguments {
        Arguments::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn libtests_arguments_are_understood_or_ignored() {
        assert_eq!(
            parse("--nocapture e1 --skip e1_x --test-threads=2 --exact --format pretty --show-output -q"),
            Arguments {
                exact: true,
                jobs: Some(2),
                filters: vec!["e1".into()],
                skips: vec!["e1_x".into()],
                ..Arguments::default()
            }
        );
        assert!(parse("--list --format=terse").list);
        assert_eq!(parse("--color always dry").filters, ["dry"]);
        assert_eq!(parse("--skip=a::b").skips, ["a::b"]);
        assert!(parse("--shuffle").shuffle);
        assert_eq!(parse("--shuffle-seed 7").seed, Some(7));
        assert!(parse("--shuffle-seed=7").shuffle);
    }
}
