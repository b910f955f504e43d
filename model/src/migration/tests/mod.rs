use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::{
    DomainKey, TenantSpace,
    artifact::DomainEntry,
    domains::{Journey, parse_desired},
};

const EXPORT: &str = include_str!("../../../../fixtures/artifacts/export_1.0.0.json");
const RESTORE: &str = include_str!("../../../../fixtures/artifacts/restore_1.0.0.json");
const BROKEN: &str = include_str!("../../../../fixtures/artifacts/broken_1.0.0.json");

fn allowed() -> Allowed {
    Allowed { extensions: ["citext".to_owned()].into(), ..Allowed::default() }
}

fn migrated(artifact: &str) -> Artifact {
    let (naming, allowed) = (Naming::default(), allowed());
    let context = Context { naming: &naming, allowed: Some(&allowed), at: datetime!(2026-11-25 06:00 UTC) };
    to_current(serde_json::from_str(artifact).unwrap(), &context).unwrap()
}

/// An artifact of one domain.
fn of(domain: &str, data: &Value) -> Artifact {
    let entry = json!({"domain_key": domain, "status": "ok", "data": data});
    migrated(&json!({"tenant_id": "acme-prod", "format_version": "1.0.0", "domains": [entry]}).to_string())
}

fn warnings(artifact: &Artifact) -> Vec<String> {
    let line = |warning: &crate::artifact::MigrationWarning| {
        format!("{}: {}", warning.affected_path.as_deref().unwrap_or_default(), warning.message)
    };
    artifact.migration_warnings.iter().map(line).collect()
}

fn source(entry: &DomainEntry) -> TenantSpace {
    Naming::default().space_of("acme-prod").overlaid(&entry.read_data().unwrap().space)
}

/// What a restore into another tenant makes of the records: all taken, or a refusal.
fn refusals(artifact: &Artifact) -> Vec<String> {
    let (target, allowed) = (Naming::default().space_of("globex"), allowed());
    let entries = artifact.domains.iter().filter(|entry| entry.domain().is_ok() && entry.data.is_some());
    entries
        .flat_map(|entry| {
            let space = source(entry);
            let journey = Journey { source: &space, target: &target, allowed: &allowed };
            let parsed = entry.read_data().unwrap().records.into_iter().map(|record| parse_desired(&record, &journey));
            parsed.filter_map(Result::err).map(|refusal| refusal.to_string()).collect::<Vec<_>>()
        })
        .collect()
}

fn record(artifact: &Artifact, domain: DomainKey, id: &str) -> Value {
    let records = artifact.entry(domain).unwrap().read_data().unwrap().records;
    let found = records.iter().find(|record| record.id().to_string() == id);
    serde_json::to_value(found.unwrap_or_else(|| panic!("no {id}"))).unwrap()
}

#[test]
fn an_export_becomes_records_and_warnings() {
    let artifact = migrated(EXPORT);
    assert_eq!(refusals(&artifact), Vec::<String>::new());
    insta::assert_json_snapshot!(serde_json::to_value(&artifact).unwrap());
}

#[test]
fn what_restores_take_becomes_records_and_warnings() {
    let artifact = migrated(RESTORE);
    assert_eq!(refusals(&artifact), Vec::<String>::new());
    insta::assert_json_snapshot!(serde_json::to_value(&artifact).unwrap());
}

#[test]
fn what_is_broken_is_told_and_never_taken_for_empty() {
    insta::assert_json_snapshot!(serde_json::to_value(migrated(BROKEN)).unwrap());
}

#[test]
fn an_artifact_of_the_current_version_stays_as_it_is() {
    let current = json!({"tenant_id": "acme", "format_version": "2.0.0", "domains": []}).to_string();
    let artifact = migrated(&current);
    assert!(artifact.migration_metadata.is_none() && artifact.migration_warnings.is_empty());
}

#[test]
fn an_artifact_that_cannot_be_read_or_lists_a_domain_twice_is_refused() {
    let naming = Naming::default();
    let context = Context { naming: &naming, allowed: None, at: datetime!(2026-11-25 06:00 UTC) };
    let refused = |version: &str, domains: &[&str]| {
        let entries: Vec<Value> = domains.iter().map(|key| json!({"domain_key": key, "status": "empty"})).collect();
        let artifact = json!({"tenant_id": "acme", "format_version": version, "domains": entries});
        to_current(serde_json::from_value(artifact).unwrap(), &context).map(|_| ()).unwrap_err().to_string()
    };
    insta::assert_snapshot!([
        refused("3.0.0", &[]),
        refused("1.0.0", &["iam", "kafka", "iam"]),
        refused("2.0.0", &["functions", "functions"]),
    ]
    .join("\n"), @r"
    unsupported format version `3.0.0`; this implementation restores 1.0.0 and 2.0.0
    domains/2: domain `iam` is listed twice
    domains/1: domain `functions` is listed twice
    ");
}

#[test]
fn both_shapes_of_one_tenant_say_the_same() {
    let column =
        json!({"column_name": "id", "data_type": "uuid", "is_nullable": "NO", "column_default": "gen_random_uuid()"});
    let export = of(
        "postgres_metadata",
        &json!({"schemas": [{"schema_name": "acme_prod", "tables": [
        {"table_name": "orders", "columns": [column], "constraints": [], "indexes": []}]}]}),
    );
    let restore =
        of("postgres_metadata", &json!({"schema": "acme_prod", "tables": [{"name": "orders", "columns": [column]}]}));
    let text = |artifact: &Artifact| artifact.domains[0].data.as_ref().unwrap().get().to_owned();
    assert_eq!(text(&export), text(&restore));
}

#[test]
fn directions_and_order_of_a_key_survive() {
    let data = json!({"database": "acme_prod", "collections": [{"name": "carts"}],
        "indexes": [{"collection": "carts", "name": "i", "key": {"z": -1, "a": 1, "m": {"$numberLong": "1"}}}]});
    let index = record(&of("mongo_metadata", &data), DomainKey::MongoMetadata, "mongo_index:carts.i");
    let key = json!([["z", {"$numberInt": "-1"}], ["a", {"$numberInt": "1"}], ["m", {"$numberLong": "1"}]]);
    assert_eq!(index["spec"]["key"], key);
}

#[test]
fn what_names_another_schema_is_refused_by_name() {
    let table = json!({"table_name": "t", "columns": [{"column_name": "a", "data_type": "integer",
        "column_default": "globex_admin.secret()"}], "indexes": [{"indexname": "i",
        "indexdef": "CREATE INDEX i ON other.t USING btree (a)"}]});
    let artifact = of("postgres_metadata", &json!({"schemas": [{"schema_name": "acme-prod", "tables": [table]}]}));
    insta::assert_snapshot!(refusals(&artifact).join("\n"), @r"
    table:t: names the schema `globex_admin`, which is outside of the tenant's space
    index:i: names the schema `other`, which is outside of the tenant's space
    ");
}

#[test]
fn roles_named_after_the_stated_schema_are_the_tenants_own() {
    let data = |grantee: &str| {
        json!({"schema": "legacy", "tables": [{"name": "t", "columns": [{"name": "a", "data_type": "int"}]}],
            "grants": [{"grantee": grantee, "table_name": "t", "privilege_type": "SELECT"}]})
    };
    for grantee in ["legacy_app", "acme_prod_app"] {
        let artifact = of("postgres_metadata", &data(grantee));
        let grant = record(&artifact, DomainKey::PostgresMetadata, "grant:table t to tenant:app");
        assert_eq!(grant["requires"], json!(["database_role:app", "table:t"]), "{grantee}");
    }
    let warned = warnings(&of("postgres_metadata", &data("globex_app"))).join("\n");
    assert!(warned.contains("`globex_app` is neither the tenant's nor a shared role"), "{warned}");
}

#[test]
fn a_setting_that_is_kafkas_default_is_not_pinned() {
    let topic = |member: &str| {
        let topics =
            json!([{"name": "acme-prod.a", member: {"retention.ms": "604800000", "segment.bytes": "1000000"}}]);
        let artifact = of("kafka", &json!({"topics": topics}));
        (record(&artifact, DomainKey::Kafka, "topic:a")["spec"]["config"].clone(), warnings(&artifact))
    };
    let (listed, warned) = topic("config_overrides");
    assert_eq!(listed, json!({"segment.bytes": "1000000"}));
    assert!(warned[0].contains("retention.ms left to the broker"), "{warned:?}");
    let (wanted, warned) = topic("configEntries");
    assert_eq!((wanted["retention.ms"].as_str(), warned.len()), (Some("604800000"), 0));
}

#[test]
fn the_marker_of_a_redacted_value_is_never_carried_into_a_definition() {
    let data = json!({"topics": [{"name": "acme-prod.a", "config": {"x": "***REDACTED***", "y": "1"}}]});
    let artifact = of("kafka", &data);
    assert_eq!(record(&artifact, DomainKey::Kafka, "topic:a")["spec"]["config"], json!({"y": "1"}));
    assert!(warnings(&artifact)[0].contains("is redacted and must be supplied again"));
    let validator = json!({"collections": [{"name": "c", "validator": {"a": "***REDACTED***"}}]});
    let artifact = of("mongo_metadata", &validator);
    assert!(warnings(&artifact)[0].contains("was not carried: a value in it is redacted"), "{:?}", warnings(&artifact));
    assert_eq!(artifact.domains[0].items_count, Some(0));
}

mod each_domain;
mod nothing_is_lost;
