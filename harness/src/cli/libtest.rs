//! The arguments of Rust's test harness, so that `cargo test` can run the features.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::run::JOBS;
use crate::{
    features::{self, Selection},
    implementation::Certification,
    report::Format,
    run::{self, Request, Style},
    stack::{self, StackRequest},
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

    /// Of what the implementation declares.
    fn selection(&self, certification: Option<&Certification>) -> Selection {
        Selection {
            texts: self.filters.clone(),
            skips: self.skips.clone(),
            exact: self.exact,
            withheld: certification.map(Certification::withheld).unwrap_or_default(),
            unproxied: certification.map(Certification::unproxied).unwrap_or_default(),
            unserved: certification.map(Certification::unserved).unwrap_or_default(),
            ..Selection::default()
        }
    }

    fn words(&self) -> Vec<String> {
        self.filters.iter().cloned().chain(self.skips.iter().map(|skip| format!("--skip {skip}"))).collect()
    }
}

/// The features as a test target of any crate: each scenario is a test, judging the implementation that the certification at
/// `path` describes. `cargo test` runs it in the folder of its crate, from which `path` is looked for.
///
/// What the implementation does not declare is ignored, as tests are; it succeeds when all others pass. Everything else that
/// `cargo test` takes (names, `--skip`, `--list`, `--test-threads`) is understood. The manifest and its reports go to
/// `conformance` in the target folder.
///
/// The process that owns the servers is this same program, started again: call nothing before it.
///
/// ```no_run
/// // tests/conformance.rs, with `harness = false` in Cargo.toml
/// fn main() -> std::process::ExitCode {
///     restore_conformance::cargo_test("certification.yaml")
/// }
/// ```
#[must_use]
pub fn cargo_test(path: impl AsRef<Path>) -> ExitCode {
    if stack::is_guardian(std::env::args()) {
        return super::main();
    }
    match Certification::load(path.as_ref()) {
        Ok(certification) => main(std::env::args().skip(1), None, Some(certification)).into(),
        Err(problem) => {
            eprintln!("{problem}");
            run::EXIT_USAGE.into()
        }
    }
}

/// Runs the features as a test of the reference engine. `program` is the suite's own, which owns the servers. Returns the
/// exit code.
#[must_use]
pub fn of_reference_engine(arguments: impl IntoIterator<Item = String>, program: PathBuf) -> u8 {
    main(arguments, Some(program), None)
}

fn main(
    arguments: impl IntoIterator<Item = String>,
    program: Option<PathBuf>,
    certification: Option<Certification>,
) -> u8 {
    // Fails only if a provider is there already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse(arguments);
    let selection = arguments.selection(certification.as_ref());
    let kept = certification.as_ref().map(Certification::kept).transpose();
    let declared = kept.and_then(|kept| {
        let kept = kept.unwrap_or_default();
        Ok((features::declare(&features::load_with(None, &kept)?, &selection)?, kept))
    });
    let (declared, kept) = match declared {
        Ok(both) => both,
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
    let mut stack = match StackRequest::from_environment() {
        Ok(it) => StackRequest { guardian_program: program, holder: "cargo test".into(), ..it },
        Err(problem) => {
            eprintln!("{problem}");
            return problem.exit_code();
        }
    };
    if let (None, Some(certification)) = (&stack.external, &certification) {
        stack.external = match certification.backends() {
            Ok(backends) => backends,
            Err(problem) => {
                eprintln!("{problem}");
                return run::EXIT_USAGE;
            }
        };
    }
    let custom_digest = match features::custom_digest(None, None, &kept) {
        Ok(digest) => digest,
        Err(problem) => {
            eprintln!("{problem}");
            return run::EXIT_USAGE;
        }
    };
    let request = Request {
        selection,
        kept,
        custom_digest,
        selection_text: arguments.words(),
        seed: arguments.seed,
        jobs: arguments.jobs.unwrap_or_else(|| JOBS.into()).max(1),
        shuffle: arguments.shuffle,
        certification,
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
