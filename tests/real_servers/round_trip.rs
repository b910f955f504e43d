//! Export → restore → export.

use std::collections::BTreeMap;

use restore_conformance::fixtures::Domain;
use restore_model::{
    DomainKey, Kind,
    artifact::{Artifact, DomainData, REDACTED, Record},
    report::ResourceAction,
};
use serde_json::Value;

use crate::ground::on_real_servers;

/// What an artifact says in canonical form, but for the space and for what does not travel: redacted values, what only
/// tells what a creation leaves out (the right to log in), and consumer groups, which come into being when a consumer
/// joins.
fn content(artifact: &Artifact) -> BTreeMap<DomainKey, Vec<String>> {
    let domain = |key: DomainKey| {
        let data: DomainData = artifact.entry(key).unwrap().read_data().unwrap();
        let records = data.records.into_iter().filter(|record| record.kind != Kind::ConsumerGroup);
        let canonical = |record: Record| {
            let mut value = serde_json::to_value(&record).unwrap();
            drop_redacted(&mut value);
            if record.kind == Kind::DatabaseRole {
                value["spec"].as_object_mut().unwrap().remove("on_creation");
            }
            serde_json_canonicalizer::to_string(&value).unwrap()
        };
        (key, records.map(canonical).collect())
    };
    DomainKey::ALL.into_iter().map(domain).collect()
}

fn drop_redacted(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| *member != REDACTED);
            members.values_mut().for_each(drop_redacted);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_redacted),
        _ => {}
    }
}

#[test]
fn an_export_of_what_was_restored_is_the_export_it_was_restored_from_but_for_the_space() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &Domain::ALL).await;
        let target = ground.tenant("target", &[]).await;
        let before = ground.export(&source).await;
        ground.restore(&ground.engine, &before, &target).await.unwrap();
        let after = ground.export(&target).await;
        let (before, after) = (content(&before), content(&after));
        assert!(before.values().all(|records| !records.is_empty()), "a domain without records proves nothing");
        for (domain, records) in &before {
            let gone: Vec<&String> = records.iter().filter(|record| !after[domain].contains(record)).collect();
            let extra: Vec<&String> = after[domain].iter().filter(|record| !records.contains(record)).collect();
            assert!(gone.is_empty() && extra.is_empty(), "{domain}\ngone: {gone:#?}\nextra: {extra:#?}");
        }
        assert_eq!(before, after, "the records are the same but stand in another order");
    });
}

#[test]
fn a_second_restore_skips_every_resource_and_verifies_it() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &Domain::ALL).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        let first = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        assert_eq!(first.verified, Some(true));
        let second = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        let other: Vec<String> = second
            .domain_results
            .iter()
            .flat_map(|domain| &domain.resource_results)
            .filter(|resource| resource.action != ResourceAction::Skipped || resource.verified == Some(false))
            .map(|resource| format!("{} {}: {:?}", resource.resource_type, resource.resource_name, resource.action))
            .collect();
        assert!(other.is_empty(), "{other:#?}");
        let records: u64 = artifact.domains.iter().filter_map(|entry| entry.items_count).sum();
        assert_eq!((second.summary.resources_skipped, second.verified), (records, Some(true)));
    });
}
