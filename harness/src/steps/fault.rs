//! Backends that fail: the scenario gets an implementation of its own, with a proxy before each of its backends.

use std::time::Duration;

use cucumber::{given, then, when};
use serde_json::{Value, json};

use super::outcome;
use crate::{
    fixtures::Domain,
    proxy::{Access, Fault},
    stack::{self, Service, Stack},
    timeouts,
    world::{Failure, Outcome, RestoreWorld, words::complaints},
};

#[given(expr = "the backend of {string} is not reachable")]
async fn unreachable(world: &mut RestoreWorld, domain: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    start(world, domain, timeouts::REFUSING_BACKEND, |_| ()).await?;
    world.proxy(domain)?.order(Fault::Unreachable);
    Ok(())
}

#[given(regex = r#"^the backend of "([^"]+)" lets its (first|second) write wait$"#)]
async fn holding(world: &mut RestoreWorld, domain: String, which: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    if !world.has_own() {
        // With its usual patience: what waits is answered soon enough.
        let own = world.session()?.engines.proxied(&world.target_id()?, |_| ()).await.map_err(Failure::Suite)?;
        world.move_to(own)?;
    }
    world.proxy(domain)?.order(Fault::HoldWrite(if which == "first" { 1 } else { 2 }));
    Ok(())
}

#[given("an implementation whose questions to its backends are counted")]
async fn counted(world: &mut RestoreWorld) -> Outcome {
    let own = world.session()?.engines.proxied(&world.target_id()?, |_| ()).await.map_err(Failure::Suite)?;
    // It has asked whether they are there.
    drop(own.proxies.take_counts());
    world.move_to(own)
}

#[then("no backend was asked anything")]
async fn unasked(world: &mut RestoreWorld) -> Outcome {
    for (domain, counts) in world.own()?.proxies.take_counts() {
        // A Kafka client looks by itself, now and then, whether its cluster is as it knows it; nothing of a tenant is in that.
        let by_itself = counts.of("Metadata");
        let asked = counts.total(Access::Read) + counts.total(Access::Write) - by_itself;
        world.check(asked == 0, || format!("the backend of {domain} was asked: {counts}"))?;
    }
    Ok(())
}

#[then("every backend was asked something")]
async fn asked(world: &mut RestoreWorld) -> Outcome {
    let session = world.session()?;
    // What a driver knows goes past our proxies.
    let driver = session.backends.iam.driver().is_some();
    let seen = |it: &Domain| session.served.contains(it) && !(driver && *it == Domain::Iam);
    let domains: Vec<Domain> = Domain::ALL.into_iter().filter(seen).collect();
    let counted = world.own()?.proxies.take_counts();
    for (domain, counts) in counted.into_iter().filter(|(domain, _)| domains.contains(domain)) {
        let both = counts.total(Access::Read) > 0 && counts.total(Access::Write) > 0;
        world.check(both, || format!("the backend of {domain} was restored into without being asked: {counts}"))?;
    }
    Ok(())
}

#[given("a Kafka broker of the scenario's own")]
async fn own_broker(world: &mut RestoreWorld) -> Outcome {
    let session = world.session()?;
    world.own_source = Some(session.source(world.id()?).await?);
    let stack = stack::acquire(&session.own_stack()).await.map_err(Failure::suite)?;
    let mut endpoints = session.engines.endpoints().clone();
    endpoints.kafka = stack.endpoints().kafka.clone();
    world.stack = Some(stack);
    world.look_at(session.on(&endpoints).await?)?;
    start(world, Domain::Kafka, timeouts::KILLED_BROKER, |_| ()).await
}

#[when("the broker is killed")]
async fn killed(world: &mut RestoreWorld) -> Outcome {
    broker(world)?.halt(Service::Kafka).await.map_err(Failure::suite)
}

#[when("the broker is launched again, with what it held")]
async fn launched(world: &mut RestoreWorld) -> Outcome {
    broker(world)?.launch(Service::Kafka).await.map_err(Failure::suite)
}

fn broker(world: &mut RestoreWorld) -> Result<&mut Stack, Failure> {
    world.stack.as_mut().ok_or_else(|| Failure::suite("the scenario has no broker of its own"))
}

#[when(expr = "the backend of {string} goes on")]
async fn let_go(world: &mut RestoreWorld, domain: String) -> Outcome {
    world.proxy(domain.parse().map_err(Failure::Suite)?)?.mend();
    Ok(())
}

#[given(expr = "the backend of {string} refuses the implementation's credentials")]
async fn denied(world: &mut RestoreWorld, domain: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    start(world, domain, timeouts::REFUSING_BACKEND, |part| forget_credentials(part, domain)).await
}

#[given(regex = r#"^the backend of "([^"]+)" fails (before|after) its (first|middle|last) write$"#)]
async fn failing(world: &mut RestoreWorld, domain: String, when: String, which: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    let writes = world.session()?.writes(world.id()?, domain).await?;
    start(world, domain, timeouts::FAILING_BACKEND, |_| ()).await?;
    let number = match &*which {
        "first" => 1,
        "middle" => writes.div_ceil(2),
        _ => writes,
    };
    let fault = if when == "before" { Fault::BeforeWrite(number) } else { Fault::AfterWrite(number) };
    world.proxy(domain)?.order(fault);
    Ok(())
}

#[given("the backend of \"storage\" fails before the first setting of a bucket")]
async fn failing_half_made(world: &mut RestoreWorld) -> Outcome {
    start(world, Domain::Storage, timeouts::FAILING_BACKEND, |_| ()).await?;
    world.proxy(Domain::Storage)?.order(Fault::BeforeSetting);
    Ok(())
}

#[when(expr = "the backend of {string} is back")]
async fn mended(world: &mut RestoreWorld, domain: String) -> Outcome {
    let proxy = world.proxy(domain.parse().map_err(Failure::Suite)?)?;
    if !proxy.is_down() {
        let counts = proxy.take_counts();
        return Err(Failure::Suite(format!("the backend of {domain} was never made to fail: {counts}")));
    }
    proxy.mend();
    Ok(())
}

#[then(expr = "the restore is partial: {string} failed as a whole, and its backend is named")]
async fn partial_as_a_whole(world: &mut RestoreWorld, domain: String) -> Outcome {
    let result = failed_alone(world, domain.parse().map_err(Failure::Suite)?, "partial")?;
    nothing_guessed(world, &result)
}

#[then(expr = "the restore is partial: {string} failed, and its backend is named")]
async fn partial_in_part(world: &mut RestoreWorld, domain: String) -> Outcome {
    failed_alone(world, domain.parse().map_err(Failure::Suite)?, "partial").map(drop)
}

#[then(expr = "the dry run foretells nothing of {string}, whose backend is named")]
async fn nothing_foretold(world: &mut RestoreWorld, domain: String) -> Outcome {
    let result = failed_alone(world, domain.parse().map_err(Failure::Suite)?, "dry_run")?;
    nothing_guessed(world, &result)
}

#[then(
    regex = r#"^the target holds exactly what the source holds in all domains but "([^"]+)", and (nothing|whatever the failure left) there$"#
)]
async fn others(world: &mut RestoreWorld, domain: String, there: String) -> Outcome {
    let failed: Domain = domain.parse().map_err(Failure::Suite)?;
    let others: Vec<Domain> = Domain::ALL.into_iter().filter(|domain| *domain != failed).collect();
    let looked_at = if there == "nothing" { Domain::ALL.to_vec() } else { others.clone() };
    let source = world.source().await?;
    let compared = world.session()?.compare_in(&source, &world.target()?.space, &others, &looked_at).await;
    world.judge(compared)
}

/// Nothing is known of the resources of a domain that was not seen: to say of one that it was absent were a guess.
fn nothing_guessed(world: &mut RestoreWorld, result: &Value) -> Outcome {
    let guessed = result["resource_results"].as_array().into_iter().flatten().find(|it| it["action"] != "error");
    let domain = &result["domain_key"];
    world.check(guessed.is_none(), || format!("{domain}: its backend was not seen, but the report says {guessed:?}"))
}

/// Checks the answer to a restore of all domains of which one failed, and gives that one's result.
fn failed_alone(world: &mut RestoreWorld, failed: Domain, status: &str) -> Result<Value, Failure> {
    let answer = world.answer()?.clone();
    let findings = complaints(&answer.body);
    world.check(answer.status == 207, || format!("{answer}\n  wanted 207"))?;
    let stated = &answer.body["result_status"];
    world.check(stated == status, || format!("`result_status` is {stated}, not {status}\n{findings}"))?;
    let mut of_failed = Value::Null;
    for (domain, result) in outcome::results(&answer.body)? {
        if domain == failed.key() {
            of_failed = result;
            continue;
        }
        let (counts, verified) = (&result["counts"], &result["verified"]);
        // A dry run leaves nothing to verify.
        let seen = status == "dry_run" || *verified == true;
        let whole = seen && counts["errors"] == 0 && counts["conflicts"] == 0 && counts["created"] != 0;
        world.check(whole, || format!("{domain}: {counts}, `verified` is {verified}\n{findings}"))?;
    }
    let status = &of_failed["status"];
    world.check(status == "error", || format!("{failed}: `status` is {status}, not error\n{findings}"))?;
    let address = world.address(failed)?;
    let told = of_failed.to_string();
    world.check(told.contains(&address), || format!("{failed}: nothing names its backend, {address}\n{findings}"))?;
    Ok(of_failed)
}

/// Starts an implementation whose requests to the backend of one domain are bounded by `patience`; `change` has the last
/// word about that domain's part of the configuration.
async fn start(
    world: &mut RestoreWorld,
    failing: Domain,
    patience: Duration,
    change: impl FnOnce(&mut Value),
) -> Outcome {
    let name = world.target_id()?;
    let milliseconds = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    let impatient = |configuration: &mut Value| {
        let part = &mut configuration["domains"][failing.key()];
        part["request_timeout_ms"] = json!(milliseconds);
        change(part);
    };
    let own = world.session()?.engines.proxied(&name, impatient).await.map_err(Failure::Suite)?;
    world.move_to(own)
}

/// Puts a wrong password into a domain's part of the configuration.
fn forget_credentials(part: &mut Value, domain: Domain) {
    const WRONG: &str = "not-the-password";
    match domain {
        Domain::Kafka => part["password"] = json!(WRONG),
        Domain::Storage => part["secret_access_key"] = json!(WRONG),
        Domain::Iam | Domain::PostgresMetadata | Domain::MongoMetadata => {
            let url = part["url"].as_str().unwrap_or_default();
            part["url"] = json!(with_password(url, WRONG));
        }
    }
}

fn with_password(url: &str, password: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (login, place) = rest.rsplit_once('@')?;
    let (user, _) = login.split_once(':')?;
    Some(format!("{scheme}://{user}:{password}@{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_of_a_url_is_replaced() {
        let url = "mongodb://engine:p%40ss@127.0.0.1:7/?authSource=admin";
        assert_eq!(with_password(url, "x").unwrap(), "mongodb://engine:x@127.0.0.1:7/?authSource=admin");
        assert_eq!(with_password("mongodb://127.0.0.1:7", "x"), None);
    }
}
