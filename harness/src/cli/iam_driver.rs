//! `conformance iam-driver`.

use clap::Args;

use crate::{
    backends::iam,
    run::{EXIT_PASSED, EXIT_UNAVAILABLE},
};

/// Be an `iam` driver of the tenant directory: answer requests, a line each, from standard input to standard output
///
/// To learn the protocol from (`schemas/iam-driver.json`), to try a driver of your own against, and for a directory that only another
/// machine reaches: `iam: { driver: exec, command: [ssh, there, restore-conformance, iam-driver] }`.
///
/// Exit codes: 0 there are no more requests, 3 the URL is wrong or the pipes broke.
#[derive(Debug, Args)]
pub struct Options {
    /// URL of the Postgres database that holds the directory
    #[arg(long, env = "DIRECTORY_URL", hide_env_values = true, value_name = "URL")]
    directory_url: String,
}

impl Options {
    /// Answers until there are no more requests, and returns the exit code.
    pub(super) async fn run(self) -> u8 {
        match iam::serve(&self.directory_url, std::io::stdin().lock(), std::io::stdout()).await {
            Ok(()) => EXIT_PASSED,
            Err(problem) => {
                eprintln!("{problem}");
                EXIT_UNAVAILABLE
            }
        }
    }
}
