//! How large an artifact may be, and what a large one takes.

use cucumber::{given, then};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    timeouts,
    world::{Failure, Outcome, RestoreWorld},
};

/// What is filled up must be little: it is to be an artifact of real resources.
const MOST_PADDING: usize = 2 << 20;

#[given(expr = "an implementation that takes artifacts of up to {int} MiB")]
async fn roomy(world: &mut RestoreWorld, mebibytes: usize) -> Outcome {
    world.take_large_turn().await?;
    let bytes = mebibytes << 20;
    let roomy = |configuration: &mut Value| configuration["limits"]["max_artifact_bytes"] = json!(bytes);
    let own = world.session()?.engines.proxied(&world.target_id()?, roomy).await.map_err(Failure::Suite)?;
    world.move_to(own)?;
    let patient = world.api()?.patient(timeouts::LARGE_REQUEST);
    world.turn_to(patient)?;
    let limit = limit(world).await?;
    world.check(limit == bytes, || format!("`limits.max_artifact_bytes` is {limit}, it was configured as {bytes}"))
}

#[given("a source tenant whose export comes close to that limit")]
async fn large(world: &mut RestoreWorld) -> Outcome {
    let source = world.session()?.large(world.id()?, world.own()?.process.base()).await?;
    let (limit, bytes) = (limit(world).await?, source.artifact.to_string().len());
    if bytes > limit || bytes + MOST_PADDING < limit {
        return Err(Failure::Suite(format!("the fixture makes an export of {bytes} bytes, the limit is {limit}")));
    }
    world.artifact = Some(source.artifact.clone());
    world.own_source = Some(source);
    Ok(())
}

#[given(regex = "^the export is filled up to (exactly|one byte over) the limit of the implementation$")]
async fn filled(world: &mut RestoreWorld, how: String) -> Outcome {
    let wanted = limit(world).await? + usize::from(how == "one byte over");
    let artifact = world.artifact.as_mut().ok_or_else(|| Failure::suite("no step made an export"))?;
    artifact["_padding"] = json!("");
    let missing = wanted.checked_sub(artifact.to_string().len());
    let missing = missing.ok_or_else(|| Failure::suite("the export is larger than the limit"))?;
    artifact["_padding"] = json!("x".repeat(missing));
    Ok(())
}

#[then(expr = "the implementation never had more than {int} MiB of memory")]
async fn frugal(world: &mut RestoreWorld, mebibytes: u64) -> Outcome {
    let peak = world.own()?.process.peak_memory();
    let peak = peak.ok_or_else(|| Failure::suite("this system does not tell the memory of a process"))?;
    world.peak_memory = Some(peak);
    world.check(peak <= mebibytes << 20, || {
        format!("the implementation had {} MiB of memory at its peak, more than {mebibytes}", peak >> 20)
    })
}

/// The size of an artifact, in bytes, up to which the implementation says it takes it.
pub(super) async fn limit(world: &RestoreWorld) -> Result<usize, Failure> {
    let answer = world.api()?.call(Method::GET, "/v1/admin/config/format-versions", None).await;
    let answer = answer.map_err(Failure::Violation)?;
    answer.expect_status(&[200])?;
    let limit = answer.body["limits"]["max_artifact_bytes"].as_u64().and_then(|bytes| usize::try_from(bytes).ok());
    limit.ok_or_else(|| {
        Failure::Violation(format!("{answer}\n  it states no `limits.max_artifact_bytes`: {}", cut(&answer.body)))
    })
}

fn cut(body: &Value) -> String {
    body.to_string().chars().take(300).collect()
}
