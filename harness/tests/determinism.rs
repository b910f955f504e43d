//! The same seed gives the same manifest, but for times and ids; another seed gives other data.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

/// Fails, so that its evidence shows the data that the seed made.
const FEATURE: &str = "Feature: Nothing is restored
  Scenario: An empty target is taken for a restored one
    Given an empty target tenant beside a bystander
    And a source tenant as the fixture \"small\" declares it
    Then the target holds exactly what the source holds
";

/// What a run says that no seed decides: when it was, and how long it took.
const TIMES: [&str; 4] = ["started_at", "ended_at", "duration_ms", "id"];

/// Evidence that holds times and ids in the words of servers and of the implementation.
const SPOKEN: [&str; 4] = ["exchanges", "log_tail", "backend_logs", "state"];

#[test]
fn the_same_seed_gives_the_same_manifest_but_for_times_and_ids() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nothing.feature"), FEATURE).unwrap();
    let run = |seed| comparable(&manifest(&folder.path().display().to_string(), seed));
    let (first, again, other) = (run("7"), run("7"), run("8"));
    let text = |manifest: &Value| format!("{manifest:#}");
    assert_eq!(text(&first), text(&again));
    let differences =
        |manifest: &Value| manifest["scenarios"].as_array().unwrap().last().unwrap()["failure"]["differences"].clone();
    assert!(differences(&first).as_array().is_some_and(|list| list.len() > 10), "{first:#}");
    assert_ne!(text(&differences(&first)), text(&differences(&other)), "another seed makes other data");
    assert_ne!(first["run"]["data_digest"], other["run"]["data_digest"]);
}

/// The manifest of a run of two scenarios, one of which fails.
fn manifest(features: &str, seed: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_restore-conformance"))
        .args(["run", "--features", features, "--seed", seed, "--shuffle", "--jobs", "2"])
        .args(["--tags", "@custom or @R-E1-5"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let path = told.lines().find_map(|line| line.strip_prefix("manifest")).map(|path| PathBuf::from(path.trim()));
    let path = path.unwrap_or_else(|| panic!("{told}\n{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The manifest without times, and with the same name for every run.
fn comparable(manifest: &Value) -> Value {
    let run = manifest["run"]["id"].as_str().unwrap();
    let (_, name) = run.rsplit_once('-').unwrap();
    let mut same: Value = serde_json::from_str(&manifest.to_string().replace(name, "RUN")).unwrap();
    // It is made over all that follows.
    same["digest"].take();
    for times in ["run", "implementation"] {
        if let Some(object) = same[times].as_object_mut() {
            object.retain(|member, _| !TIMES.contains(&&**member));
        }
    }
    for scenario in same["scenarios"].as_array_mut().unwrap() {
        scenario["duration_ms"].take();
        scenario["steps"].as_array_mut().unwrap().iter_mut().for_each(|step| drop(step["duration_ms"].take()));
        if let Some(failure) = scenario["failure"].as_object_mut() {
            failure.retain(|member, _| !SPOKEN.contains(&&**member));
        }
    }
    same
}
