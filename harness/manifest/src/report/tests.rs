//! All forms of one manifest tell the same, each read back by other means than it was written with.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use super::*;
use crate::{
    schema::{Counts, Difference, DifferenceKind, Member},
    writer::tests::mixed,
};

/// Scenario id and outcome, in order.
type Told = Vec<(String, String)>;

/// A manifest with every outcome, and the real ones of `harness/tests/manifests`.
fn manifests() -> Vec<Manifest> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/manifests");
    let real = std::fs::read_dir(folder).unwrap().map(|entry| {
        let file = entry.unwrap().path().join("manifest.json");
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()
    });
    [mixed().manifest()].into_iter().chain(real).collect()
}

fn told(manifest: &Manifest) -> Told {
    manifest.scenarios.iter().map(|it| (it.id.clone(), it.outcome.as_str().into())).collect()
}

/// How many scenarios ended how, counted in what was read back.
fn counted(told: &Told) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (_, outcome) in told {
        *counts.entry(outcome.clone()).or_default() += 1;
    }
    counts
}

fn of_junit(manifest: &Manifest) -> Told {
    let xml = junit::xml(manifest).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    cases
        .map(|case| {
            let property = |name| {
                let properties = case.descendants().filter(|node| node.has_tag_name("property"));
                properties.filter(|it| it.attribute("name") == Some(name)).find_map(|it| it.attribute("value")).unwrap()
            };
            let outcome = property("outcome");
            let child = |name| case.children().any(|node| node.has_tag_name(name));
            assert_eq!(child("failure"), outcome == "fail", "{outcome}");
            assert_eq!(child("error"), outcome == "error", "{outcome}");
            let skipped = ["not_supported", "disabled", "prerequisite_failed", "known_fail"].contains(&outcome);
            assert_eq!(child("skipped"), skipped, "{outcome}");
            assert_eq!(child("flakyFailure"), outcome == "flaky", "{outcome}");
            (property("id").to_owned(), outcome.to_owned())
        })
        .collect()
}

fn of_cucumber(manifest: &Manifest) -> Told {
    let json = Format::Cucumber.render(manifest).unwrap();
    let features: Vec<cucumber::Feature> = serde_json::from_str(&json).unwrap();
    let elements = features.iter().flat_map(|feature| &feature.elements);
    elements
        .map(|element| {
            let outcome = element.tags.iter().find_map(|tag| tag.name.strip_prefix("@outcome:")).unwrap();
            let results =
                element.steps.iter().map(|step| &step.result).chain(element.after.iter().map(|it| &it.result));
            let statuses: Vec<&str> = results.map(|result| &*result.status).collect();
            assert_eq!(
                statuses.contains(&"failed"),
                ["fail", "error"].contains(&outcome),
                "readers see {statuses:?} of {outcome}"
            );
            assert_eq!(
                statuses.iter().all(|status| *status == "passed"),
                ["pass", "flaky"].contains(&outcome),
                "readers see {statuses:?} of {outcome}"
            );
            (element.id.clone(), outcome.to_owned())
        })
        .collect()
}

fn of_page(manifest: &Manifest) -> Told {
    let page = html::page(manifest).unwrap();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0;
        value.replace("&#x2f;", "/")
    };
    page.split("<details class=\"scenario\"")
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0)
        .map(|tag| (attribute(tag, "id"), attribute(tag, "data-outcome")))
        .collect()
}

#[test]
fn every_form_tells_the_scenarios_and_outcomes_of_the_manifest() {
    for manifest in manifests() {
        let told = told(&manifest);
        assert_eq!(of_junit(&manifest), told);
        assert_eq!(of_cucumber(&manifest), told);
        assert_eq!(of_page(&manifest), told);
        let all = manifest.counts.plus(manifest.custom_counts);
        assert_eq!(counted(&told).values().sum::<usize>(), all.declared);
    }
}

#[test]
fn the_totals_of_junit_add_up_to_the_declared_scenarios() {
    for manifest in manifests() {
        let xml = junit::xml(&manifest).unwrap();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let total = |name: &str| -> usize {
            let suites = document.descendants().filter(|node| node.has_tag_name("testsuite"));
            suites.map(|suite| suite.attribute(name).unwrap_or("0").parse::<usize>().unwrap()).sum()
        };
        let counts = manifest.counts.plus(manifest.custom_counts);
        assert_eq!(total("tests"), counts.declared);
        assert_eq!(total("failures"), counts.fail);
        assert_eq!(total("errors"), counts.error);
        let skipped = counts.not_supported + counts.disabled + counts.prerequisite_failed + counts.known_fail;
        assert_eq!(total("skipped"), skipped);
    }
}

#[test]
fn the_public_report_follows_its_schema_and_comes_from_the_same_scenarios() {
    let schema: Value = serde_json::from_str(include_str!("../../../../schemas/restore-test-report.json")).unwrap();
    for manifest in manifests() {
        let json: Value = serde_json::from_str(&Format::Public.render(&manifest).unwrap()).unwrap();
        jsonschema::validate(&schema, &json).unwrap();
        let report: public::Report = serde_json::from_value(json).unwrap();
        assert_eq!(report.scenarios.len(), 10);
        for row in &report.scenarios {
            let own =
                manifest.scenarios.iter().filter(|it| !it.custom && it.tags.contains(&format!("@{}", row.scenario_id)));
            let counts = Counts::of(own.map(|scenario| scenario.outcome));
            let expected = if counts.fail + counts.error > 0 {
                public::Status::Fail
            } else if counts.declared > 0 && counts.pass == counts.declared {
                public::Status::Pass
            } else {
                public::Status::Skip
            };
            assert_eq!(row.status, expected, "{}: {counts:?}", row.scenario_id);
            assert_eq!(row.skip_reason.is_some(), expected == public::Status::Skip);
            assert_eq!(row.failure_detail.is_some(), expected == public::Status::Fail);
        }
        let public::Totals { total, passed, failed, skipped } = report.summary;
        assert_eq!(total, passed + failed + skipped);
        assert_eq!(total, report.scenarios.len());
    }
}

#[test]
fn a_public_row_passes_only_if_every_scenario_of_its_id_did() {
    let conformant = include_str!("../../../tests/manifests/conformant/manifest.json");
    let row = |outcome: Outcome| {
        let mut manifest: Manifest = serde_json::from_str(conformant).unwrap();
        manifest.scenarios[0].outcome = outcome;
        public::report(&manifest).scenarios.swap_remove(0)
    };
    assert_eq!(row(Outcome::Pass).status, public::Status::Pass);
    for outcome in [Outcome::Fail, Outcome::Error] {
        assert_eq!(row(outcome).status, public::Status::Fail, "{outcome:?}");
    }
    let open =
        [Outcome::Disabled, Outcome::NotSupported, Outcome::PrerequisiteFailed, Outcome::Flaky, Outcome::KnownFail];
    for outcome in open {
        let row = row(outcome);
        assert_eq!(row.status, public::Status::Skip, "{outcome:?}");
        assert!(row.skip_reason.unwrap().contains(&format!("1 {}", outcome.as_str())));
    }
}

#[test]
fn the_public_text_has_a_line_for_each_row_and_its_reason() {
    insta::assert_snapshot!(public::text(&public::report(&hostile("a message"))));
}

#[test]
fn the_cucumber_json_of_every_outcome() {
    insta::assert_json_snapshot!(cucumber::features(&mixed().manifest()));
}

#[test]
fn the_junit_xml_of_every_outcome() {
    insta::assert_snapshot!(junit::xml(&mixed().manifest()).unwrap());
}

/// Every text that comes from outside, made of this one.
fn hostile(text: &str) -> Manifest {
    let mut manifest = mixed().manifest();
    let value = Some(Value::String(text.into()));
    for scenario in &mut manifest.scenarios {
        scenario.title = text.into();
        if let Some(failure) = &mut scenario.failure {
            failure.message = text.into();
            failure.log_tail = vec![text.into()];
            failure.state = Some(text.into());
            for exchange in &mut failure.exchanges {
                exchange.path = text.into();
                exchange.request = Some(text.into());
                exchange.response = text.into();
            }
            failure.differences = vec![Difference {
                domain: "kafka".into(),
                resource: format!("topic:{text}"),
                kind: DifferenceKind::Differs,
                desired: value.clone(),
                observed: None,
                members: vec![Member { path: format!("/{text}"), desired: value.clone(), observed: None }],
            }];
        }
    }
    manifest.run.problem = Some(text.into());
    manifest.run.leftovers = vec![text.into()];
    if let Some(implementation) = &mut manifest.implementation {
        implementation.name = text.into();
    }
    manifest
}

#[test]
fn no_text_of_a_run_becomes_markup_or_script() {
    let text = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{1b}[31m\u{0}]]>{{ page }}";
    let manifest = hostile(text);
    let page = html::page(&manifest).unwrap();
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    assert!(!page.contains("<img"));
    assert!(page.contains("&lt;&#x2f;script&gt;") || page.contains("&lt;/script&gt;"), "it is shown");
    let xml = junit::xml(&manifest).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    assert!(document.descendants().all(|node| !node.has_tag_name("script") && !node.has_tag_name("img")));
    assert_eq!(of_cucumber(&manifest), told(&manifest));
}
