//! Whether a manifest can be believed: it follows its schema, nobody changed it, and all that can be counted again comes to
//! the same.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use super::{
    Manifest, digest, json_schema, profiles,
    schema::{Counts, Failure, MANIFEST_VERSION, Outcome, Scenario, StepOutcome, Verdict},
};

/// Every flaw of a manifest, one each, and what it says if it can be read. `folder` is where its evidence lies.
#[must_use]
pub fn verify(text: &str, folder: &Path) -> (Vec<String>, Option<Manifest>) {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return (vec![format!("it is no JSON: {error}")], None),
    };
    if let Some(flaw) = other_version(&value) {
        return (vec![flaw], None);
    }
    let mut flaws = schema_flaws(&value);
    let manifest: Manifest = match serde_json::from_value(value.clone()) {
        Ok(manifest) => manifest,
        Err(error) => {
            if flaws.is_empty() {
                flaws.push(error.to_string());
            }
            return (flaws, None);
        }
    };
    flaws.extend(digest_flaws(&manifest, &value));
    flaws.extend(count_flaws(&manifest));
    flaws.extend(verdict_flaw(&manifest));
    flaws.extend(profile_flaws(&manifest));
    flaws.extend(manifest.scenarios.iter().flat_map(|scenario| scenario_flaws(scenario, folder)));
    flaws.extend(twice(&manifest.scenarios));
    (flaws, Some(manifest))
}

fn other_version(value: &Value) -> Option<String> {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    let version = value.get("manifest_version")?.as_str()?;
    (major(version) != major(MANIFEST_VERSION))
        .then(|| format!("it is of format {version}, this program reads {MANIFEST_VERSION}"))
}

fn schema_flaws(value: &Value) -> Vec<String> {
    match jsonschema::validator_for(&json_schema()) {
        Err(error) => vec![format!("the schema of manifests is broken: {error}")],
        Ok(validator) => validator
            .iter_errors(value)
            .map(|error| match error.instance_path().to_string() {
                path if path.is_empty() => format!("schema: {error}"),
                path => format!("schema: at {path}: {error}"),
            })
            .collect(),
    }
}

fn digest_flaws(manifest: &Manifest, value: &Value) -> Vec<String> {
    let mut flaws = Vec::new();
    // Manifests of programs that wrote none have an empty one.
    if !manifest.digest.is_empty() && manifest.digest != digest::of(value) {
        flaws.push(format!("digest: it was changed after it was written: it says {}", manifest.digest));
    }
    let suite = manifest.suite.digest.strip_prefix("sha256:").unwrap_or_default();
    let executable = manifest.implementation.as_ref().and_then(|it| it.sha256.as_deref());
    for (name, hex) in [("suite.digest", Some(suite)), ("implementation.sha256", executable)] {
        if hex.is_some_and(|hex| hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            flaws.push(format!("{name}: it is no SHA-256"));
        }
    }
    flaws
}

fn count_flaws(manifest: &Manifest) -> Vec<String> {
    let count = |custom: bool| {
        Counts::of(manifest.scenarios.iter().filter(|it| it.custom == custom).map(|scenario| scenario.outcome))
    };
    let told = [("counts", manifest.counts, count(false)), ("custom_counts", manifest.custom_counts, count(true))];
    let wrong = told.iter().filter(|(_, told, counted)| told != counted);
    wrong
        .map(|(name, told, counted)| {
            format!(
                "{name}: they say {}, the scenarios are {}",
                super::summary::counts(told),
                super::summary::counts(counted)
            )
        })
        .collect()
}

fn verdict_flaw(manifest: &Manifest) -> Option<String> {
    let follows = Verdict::of_run(&manifest.run, &manifest.scenarios);
    (manifest.verdict != follows).then(|| {
        format!("verdict: it says {}, from the scenarios follows {}", manifest.verdict.as_str(), follows.as_str())
    })
}

/// Manifests of earlier programs say nothing of profiles.
fn profile_flaws(manifest: &Manifest) -> Vec<String> {
    let (run, implementation) = (&manifest.run, manifest.implementation.as_ref());
    let follows = profiles::profiles(run, implementation, &manifest.scenarios);
    if manifest.profiles.is_empty() && manifest.unproved.is_empty() {
        return Vec::new();
    }
    let unproved = profiles::unproved(run, implementation, &manifest.scenarios);
    let flaws = [
        (manifest.profiles != follows).then(|| "profiles: they do not follow from the scenarios".to_owned()),
        (manifest.unproved != unproved)
            .then(|| format!("unproved: from the scenarios follows {}", unproved.join(", "))),
    ];
    flaws.into_iter().flatten().collect()
}

fn scenario_flaws(scenario: &Scenario, folder: &Path) -> Vec<String> {
    let mut flaws = Vec::new();
    let passed = matches!(scenario.outcome, Outcome::Pass | Outcome::Flaky);
    if passed && scenario.assertions == 0 {
        flaws.push("it passed and asserted nothing".to_owned());
    }
    if passed && scenario.steps.iter().any(|step| step.outcome != StepOutcome::Pass) {
        flaws.push("it passed, and not all of its steps did".to_owned());
    }
    if passed && scenario.failure.is_some() {
        flaws.push("it passed and has a failure".to_owned());
    }
    if matches!(scenario.outcome, Outcome::Fail | Outcome::Error) && scenario.failure.is_none() {
        flaws.push("it did not pass and does not say why".to_owned());
    }
    flaws.extend(scenario.failure.as_ref().and_then(|failure| evidence_flaw(failure, folder)));
    flaws.into_iter().map(|flaw| format!("{}: {flaw}", scenario.id)).collect()
}

fn evidence_flaw(failure: &Failure, folder: &Path) -> Option<String> {
    let state = failure.state.as_deref()?;
    let Ok(content) = std::fs::read(folder.join(state)) else {
        return Some(format!("its evidence {state} is not beside the manifest"));
    };
    let told = failure.state_sha256.as_deref()?;
    (told != digest::sha256(&content)).then(|| format!("its evidence {state} was changed after it was written"))
}

fn twice(scenarios: &[Scenario]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = scenarios.iter().filter(|scenario| !seen.insert(&scenario.id));
    again.map(|scenario| format!("{}: it is there twice", scenario.id)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A real run, of a program that made no digests yet.
    const CONFORMANT: &str = include_str!("../../tests/manifests/conformant/manifest.json");

    fn sealed() -> Value {
        digest::sealed(&serde_json::from_str(CONFORMANT).unwrap()).unwrap()
    }

    /// What is found once this was changed and the digest made anew.
    fn flaws(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut value = sealed();
        change(&mut value);
        value["digest"] = digest::of(&value).into();
        verify(&value.to_string(), Path::new(".")).0
    }

    #[test]
    fn a_real_manifest_has_no_flaw_and_older_ones_need_no_digest() {
        assert_eq!(verify(CONFORMANT, Path::new(".")).0, [""; 0]);
        assert_eq!(flaws(|_| ()), [""; 0]);
    }

    #[test]
    fn whatever_was_changed_after_it_was_written_is_noticed() {
        let mut value = sealed();
        value["run"]["seed"] = 7.into();
        let (flaws, _) = verify(&value.to_string(), Path::new("."));
        assert_eq!(flaws.len(), 1, "{flaws:?}");
        assert!(flaws[0].starts_with("digest: it was changed after it was written"), "{flaws:?}");
    }

    #[test]
    fn what_the_schema_does_not_allow_is_told_with_its_place() {
        let flaws = flaws(|it| it["run"]["seed"] = "seven".into());
        assert!(flaws[0].starts_with("schema: at /run/seed: \"seven\""), "{flaws:?}");
    }

    #[test]
    fn every_flaw_is_named() {
        let scenario = |value: &mut Value, member: &str, to: Value| value["scenarios"][0][member] = to;
        let told = [
            flaws(|it| it["counts"]["pass"] = 37.into()),
            flaws(|it| it["verdict"] = "partial".into()),
            flaws(|it| it["suite"]["digest"] = "sha256:ab".into()),
            flaws(|it| it["unproved"] = json!(["R-E1-1"])),
            flaws(|it| it["surplus"] = true.into()),
            flaws(|it| it["manifest_version"] = "2.0.0".into()),
            flaws(|it| it["run"]["finished"] = false.into()),
            flaws(|it| scenario(it, "assertions", 0.into())),
            flaws(|it| it["scenarios"][0]["steps"][0]["outcome"] = "not_reached".into()),
            flaws(|it| {
                scenario(it, "outcome", "fail".into());
                it["verdict"] = "non_conformant".into();
                it["counts"]["pass"] = 37.into();
                it["counts"]["fail"] = 1.into();
            }),
            flaws(|it| it["scenarios"][1]["id"] = it["scenarios"][0]["id"].clone()),
            verify("{", Path::new(".")).0,
        ];
        let told: Vec<String> = told.into_iter().map(|flaws| flaws.join("\n")).collect();
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn an_outcome_that_its_scenario_does_not_bear_out_is_named() {
        let failure = || json!(super::super::schema::Failure { message: "it is gone".into(), ..Default::default() });
        // Whatever else such a change breaks: only what is said of the scenario itself.
        let told = |outcome: &str, change: &dyn Fn(&mut Value)| {
            let found = flaws(|it| {
                it["scenarios"][0]["outcome"] = outcome.into();
                change(&mut it["scenarios"][0]);
            });
            let found = found.into_iter().filter_map(|flaw| Some(flaw.split_once(": it ")?.1.to_owned()));
            found.filter(|flaw| !flaw.starts_with("says")).collect::<Vec<_>>().join("; ")
        };
        let nothing = |_: &mut Value| ();
        let unasserted = |it: &mut Value| it["assertions"] = 0.into();
        let unreached = |it: &mut Value| it["steps"][0]["outcome"] = "not_reached".into();
        let failed = |it: &mut Value| it["failure"] = failure();
        for outcome in ["pass", "flaky"] {
            assert_eq!(told(outcome, &nothing), "");
            assert_eq!(told(outcome, &unasserted), "passed and asserted nothing");
            assert_eq!(told(outcome, &unreached), "passed, and not all of its steps did");
            assert_eq!(told(outcome, &failed), "passed and has a failure");
        }
        for outcome in ["fail", "error"] {
            assert_eq!(told(outcome, &nothing), "did not pass and does not say why");
            for change in [&failed as &dyn Fn(&mut Value), &|it| (failed(it), unasserted(it), unreached(it)).0] {
                assert_eq!(told(outcome, change), "");
            }
        }
        for outcome in ["not_supported", "disabled", "prerequisite_failed"] {
            assert_eq!(told(outcome, &|it| (unasserted(it), unreached(it)).0), "", "{outcome}");
        }
    }

    #[test]
    fn a_digest_is_of_sixty_four_hexadecimal_digits() {
        let told = |member: &str, digest: &str| {
            flaws(|it| {
                let (object, name) = member.split_once('.').unwrap();
                it[object][name] = digest.into();
            })
        };
        let (good, short, other) = ("0a".repeat(32), "0a".repeat(31), "0g".repeat(32));
        assert_eq!(told("implementation.sha256", &good), [""; 0]);
        assert_eq!(told("suite.digest", &format!("sha256:{good}")), [""; 0]);
        for wrong in [&short, &other] {
            assert_eq!(told("implementation.sha256", wrong), ["implementation.sha256: it is no SHA-256"]);
            assert_eq!(told("suite.digest", &format!("sha256:{wrong}")), ["suite.digest: it is no SHA-256"]);
        }
        assert_eq!(told("suite.digest", &good), ["suite.digest: it is no SHA-256"], "of which kind is not said");
    }

    #[test]
    fn a_manifest_of_a_later_minor_version_is_read() {
        assert_eq!(flaws(|it| it["manifest_version"] = "1.7.0".into()), [""; 0]);
    }

    #[test]
    fn profiles_that_do_not_follow_are_named_and_none_at_all_are_of_an_earlier_program() {
        let real = |it: &mut Value| {
            let manifest: Manifest = serde_json::from_value(it.clone()).unwrap();
            let follows = profiles::profiles(&manifest.run, manifest.implementation.as_ref(), &manifest.scenarios);
            assert!(!follows.is_empty());
            it["profiles"] = json!(follows);
        };
        assert_eq!(flaws(real), [""; 0]);
        let changed = flaws(|it| {
            real(it);
            it["profiles"][0]["standing"] = "partial".into();
        });
        assert_eq!(changed, ["profiles: they do not follow from the scenarios"]);
        assert_eq!(flaws(|it| it["profiles"] = json!([])), [""; 0]);
    }

    #[test]
    fn evidence_that_is_named_lies_beside_the_manifest_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut value = sealed();
        value["scenarios"][0]["failure"] =
            serde_json::to_value(super::super::schema::Failure { state: Some("a.json".into()), ..Default::default() })
                .unwrap();
        let told = |value: &Value| {
            let flaws = verify(&value.to_string(), folder.path()).0;
            let told = flaws.iter().filter_map(|flaw| Some(flaw.split_once("its evidence ")?.1.to_owned()));
            told.collect::<Vec<_>>()
        };
        assert_eq!(told(&value), ["a.json is not beside the manifest"]);
        std::fs::write(folder.path().join("a.json"), "{}").unwrap();
        assert_eq!(told(&value), [""; 0], "an earlier program wrote no digest of it");
        value["scenarios"][0]["failure"]["state_sha256"] = digest::sha256(b"{}").into();
        assert_eq!(told(&value), [""; 0]);
        std::fs::write(folder.path().join("a.json"), "{ }").unwrap();
        assert_eq!(told(&value), ["a.json was changed after it was written"]);
    }
}
