//! A run that ends early, however that comes about, leaves a manifest that can be read and believed, of verdict `error`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use restore_conformance::manifest::{
    Manifest,
    schema::{Outcome, Verdict},
    verify,
};

/// Starts a run of one scenario after the other and waits until two of them ended: the first is in the manifest then.
fn a_run_under_way(output: &Path) -> Child {
    let mut run = Command::new(env!("CARGO_BIN_EXE_restore-conformance"))
        .args(["run", "--tags", "@E2", "--jobs", "1", "--output"])
        .arg(output)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(run.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let ended = lines.filter(|line| line.starts_with('✓')).take(2).count();
    assert_eq!(ended, 2, "the run ended by itself: {:?}", run.wait());
    run
}

fn signal(run: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(run.id()).unwrap()), signal).unwrap();
}

/// Of a run that told nothing more once it was signalled.
fn manifest_of(output: &Path) -> Manifest {
    let folder = output.join("latest");
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let (flaws, manifest) = verify::verify(&text, &folder);
    assert_eq!(flaws, [""; 0]);
    let manifest = manifest.unwrap();
    assert_eq!(manifest.verdict, Verdict::Error);
    assert!(manifest.counts.pass > 0, "what was seen is told: {:?}", manifest.counts);
    assert!(manifest.counts.error > 0, "what was not seen is told: {:?}", manifest.counts);
    manifest
}

/// Why the scenarios that did not end did not.
fn why(manifest: &Manifest) -> &str {
    let open = manifest.scenarios.iter().find(|scenario| scenario.outcome == Outcome::Error).unwrap();
    &open.failure.as_ref().unwrap().message
}

#[test]
fn a_killed_run_leaves_a_consistent_manifest_that_says_so() {
    let output = tempfile::tempdir().unwrap();
    let mut run = a_run_under_way(output.path());
    signal(&run, Signal::SIGKILL);
    run.wait().unwrap();
    let manifest = manifest_of(output.path());
    assert!(!manifest.run.finished);
    assert_eq!(why(&manifest), "the run has not come to its end");
}

#[test]
fn ctrl_c_ends_a_run_with_a_manifest_and_reports_that_say_so() {
    let output = tempfile::tempdir().unwrap();
    let mut run = a_run_under_way(output.path());
    signal(&run, Signal::SIGINT);
    // Whoever reads a run's output does so to the end: a closed pipe would end it by another signal.
    std::io::copy(run.stdout.as_mut().unwrap(), &mut std::io::sink()).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let manifest = manifest_of(output.path());
    assert!(manifest.run.finished && manifest.run.interrupted);
    assert_eq!(why(&manifest), "the run was interrupted before it ended");
    let junit = std::fs::read_to_string(output.path().join("latest/junit.xml")).unwrap();
    assert!(junit.contains("the run was interrupted before it ended"));
}
