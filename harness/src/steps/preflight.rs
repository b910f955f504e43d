//! Preflights: what they are asked, and what they say without conflicts.

use cucumber::{then, when};
use serde_json::{Value, json};

use super::{artifact, domains, restore::proposal};
use crate::{
    fixtures::Domain,
    implementation::Answer,
    run::foresee,
    world::{Failure, Outcome, Preflight, RestoreWorld},
};

#[when("a preflight of the export into the target is made")]
async fn made(world: &mut RestoreWorld) -> Outcome {
    let map = proposal(world, None).await?;
    make(world, json!({ "identifier_map": map })).await
}

#[when("a preflight of the export into the target is made without an identifier map")]
async fn without_map(world: &mut RestoreWorld) -> Outcome {
    make(world, json!({})).await
}

#[when(regex = r#"^a preflight of the domains "([^"]+)" into the target is made$"#)]
async fn of_part(world: &mut RestoreWorld, list: String) -> Outcome {
    let map = proposal(world, None).await?;
    let keys: Vec<&str> = domains(&list)?.into_iter().map(Domain::key).collect();
    make(world, json!({ "identifier_map": map, "domains": keys })).await
}

#[when("a preflight of the export into an unknown tenant is made")]
async fn into_nowhere(world: &mut RestoreWorld) -> Outcome {
    let unknown = format!("{}-unknown", world.target_id()?);
    let answer = ask(world, &unknown, &json!({})).await?;
    world.answer = Some(answer);
    Ok(())
}

#[then("the preflight finds nothing in the way")]
async fn clear(world: &mut RestoreWorld) -> Outcome {
    let answer = answered(world)?;
    let items = artifact::counts(world.artifact()?)?;
    risk(world, "low")?;
    let summary = answer.body["summary"].clone();
    world
        .check(summary["incomplete_analysis"] == false, || format!("{answer}\n  `incomplete_analysis` is not false"))?;
    let counts = ["low", "medium", "high", "critical"].map(|severity| summary["conflict_counts"][severity].as_u64());
    world
        .check(counts == [Some(0); 4], || format!("{answer}\n  `conflict_counts` is {}", summary["conflict_counts"]))?;
    for domain in analysed(&answer)? {
        let key = domain["domain_key"].as_str().unwrap_or_default().to_owned();
        world.check(domain["status"] == "no_conflicts", || format!("{key}: `status` is {}", domain["status"]))?;
        let wanted = items.get(&key).copied();
        let analysed = domain["resources_analyzed"].as_u64();
        let compatible = sum(&domain, &["compatible_count", "compatible_with_redacted_count"]);
        world.check(wanted.is_some() && analysed == wanted && compatible == wanted, || {
            format!("{key}: the artifact has {wanted:?} resources, the preflight analysed {analysed:?} and finds {compatible:?} compatible")
        })?;
    }
    let total: u64 = items.values().sum();
    world.check(summary["total_resources_analyzed"] == total, || {
        format!("`total_resources_analyzed` is {}, the artifact has {total}", summary["total_resources_analyzed"])
    })
}

#[then(expr = "the preflight says that the risk is {string}")]
async fn says_risk(world: &mut RestoreWorld, level: String) -> Outcome {
    risk(world, &level)
}

#[then("the preflight asks for confirmation, proposes an identifier map and has analysed nothing")]
async fn unconfirmed(world: &mut RestoreWorld) -> Outcome {
    let answer = answered(world)?;
    let body = &answer.body;
    world.check(body["needs_confirmation"] == true, || format!("{answer}: `needs_confirmation` is not true"))?;
    let entries = body["identifier_map_proposal"]["entries"].as_array().map_or(0, Vec::len);
    world.check(entries > 0, || format!("{answer}: it proposes no entries"))?;
    world.check(body["domains"] == json!([]), || format!("{answer}: `domains` is {}", body["domains"]))?;
    let incomplete = &body["summary"]["incomplete_analysis"];
    world.check(*incomplete == true, || {
        format!("{answer}: `incomplete_analysis` is {incomplete}, and nothing was analysed")
    })?;
    risk(world, "high")
}

#[then(expr = "the preflight says that {string} could not be analysed")]
async fn unread(world: &mut RestoreWorld, key: String) -> Outcome {
    let answer = answered(world)?;
    let domain = analysed(&answer)?.into_iter().find(|domain| domain["domain_key"] == *key).unwrap_or_default();
    world.check(domain["status"] == "analysis_error", || format!("{key}: `status` is {}", domain["status"]))?;
    let message = domain["analysis_error_message"].as_str().unwrap_or_default();
    world.check(!message.is_empty(), || format!("{key}: `analysis_error_message` says nothing"))?;
    let incomplete = &answer.body["summary"]["incomplete_analysis"];
    world.check(*incomplete == true, || format!("`incomplete_analysis` is {incomplete}"))?;
    let level = answer.body["summary"]["risk_level"].clone();
    world.check(matches!(level.as_str(), Some("high" | "critical")), || {
        format!("`risk_level` is {level}, with a domain unread")
    })
}

/// Makes a preflight into the target and keeps its answer, whatever it is.
async fn make(world: &mut RestoreWorld, asked: Value) -> Outcome {
    let answer = ask(world, &world.target_id()?, &asked).await?;
    world.answer = Some(answer.clone());
    world.preflight = Some(Preflight { asked, answer });
    Ok(())
}

async fn ask(world: &RestoreWorld, target: &str, asked: &Value) -> Result<Answer, Failure> {
    let mut request = asked.clone();
    request["artifact"] = world.artifact()?.clone();
    foresee(&world.api()?, target, &mut request).await
}

/// The preflight's answer, which must be one.
pub(super) fn answered(world: &mut RestoreWorld) -> Result<Answer, Failure> {
    let answer = world.preflight()?.answer.clone();
    answer.expect_status(&[200])?;
    world.is_correlated(&answer)?;
    Ok(answer)
}

/// The domains that were analysed, or failed to be.
pub(super) fn analysed(answer: &Answer) -> Result<Vec<Value>, Failure> {
    let domains = answer.body["domains"].as_array();
    let domains = domains.ok_or_else(|| Failure::Violation(format!("{answer}: `domains` is no list")))?;
    Ok(domains.iter().filter(|domain| domain["status"] != "skipped_not_exportable").cloned().collect())
}

fn risk(world: &mut RestoreWorld, level: &str) -> Outcome {
    let answer = answered(world)?;
    let told = &answer.body["summary"]["risk_level"];
    world.check(*told == *level, || format!("`risk_level` is {told}, not {level}; {}", answer.body["summary"]))
}

/// The sum of counts, if all are there.
pub(super) fn sum(value: &Value, counts: &[&str]) -> Option<u64> {
    counts.iter().map(|count| value[count].as_u64()).sum()
}
