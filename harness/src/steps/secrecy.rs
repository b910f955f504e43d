//! Secrets: planted wherever one can lie, and looked for in everything that is said.

use cucumber::{given, then, when};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::{
    backends::{Doing, iam::Record},
    fixtures::{Place, Space},
    implementation::{Answer, Credential, Grant},
    run::tenant_path,
    secrets::{found_in, planted_in},
    seeds::{
        foreign_wrapper,
        quote::{ident, text},
    },
    world::{Failure, Outcome, RestoreWorld},
};

/// What lies in the target before the restore, and only there.
const OF_TARGET: &str = "never-travels-target-00112233445566";
/// The password of a database role of the source.
const OF_ROLE: &str = "never-travels-login-00112233445566";
/// What the source's database knows of another one, and what is set for one of its roles: no fixture can declare these.
const OF_DATABASE: [&str; 5] = [
    "never-travels-setting-00112233445566",
    "never-travels-server-00112233445566",
    "never-travels-mapping-00112233445566",
    "never-travels-foreign-00112233445566",
    "never-travels-column-00112233445566",
];

#[given("an implementation that writes all it can into its log")]
async fn talkative(world: &mut RestoreWorld) -> Outcome {
    let environment = [("RUST_LOG", "trace")];
    let own = world.session()?.engines.proxied_in(&world.target_id()?, &environment, |_| ()).await;
    world.move_to(own.map_err(Failure::Suite)?)
}

#[given("a source tenant with a secret in every place that can hold one")]
async fn secretive(world: &mut RestoreWorld) -> Outcome {
    let (session, api, id) = (world.session()?, world.api()?, format!("{}-secrets", world.base_id()?));
    session.register(&api, &id).await?;
    let source = session.seeded_and_exported(&api, session.concretise("secrets", &id)?).await?;
    let set = sqlx::raw_sql(AssertSqlSafe(database_secrets(&source.tenant.space)));
    let set = set.execute(&session.backends.platform).await;
    set.doing("postgres_metadata", "planting secrets in a database").map_err(Failure::suite)?;
    if let Some(target) = &mut world.target {
        target.space = target.space.clone().beside(&source.tenant.space);
    }
    world.own_source = Some(std::sync::Arc::new(source));
    Ok(())
}

/// SQL that plants the secrets of the source's database.
fn database_secrets(space: &Space) -> String {
    let role = ident(&format!("{}app", space.get(Place::RolePrefix)));
    let (schema, wrapper) = (ident(&space.schema()), ident(&foreign_wrapper(space)));
    let [setting, server, mapping, table, column] = OF_DATABASE.map(text);
    format!(
        "alter role {role} password {}; alter role {role} set \"app.api_key\" to {setting};
         create foreign data wrapper {wrapper};
         create server {wrapper} foreign data wrapper {wrapper} options (password {server});
         create user mapping for {role} server {wrapper} options (user 'desk', password {mapping});
         create foreign table {schema}.elsewhere (id bigint options (api_key {column})) server {wrapper}
           options (password {table})",
        text(OF_ROLE)
    )
}

#[when("everything that can be asked of source and target is asked")]
async fn everything(world: &mut RestoreWorld) -> Outcome {
    let source = world.source().await?.tenant.space.tenant_id.clone();
    let target = world.target_id()?;
    let exported = ask(world, Method::POST, &source, "/config/export", None).await?;
    exported.expect_status(&[200])?;
    world.artifact = Some(exported.body.clone());
    ask(world, Method::GET, &source, "/config/export/domains", None).await?;
    let artifact = json!({ "artifact": exported.body });
    for path in ["/config/validate", "/config/migrate"] {
        ask(world, Method::POST, &target, path, Some(&artifact)).await?;
    }
    let proposed = ask(world, Method::POST, &target, "/config/reprovision/identifier-map", Some(&artifact)).await?;
    let mut body = json!({ "artifact": exported.body, "identifier_map": proposed.body["proposal"] });
    restore(world, &target, &mut body, 200).await?;

    // Now there is something to tell apart, and a secret beside it.
    let realm = world.target()?.space.realm();
    let iam = &world.session()?.backends.iam;
    let mut providers = iam.read(&realm).await.map_err(Failure::suite)?;
    providers.retain(|it| matches!(it, Record::IdentityProvider { .. }));
    for provider in &mut providers {
        if let Record::IdentityProvider { value, .. } = provider {
            value.config.insert("clientId".into(), json!("another"));
            value.secrets.insert("clientSecret".into(), json!(OF_TARGET));
        }
    }
    if providers.is_empty() {
        return Err(Failure::suite("the target has no identity provider to change"));
    }
    iam.write(&realm, &providers, &[]).await.map_err(Failure::suite)?;
    restore(world, &target, &mut body, 200).await?;
    body["conflict_policy"] = json!("fail");
    restore(world, &target, &mut body, 409).await?;

    // Refusals.
    body["domains"] = json!(["kafak"]);
    ask(world, Method::POST, &target, "/config/reprovision", Some(&body)).await?.expect_status(&[400])?;
    ask(world, Method::POST, "nobody", "/config/reprovision", Some(&artifact)).await?.expect_status(&[404])?;
    let path = tenant_path(&target, "/config/reprovision");
    for (text, credential, status) in [
        (r#"{"artifact": {"tenant_id": "never"#.to_owned(), Credential::Good(Grant::All), 400),
        (artifact.to_string(), Credential::Expired, 401),
    ] {
        let answer = world.api()?.send(Method::POST, &path, Some(text), credential).await;
        let answer = answer.map_err(Failure::Violation)?;
        answer.expect_status(&[status])?;
        keep(world, &answer);
    }
    Ok(())
}

#[then("no answer holds a secret")]
async fn answers(world: &mut RestoreWorld) -> Outcome {
    let secrets = tenant_secrets(world).await?;
    let told = std::mem::take(&mut world.told);
    world.check(!told.is_empty(), || "nothing was asked".into())?;
    for (request, body) in &told {
        clean(world, &format!("the answer to {request}"), body, &secrets)?;
    }
    Ok(())
}

#[then("its log holds no secret, neither of the tenants nor of its own, and no token")]
async fn log(world: &mut RestoreWorld) -> Outcome {
    let mut secrets = tenant_secrets(world).await?;
    let endpoints = world.session()?.engines.endpoints().clone();
    secrets.extend([
        endpoints.postgres.engine.password.to_string(),
        endpoints.kafka.engine.password.to_string(),
        endpoints.s3.secret_access_key.to_string(),
        endpoints.mongodb.engine_url.to_string(),
    ]);
    // Every token of the run begins like this one.
    let token = world.api()?.good_token().await.map_err(Failure::Suite)?;
    secrets.push(token.split('.').next().unwrap_or_default().to_owned());
    let log = world.own()?.process.log().to_owned();
    let text = tokio::fs::read(&log).await.map_err(Failure::suite)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    // That it wrote much is what makes the search worth anything.
    let correlation = world.api()?.correlation().to_owned();
    world.check(text.contains(&correlation), || format!("{}: it holds nothing of this scenario", log.display()))?;
    clean(world, "the log", &text, &secrets)
}

#[then("nothing that the suite would show of it holds a secret")]
async fn evidence(world: &mut RestoreWorld) -> Outcome {
    let secrets = tenant_secrets(world).await?;
    let said = world.api()?.transcript();
    clean(world, "the transcript", &json!(said).to_string(), &secrets)
}

async fn restore(world: &mut RestoreWorld, target: &str, body: &mut Value, status: u16) -> Outcome {
    let mut asked = json!({ "artifact": body["artifact"], "identifier_map": body["identifier_map"] });
    let foreseen = ask(world, Method::POST, target, "/config/reprovision/preflight", Some(&asked)).await?;
    foreseen.expect_status(&[200])?;
    asked["dry_run"] = json!(true);
    ask(world, Method::POST, target, "/config/reprovision", Some(&asked)).await?.expect_status(&[200])?;
    if foreseen.body["preflight_digest"].is_string() {
        body["preflight_digest"] = foreseen.body["preflight_digest"].clone();
    }
    let answer = ask(world, Method::POST, target, "/config/reprovision", Some(body)).await?;
    answer.expect_status(&[status])?;
    let listed = ask(world, Method::GET, target, "/config/reprovision/runs", None).await?;
    let run = listed.body["runs"][0]["run_id"].as_str().unwrap_or_default().to_owned();
    ask(world, Method::GET, target, &format!("/config/reprovision/runs/{run}"), None).await?.expect_status(&[200])
}

async fn ask(
    world: &mut RestoreWorld,
    method: Method,
    tenant: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer, Failure> {
    let answer = world.api()?.call(method, &tenant_path(tenant, path), body).await.map_err(Failure::Violation)?;
    keep(world, &answer);
    Ok(answer)
}

fn keep(world: &mut RestoreWorld, answer: &Answer) {
    world.told.push((answer.request.clone(), answer.body.to_string()));
}

/// All secrets of the source and of the target.
async fn tenant_secrets(world: &RestoreWorld) -> Result<Vec<String>, Failure> {
    let declared = json!(world.source().await?.tenant.declared).to_string();
    let planted = planted_in(&declared);
    // A fixture of another place would make the search blind.
    let places = ["realm", "role", "group", "member", "attribute", "list", "account", "url", "scope", "mapper"];
    let missing = places.iter().find(|place| !planted.iter().any(|secret| secret.contains(&format!("-{place}-"))));
    if let Some(place) = missing {
        return Err(Failure::Suite(format!("the fixture plants no secret in its {place}")));
    }
    let by_hand = [OF_TARGET, OF_ROLE].into_iter().chain(OF_DATABASE);
    Ok(planted.into_iter().chain(by_hand.map(str::to_owned)).collect())
}

fn clean(world: &mut RestoreWorld, what: &str, text: &str, secrets: &[String]) -> Outcome {
    let found = found_in(text, secrets);
    // Told by its beginning: what fails here must not travel further.
    let told: Vec<&str> = found.iter().map(|secret| secret.get(..24).unwrap_or("…")).collect();
    world.check(found.is_empty(), || format!("{what} holds secrets: {}…", told.join("…, ")))
}
