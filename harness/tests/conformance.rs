//! `cargo test` runs the features, on real servers.

use std::process::ExitCode;

fn main() -> ExitCode {
    let program = env!("CARGO_BIN_EXE_restore-conformance").into();
    restore_conformance::cli::libtest::of_reference_engine(std::env::args().skip(1), program).into()
}
