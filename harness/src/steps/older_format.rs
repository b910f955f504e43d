//! Artifacts of format 1.0.0: written by the suite, migrated, restored, refused.

use std::sync::Arc;

use cucumber::{given, then, when};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    fixtures::Domain,
    older_format::{Shape, artifact},
    run::{Source, tenant_path},
    world::{Failure, Outcome, RestoreWorld},
};

#[given("a source tenant of which format 1.0.0 can say everything")]
async fn legacy_source(world: &mut RestoreWorld) -> Outcome {
    world.own_source = Some(world.session()?.legacy(world.id()?).await?);
    Ok(())
}

#[given(expr = "its artifact of format 1.0.0 in the {word} shape")]
async fn older_artifact(world: &mut RestoreWorld, shape: String) -> Outcome {
    let shape: Shape = shape.parse().map_err(Failure::Suite)?;
    world.artifact = Some(artifact(&world.source().await?.tenant, shape, &world.session()?.served));
    Ok(())
}

#[given(expr = "the kept artifact {string}, and its tenant as the source")]
async fn kept(world: &mut RestoreWorld, name: String) -> Outcome {
    let (session, id) = (world.session()?, format!("{}-kept", world.base_id()?));
    let kept = session.kept(&name)?;
    let tenant = session.concretise_fixture(&kept.tenant, &id)?;
    let held = session.seeded(&tenant).await?;
    if let Some(target) = &mut world.target {
        target.space = target.space.clone().beside(&tenant.space);
    }
    world.artifact = Some(kept.artifact.clone());
    world.own_source = Some(Arc::new(Source { tenant, held, artifact: kept.artifact.clone() }));
    Ok(())
}

#[given("only the members that a restore of format 1.0.0 needs, beside some that nobody knows")]
async fn lenient(world: &mut RestoreWorld) -> Outcome {
    let whole = world.artifact()?.clone();
    let entries: Vec<Value> = whole["domains"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| json!({"domain_key": entry["domain_key"], "status": entry["status"], "data": entry["data"]}))
        .collect();
    world.artifact = Some(json!({"tenant_id": whole["tenant_id"], "format_version": "1.0.0", "domains": entries,
        "exported_at": "2026-05-04T09:30:00Z", "checksum": "none", "_padding": "x".repeat(4096)}));
    Ok(())
}

/// What stands in artifacts of 1.0.0 that no restore can bring back: the domain, the word by which it is told, where it is
/// put, and what.
const BEYOND: [(Domain, &str, &str, &str); 9] = [
    (Domain::Iam, "shop-client", "/clients", r#"[{"id": "k-1", "clientId": "shop-client", "publicClient": false}]"#),
    (
        Domain::PostgresMetadata,
        "undefined_view",
        "/schemas/0/views/-",
        r#"{"table_name": "undefined_view", "view_definition": null}"#,
    ),
    (
        Domain::PostgresMetadata,
        "orders_customer_fkey",
        "/schemas/0/tables/1/constraints/-",
        r#"{"constraint_name": "orders_customer_fkey", "constraint_type": "FOREIGN KEY", "column_name": "customer"}"#,
    ),
    (
        Domain::PostgresMetadata,
        "of_unnamed_type",
        "/schemas/0/tables/-",
        r#"{"table_name": "of_unnamed_type", "columns": [{"column_name": "state", "data_type": "USER-DEFINED",
            "is_nullable": "YES", "column_default": null}], "constraints": [], "indexes": []}"#,
    ),
    (
        Domain::PostgresMetadata,
        "role_of_nobody",
        "/schemas/0/grants/-",
        r#"{"grantee": "role_of_nobody", "table_name": "orders", "privilege_type": "SELECT"}"#,
    ),
    (Domain::MongoMetadata, "sharding", "/databases/0/sharding", r#"[{"_id": "shard0", "host": "shard0/a:27018"}]"#),
    (
        Domain::Kafka,
        "topic-of-nobody",
        "/topics/-",
        r#"{"name": "topic-of-nobody", "partitions": 1, "replication_factor": 1, "config_overrides": {}}"#,
    ),
    (Domain::Storage, "replication", "/buckets/0/replication", r#"{"Role": "x"}"#),
    (Domain::Storage, "glaciers", "/glaciers", r#"[1]"#),
];

/// A domain that no implementation restores, and the word by which it is told.
const NO_DOMAIN: &str = "functions";

#[given("in it, much that no restore can bring back")]
async fn beyond(world: &mut RestoreWorld) -> Outcome {
    let (mut artifact, session) = (world.artifact()?.clone(), world.session()?);
    let entries = artifact["domains"].as_array_mut().ok_or_else(|| Failure::suite("the artifact has no domains"))?;
    for (domain, _, pointer, text) in BEYOND.into_iter().filter(|(domain, ..)| session.served.contains(domain)) {
        let value: Value = serde_json::from_str(text).map_err(Failure::suite)?;
        let entry = entries.iter_mut().find(|entry| entry["domain_key"] == domain.key());
        let (around, member) = pointer.rsplit_once('/').unwrap_or_default();
        let place = entry.and_then(|entry| entry["data"].pointer_mut(around));
        match place {
            Some(Value::Object(members)) => drop(members.insert(member.to_owned(), value)),
            Some(Value::Array(items)) => items.push(value),
            _ => return Err(Failure::Suite(format!("the artifact has no {domain}{around}"))),
        }
    }
    entries.push(json!({"domain_key": NO_DOMAIN, "status": "ok", "exported_at": "2026-05-04T09:30:00Z",
        "items_count": 1, "data": {"namespace": "x", "actions": [{"name": "resize"}]}}));
    world.artifact = Some(artifact);
    Ok(())
}

#[when("the implementation migrates the artifact")]
async fn migrated(world: &mut RestoreWorld) -> Outcome {
    let body = json!({ "artifact": world.artifact()? });
    ask(world, "migrate", &body).await?;
    let answer = world.answer()?.clone();
    answer.expect_status(&[200])?;
    let current = current_version(world).await?;
    let (required, told) = (&answer.body["migration_required"], &answer.body["_migration_metadata"]);
    world.check(*required == true, || format!("{answer}: `migration_required` is {required}"))?;
    let leads = told["migrated_from"] == "1.0.0" && told["migrated_to"] == *current;
    world.check(leads, || format!("`_migration_metadata` is {told}, not from 1.0.0 to {current}"))?;
    let artifact = answer.body["artifact"].clone();
    let version = &artifact["format_version"];
    world.check(*version == *current, || format!("the migrated artifact is of format {version}, not {current}"))?;
    world.artifact = Some(artifact);
    Ok(())
}

#[then("the report tells the migration from 1.0.0")]
async fn told(world: &mut RestoreWorld) -> Outcome {
    let current = current_version(world).await?;
    let told = world.answer()?.body["_migration_metadata"].clone();
    let leads = told["migrated_from"] == "1.0.0" && told["migrated_to"] == *current;
    let chain = told["migration_chain"].as_array().is_some_and(|steps| !steps.is_empty());
    world.check(leads && chain && told["migrated_at"].is_string(), || {
        format!("`_migration_metadata` is {told}, not the way from 1.0.0 to {current}")
    })
}

#[then("the report tells the migration of the artifact, if it is of an older format")]
async fn told_of(world: &mut RestoreWorld) -> Outcome {
    let current = current_version(world).await?;
    let version = world.artifact()?["format_version"].clone();
    if version == *current {
        return Ok(());
    }
    let told = world.answer()?.body["_migration_metadata"].clone();
    let leads = told["migrated_from"] == version && told["migrated_to"] == *current;
    world.check(leads, || format!("`_migration_metadata` is {told}, not the way from {version} to {current}"))
}

#[then("its migration warnings name all that could not be carried")]
async fn warned(world: &mut RestoreWorld) -> Outcome {
    let warnings = world.answer()?.body["_migration_warnings"].clone();
    let texts: Vec<String> = warnings
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| format!("{} {}", it["affected_path"], it["message"]))
        .collect();
    let served = world.session()?.served.clone();
    let words = BEYOND.into_iter().filter(|(domain, ..)| served.contains(domain)).map(|(_, word, ..)| word);
    let words = words.chain([NO_DOMAIN]);
    let missing: Vec<&str> = words.filter(|word| !texts.iter().any(|text| text.contains(word))).collect();
    world.check(missing.is_empty(), || {
        format!("`_migration_warnings` does not name {}:\n{}", missing.join(", "), texts.join("\n"))
    })
}

#[then("nothing was created, kept or refused by it")]
async fn idle(world: &mut RestoreWorld) -> Outcome {
    let summary = world.answer()?.body["summary"].clone();
    for total in ["resources_created", "resources_conflicted", "resources_failed"] {
        world.check(summary[total] == 0, || format!("`summary.{total}` is {}, not 0: {summary}", summary[total]))?;
    }
    let skipped = summary["resources_skipped"].as_u64().unwrap_or_default();
    world.check(skipped > 0, || format!("`summary.resources_skipped` is {skipped}: nothing was looked at"))
}

#[when(expr = "a {word} of the artifact as of format {string} is asked for")]
async fn of_version(world: &mut RestoreWorld, operation: String, version: String) -> Outcome {
    let mut artifact = world.artifact()?.clone();
    artifact["format_version"] = json!(version);
    let path = match operation.as_str() {
        "restore" => "reprovision",
        "proposal" => "reprovision/identifier-map",
        "migration" => "migrate",
        "validation" => "validate",
        _ => return Err(Failure::Suite(format!("no such operation: {operation}"))),
    };
    ask(world, path, &json!({ "artifact": artifact })).await
}

#[when("the artifact is validated")]
async fn validated(world: &mut RestoreWorld) -> Outcome {
    let body = json!({ "artifact": world.artifact()? });
    ask(world, "validate", &body).await
}

#[when("the artifact is validated with one domain twice and no tenant")]
async fn flawed(world: &mut RestoreWorld) -> Outcome {
    let mut artifact = world.artifact()?.clone();
    artifact["tenant_id"] = Value::Null;
    let first = artifact["domains"][0].clone();
    artifact["domains"].as_array_mut().ok_or_else(|| Failure::suite("the artifact has no domains"))?.push(first);
    ask(world, "validate", &json!({ "artifact": artifact })).await
}

#[then("the verdict is that it is valid and must be migrated")]
async fn valid(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    answer.expect_status(&[200])?;
    let result = answer.body["result"].as_str().unwrap_or_default();
    let errors = &answer.body["errors"];
    world.check(["valid", "valid_with_warnings"].contains(&result) && *errors == json!([]), || {
        format!("{answer}\n  `result` is {result}, `errors` {errors}")
    })?;
    let (required, version) = (&answer.body["migration_required"], &answer.body["format_version"]);
    world.check(*required == true && version == "1.0.0", || {
        format!("`migration_required` is {required}, `format_version` {version}")
    })
}

#[then("the verdict is that it is invalid, and both flaws are told with their paths")]
async fn invalid(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    answer.expect_status(&[422])?;
    world.check(answer.body["result"] == "invalid", || format!("{answer}: `result` is {}", answer.body["result"]))?;
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    for start in ["tenant_id", "domains/"] {
        let told = errors.iter().any(|it| {
            it["path"].as_str().is_some_and(|path| path.starts_with(start))
                && it["message"].as_str().is_some_and(|message| !message.is_empty())
        });
        world.check(told, || format!("no error has a path that begins with {start}: {errors:?}"))?;
    }
    Ok(())
}

#[then("the format versions list 1.0.0 and the current one, each with a checksum of its own")]
async fn listed(world: &mut RestoreWorld) -> Outcome {
    let body = versions(world).await?;
    let current = body["current_version"].clone();
    let oldest = &body["min_migratable_version"];
    world.check(oldest == "1.0.0", || format!("`min_migratable_version` is {oldest}"))?;
    let mut checksums = Vec::new();
    for version in [json!("1.0.0"), current] {
        let listed = body["versions"].as_array().into_iter().flatten().find(|it| it["version"] == version);
        let checksum = listed.and_then(|it| it["schema_checksum"].as_str()).unwrap_or_default().to_owned();
        let digits = checksum.strip_prefix("sha256:").unwrap_or_default();
        let real = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        world.check(real, || format!("{version} has the schema checksum `{checksum}`"))?;
        checksums.push(checksum);
    }
    world.check(checksums[0] != checksums[1], || "both versions have the same schema checksum".to_owned())
}

async fn versions(world: &RestoreWorld) -> Result<Value, Failure> {
    let answer = world.api()?.call(Method::GET, "/v1/admin/config/format-versions", None).await;
    let answer = answer.map_err(Failure::Violation)?;
    answer.expect_status(&[200])?;
    Ok(answer.body)
}

async fn current_version(world: &RestoreWorld) -> Result<String, Failure> {
    let body = versions(world).await?;
    let current = body["current_version"].as_str().map(str::to_owned);
    current.ok_or_else(|| Failure::Violation(format!("`current_version` is {}", body["current_version"])))
}

async fn ask(world: &mut RestoreWorld, path: &str, body: &Value) -> Outcome {
    let path = tenant_path(&world.target_id()?, &format!("/config/{path}"));
    world.answer = Some(world.api()?.call(Method::POST, &path, Some(body)).await.map_err(Failure::Violation)?);
    Ok(())
}
