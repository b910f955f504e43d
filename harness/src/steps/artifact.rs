//! Artifacts: opaque but for their envelope.

use std::collections::BTreeMap;

use cucumber::{given, then};
use serde_json::Value;

use crate::world::{Failure, Outcome, RestoreWorld};

#[given("the export of the source")]
async fn exported(world: &mut RestoreWorld) -> Outcome {
    world.artifact = Some(world.source().await?.artifact.clone());
    Ok(())
}

#[then("the export holds all domains, each with content")]
async fn whole(world: &mut RestoreWorld) -> Outcome {
    let id = world.source().await?.tenant.space.tenant_id.clone();
    let artifact = world.artifact()?.clone();
    world.check(artifact["tenant_id"] == id, || format!("`tenant_id` is {}, not {id}", artifact["tenant_id"]))?;
    world.check(artifact["format_version"].is_string(), || "`format_version` is missing".into())?;
    let counts = counts(&artifact)?;
    for domain in world.session()?.served.clone() {
        let count = counts.get(domain.key()).copied().unwrap_or_default();
        world.check(count > 0, || format!("{domain} has no resources in the export"))?;
    }
    Ok(())
}

#[then("an export of the target counts the same resources as the export of the source")]
async fn same_counts(world: &mut RestoreWorld) -> Outcome {
    let (api, id) = (world.api()?, world.target_id()?);
    let mut before = counts(world.artifact()?)?;
    // Consumer groups are told in an export and never created: they come into being when a consumer joins.
    let groups = world.source().await?.tenant.declared.kafka.consumer_groups.len();
    if let Some(kafka) = before.get_mut("kafka") {
        *kafka = kafka.saturating_sub(u64::try_from(groups).unwrap_or(u64::MAX));
    }
    let after = counts(&world.session()?.export(&api, &id).await?)?;
    world.check(before == after, || format!("the source has {before:?}, the target {after:?}"))
}

/// `items_count` of every domain with content.
///
/// # Errors
/// When an entry of the envelope is not as the format demands.
pub(super) fn counts(artifact: &Value) -> Result<BTreeMap<String, u64>, Failure> {
    let entries = artifact["domains"].as_array().ok_or_else(|| violation("`domains` is no list"))?;
    entries
        .iter()
        .map(|entry| {
            let key = entry["domain_key"].as_str().ok_or_else(|| violation("an entry has no `domain_key`"))?;
            let status = entry["status"].as_str().unwrap_or_default();
            if !matches!(status, "ok" | "empty") {
                return Err(violation(&format!("{key} is `{status}` in the export: {}", entry["error"])));
            }
            let count =
                entry["items_count"].as_u64().ok_or_else(|| violation(&format!("{key} has no `items_count`")))?;
            Ok((key.to_owned(), count))
        })
        .collect()
}

fn violation(text: &str) -> Failure {
    Failure::Violation(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_envelope_is_read_and_a_failed_domain_is_a_violation() {
        let artifact = json!({"domains": [{"domain_key": "iam", "status": "ok", "items_count": 4, "data": 7}]});
        assert_eq!(counts(&artifact).unwrap(), BTreeMap::from([("iam".to_owned(), 4)]));
        let failed = json!({"domains": [{"domain_key": "iam", "status": "error", "error": "no answer"}]});
        assert!(counts(&failed).unwrap_err().to_string().contains("no answer"));
        assert!(counts(&json!({"domains": [{"domain_key": "iam", "status": "ok"}]})).is_err());
        assert!(counts(&json!({})).is_err());
    }
}
