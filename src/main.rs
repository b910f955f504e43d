//! The `restore-engine` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything can open a connection: the one TLS provider.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("error: another TLS provider is installed already");
        return ExitCode::from(restore_engine::ErrorKind::Internal.exit_code());
    }
    restore_engine::cli::main()
}
