//! Requests that must be refused.

use cucumber::{then, when};
use reqwest::Method;
use serde_json::json;

use super::size::limit;
use crate::{
    implementation::{Credential, Grant},
    run::tenant_path,
    world::{Failure, Outcome, RestoreWorld},
};

#[when(regex = "^the export is restored into the target by a caller with (.+)$")]
async fn called(world: &mut RestoreWorld, who: String) -> Outcome {
    let credential = match &*who {
        "no token" => Credential::Absent,
        "text that is no token" => Credential::Nonsense,
        "an expired token" => Credential::Expired,
        "a token of a foreign key" => Credential::ForeignKey,
        "a token for exports only" => Credential::Good(Grant::ExportOnly),
        "a token without any scope" => Credential::Good(Grant::Nothing),
        _ => return Err(Failure::Suite(format!("no such caller: {who}"))),
    };
    let body = json!({ "artifact": world.artifact()? }).to_string();
    request(world, world.target_id()?, body, credential).await
}

#[when(regex = "^a restore into the target is requested with (.+)$")]
async fn flawed(world: &mut RestoreWorld, flaw: String) -> Outcome {
    let mut target = world.target_id()?;
    let mut body = json!({ "artifact": world.artifact()? });
    let mut text = None;
    match &*flaw {
        "an unknown tenant" => target = format!("{target}-unknown"),
        "broken JSON" => text = Some(r#"{"artifact": {"tenant_id": "#.to_owned()),
        "no artifact" => body = json!({ "dry_run": false }),
        "an unknown domain" => body["domains"] = json!([world.session()?.served.first(), "kafak"]),
        "domains that are no list" => body["domains"] = json!(world.session()?.served.first()),
        "an artifact of a newer format" => body["artifact"]["format_version"] = json!("99.0.0"),
        "a body over the limit" => body["artifact"]["_padding"] = json!("x".repeat(limit(world).await? + (2 << 20))),
        _ => return Err(Failure::Suite(format!("no such flaw: {flaw}"))),
    }
    let text = text.unwrap_or_else(|| body.to_string());
    request(world, target, text, Credential::Good(Grant::All)).await
}

#[then(expr = "the request is refused with {int} and code {string}")]
async fn refused(world: &mut RestoreWorld, status: u16, code: String) -> Outcome {
    let answer = world.answer()?.clone();
    world.check(answer.status == status, || format!("{answer}\n  wanted {status}"))?;
    world.has_code(&answer, &code)?;
    world.says_why(&answer)?;
    world.is_correlated(&answer)
}

#[then(expr = "the message mentions {string}")]
async fn mentions(world: &mut RestoreWorld, text: String) -> Outcome {
    let answer = world.answer()?.clone();
    let told = format!("{} {} {}", answer.body["message"], answer.body["error"], answer.body["details"]);
    world.check(told.contains(&text), || format!("{answer}\n  it does not mention `{text}`"))
}

async fn request(world: &mut RestoreWorld, target: String, body: String, credential: Credential) -> Outcome {
    let path = tenant_path(&target, "/config/reprovision");
    let answer = world.api()?.send(Method::POST, &path, Some(body), credential).await;
    world.answer = Some(answer.map_err(Failure::Violation)?);
    Ok(())
}
