//! Tenants: seeded, emptied and probed straight in the backends.

use cucumber::{given, then, when};

use super::domains;
use crate::{
    fixtures::{Domain, Tenant},
    probes::losses,
    run::changes,
    world::{Failure, Outcome, RestoreWorld},
};

#[given("a source tenant with every kind of resource")]
async fn source(world: &mut RestoreWorld) -> Outcome {
    world.source().await.map(drop)
}

#[given("an empty target tenant beside a bystander")]
async fn target(world: &mut RestoreWorld) -> Outcome {
    let (session, api) = (world.session()?, world.api()?);
    let (target, bystander) = (world.target_id()?, world.bystander_id()?);
    world.target = Some(session.concretise("full", &target)?);
    // Seeds take no notice of registrations. All are waited for, whichever fails: nothing may come to be after the cleanup.
    let (registered, beside, planted) = tokio::join!(
        session.register(&api, &target),
        session.register(&api, &bystander),
        session.plant_bystander(world.id()?, &bystander),
    );
    registered.and(beside)?;
    world.bystander = Some(planted?);
    Ok(())
}

#[given(expr = "a source tenant as the fixture {string} declares it")]
async fn declared_source(world: &mut RestoreWorld, fixture: String) -> Outcome {
    let id = format!("{}-source", world.base_id()?);
    let source = register_and_concretise(world, &fixture, &id).await?;
    become_source(world, source).await
}

#[given("a source tenant of a few resources, where the source's id begins with the target's")]
async fn nested_source(world: &mut RestoreWorld) -> Outcome {
    let id = format!("{}-prod", world.base_id()?);
    let source = register_and_concretise(world, "small", &id).await?;
    become_source(world, source).await
}

#[given("a source tenant of a few resources, where the target's id begins with the source's")]
async fn nested_target(world: &mut RestoreWorld) -> Outcome {
    let around = world.base_id()?;
    let id = format!("{around}-prod");
    let target = register_and_concretise(world, "small", &id).await?;
    let mut source = world.session()?.concretise("small", &around)?;
    source.space = source.space.beside(&target.space);
    world.target = Some(target);
    world.other_target = Some(id);
    become_source(world, source).await
}

async fn register_and_concretise(world: &RestoreWorld, fixture: &str, id: &str) -> Result<Tenant, Failure> {
    let session = world.session()?;
    session.register(&world.api()?, id).await?;
    session.concretise(fixture, id)
}

/// From now on the scenario restores from this tenant.
async fn become_source(world: &mut RestoreWorld, tenant: Tenant) -> Outcome {
    if let Some(target) = &mut world.target {
        target.space = target.space.clone().beside(&tenant.space);
    }
    let source = world.session()?.seeded_and_exported(&world.api()?, tenant).await?;
    world.artifact = Some(source.artifact.clone());
    world.own_source = Some(std::sync::Arc::new(source));
    Ok(())
}

#[given("the target tenant is seeded like the source and exported")]
async fn seeded_target(world: &mut RestoreWorld) -> Outcome {
    let (session, api, id) = (world.session()?, world.api()?, world.target_id()?);
    session.plant("full", &id).await?;
    world.artifact = Some(session.export(&api, &id).await?);
    Ok(())
}

#[given(expr = "the target tenant is seeded as the fixture {string} declares it and exported")]
async fn declared_target(world: &mut RestoreWorld, fixture: String) -> Outcome {
    let (session, api, id) = (world.session()?, world.api()?, world.target_id()?);
    world.target = Some(session.plant(&fixture, &id).await?);
    world.artifact = Some(session.export(&api, &id).await?);
    Ok(())
}

#[when("all resources of the target are destroyed")]
async fn destroyed(world: &mut RestoreWorld) -> Outcome {
    world.session()?.destroy(&world.target()?.space).await
}

#[when("the state of the target is remembered")]
async fn remembered(world: &mut RestoreWorld) -> Outcome {
    world.remembered = Some(world.session()?.state(&world.target()?.space).await?);
    Ok(())
}

#[then("the state of the target is the remembered one")]
async fn unchanged(world: &mut RestoreWorld) -> Outcome {
    let now = world.session()?.state(&world.target()?.space).await?;
    let before = world.remembered.as_ref().ok_or_else(|| Failure::suite("nothing was remembered"))?;
    let changes = changes(before, &now);
    world.same("the target changed".into(), changes)
}

#[then("the source is as it was seeded")]
async fn source_unchanged(world: &mut RestoreWorld) -> Outcome {
    let source = world.source().await?;
    let compared = world.session()?.compare(&source, &source.tenant.space, &Domain::ALL).await;
    world.judge(compared)
}

#[then("the target holds exactly what the source holds")]
async fn whole(world: &mut RestoreWorld) -> Outcome {
    holds(world, &Domain::ALL).await
}

#[then(expr = "the target holds exactly what the source holds in the domains {string}")]
async fn part(world: &mut RestoreWorld, list: String) -> Outcome {
    holds(world, &domains(&list)?).await
}

#[then("each damage done to the target is seen as exactly that damage")]
async fn damages(world: &mut RestoreWorld) -> Outcome {
    let session = world.session()?;
    let results = losses::run_on(&session.backends, &world.target()?.space, &session.served, true).await;
    let missed: Vec<String> = results.iter().filter(|result| !result.seen()).map(ToString::to_string).collect();
    let all = results.len();
    world.check(all > 0 && missed.is_empty(), || {
        format!("{} of {all} damages not seen:\n{}", missed.len(), missed.join("\n"))
    })
}

#[then("the target holds nothing")]
async fn nothing(world: &mut RestoreWorld) -> Outcome {
    holds(world, &[]).await
}

async fn holds(world: &mut RestoreWorld, domains: &[Domain]) -> Outcome {
    let source = world.source().await?;
    let compared = world.session()?.compare(&source, &world.target()?.space, domains).await;
    world.judge(compared)
}
