//! What becomes of every shape that a domain's data may have.

mod iam;
mod kafka;
mod mongo_metadata;
mod postgres_metadata;
mod storage;

use super::*;

/// The records and warnings that data comes to.
fn told(domain: &str, data: &Value) -> String {
    let artifact = of(domain, data);
    let entry = &artifact.domains[0];
    let records = entry.data.as_ref().map(|_| entry.read_data().unwrap().records).unwrap_or_default();
    assert!(entry.data.is_none() || entry.items_count == Some(records.len() as u64));
    let lines = records.iter().map(|record| {
        let requires: Vec<String> = record.requires.iter().map(ToString::to_string).collect();
        let partial = if record.partial { "partial " } else { "" };
        format!("{partial}{} {} <- {}", record.id(), record.spec.get(), requires.join(", "))
    });
    let warned = warnings(&artifact).into_iter().map(|line| {
        let root = format!("domains/{domain}/data");
        format!("! {}", line.replacen(&root, "", 1))
    });
    lines.chain(warned).collect::<Vec<_>>().join("\n")
}

fn entry(entry: &Value) -> String {
    let artifact =
        migrated(&json!({"tenant_id": "acme-prod", "format_version": "1.0.0", "domains": [entry]}).to_string());
    let entry = &artifact.domains[0];
    let data = entry.data.as_ref().map(|data| data.get().to_owned());
    format!("{} {:?} {:?} {data:?} {:?}", entry.status.as_str(), entry.items_count, entry.error, warnings(&artifact))
}

#[test]
fn an_entry_without_usable_data_is_not_taken_for_an_empty_one() {
    insta::assert_snapshot!([
        entry(&json!({"domain_key": "kafka", "status": "ok", "items_count": 3, "data": {}})),
        entry(&json!({"domain_key": "kafka", "status": "ok", "items_count": 3, "data": {"topics": []}})),
        entry(&json!({"domain_key": "kafka", "status": "empty"})),
        entry(&json!({"domain_key": "kafka", "status": "empty", "data": null})),
        entry(&json!({"domain_key": "kafka", "status": "ok", "items_count": 3})),
        entry(&json!({"domain_key": "kafka", "status": "ok", "items_count": 3, "data": [1]})),
        entry(&json!({"domain_key": "kafka", "status": "empty", "data": 7})),
        entry(&json!({"domain_key": "kafka", "status": "not_available", "items_count": 3, "data": {"topics": []}})),
        entry(&json!({"domain_key": "kafka", "status": "error", "error": "down"})),
        entry(&json!({"domain_key": "functions", "status": "ok", "data": {"a": 1}})),
    ]
    .join("\n"), @r#"
    empty Some(0) None Some("{\"space\":{\"kafka.topic_prefix\":\"acme-prod.\",\"kafka.principal_prefix\":\"User:acme-prod-\"},\"records_checksum\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"records\":[]}") []
    empty Some(0) None Some("{\"space\":{\"kafka.topic_prefix\":\"acme-prod.\",\"kafka.principal_prefix\":\"User:acme-prod-\"},\"records_checksum\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"records\":[]}") []
    empty None None None []
    empty None None None []
    error None Some("its data is missing although the domain is `ok`") None ["domains/kafka/data: the domain's data is missing although the domain is `ok`; nothing of it was carried"]
    error None Some("its data is not an object: invalid type: sequence, expected a map at line 1 column 0") None ["domains/kafka/data: the domain's data is not an object: invalid type: sequence, expected a map at line 1 column 0; nothing of it was carried"]
    error None Some("its data is not an object: invalid type: integer `7`, expected a map at line 1 column 1") None ["domains/kafka/data: the domain's data is not an object: invalid type: integer `7`, expected a map at line 1 column 1; nothing of it was carried"]
    not_available Some(3) None None ["domains/kafka/data: the domain is `not_available`, so its data was not read"]
    error None Some("down") None []
    ok None None None ["domains/functions/data: unknown domain `functions`; known are iam, postgres_metadata, mongo_metadata, kafka, storage: nothing of it was carried"]
    "#);
}

#[test]
fn what_is_no_name_no_list_or_no_item_is_told() {
    insta::assert_snapshot!([
        told("iam", &json!({"realm": 7, "roles": {"name": "a"}, "groups": null, "other": 1})),
        told("iam", &json!({"realm": ""})),
        told("iam", &json!({"realm": null, "roles": [{"nam": "a"}, {"name": "a"}, {"name": "a"}]})),
        told("iam", &json!({"realm_settings": "x", "secret": "***REDACTED***"})),
    ]
    .join("\n\n"), @r#"
    partial realm:realm {"settings":{}} <- 
    ! /realm: is not a name: the naming convention was used in its place
    ! /roles: is not a list, so nothing of it was carried
    ! /other: has no place in format 2.0.0, so it was not carried

    partial realm:realm {"settings":{}} <- 
    ! /realm: is not a name: the naming convention was used in its place

    partial realm:realm {"settings":{}} <- 
    partial role:a {"attributes":{}} <- realm:realm
    ! /roles/0: was not carried: missing field `name`
    ! /roles/2: was not carried: role:a is stated twice, and the first was taken

    partial realm:realm {"settings":{}} <- 
    ! /realm_settings: is not an object, so nothing of it was carried
    ! /secret: is redacted and must be supplied again
    "#);
}
