use serde_json::json;

use super::*;
use crate::{
    Inventory, Kind, Resource,
    plan::{Unfinished, plan_domain},
    resource::Refusal,
};

fn example() -> (DomainPlan, BTreeMap<ResourceId, Outcome>) {
    let bucket = |name: &str, spec: serde_json::Value| Resource::new(Kind::Bucket, name, &spec).unwrap();
    let mut observed = Inventory::default();
    observed.insert(bucket("equal", json!({"versioning": "Enabled"})));
    observed.insert(bucket("kept", json!({"versioning": "Suspended"})));
    let desired = vec![
        Ok(bucket("equal", json!({"versioning": "Enabled"}))),
        Ok(bucket("kept", json!({"versioning": "Enabled"}))),
        Ok(bucket("new", json!({"versioning": "Enabled"}))),
        Ok(bucket("secret", json!({"tags": {"password": crate::artifact::REDACTED}}))),
        Ok(bucket("unreached", json!({}))),
        Err(Refusal::new(ResourceId::new(Kind::Bucket, "../evil"), "not a bucket name")),
    ];
    let plan = plan_domain(DomainKey::Storage, desired, &observed, &Unfinished::new());
    let outcomes = ["new", "secret"]
        .map(|name| ResourceId::new(Kind::Bucket, name))
        .map(|id| (id.clone(), Outcome::done(id)))
        .into();
    (plan, outcomes)
}

#[test]
fn a_run_tells_every_resource_once() {
    let (plan, outcomes) = example();
    insta::assert_json_snapshot!(DomainResult::of_run(&plan, &outcomes, None));
}

#[test]
fn a_dry_run_tells_what_a_run_would_do() {
    let (plan, _) = example();
    let result = DomainResult::of_dry_run(&plan);
    assert_eq!(result.counts, Counts { created: 3, skipped: 1, conflicts: 1, errors: 1, warnings: 1 });
    assert!(result.resource_results.iter().all(|resource| resource.action != ResourceAction::Created));
}

#[test]
fn what_was_created_with_a_loss_says_so_whoever_warned() {
    let bucket = |name: &str| Resource::new(Kind::Bucket, name, &json!({})).unwrap();
    let warned = Resource { warnings: vec!["of the resource".into()], ..bucket("b") };
    let desired = vec![Ok(bucket("a")), Ok(warned), Ok(bucket("c")), Ok(bucket("d"))];
    let plan = plan_domain(DomainKey::Storage, desired, &Inventory::default(), &Unfinished::new());
    let outcome = |name: &str, result| {
        let id = ResourceId::new(Kind::Bucket, name);
        (id.clone(), Outcome { id, result })
    };
    let failed = Outcome::failed(ResourceId::new(Kind::Bucket, "d"), "denied");
    let outcomes = BTreeMap::from([
        outcome("a", Ok(vec!["of the backend".into()])),
        outcome("b", Ok(vec![])),
        outcome("c", Ok(vec![])),
        (failed.id.clone(), failed),
    ]);
    let told = |result: &DomainResult| {
        let line =
            |it: &ResourceResult| format!("{} {:?} {:?} {:?}", it.resource_name, it.action, it.message, it.warnings);
        let lines: Vec<String> = result.resource_results.iter().map(line).collect();
        format!("{:?} {:?}\n{}", result.status, result.message, lines.join("\n"))
    };
    let interrupted = DomainResult::of_run(&plan, &BTreeMap::new(), Some("the broker went away"));
    let cut = DomainResult::of_run(&plan, &BTreeMap::new(), None);
    let runs = [told(&DomainResult::of_run(&plan, &outcomes, None)), told(&interrupted), told(&cut)];
    insta::assert_snapshot!(runs.join("\n\n"), @r#"
    Error None
    a AppliedWithWarnings None ["of the backend"]
    b AppliedWithWarnings None ["of the resource"]
    c Created None []
    d Error Some("denied") []

    Error Some("the broker went away")
    a Error Some("not attempted: the broker went away") []
    b Error Some("not attempted: the broker went away") ["of the resource"]
    c Error Some("not attempted: the broker went away") []
    d Error Some("not attempted: the broker went away") []

    Error None
    a Error Some("not attempted: the run ended before it was attempted") []
    b Error Some("not attempted: the run ended before it was attempted") ["of the resource"]
    c Error Some("not attempted: the run ended before it was attempted") []
    d Error Some("not attempted: the run ended before it was attempted") []
    "#);
}

#[test]
fn what_is_only_told_is_skipped() {
    let group = Resource::new(Kind::ConsumerGroup, "g", &json!({})).unwrap();
    let plan = plan_domain(DomainKey::Kafka, vec![Ok(group)], &Inventory::default(), &Unfinished::new());
    let (run, dry) = (DomainResult::of_run(&plan, &BTreeMap::new(), None), DomainResult::of_dry_run(&plan));
    assert_eq!((run.status, dry.status), (DomainResultStatus::Skipped, DomainResultStatus::WouldSkip));
    for result in [&run, &dry] {
        let message = result.resource_results[0].message.as_deref();
        assert_eq!(message, Some("consumer groups come into being when a consumer joins"));
    }
}

#[test]
fn a_domain_that_failed_as_a_whole_is_one_error_and_one_that_was_passed_over_none() {
    let failed = DomainResult::failed(DomainKey::Kafka, "the broker does not answer");
    assert_eq!((failed.domain_key.as_str(), failed.status), ("kafka", DomainResultStatus::Error));
    assert_eq!(failed.counts, Counts { errors: 1, ..Counts::default() });
    assert_eq!(failed.message.as_deref(), Some("the broker does not answer"));
    let passed_over = DomainResult::unprocessed("functions", DomainResultStatus::SkippedNoApplier, "unknown");
    assert_eq!((passed_over.counts, passed_over.domain_key.as_str()), (Counts::default(), "functions"));
}

#[test]
fn errors_outweigh_conflicts_and_conflicts_outweigh_warnings() {
    let status = |created, conflicts, errors, warnings| {
        status_of(Counts { created, skipped: 0, conflicts, errors, warnings }, false, false)
    };
    assert_eq!(status(1, 1, 1, 1), DomainResultStatus::Error);
    assert_eq!(status(1, 1, 0, 1), DomainResultStatus::Conflict);
    assert_eq!(status(1, 0, 0, 1), DomainResultStatus::AppliedWithWarnings);
    assert_eq!(status(1, 0, 0, 0), DomainResultStatus::Applied);
    assert_eq!(status(0, 0, 0, 0), DomainResultStatus::Skipped);
    assert_eq!(status(0, 0, 0, 1), DomainResultStatus::Skipped);
    let dry = |created, skipped, conflicts, warnings| {
        status_of(Counts { created, skipped, conflicts, errors: 0, warnings }, false, true)
    };
    assert_eq!(dry(1, 1, 1, 1), DomainResultStatus::WouldConflict);
    assert_eq!(dry(1, 1, 0, 1), DomainResultStatus::WouldApplyWithWarnings);
    assert_eq!(dry(1, 1, 0, 0), DomainResultStatus::WouldApply);
    assert_eq!(dry(0, 1, 0, 1), DomainResultStatus::WouldSkip);
    assert_eq!(status_of(Counts::default(), true, false), DomainResultStatus::Applied);
    assert_eq!(status_of(Counts::default(), true, true), DomainResultStatus::WouldApply);
}

#[test]
fn totals_are_the_sums_over_all_domains() {
    let of = |domain, status, n| DomainResult {
        status,
        counts: Counts { created: n, skipped: 10 * n, conflicts: 100 * n, errors: 1000 * n, warnings: 0 },
        ..DomainResult::failed(domain, "x")
    };
    let results = [
        of(DomainKey::Iam, DomainResultStatus::Applied, 1),
        of(DomainKey::Kafka, DomainResultStatus::Error, 2),
        of(DomainKey::Storage, DomainResultStatus::SkippedNotExportable, 0),
        of(DomainKey::MongoMetadata, DomainResultStatus::SkippedNoApplier, 0),
        of(DomainKey::PostgresMetadata, DomainResultStatus::SkippedNoApplier, 0),
    ];
    insta::assert_json_snapshot!(summarise(&results, 7));
}

#[test]
fn a_domain_that_failed_with_something_in_place_is_a_part() {
    let of = |created, skipped| DomainResult {
        counts: Counts { created, skipped, errors: 1, ..Counts::default() },
        ..DomainResult::failed(DomainKey::Iam, "x")
    };
    let alone = |created, skipped| verdict(&[of(created, skipped)], false, false);
    assert_eq!(alone(0, 0), ResultStatus::Failed);
    assert_eq!(alone(1, 0), ResultStatus::Partial);
    assert_eq!(alone(0, 1), ResultStatus::Partial);
    let whole = DomainResult { status: DomainResultStatus::Applied, ..of(1, 0) };
    assert_eq!(verdict(std::slice::from_ref(&whole), false, false), ResultStatus::Success);
    assert_eq!(verdict(std::slice::from_ref(&whole), false, true), ResultStatus::Partial);
    let kept = DomainResult { status: DomainResultStatus::Conflict, ..of(0, 0) };
    assert_eq!(verdict(&[kept], false, false), ResultStatus::Partial);
    let passed_over = DomainResult { status: DomainResultStatus::SkippedNotExportable, ..of(0, 0) };
    assert_eq!(verdict(std::slice::from_ref(&passed_over), false, false), ResultStatus::Success);
    assert_eq!(verdict(&[passed_over, of(0, 0)], false, false), ResultStatus::Failed);
    assert_eq!(verdict(&[whole], true, true), ResultStatus::DryRun);
}

#[test]
fn the_run_failed_only_when_nothing_stands() {
    let down = DomainResult::failed(DomainKey::Kafka, "broker refused the connection");
    let (plan, outcomes) = example();
    let mixed = DomainResult::of_run(&plan, &outcomes, None);
    assert_eq!(verdict(std::slice::from_ref(&down), false, false), ResultStatus::Failed);
    assert_eq!(verdict(&[down, mixed], false, false), ResultStatus::Partial);
    assert_eq!(verdict(&[], false, true), ResultStatus::Partial);
}
