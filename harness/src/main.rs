//! The program of the suite; see `restore-conformance --help`.

fn main() -> std::process::ExitCode {
    restore_conformance::cli::main()
}
