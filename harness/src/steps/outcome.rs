//! What the implementation reports, held against the artifact.

use std::collections::BTreeMap;

use cucumber::then;
use serde_json::Value;

use super::{artifact, domains};
use crate::{
    fixtures::Domain,
    world::{Failure, Outcome, RestoreWorld, words::complaints},
};

#[then("the restore succeeds")]
async fn succeeds(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    let findings = complaints(&answer.body);
    world.check(answer.status == 200, || format!("{answer}\n  wanted 200"))?;
    let status = &answer.body["result_status"];
    world.check(status == "success", || format!("`result_status` is {status}, not success\n{findings}"))?;
    world.check(answer.body["dry_run"] == false, || "`dry_run` is not false".into())?;
    world.is_correlated(&answer)
}

#[then("the report says that every resource of the artifact is there and verified")]
async fn complete(world: &mut RestoreWorld) -> Outcome {
    let report = world.answer()?.body.clone();
    let wanted = wanted(world, &report)?;
    world.is_verified("the report", &report)?;
    for (domain, result) in results(&report)? {
        let items = wanted.get(&domain).copied();
        world.is_verified(&domain, &result)?;
        world.check(settled(&result, &["created", "skipped"], items), || miscount(&domain, &result, items))?;
        // A consumer group is reported and never created; all else was absent.
        let created = result["counts"]["created"].as_u64().unwrap_or_default();
        world.check(created > 0, || format!("{domain}: nothing was created in an empty target"))?;
    }
    totals(world, &report)
}

#[then("the report says that every resource of the artifact is there now")]
async fn completed(world: &mut RestoreWorld) -> Outcome {
    let report = world.answer()?.body.clone();
    let wanted = wanted(world, &report)?;
    world.is_verified("the report", &report)?;
    for (domain, result) in results(&report)? {
        let items = wanted.get(&domain).copied();
        world.check(settled(&result, &["created", "skipped"], items), || miscount(&domain, &result, items))?;
    }
    totals(world, &report)
}

#[then("the report says that every resource was there already")]
async fn untouched(world: &mut RestoreWorld) -> Outcome {
    let report = world.answer()?.body.clone();
    let wanted = wanted(world, &report)?;
    world.is_verified("the report", &report)?;
    for (domain, result) in results(&report)? {
        let items = wanted.get(&domain).copied();
        world.check(settled(&result, &["skipped"], items), || miscount(&domain, &result, items))?;
        world.check(result["status"] == "skipped", || format!("{domain}: `status` is {}", result["status"]))?;
    }
    totals(world, &report)
}

#[then("the dry run says that every resource of the artifact would be there")]
async fn foretold(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    world.check(answer.status == 200, || format!("{answer}\n  wanted 200"))?;
    let report = answer.body;
    world.check(report["result_status"] == "dry_run", || format!("`result_status` is {}", report["result_status"]))?;
    world.check(report["dry_run"] == true, || "`dry_run` is not true".into())?;
    let wanted = wanted(world, &report)?;
    for (domain, result) in results(&report)? {
        let items = wanted.get(&domain).copied();
        world.check(settled(&result, &["created", "skipped"], items), || miscount(&domain, &result, items))?;
        let actions = result["resource_results"].as_array().cloned().unwrap_or_default();
        let other = actions.iter().find(|it| it["action"] != "would_create" && it["action"] != "would_skip");
        world.check(other.is_none(), || format!("{domain}: a dry run says {other:?}"))?;
    }
    totals(world, &report)
}

#[then(expr = "the report lists exactly the domains {string} in this order")]
async fn listed(world: &mut RestoreWorld, list: String) -> Outcome {
    let wanted: Vec<&str> = domains(&list)?.into_iter().map(Domain::key).collect();
    let report = world.answer()?.body.clone();
    let results = results(&report)?;
    let listed: Vec<&str> = results.iter().map(|(domain, _)| &**domain).collect();
    world.check(listed == wanted, || format!("`domain_results` lists {listed:?}, not {wanted:?}"))?;
    // What the artifact does not hold is listed where it was named, and not counted.
    let held = results.iter().filter(|(_, result)| result["status"] != "skipped_not_exportable").count();
    let requested = &report["summary"]["domains_requested"];
    world.check(*requested == held, || format!("`domains_requested` is {requested}, not {held}"))
}

#[then("the answer asks for confirmation and proposes an identifier map")]
async fn unconfirmed(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    answer.expect_status(&[200])?;
    world.check(answer.body["needs_confirmation"] == true, || format!("{answer}: `needs_confirmation` is not true"))?;
    let entries = answer.body["proposal"]["entries"].as_array().map_or(0, Vec::len);
    world.check(entries > 0, || format!("{answer}: it proposes no entries"))?;
    world.check(answer.body.get("domain_results").is_none(), || format!("{answer}: it reports a restore"))
}

/// `items_count` of the domains that the report speaks of; all domains of the artifact must be among those asked for.
fn wanted(world: &RestoreWorld, report: &Value) -> Result<BTreeMap<String, u64>, Failure> {
    let mut counts = artifact::counts(world.artifact()?)?;
    let listed: Vec<String> = results(report)?.into_iter().map(|(domain, _)| domain).collect();
    counts.retain(|domain, _| listed.contains(domain));
    Ok(counts)
}

/// Whether all resources of a domain ended in one of these ways, and are as many as the artifact has.
fn settled(result: &Value, ways: &[&str], items: Option<u64>) -> bool {
    let count = |way: &str| result["counts"][way].as_u64();
    let settled: Option<u64> = ways.iter().map(|way| count(way)).sum();
    let others = ["created", "skipped", "conflicts", "errors"].into_iter().filter(|way| !ways.contains(way));
    let listed = result["resource_results"].as_array().and_then(|list| u64::try_from(list.len()).ok());
    items.is_some() && settled == items && listed == items && others.into_iter().all(|way| count(way) == Some(0))
}

fn miscount(domain: &str, result: &Value, items: Option<u64>) -> String {
    let listed = result["resource_results"].as_array().map_or(0, Vec::len);
    let counts = &result["counts"];
    let items = items.map_or_else(|| "no".to_owned(), |items| items.to_string());
    format!("{domain}: the artifact has {items} resources, the report lists {listed} and counts {counts}")
}

/// The summary adds up to the domains.
fn totals(world: &mut RestoreWorld, report: &Value) -> Outcome {
    let results = results(report)?;
    world.check(!results.is_empty(), || "the report lists no domain".into())?;
    for (total, count) in [
        ("resources_created", "created"),
        ("resources_skipped", "skipped"),
        ("resources_conflicted", "conflicts"),
        ("resources_failed", "errors"),
    ] {
        let sum: u64 = results.iter().filter_map(|(_, result)| result["counts"][count].as_u64()).sum();
        let stated = &report["summary"][total];
        world.check(*stated == sum, || format!("`summary.{total}` is {stated}, the domains have {sum}"))?;
    }
    Ok(())
}

pub(super) fn results(report: &Value) -> Result<Vec<(String, Value)>, Failure> {
    let list = report["domain_results"].as_array();
    let list = list.ok_or_else(|| Failure::Violation("the answer has no `domain_results`".into()))?;
    Ok(list.iter().map(|it| (it["domain_key"].as_str().unwrap_or_default().to_owned(), it.clone())).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(created: u64, skipped: u64, errors: u64, listed: usize) -> Value {
        json!({
            "counts": {"created": created, "skipped": skipped, "conflicts": 0, "errors": errors},
            "resource_results": vec![json!({}); listed],
        })
    }

    #[test]
    fn a_domain_is_settled_only_when_every_resource_is_accounted_for() {
        let ways = ["created", "skipped"];
        assert!(settled(&result(3, 1, 0, 4), &ways, Some(4)));
        assert!(!settled(&result(3, 1, 0, 4), &ways, Some(5)), "one is missing");
        assert!(!settled(&result(3, 1, 1, 5), &ways, Some(4)), "one failed");
        assert!(!settled(&result(3, 1, 0, 3), &ways, Some(4)), "one is counted but not listed");
        assert!(!settled(&result(3, 1, 0, 4), &["skipped"], Some(4)), "some were created");
        assert!(!settled(&json!({}), &ways, Some(0)), "an answer without counts proves nothing");
        assert!(!settled(&result(0, 0, 0, 0), &ways, None), "a domain that the artifact does not have");
    }
}
