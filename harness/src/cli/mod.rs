//! The command line of the suite.

pub mod certify;
pub mod doctor;
pub mod explain;
pub mod iam_driver;
pub mod libtest;
pub mod list;
pub mod manifests;
pub mod run;
pub mod saboteurs;
pub mod stack;
pub mod steps;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Conformance suite for tenant restore: real servers, any implementation over HTTP.
#[derive(Debug, Parser)]
#[command(name = "restore-conformance", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Options>),
    Certify(certify::Options),
    Doctor(doctor::Options),
    List(list::Options),
    Explain(explain::Options),
    Saboteurs(saboteurs::Options),
    Report(manifests::ReportOptions),
    Verify(manifests::VerifyOptions),
    Diff(manifests::DiffOptions),
    Steps(steps::Options),
    IamDriver(iam_driver::Options),
    /// Install, start, show and end the servers that the suite restores into
    Stack(stack::StackCommand),
}

/// Runs the command line of this process. Call it first thing in `main`, outside any runtime.
#[must_use]
pub fn main() -> ExitCode {
    // Fails only if a provider is there already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing to do about a closed terminal.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(crate::stack::EXIT_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        Command::Run(options) => ExitCode::from(block_on(options.run())),
        Command::Certify(options) => ExitCode::from(block_on(options.run())),
        Command::Doctor(options) => ExitCode::from(block_on(options.run())),
        Command::List(options) => ExitCode::from(options.run()),
        Command::Explain(options) => ExitCode::from(options.run()),
        Command::Saboteurs(options) => ExitCode::from(block_on(options.run())),
        Command::Report(it) => ExitCode::from(it.run()),
        Command::Verify(it) => ExitCode::from(it.run()),
        Command::Diff(it) => ExitCode::from(it.run()),
        Command::Steps(options) => ExitCode::from(options.run()),
        Command::IamDriver(options) => ExitCode::from(block_on(options.run())),
        Command::Stack(it) => it.run(),
    }
}

/// Runs to the end on this thread, with workers beside it.
fn block_on(work: impl Future<Output = u8>) -> u8 {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            eprintln!("cannot start the runtime: {error}");
            crate::stack::EXIT_UNAVAILABLE
        }
    }
}
