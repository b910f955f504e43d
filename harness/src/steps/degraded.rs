//! Artifacts that do not hold a domain, and what is said of it.

use cucumber::{given, then};
use serde_json::{Value, json};

use super::outcome;
use crate::{
    fixtures::Domain,
    world::{Failure, Outcome, RestoreWorld, words::complaints},
};

#[given(expr = "the export says {string} of {string}")]
async fn says(world: &mut RestoreWorld, status: String, domain: String) -> Outcome {
    degrade(entry(world, domain.parse().map_err(Failure::Suite)?)?, &status)
}

#[given(expr = "the export says {string} of every domain")]
async fn says_of_all(world: &mut RestoreWorld, status: String) -> Outcome {
    let served = world.session()?.served.clone();
    served.into_iter().try_for_each(|domain| degrade(entry(world, domain)?, &status))
}

#[given(regex = r#"^the export has (.+) as the data of "([^"]+)"$"#)]
async fn spoiled(world: &mut RestoreWorld, what: String, domain: String) -> Outcome {
    let data = match &*what {
        "a text" => json!("all of it"),
        "a list" => json!([1, 2, 3]),
        "a number" => json!(7),
        "no member" => json!({}),
        "nothing" => Value::Null,
        _ => return Err(Failure::Suite(format!("no such data: {what}"))),
    };
    entry(world, domain.parse().map_err(Failure::Suite)?)?["data"] = data;
    Ok(())
}

#[then(expr = "the report passes {string} over, and says why")]
async fn passed_over(world: &mut RestoreWorld, domain: String) -> Outcome {
    let result = result(world, &domain)?;
    let status = &result["status"];
    world.check(status == "skipped_not_exportable", || {
        format!("{domain}: `status` is {status}, not skipped_not_exportable")
    })?;
    let why = result["message"].as_str().unwrap_or_default();
    world.check(!why.is_empty(), || format!("{domain}: it does not say why"))?;
    let listed = result["resource_results"].as_array().map_or(0, Vec::len);
    world.check(listed == 0, || format!("{domain}: it lists {listed} resources of a domain that it does not have"))
}

#[then("the restore is partial, and nothing failed")]
async fn partial(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    let findings = complaints(&answer.body);
    world.check(answer.status == 200, || format!("{answer}\n  wanted 200"))?;
    let status = &answer.body["result_status"];
    world.check(status == "partial", || format!("`result_status` is {status}, not partial\n{findings}"))
}

#[then(expr = "{string} is the only domain with an error, and the report says why")]
async fn only_error(world: &mut RestoreWorld, domain: String) -> Outcome {
    let answer = world.answer()?.clone();
    let findings = complaints(&answer.body);
    world.check(answer.status == 207, || format!("{answer}\n  wanted 207"))?;
    let status = &answer.body["result_status"];
    world.check(status == "partial", || format!("`result_status` is {status}, not partial\n{findings}"))?;
    for (key, result) in outcome::results(&answer.body)? {
        let failed = result["status"] == "error";
        world.check(failed == (key == domain), || format!("{key}: `status` is {}\n{findings}", result["status"]))?;
    }
    let why = result(world, &domain)?["message"].as_str().unwrap_or_default().to_owned();
    world.check(!why.is_empty(), || format!("{domain}: it does not say why"))
}

/// The entry of a domain in the artifact.
fn entry(world: &mut RestoreWorld, domain: Domain) -> Result<&mut Value, Failure> {
    let domains = world.artifact.as_mut().and_then(|artifact| artifact["domains"].as_array_mut());
    let mut entries = domains.into_iter().flatten();
    let found = entries.find(|entry| entry["domain_key"] == domain.key());
    found.ok_or_else(|| Failure::Violation(format!("the export has no {domain}")))
}

/// Turns an entry into one without content, as an export that could not have it would write it.
fn degrade(entry: &mut Value, status: &str) -> Outcome {
    let because = match status {
        "error" => Some(("error", "the collector gave up")),
        "not_available" => Some(("reason", "the component is not deployed")),
        "not_requested" => Some(("reason", "left out by the caller")),
        "empty" => None,
        _ => return Err(Failure::Suite(format!("no such status: {status}"))),
    };
    let mut changed = json!({
        "domain_key": entry["domain_key"], "status": status, "exported_at": entry["exported_at"], "data": null,
    });
    if let Some((member, text)) = because {
        changed[member] = json!(text);
    } else {
        changed["items_count"] = json!(0);
    }
    *entry = changed;
    Ok(())
}

fn result(world: &RestoreWorld, domain: &str) -> Result<Value, Failure> {
    let results = outcome::results(&world.answer()?.body)?;
    let found = results.into_iter().find(|(key, _)| key == domain);
    found.map(|(_, result)| result).ok_or_else(|| Failure::Violation(format!("the report does not list {domain}")))
}
