//! The `restore-engine` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    keep_memory_together();
    // Before anything can open a connection: the one TLS provider.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("error: another TLS provider is installed already");
        return ExitCode::from(restore_engine::ErrorKind::Internal.exit_code());
    }
    restore_engine::cli::main()
}

/// Of what was freed, glibc keeps apart what each of up to eight arenas a processor once held: parsing a large artifact on
/// several threads then takes a third more memory than it needs.
fn keep_memory_together() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "a call of the C library without a pointer, before there is a second thread")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}
