//! Topics, entries of access control, consumer groups.

use super::*;

#[test]
fn topics_and_entries_in_every_shape() {
    let topic = |member: &str, value: Value| {
        let mut topic = json!({"name": "acme-prod.a", "numPartitions": 3, "replicationFactor": 2});
        topic[member] = value;
        told("kafka", &json!({"topics": [topic]}))
    };
    let acl = |changes: Value| {
        let mut acl = json!({"resourceName": "acme-prod.a", "principal": "User:acme-prod-app", "operation": "Read",
            "permissionType": "Allow"});
        for (name, value) in changes.as_object().unwrap() {
            acl[name] = value.clone();
        }
        told("kafka", &json!({"acls": [acl]}))
    };
    insta::assert_snapshot!([
        topic("configEntries", json!({"a": "x", "b": 7, "c": true, "d": null, "e": ["x"], "f": "***REDACTED***"})),
        topic("config", json!([{"name": "a", "value": "x"}, {"configName": "b", "configValue": 2}, {"name": "c"}, {"name": 7, "value": 1}, 9])),
        topic("config", json!("x")),
        topic("config", Value::Null),
        topic("config_overrides", json!({"retention.ms": "604800000", "segment.ms": 604_800_000, "segment.bytes": "7"})),
        topic("isInternal", json!(false)),
        topic("numPartitions", json!(0)),
        told("kafka", &json!({"topics": [{"name": "acme-prod.b"}, {"name": "acme-prod."}, {"name": "acme-production.a"}]})),
        told("kafka", &json!({"consumer_groups": [{"groupId": "acme-prod.g", "state": "Stable", "member_count": 2, "x": 1},
            {"group_id": "acme-prod."}, {"name": "other.g"}]})),
        acl(json!({})),
        acl(json!({"host": "10.0.0.1", "resourceType": "Group", "resourcePatternType": "PREFIXED", "y": 1})),
        acl(json!({"operation": "Fly"})),
        acl(json!({"principal": "User:other"})),
        acl(json!({"principal": "User:other", "resourceName": "b"})),
    ]
    .join("\n\n"), @r#"
    partial topic:a {"config":{"a":"x","b":"7","c":"true"},"partitions":3,"replication_factor":2} <- 
    ! /topics/0/configEntries/d: was not carried: it is no setting's value
    ! /topics/0/configEntries/e: was not carried: it is no setting's value
    ! /topics/0/configEntries/f: is redacted and must be supplied again

    partial topic:a {"config":{"a":"x","b":"2"},"partitions":3,"replication_factor":2} <- 
    ! /topics/0/configEntries/2: was not carried: it is no pair of name and value
    ! /topics/0/configEntries/3: was not carried: it is no pair of name and value
    ! /topics/0/configEntries/4: was not carried: it is no pair of name and value

    partial topic:a {"partitions":3,"replication_factor":2} <- 
    ! /topics/0/configEntries: is neither a map nor a list, so nothing of it was carried

    partial topic:a {"partitions":3,"replication_factor":2} <- 

    partial topic:a {"config":{"segment.bytes":"7"},"partitions":3,"replication_factor":2} <- 
    ! /topics/0/config_overrides: retention.ms, segment.ms left to the broker: the value is Kafka's own default, and the artifact does not say whether the topic was given it

    partial topic:a {"partitions":3,"replication_factor":2} <- 
    ! /topics/0/isInternal: has no place in format 2.0.0, so it was not carried

    ! /topics/0: was not carried: partitions is 0; it must be at least 1

    partial topic:b {"partitions":1,"replication_factor":1} <- 
    ! /topics/1: topic `acme-prod.` was not carried: it is outside the tenant's space `acme-prod.`
    ! /topics/2: topic `acme-production.a` was not carried: it is outside the tenant's space `acme-prod.`

    partial consumer_group:g {} <- 
    ! /consumer_groups/0/x: has no place in format 2.0.0, so it was not carried
    ! /consumer_groups/0: consumer group `acme-prod.g` is told and never created
    ! /consumer_groups/1: consumer group `acme-prod.` was not carried: it is outside the tenant's space `acme-prod.`
    ! /consumer_groups/2: consumer group `other.g` was not carried: it is outside the tenant's space `acme-prod.`

    acl:app/read/a (topic literal, host *, allow) {"host":"*","operation":"read","pattern":"literal","permission":"allow","principal":"app","resource":"a","resource_type":"topic"} <- 

    acl:app/read/a (group prefixed, host 10.0.0.1, allow) {"host":"10.0.0.1","operation":"read","pattern":"prefixed","permission":"allow","principal":"app","resource":"a","resource_type":"group"} <- 
    ! /acls/0/y: has no place in format 2.0.0, so it was not carried

    ! /acls/0: was not carried: acl User:acme-prod-app/other/acme-prod.a (topic literal, host *, allow): the engine does not know this operation, permission or pattern

    ! /acls/0: was not carried: acl User:other/read/acme-prod.a (topic literal, host *, allow): the principal is neither the tenant's nor a shared one (shared_principals)

    ! /acls/0: was not carried: acl User:other/read/b (topic literal, host *, allow): neither the resource nor the principal is the tenant's
    "#);
}

#[test]
fn entries_for_shared_principals_are_carried_where_there_are_such() {
    let acl = json!({"resourceName": "acme-prod.a", "principal": "User:metrics", "operation": 3, "permissionType": 3});
    let artifact = json!({"tenant_id": "acme-prod", "format_version": "1.0.0",
        "domains": [{"domain_key": "kafka", "status": "ok", "data": {"acls": [acl]}}]});
    let carried = |allowed: Option<&Allowed>| {
        let naming = Naming::default();
        let context = Context { naming: &naming, allowed, at: datetime!(2026-11-25 06:00 UTC) };
        to_current(serde_json::from_value(artifact.clone()).unwrap(), &context).unwrap().domains[0].items_count
    };
    let shared = Allowed { shared_principals: ["User:metrics".to_owned()].into(), ..Allowed::default() };
    assert_eq!(
        [carried(None), carried(Some(&Allowed::default())), carried(Some(&shared))],
        [Some(0), Some(0), Some(1)]
    );
}
