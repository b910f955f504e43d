//! `conformance doctor`.

use std::path::PathBuf;

use clap::Args;

use super::stack::StackOptions;
use crate::{
    doctor::{self, Told},
    implementation::Certification,
    run::{EXIT_FAILED, EXIT_PASSED, EXIT_USAGE},
};

/// Tell in seconds whether an implementation is wired to the suite: address, token, tenants, each backend, and how to mend what is not
///
/// Exit codes: 0 all is well, 1 something is wired wrongly, 64 the file is wrong.
#[derive(Debug, Args)]
pub struct Options {
    /// The implementation, as `schemas/certification.json` has it
    file: PathBuf,
    #[command(flatten)]
    stack: StackOptions,
}

impl Options {
    /// Looks, and returns the exit code.
    pub(super) async fn run(self) -> u8 {
        let certification = Certification::load(&self.file);
        let request = certification.and_then(|it| Ok((self.stack.request_for("doctor", Some(&it))?, it)));
        match request {
            Ok((request, certification)) => {
                let findings = doctor::examine(&certification, &request, tell).await;
                println!("\n{findings}");
                if findings.are_fine() { EXIT_PASSED } else { EXIT_FAILED }
            }
            Err(problem) => {
                eprintln!("{problem}");
                EXIT_USAGE
            }
        }
    }
}

/// What is waited for stands beside what was found, and is none of it.
fn tell(told: Told<'_>) {
    match told {
        Told::Waiting(what) => eprintln!("  … {what}"),
        Told::Found(finding) => println!("{finding}"),
    }
}
