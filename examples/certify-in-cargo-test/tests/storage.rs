//! `cargo test` certifies the implementation in Python, of which the certification tells how it is started.

fn main() -> std::process::ExitCode {
    restore_conformance::cargo_test("../python-storage/certification.yaml")
}
