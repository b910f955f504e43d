//! Nothing in an artifact is trusted.

use restore_conformance::fixtures::{Domain, Place};
use restore_engine::ErrorKind;
use restore_model::{
    DomainKey, Kind,
    artifact::{Artifact, DomainData, records_checksum},
    report::ResourceAction,
};
use serde_json::{Value, json, value::to_raw_value};

use crate::ground::on_real_servers;

/// Changes the spec of one record and, as a forger would, the checksum.
fn forge(artifact: &mut Artifact, domain: DomainKey, kind: Kind, name: &str, change: impl FnOnce(&mut Value)) {
    rewrite(artifact, domain, |data| {
        let record = data.records.iter_mut().find(|record| record.kind == kind && record.name == name).unwrap();
        let mut spec: Value = serde_json::from_str(record.spec.get()).unwrap();
        change(&mut spec);
        record.spec = to_raw_value(&spec).unwrap();
        data.records_checksum = records_checksum(&data.records).unwrap();
    });
}

fn rewrite(artifact: &mut Artifact, domain: DomainKey, change: impl FnOnce(&mut DomainData)) {
    let entry = artifact.domains.iter_mut().find(|entry| entry.domain() == Ok(domain)).unwrap();
    let mut data = entry.read_data().unwrap();
    change(&mut data);
    entry.data = Some(to_raw_value(&data).unwrap());
}

#[test]
fn a_definition_that_is_more_than_its_statement_is_refused_by_name_and_never_run() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::PostgresMetadata]).await;
        let target = ground.tenant("target", &[]).await;
        let mut artifact = ground.export(&source).await;
        let schema = source.space.get(Place::Schema);
        let drop = format!("drop table {schema}.customers cascade");
        let postgres = DomainKey::PostgresMetadata;
        forge(&mut artifact, postgres, Kind::Table, "order_lines", |spec| {
            spec["columns"][2]["default"] = json!("1, drop column line");
        });
        forge(&mut artifact, postgres, Kind::Constraint, "orders.orders_discounts_check", |spec| {
            spec["definition"] = json!(format!("CHECK (true); {drop}; --"));
        });
        forge(&mut artifact, postgres, Kind::View, "placed_orders", |spec| {
            spec["definition"] = json!(format!("select 1; {drop}"));
        });
        forge(&mut artifact, postgres, Kind::Statistics, "orders_net", |spec| {
            spec["expressions"][0] = json!(format!("total) from orders; {drop}; --"));
        });
        forge(&mut artifact, postgres, Kind::Policy, "orders.own_orders", |spec| {
            spec["using"] = json!(format!("true); {drop}; --"));
        });
        forge(&mut artifact, postgres, Kind::Function, "touch()", |spec| {
            spec["returns"] = json!("trigger security definer set role postgres");
        });
        let report = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        let result = report.domain_results.iter().find(|result| result.domain_key == postgres.as_str()).unwrap();
        let refused: Vec<String> = result
            .resource_results
            .iter()
            .filter(|resource| resource.action == ResourceAction::Error)
            .map(|resource| {
                let why = resource.message.as_deref().unwrap_or_default().replace(schema.as_ref() as &str, "{source}");
                format!("{}:{}: {why}", resource.resource_type, resource.resource_name)
            })
            .collect();
        insta::assert_snapshot!(refused.join("\n"));
        // All else is there, in the source as in the target.
        for tenant in [&source, &target] {
            let held: Vec<(String,)> =
                sqlx::query_as("select tablename::text from pg_tables where schemaname = $1 order by 1")
                    .bind(tenant.space.get(Place::Schema))
                    .fetch_all(&ground.backends.platform)
                    .await
                    .unwrap();
            let held: Vec<&str> = held.iter().map(|(name,)| name.as_str()).collect();
            assert!(held.contains(&"customers") && held.contains(&"orders"), "{held:?}");
        }
    });
}

#[test]
fn an_artifact_that_was_changed_since_its_export_is_refused_whole() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::Kafka, Domain::Iam]).await;
        let target = ground.tenant("target", &[]).await;
        let mut artifact = ground.export(&source).await;
        rewrite(&mut artifact, DomainKey::Kafka, |data| drop(data.records.pop()));
        let error = ground.restore(&ground.engine, &artifact, &target).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArtifact, "{error}");
        assert!(error.to_string().contains("kafka"), "{error}");
        let held = restore_conformance::probes::snapshot(&ground.backends, &target.space).await.unwrap();
        let held: Vec<&String> = held.values().flat_map(|probed| probed.resources.keys()).collect();
        assert!(held.is_empty(), "{held:?}");
    });
}
