//! Restores of one tenant at the same time.

use std::time::{Duration, Instant};

use cucumber::{given, then, when};
use futures::future::join_all;
use nix::sys::signal::Signal;
use reqwest::Method;

use super::restore::{prepared, with_proposal};
use crate::{
    fixtures::Domain,
    proxy::Access,
    run::tenant_path,
    timeouts,
    world::{Begun, Failure, Outcome, RestoreWorld},
};

#[when(regex = r#"^a restore into the target is begun, as far as the (?:first|second) write to "([^"]+)"$"#)]
async fn begun(world: &mut RestoreWorld, domain: String) -> Outcome {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    let body = prepared(world).await?;
    let api = world.api()?.correlated("begun");
    let (correlation, path) = (api.correlation().to_owned(), path(world)?);
    let mut answer = tokio::spawn({
        let body = body.clone();
        async move { api.call(Method::POST, &path, Some(&body)).await }
    });
    let patience = world.api()?.patience();
    tokio::select! {
        holding = tokio::time::timeout(patience, world.proxy(domain)?.until_holding()) => {
            holding.map_err(|_| Failure::Violation(format!("the restore wrote nothing to {domain}")))?;
        }
        // It ended without a write that could wait.
        early = &mut answer => {
            let early = early.map_err(Failure::suite)?.map_err(Failure::Violation)?;
            return Err(Failure::Violation(format!("{early}\n  it wrote nothing to {domain}")));
        }
    }
    world.begun = Some(Begun { correlation, body, answer });
    Ok(())
}

#[when(regex = r"^(\d+) more restores? into the target (?:is|are) asked for, at both implementations$")]
async fn more(world: &mut RestoreWorld, count: usize) -> Outcome {
    let path = path(world)?;
    let body = begun_restore(world)?.body.clone();
    let apis = [world.api()?, world.session()?.api(&format!("{}-more", world.base_id()?))];
    let asked = (0..count).map(|number| {
        let api = apis[number % apis.len()].correlated(&format!("more-{number}"));
        let (path, body) = (path.clone(), body.clone());
        async move { api.call(Method::POST, &path, Some(&body)).await }
    });
    let answers: Result<Vec<_>, String> = join_all(asked).await.into_iter().collect();
    world.meanwhile = answers.map_err(Failure::Violation)?;
    Ok(())
}

#[then("each of them is refused with 409, told who holds the lock and when to try again")]
async fn refused(world: &mut RestoreWorld) -> Outcome {
    let holder = begun_restore(world)?.correlation.clone();
    let answers = std::mem::take(&mut world.meanwhile);
    world.check(!answers.is_empty(), || "nothing was asked meanwhile".into())?;
    for answer in &answers {
        world.check(answer.status == 409, || format!("{answer}\n  wanted 409"))?;
        world.has_code(answer, "LOCK_HELD")?;
        let told = &answer.body["holder"];
        let named =
            told["correlation_id"] == *holder && told["acquired_at"].is_string() && told["expires_at"].is_string();
        world.check(named, || format!("{answer}\n  `holder` is {told}, not the restore {holder}"))?;
        let again = answer.retry_after.is_some_and(|seconds| seconds > 0);
        world.check(again, || format!("{answer}\n  `Retry-After` is {:?}", answer.retry_after))?;
    }
    world.meanwhile = answers;
    Ok(())
}

#[then("a restore into another tenant succeeds meanwhile")]
async fn elsewhere(world: &mut RestoreWorld) -> Outcome {
    let (session, id) = (world.session()?, format!("{}-other", world.base_id()?));
    session.register(&world.api()?, &id).await?;
    let other = session.concretise("full", &id)?;
    if let Some(target) = &mut world.target {
        target.space = target.space.clone().beside(&other.space);
    }
    // All that the scenario's own implementation writes to that backend waits; the run's goes its own way.
    let own = world.turn_to(session.api(&id))?;
    let target = world.other_target.replace(id);
    let asked = with_proposal(world).await;
    world.other_target = target;
    world.turn_to(own)?;
    asked?;
    let answer = world.answer()?.clone();
    let well = answer.status == 200 && answer.body["result_status"] == "success";
    world.check(well, || format!("{answer}\n  wanted a success"))?;
    let source = world.source().await?;
    let compared = session.compare(&source, &other.space, &Domain::ALL).await;
    world.judge(compared)
}

#[when("the restore that was begun has ended")]
async fn ended(world: &mut RestoreWorld) -> Outcome {
    let begun = world.begun.take().ok_or_else(|| Failure::suite("no restore was begun"))?;
    let answer = begun.answer.await.map_err(Failure::suite)?.map_err(Failure::Violation)?;
    let told = answer.correlation_id.as_deref() == Some(&*begun.correlation);
    world.check(told, || format!("{answer}\n  it does not carry the correlation id {}", begun.correlation))?;
    world.answer = Some(answer);
    Ok(())
}

#[when("the implementation of the scenario's own is killed")]
async fn killed(world: &mut RestoreWorld) -> Outcome {
    signal(world, Signal::SIGKILL)
}

/// What it has made up its mind to write and not yet sent would arrive when it wakes, however well it asks before. One
/// that never rests, as it asks its backends the same again and again, is not waited for without end.
#[when("it waits for nothing but that")]
async fn at_rest(world: &mut RestoreWorld) -> Outcome {
    let at_rest = world.own()?.proxies.until_at_rest(timeouts::AT_REST);
    let _rests = tokio::time::timeout(timeouts::COMES_TO_REST, at_rest).await;
    Ok(())
}

#[when("the implementation of the scenario's own is stopped in its tracks")]
async fn stopped(world: &mut RestoreWorld) -> Outcome {
    signal(world, Signal::SIGSTOP)
}

#[when(expr = "it wakes up, and finds its write to {string} lost")]
async fn woken(world: &mut RestoreWorld, domain: String) -> Outcome {
    world.proxy(domain.parse().map_err(Failure::Suite)?)?.lose();
    signal(world, Signal::SIGCONT)
}

#[when("the restore is asked for again once the lock is free, at the other implementation")]
async fn taken_over(world: &mut RestoreWorld) -> Outcome {
    let api = world.session()?.api(&format!("{}-again", world.base_id()?));
    world.turn_to(api)?;
    let mut deadline: Option<Instant> = None;
    loop {
        with_proposal(world).await?;
        let answer = world.answer()?.clone();
        if answer.status != 409 || answer.body["code"] != "LOCK_HELD" {
            world
                .check(deadline.is_some(), || format!("{answer}\n  the lock of a restore at work was not respected"))?;
            return Ok(());
        }
        let wait = Duration::from_secs(answer.retry_after.unwrap_or_default());
        world.check(!wait.is_zero(), || format!("{answer}\n  it does not say when to try again"))?;
        // The first refusal promises when the lease ends; its holder is gone and cannot renew it.
        let end = *deadline.get_or_insert_with(|| Instant::now() + wait + timeouts::RETRY_MARGIN);
        world.check(Instant::now() < end, || format!("{answer}\n  the lock outlives the lease of its dead holder"))?;
        tokio::time::sleep(wait).await;
    }
}

#[then("the restore did not succeed")]
async fn failed(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    let status = &answer.body["result_status"];
    world.check(status != "success", || format!("{answer}\n  it lost the right to write and says success"))
}

#[given("the suspension has taken hold")]
async fn taken_hold(_: &mut RestoreWorld) -> Outcome {
    // There is nothing to look at: the time itself is what SPEC.md gives.
    tokio::time::sleep(timeouts::SUSPENSION).await;
    Ok(())
}

#[then(expr = "no write reached {string} but those that were on their way")]
async fn in_flight(world: &mut RestoreWorld, domain: String) -> Outcome {
    let proxy = world.proxy(domain.parse().map_err(Failure::Suite)?)?;
    let (held, counts) = (proxy.held(), proxy.take_counts());
    let arrived = counts.total(Access::Write);
    world.check(arrived <= held, || format!("{held} writes to {domain} were on their way, {arrived} arrived: {counts}"))
}

fn signal(world: &RestoreWorld, signal: Signal) -> Outcome {
    if world.own()?.process.signal(signal) {
        return Ok(());
    }
    Err(Failure::suite("the implementation has ended by itself"))
}

fn begun_restore(world: &RestoreWorld) -> Result<&Begun, Failure> {
    world.begun.as_ref().ok_or_else(|| Failure::suite("no restore was begun"))
}

fn path(world: &RestoreWorld) -> Result<String, Failure> {
    world.target_id().map(|id| tenant_path(&id, "/config/reprovision"))
}
