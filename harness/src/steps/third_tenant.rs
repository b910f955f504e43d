//! Artifacts that reach for a tenant who has no part in the restore: the one beside the target.

use cucumber::{given, then};
use serde_json::Value;

use super::outcome;
use crate::{
    fixtures::{Place, Space},
    world::{Failure, Outcome, RestoreWorld},
};

/// What is put into an artifact of format 1.0.0, in the shape that its restores take: in words, the domain, the list,
/// and the entry. `{schema}`, `{topics}`, `{principals}`, `{buckets}`, `{roles}` are of the third tenant; with `own:` of
/// the artifact's.
const REACHES: [(&str, &str, &str, &str); 8] = [
    (
        "an access control entry for a topic of the bystander",
        "kafka",
        "acls",
        r#"{"resourceType": "topic", "resourceName": "{topics}sights", "patternType": "literal",
            "principal": "{own:principals}app", "host": "*", "operation": "read", "permissionType": "allow"}"#,
    ),
    (
        "an access control entry for a principal of the bystander",
        "kafka",
        "acls",
        r#"{"resourceType": "topic", "resourceName": "{own:topics}orders", "patternType": "literal",
            "principal": "{principals}app", "host": "*", "operation": "read", "permissionType": "allow"}"#,
    ),
    (
        "a bucket whose policy names a bucket of the bystander",
        "storage",
        "buckets",
        r#"{"name": "{own:buckets}reaching", "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::{buckets}sights/*"]}]}}"#,
    ),
    (
        "a grant to a role of the bystander",
        "postgres_metadata",
        "grants",
        r#"{"grantee": "{roles}app", "table_name": "orders", "privilege_type": "SELECT"}"#,
    ),
    (
        "a view of a table of the bystander",
        "postgres_metadata",
        "views",
        r#"{"name": "reaching", "definition": "select id from {schema}.sights"}"#,
    ),
    (
        "a column whose default is a sequence of the bystander",
        "postgres_metadata",
        "tables",
        r#"{"name": "reaching", "columns": [{"column_name": "id", "data_type": "bigint", "is_nullable": "NO",
            "column_default": "nextval('{schema}.numbers'::regclass)"}], "constraints": [], "indexes": []}"#,
    ),
    (
        "a topic of the bystander",
        "kafka",
        "topics",
        r#"{"name": "{topics}sights", "numPartitions": 7, "replicationFactor": 1, "configEntries": {}}"#,
    ),
    (
        "a bucket of the bystander",
        "storage",
        "buckets",
        r#"{"name": "{buckets}sights", "versioning": {"Status": "Suspended"}}"#,
    ),
];

#[given(regex = "^in it, (an? .+ of the bystander)$")]
async fn reaching(world: &mut RestoreWorld, what: String) -> Outcome {
    let reach = REACHES.iter().find(|(words, ..)| *words == what);
    let (_, domain, list, entry) = reach.ok_or_else(|| Failure::Suite(format!("nothing reaches for {what}")))?;
    let own = world.source().await?.tenant.space.clone();
    let third = third(world)?;
    let entry: Value = serde_json::from_str(&named(&named(entry, "", &third), "own:", &own)).map_err(Failure::suite)?;
    let entries = world.artifact.as_mut().and_then(|artifact| artifact["domains"].as_array_mut());
    let part = entries.into_iter().flatten().find(|entry| entry["domain_key"] == *domain);
    let list = part.and_then(|part| part["data"][list].as_array_mut());
    list.ok_or_else(|| Failure::Suite(format!("the artifact has no such list of {domain}")))?.push(entry);
    Ok(())
}

#[then("the report refuses what names the bystander, by that name")]
async fn refused(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    answer.expect_status(&[200, 207])?;
    let third = third(world)?;
    let names = third.names();
    let named = |value: &Value| names.iter().any(|name| value.to_string().contains(name));
    let (mut refused, mut claimed) = (Vec::new(), Vec::new());
    for (domain, result) in outcome::results(&answer.body)? {
        for it in result["resource_results"].as_array().into_iter().flatten().filter(|it| named(it)) {
            let list = if it["action"] == "error" { &mut refused } else { &mut claimed };
            list.push(format!("{domain}: {it}"));
        }
    }
    let warnings = answer.body["_migration_warnings"].as_array().cloned().unwrap_or_default();
    refused.extend(warnings.iter().filter(|it| named(it)).map(ToString::to_string));
    world.check(claimed.is_empty(), || format!("{answer}\n  it did not refuse {}", claimed.join("\n")))?;
    world.check(!refused.is_empty(), || format!("{answer}\n  nothing is refused that names {names:?}"))
}

fn third(world: &RestoreWorld) -> Result<Space, Failure> {
    let bystander = world.bystander.as_ref().map(|(tenant, _)| tenant.space.clone());
    bystander.ok_or_else(|| Failure::suite("no step made a bystander"))
}

/// The text with the names of a space filled in.
fn named(text: &str, whose: &str, space: &Space) -> String {
    let fill = |text: String, word: &str, name: String| text.replace(&format!("{{{whose}{word}}}"), &name);
    let text = fill(text.to_owned(), "schema", space.schema());
    let text = fill(text, "topics", space.get(Place::TopicPrefix));
    let text = fill(text, "principals", space.get(Place::PrincipalPrefix));
    let text = fill(text, "buckets", space.get(Place::BucketPrefix));
    fill(text, "roles", space.get(Place::RolePrefix))
}
