//! Restores that run by themselves, and what can be seen of them.

use std::time::Instant;

use cucumber::{then, when};
use reqwest::Method;
use serde_json::{Value, json};

use super::{artifact, restore::prepared};
use crate::{
    fixtures::Domain,
    implementation::Answer,
    run::tenant_path,
    timeouts,
    world::{Failure, Outcome, RestoreWorld, Run, words::complaints},
};

#[when("a restore of the export into the target is asked for, without waiting for it")]
async fn asked(world: &mut RestoreWorld) -> Outcome {
    let body = prepared(world).await?;
    ask(world, &body).await
}

#[when(expr = "a restore of the export is asked for under conflict policy {string}, without waiting for it")]
async fn asked_under_policy(world: &mut RestoreWorld, policy: String) -> Outcome {
    let mut body = prepared(world).await?;
    body["conflict_policy"] = json!(policy);
    ask(world, &body).await
}

async fn ask(world: &mut RestoreWorld, body: &Value) -> Outcome {
    let path = tenant_path(&world.target_id()?, "/config/reprovision");
    let answer = world.api()?.call_asynchronously(Method::POST, &path, body).await.map_err(Failure::Violation)?;
    world.answer = Some(answer);
    Ok(())
}

#[then("the answer is 202 and tells where its run can be looked at")]
async fn accepted(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    answer.expect_status(&[202])?;
    let id = answer.body["run_id"].as_str().unwrap_or_default();
    let location = answer.body["location"].as_str().unwrap_or_default();
    let path = runs(world)?;
    world.check(!id.is_empty() && location == format!("{path}/{id}"), || {
        format!("{answer}\n  `location` is {location:?}, not that of run {id:?}")
    })?;
    world.check(answer.location.as_deref() == Some(location), || {
        format!("{answer}\n  `Location` is {:?}, not {location}", answer.location)
    })?;
    let correlation = world.api()?.correlation().to_owned();
    world.check(answer.body["correlation_id"] == *correlation, || {
        format!("{answer}\n  `correlation_id` is {}, not {correlation}", answer.body["correlation_id"])
    })?;
    world.run = Some(Run { location: location.to_owned(), correlation, seen: Value::Null });
    Ok(())
}

#[when("the client of the restore that was begun goes away")]
async fn abandoned(world: &mut RestoreWorld) -> Outcome {
    let begun = world.begun.take().ok_or_else(|| Failure::suite("no restore was begun"))?;
    begun.answer.abort();
    // The connection closes with the request; that it ended by being broken off, and not by an answer, is told here.
    let ended = begun.answer.await;
    world.check(ended.is_err(), || format!("the restore had ended before its client went away: {ended:?}"))?;
    world.run = Some(Run { location: String::new(), correlation: begun.correlation, seen: Value::Null });
    Ok(())
}

#[then("its run is found by its correlation id")]
async fn found(world: &mut RestoreWorld) -> Outcome {
    let (path, correlation) = (runs(world)?, run(world)?.correlation.clone());
    let answer = get(world, &format!("{path}?correlation_id={correlation}")).await?;
    let listed = answer.body["runs"].as_array().cloned().unwrap_or_default();
    let ours = listed.iter().all(|it| it["correlation_id"] == *correlation);
    world.check(listed.len() == 1 && ours, || {
        format!("{answer}\n  it lists {listed:?}, not the run of {correlation}")
    })?;
    let id = listed[0]["run_id"].as_str().unwrap_or_default();
    let location = format!("{path}/{id}");
    world.run = Some(Run { location, correlation, seen: Value::Null });
    Ok(())
}

#[then("the run is at work")]
async fn at_work(world: &mut RestoreWorld) -> Outcome {
    let seen = look(world).await?;
    world.check(seen["state"] == "running", || format!("`state` is {}, not running: {seen}", seen["state"]))?;
    let unended = seen["ended_at"].is_null() && seen["report"].is_null();
    world.check(unended && seen["started_at"].is_string(), || format!("a run at work tells of its end: {seen}"))
}

#[then(expr = "its progress tells how much every domain has to write, and that {string} is not done")]
async fn progresses(world: &mut RestoreWorld, waiting: String) -> Outcome {
    let (items, seen) = (artifact::counts(world.artifact()?)?, look(world).await?);
    for domain in world.session()?.served.clone() {
        let part = progress(&seen, domain)?;
        let [to_write, attempted, failed] = ["to_write", "attempted", "failed"].map(|it| part[it].as_u64());
        let most = items.get(domain.key()).copied();
        let sane = to_write > Some(0) && to_write <= most && attempted <= to_write && failed == Some(0);
        world.check(sane, || format!("{domain}: its progress is {part}, of {most:?} resources"))?;
        if domain.key() == waiting {
            let unfinished = part["stage"] == "applying" && attempted < to_write;
            world.check(unfinished, || format!("{domain}: its writes wait, its progress is {part}"))?;
        }
    }
    Ok(())
}

#[when("the run has ended")]
async fn ended(world: &mut RestoreWorld) -> Outcome {
    let patience = world.api()?.patience();
    let deadline = Instant::now() + patience;
    while look(world).await?["state"] == "running" {
        if Instant::now() > deadline {
            return Err(Failure::Violation(format!("the run goes on after {patience:?}")));
        }
        tokio::time::sleep(timeouts::POLL).await;
    }
    Ok(())
}

#[then("the run ended with a report, and all that was to be written was attempted")]
async fn reported(world: &mut RestoreWorld) -> Outcome {
    let Run { location, correlation, seen } = run(world)?.clone();
    let well = seen["state"] == "ended" && seen["ended_at"].is_string() && seen["error"].is_null();
    world.check(well, || format!("the run did not end with a report: {}, {}", seen["state"], seen["error"]))?;
    for domain in world.session()?.served.clone() {
        let part = progress(&seen, domain)?;
        let done = part["stage"] == "done" && part["attempted"] == part["to_write"];
        world.check(done, || format!("{domain}: the run has ended, its progress is {part}"))?;
    }
    let report = seen["report"].clone();
    let status = report["result_status"].clone();
    world
        .check(status == "success", || format!("`result_status` is {status}, not success\n{}", complaints(&report)))?;
    let told = report["correlation_id"] == *correlation && report["run_id"] == seen["run_id"];
    world.check(told, || format!("the report is that of {} and {}", report["run_id"], report["correlation_id"]))?;
    // From here on it is looked at as the answer that a client who had waited would have had.
    let request = format!("GET {location}");
    let answer = Answer {
        status: 200,
        correlation_id: Some(correlation),
        retry_after: None,
        location: None,
        body: report,
        request,
    };
    world.answer = Some(answer);
    Ok(())
}

#[then(expr = "the run ended without a report, {string}, and tells {string}")]
async fn unreported(world: &mut RestoreWorld, state: String, code: String) -> Outcome {
    let seen = run(world)?.seen.clone();
    let ended = seen["state"] == *state && seen["report"].is_null() && seen["ended_at"].is_string();
    world.check(ended, || format!("`state` is {}, not {state}: {seen}", seen["state"]))?;
    let (told, message) = (&seen["error"]["code"], seen["error"]["message"].as_str().unwrap_or_default());
    world.check(*told == *code && !message.is_empty(), || format!("`error` is {}, not {code}", seen["error"]))
}

#[then("the run that the answer leads to has the same report")]
async fn same(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    let (path, location) = (runs(world)?, answer.location.clone().unwrap_or_default());
    world.check(location.starts_with(&path), || format!("{answer}\n  `Location` is {location:?}, not below {path}"))?;
    let correlation = world.api()?.correlation().to_owned();
    world.run = Some(Run { location, correlation, seen: Value::Null });
    let report = look(world).await?["report"].clone();
    world.check(report == answer.body, || format!("the run has another report than the answer: {report}"))
}

#[when("a run of the target that never was is looked at")]
async fn unknown(world: &mut RestoreWorld) -> Outcome {
    let path = format!("{}/00000000-0000-7000-8000-000000000000", runs(world)?);
    world.answer = Some(world.api()?.call(Method::GET, &path, None).await.map_err(Failure::Violation)?);
    Ok(())
}

/// Looks at the scenario's run and keeps what was seen.
async fn look(world: &mut RestoreWorld) -> Result<Value, Failure> {
    let Run { location, correlation, .. } = run(world)?.clone();
    let seen = get(world, &location).await?.body;
    let ours = seen["correlation_id"] == *correlation && seen["tenant_id"] == *world.target_id()?;
    world.check(ours, || format!("{location} is a run of {} for {}", seen["correlation_id"], seen["tenant_id"]))?;
    world.run = Some(Run { location, correlation, seen: seen.clone() });
    Ok(seen)
}

async fn get(world: &RestoreWorld, path: &str) -> Result<Answer, Failure> {
    let answer = world.api()?.call(Method::GET, path, None).await.map_err(Failure::Violation)?;
    answer.expect_status(&[200])?;
    Ok(answer)
}

fn progress(seen: &Value, domain: Domain) -> Result<Value, Failure> {
    let mut parts = seen["progress"].as_array().into_iter().flatten();
    let part = parts.find(|part| part["domain_key"] == domain.key()).cloned();
    part.ok_or_else(|| Failure::Violation(format!("the progress of {domain} is not told: {}", seen["progress"])))
}

fn run(world: &RestoreWorld) -> Result<&Run, Failure> {
    world.run.as_ref().ok_or_else(|| Failure::suite("no step asked for a run"))
}

fn runs(world: &RestoreWorld) -> Result<String, Failure> {
    world.target_id().map(|id| tenant_path(&id, "/config/reprovision/runs"))
}
