//! Backends that fail: an implementation of the scenario's own, with a proxy before each of its backends.

use cucumber::{given, then, when};
use serde_json::{Value, json};

use super::outcome;
use crate::{
    fixtures::Domain,
    proxy::Fault,
    timeouts,
    world::{Failure, Outcome, RestoreWorld},
};

#[given("an implementation of the scenario's own")]
async fn own(world: &mut RestoreWorld) -> Outcome {
    start(world, impatient).await
}

#[given("a patient implementation of the scenario's own")]
async fn patient(world: &mut RestoreWorld) -> Outcome {
    start(world, |_| ()).await
}

#[given(expr = "the backend of {string} lets its first write wait")]
async fn holding(world: &mut RestoreWorld, domain: String) -> Outcome {
    world.proxy(domain.parse().map_err(Failure::Suite)?)?.order(Fault::HoldWrite(1));
    Ok(())
}

#[when(expr = "the backend of {string} goes on")]
async fn let_go(world: &mut RestoreWorld, domain: String) -> Outcome {
    world.proxy(domain.parse().map_err(Failure::Suite)?)?.mend();
    Ok(())
}

#[given(expr = "an implementation of the scenario's own with wrong credentials for {string}")]
async fn denied(world: &mut RestoreWorld, domain: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    start(world, |configuration| {
        impatient(configuration);
        forget_credentials(&mut configuration["domains"][domain.key()], domain);
    })
    .await
}

#[given(expr = "the backend of {string} is not reachable")]
async fn unreachable(world: &mut RestoreWorld, domain: String) -> Outcome {
    world.proxy(domain.parse().map_err(Failure::Suite)?)?.order(Fault::Unreachable);
    Ok(())
}

#[given(regex = r#"^the backend of "([^"]+)" fails (before|after) its (first|middle|last) write$"#)]
async fn failing(world: &mut RestoreWorld, domain: String, when: String, which: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    let writes = world.session()?.writes(domain).await?;
    let number = match &*which {
        "first" => 1,
        "middle" => writes.div_ceil(2),
        _ => writes,
    };
    let fault = if when == "before" { Fault::BeforeWrite(number) } else { Fault::AfterWrite(number) };
    world.proxy(domain)?.order(fault);
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
    let result = partial(world, domain.parse().map_err(Failure::Suite)?)?;
    // Nothing is known of its resources: to say of one that it was created, or would be, were a guess.
    let guessed = result["resource_results"].as_array().into_iter().flatten().find(|it| it["action"] != "error");
    world.check(guessed.is_none(), || format!("{domain}: its backend was not seen, but the report says {guessed:?}"))
}

#[then(expr = "the restore is partial: {string} failed, and its backend is named")]
async fn partial_in_part(world: &mut RestoreWorld, domain: String) -> Outcome {
    partial(world, domain.parse().map_err(Failure::Suite)?).map(drop)
}

#[then(
    regex = r#"^the target holds exactly what the source holds in all domains but "([^"]+)", and (nothing|some of it) there$"#
)]
async fn others(world: &mut RestoreWorld, domain: String, there: String) -> Outcome {
    let failed: Domain = domain.parse().map_err(Failure::Suite)?;
    let others: Vec<Domain> = Domain::ALL.into_iter().filter(|domain| *domain != failed).collect();
    let looked_at = if there == "nothing" { Domain::ALL.to_vec() } else { others.clone() };
    let source = world.source().await?;
    let compared = world.session()?.compare_in(&source, &world.target()?.space, &others, &looked_at).await?;
    world.compared(compared);
    Ok(())
}

/// Checks the answer of a restore of all domains of which one failed, and gives that one's result.
fn partial(world: &mut RestoreWorld, failed: Domain) -> Result<Value, Failure> {
    let answer = world.answer()?.clone();
    let findings = outcome::complaints(&answer.body);
    world.check(answer.status == 207, || format!("{answer}\n  wanted 207\n{findings}"))?;
    let status = &answer.body["result_status"];
    world.check(status == "partial", || format!("`result_status` is {status}, not partial\n{findings}"))?;
    let mut of_failed = Value::Null;
    for (domain, result) in outcome::results(&answer.body)? {
        if domain == failed.key() {
            of_failed = result;
            continue;
        }
        let (counts, verified) = (&result["counts"], &result["verified"]);
        let whole = counts["errors"] == 0 && counts["conflicts"] == 0 && *verified == true;
        world.check(whole, || format!("{domain}: {counts}, `verified` is {verified}\n{findings}"))?;
    }
    let status = &of_failed["status"];
    world.check(status == "error", || format!("{failed}: `status` is {status}, not error\n{findings}"))?;
    let address = world.address(failed)?;
    let told = of_failed.to_string();
    world.check(told.contains(&address), || format!("{failed}: nothing names its backend, {address}\n{findings}"))?;
    Ok(of_failed)
}

async fn start(world: &mut RestoreWorld, change: impl FnOnce(&mut Value)) -> Outcome {
    let name = world.target_id()?;
    let own = world.session()?.engines.proxied(&name, change).await.map_err(Failure::Suite)?;
    world.move_to(own)
}

/// Lets it give up on a backend soon.
fn impatient(configuration: &mut Value) {
    for domain in Domain::ALL {
        let milliseconds = u64::try_from(timeouts::FAILING_BACKEND.as_millis()).unwrap_or(u64::MAX);
        configuration["domains"][domain.key()]["request_timeout_ms"] = json!(milliseconds);
    }
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
