//! Restores, as they are asked for.

use cucumber::when;
use reqwest::Method;
use serde_json::{Value, json};

use super::domains;
use crate::{
    fixtures::Domain,
    run::{foresee, tenant_path},
    world::{Failure, Outcome, RestoreWorld},
};

#[when("the export is restored into the target with the proposed identifier map")]
pub(super) async fn with_proposal(world: &mut RestoreWorld) -> Outcome {
    let map = proposal(world, None).await?;
    restore(world, json!({ "identifier_map": map })).await
}

#[when("the export is restored into the target with the proposed identifier map, as a dry run")]
async fn dry_run(world: &mut RestoreWorld) -> Outcome {
    let map = proposal(world, None).await?;
    restore(world, json!({ "identifier_map": map, "dry_run": true })).await
}

#[when(regex = r#"^the domains "([^"]+)" of the export are restored into the target$"#)]
async fn part(world: &mut RestoreWorld, list: String) -> Outcome {
    let map = proposal(world, None).await?;
    restore(world, json!({ "identifier_map": map, "domains": keys(&list)? })).await
}

#[when(regex = r#"^the domains "([^"]+)" of the export are restored into the target, as a dry run$"#)]
async fn dry_part(world: &mut RestoreWorld, list: String) -> Outcome {
    let map = proposal(world, None).await?;
    restore(world, json!({ "identifier_map": map, "domains": keys(&list)?, "dry_run": true })).await
}

#[when("the export is restored into the target without an identifier map")]
#[when("its own export is restored into the target")]
async fn without_map(world: &mut RestoreWorld) -> Outcome {
    restore(world, json!({})).await
}

#[when("the export is restored into the target without an identifier map, as a dry run")]
async fn dry_run_without_map(world: &mut RestoreWorld) -> Outcome {
    restore(world, json!({ "dry_run": true })).await
}

#[when("the export is restored into the target with an identifier map that leads to the bystander")]
async fn astray(world: &mut RestoreWorld) -> Outcome {
    let mut map = proposal(world, Some(world.bystander_id()?)).await?;
    let target = world.target_id()?;
    if let Some(map) = map.as_object_mut() {
        // Only its entries lead astray.
        map.insert("target_tenant_id".into(), json!(target));
    }
    restore(world, json!({ "identifier_map": map })).await
}

fn keys(list: &str) -> Result<Vec<&'static str>, Failure> {
    Ok(domains(list)?.into_iter().map(Domain::key).collect())
}

#[when("the export is restored into the target as the preflight saw it")]
async fn foreseen(world: &mut RestoreWorld) -> Outcome {
    let preflight = world.preflight()?;
    let (mut body, digest) = (preflight.asked.clone(), preflight.answer.body["preflight_digest"].clone());
    if digest.is_string() {
        body["preflight_digest"] = digest;
    }
    send(world, body).await
}

#[when("the whole export is restored into the target with the digest of that preflight")]
async fn whole_with_digest(world: &mut RestoreWorld) -> Outcome {
    let digest = digest(world)?;
    let map = proposal(world, None).await?;
    send(world, json!({ "identifier_map": map, "preflight_digest": digest })).await
}

#[when("the export of the bystander is restored into the target with the digest of that preflight")]
async fn another_with_digest(world: &mut RestoreWorld) -> Outcome {
    let digest = digest(world)?;
    world.artifact = Some(world.session()?.export(&world.api()?, &world.bystander_id()?).await?);
    let map = proposal(world, None).await?;
    send(world, json!({ "identifier_map": map, "preflight_digest": digest })).await
}

#[when("the export is restored into the target with the proposed identifier map, but no preflight")]
async fn unforeseen(world: &mut RestoreWorld) -> Outcome {
    let map = proposal(world, None).await?;
    send(world, json!({ "identifier_map": map })).await
}

#[when(expr = "the export is restored into the target under conflict policy {string}")]
async fn under_policy(world: &mut RestoreWorld, policy: String) -> Outcome {
    let map = proposal(world, None).await?;
    restore(world, json!({ "identifier_map": map, "conflict_policy": policy })).await
}

fn digest(world: &mut RestoreWorld) -> Result<Value, Failure> {
    let answer = world.preflight()?.answer.clone();
    let digest = answer.body["preflight_digest"].clone();
    world.check(digest.is_string(), || format!("{answer}\n  it has no `preflight_digest`"))?;
    Ok(digest)
}

/// What the implementation proposes for `target`, else for the scenario's target.
pub(super) async fn proposal(world: &mut RestoreWorld, target: Option<String>) -> Result<Value, Failure> {
    let id = target.map_or_else(|| world.target_id(), Ok)?;
    let body = json!({ "artifact": world.artifact()? });
    let path = tenant_path(&id, "/config/reprovision/identifier-map");
    let answer = world.api()?.call(Method::POST, &path, Some(&body)).await.map_err(Failure::Violation)?;
    answer.expect_status(&[200])?;
    let proposal = answer.body["proposal"].clone();
    world.check(proposal["entries"].is_array(), || format!("{answer}: it proposes no entries"))?;
    Ok(proposal)
}

/// Asks for a restore into the target and keeps the answer. Into another tenant, a preflight is made first.
pub(super) async fn restore(world: &mut RestoreWorld, body: Value) -> Outcome {
    let body = with_digest(world, body).await?;
    send(world, body).await
}

/// The whole body of a restore into the target with the proposed map, to be sent as often as one likes.
pub(super) async fn prepared(world: &mut RestoreWorld) -> Result<Value, Failure> {
    let map = proposal(world, None).await?;
    with_digest(world, json!({ "identifier_map": map })).await
}

async fn with_digest(world: &RestoreWorld, mut body: Value) -> Result<Value, Failure> {
    body["artifact"] = world.artifact()?.clone();
    if body["identifier_map"].is_object() && body["dry_run"] != true {
        foresee(&world.api()?, &world.target_id()?, &mut body).await?;
    }
    Ok(body)
}

async fn send(world: &mut RestoreWorld, mut body: Value) -> Outcome {
    body["artifact"] = world.artifact()?.clone();
    let path = tenant_path(&world.target_id()?, "/config/reprovision");
    world.answer = Some(world.api()?.call(Method::POST, &path, Some(&body)).await.map_err(Failure::Violation)?);
    Ok(())
}
