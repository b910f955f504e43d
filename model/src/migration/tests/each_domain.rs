//! What becomes of every shape that a domain's data may have.

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

#[test]
fn a_directory_in_every_shape() {
    insta::assert_snapshot!([
        told("iam", &json!({"realm": "legacy", "realm_settings": {"displayName": "Acme", "loginTheme": "t", "x": null,
            "smtp": "***REDACTED***"}})),
        told("iam", &json!({"realm_settings": {"displayName": 7}})),
        told("iam", &json!({"realm_settings": {"displayName": null}})),
        told("iam", &json!({"roles": [
            {"id": "1", "containerId": "2", "name": "plain", "description": null, "x": null},
            {"name": "lead", "composite": true, "composites": {"realm": ["plain"], "client": {"a": ["b"]}}},
            {"name": "vague", "composite": true},
            {"name": "simple", "composite": false, "attributes": {"a": ["b"]}, "y": 1},
            {"name": "other", "clientRole": true},
            {"name": " "}]})),
        told("iam", &json!({"groups": [
            {"id": "1", "path": "/a", "name": "b", "realmRoles": ["r"], "attributes": {"k": ["v"]}, "clientRoles": {},
                "access": {"x": true}, "subGroupCount": 1, "subGroups": [
                    {"name": "sub", "path": "/ignored", "subGroups": [{"name": "deep", "description": "d"}]}, {"path": "/a/x"}]},
            {"name": "top", "clientRoles": {"c": ["r"]}},
            {"attributes": {}}]})),
        told("iam", &json!({"client_scopes": [
            {"id": "1", "name": "profile", "protocol": "saml", "protocolMappers": [{"id": "2", "name": "m"}], "x": null},
            {"name": "vague", "y": 1}]})),
        told("iam", &json!({"identity_providers": [
            {"internalId": "1", "alias": "corp", "providerId": "oidc", "enabled": false, "storeToken": false, "displayName": "",
                "config": {"clientId": "c", "clientSecret": "***REDACTED***"}, "linkOnly": true, "types": [], "more": {}},
            {"alias": "plain", "providerId": "saml", "firstBrokerLoginFlowAlias": "f"}]})),
        told("iam", &json!({"clients": [{"clientId": "web"}, {"id": "x"}]})),
    ]
    .join("\n\n"), @r#"
    partial realm:realm {"display_name":"Acme","settings":{"loginTheme":"t","smtp":"***REDACTED***"}} <- 
    ! /realm_settings/smtp: is redacted and must be supplied again

    partial realm:realm {"settings":{}} <- 
    ! /realm_settings/displayName: was not carried: it is not text

    partial realm:realm {"settings":{}} <- 

    partial realm:realm {"settings":{}} <- 
    partial role:plain {"attributes":{}} <- realm:realm
    partial role:lead {"attributes":{},"composites":["plain"]} <- realm:realm, role:plain
    partial role:vague {"attributes":{}} <- realm:realm
    partial role:simple {"attributes":{"a":["b"]}} <- realm:realm
    ! /roles/1/composites/client: has no place in format 2.0.0, so it was not carried
    ! /roles/2/composite: says that the role has composites, and the artifact does not say which: none were carried
    ! /roles/3/y: has no place in format 2.0.0, so it was not carried
    ! /roles/4: role `other` was not carried: it is a client's
    ! /roles/5: was not carried: its name is blank

    partial realm:realm {"settings":{}} <- 
    partial group:/a {"attributes":{"k":["v"]},"roles":["r"]} <- realm:realm, role:r
    partial group:/a/sub {"attributes":{}} <- realm:realm, group:/a
    partial group:/a/sub/deep {"attributes":{}} <- realm:realm, group:/a/sub
    partial group:/top {"attributes":{}} <- realm:realm
    ! /groups/0/subGroups/0/subGroups/0/description: has no place in format 2.0.0, so it was not carried
    ! /groups/0/subGroups/1: a group was not carried: it has neither a name nor a path
    ! /groups/1/clientRoles: has no place in format 2.0.0, so it was not carried
    ! /groups/2: a group was not carried: it has neither a name nor a path

    partial realm:realm {"settings":{}} <- 
    partial client_scope:profile {"attributes":{},"protocol":"saml","protocol_mappers":[{"name":"m"}]} <- realm:realm
    partial client_scope:vague {"attributes":{},"protocol":"openid-connect"} <- realm:realm
    ! /client_scopes/1/protocol: is not stated: `openid-connect` was taken
    ! /client_scopes/1/y: has no place in format 2.0.0, so it was not carried

    partial realm:realm {"settings":{}} <- 
    partial identity_provider:corp {"config":{"clientId":"c","clientSecret":"***REDACTED***"},"enabled":false,"provider_id":"oidc"} <- realm:realm
    partial identity_provider:plain {"config":{},"enabled":true,"provider_id":"saml"} <- realm:realm
    ! /identity_providers/0/linkOnly: has no place in format 2.0.0, so it was not carried
    ! /identity_providers/0/config/clientSecret: is redacted and must be supplied again
    ! /identity_providers/1/firstBrokerLoginFlowAlias: has no place in format 2.0.0, so it was not carried

    partial realm:realm {"settings":{}} <- 
    ! /clients/0: client `web` was not carried: format 2.0.0 has no clients
    ! /clients/1: client `?` was not carried: format 2.0.0 has no clients
    "#);
}

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

#[test]
fn collections_in_every_shape() {
    insta::assert_snapshot!([
        told("mongo_metadata", &json!({"database": "legacy", "collections": [{"name": "c"}]})),
        told("mongo_metadata", &json!({"databases": [
            {"db_name": "one", "collections": [{"collection_name": "c"}], "sharding": [{"_id": 1}, {"_id": 2}], "x": 1},
            {"db_name": "two", "collections": [{"collection_name": "lost"}]},
            {"collections": [{"collection_name": "d"}], "sharding": []}]})),
        told("mongo_metadata", &json!({"database": "one", "databases": [{"db_name": "two"}], "sharding": "on"})),
        told("mongo_metadata", &json!({"collections": [
            {"name": "same", "validator": {"a": 1}, "options": {"validator": {"a": 1}, "capped": false}},
            {"name": "other", "validator": {"a": 1}, "options": {"validator": {"a": 2}}},
            {"name": "odd", "options": {"quantum": 1}},
            {"name": "v", "options": {"viewOn": "same", "pipeline": [{"$match": {"a": 1.5}}]}},
            {"name": "w", "options": {"viewOn": "v"}, "validator": {}, "indexes": []},
            {"name": "u", "options": {"viewOn": "absent"}, "validator": {"a": 1}, "indexes": [{"key": {"a": 1}}]},
            {"name": "broken", "options": {"viewOn": 7}},
            {"name": "i", "extra": 1, "indexes": [{"key": {"_id": 1}, "name": "_id_"}, {"key": {"a": 1}}, {"key": {"a": 1}, "odd": 1}]}]})),
        told("mongo_metadata", &json!({"collections": [{"name": "c"}], "indexes": [
            {"collection": "c", "key": {"a": 1}}, {"key": {"b": 1}}, {"collection": 7, "key": {"b": 1}},
            {"collection": "c", "key": {"a": {"$numberInt": "x"}}}]})),
    ]
    .join("\n\n"), @r#"
    partial collection:c {} <- 

    partial collection:c {} <- 
    partial collection:d {} <- 
    ! /databases/0/sharding: sharding (2 shards) was not carried: it is the cluster's, not the tenant's
    ! /databases/0/x: has no place in format 2.0.0, so it was not carried
    ! /databases/1: database `two` was not carried: a tenant has one

    ! /databases/0: database `two` was not carried: a tenant has one
    ! /sharding: sharding was not carried: it is the cluster's, not the tenant's

    collection:same {"validator":[["a",{"$numberInt":"1"}]]} <- 
    collection:other {"validator":[["a",{"$numberInt":"1"}]]} <- 
    mongo_view:v {"pipeline":[[["$match",[["a",{"$numberDouble":"1.5"}]]]]],"view_on":"same"} <- collection:same
    mongo_view:w {"pipeline":[],"view_on":"v"} <- mongo_view:v
    mongo_view:u {"pipeline":[],"view_on":"absent"} <- 
    partial collection:i {} <- 
    mongo_index:i.a_1 {"collection":"i","key":[["a",{"$numberInt":"1"}]],"name":"a_1"} <- collection:i
    ! /collections/1/options/validator: differs from `validator`, which was taken
    ! /collections/2: was not carried: has the option `quantum`, which is not known
    ! /collections/5/validator: was not carried: a view has none
    ! /collections/5/indexes: were not carried: a view has none
    ! /collections/6: was not carried: option `viewOn` is not text
    ! /collections/7/extra: has no place in format 2.0.0, so it was not carried
    ! /collections/7/indexes/2: an index of `i` was not carried: has the option `odd`, which is not known

    partial collection:c {} <- 
    partial mongo_index:c.a_1 {"collection":"c","key":[["a",{"$numberInt":"1"}]],"name":"a_1"} <- collection:c
    ! /indexes/1: an index was not carried: it does not say of which collection it is
    ! /indexes/2: an index was not carried: it does not say of which collection it is
    ! /indexes/3: an index of `c` was not carried: `$numberInt` holds "x"
    "#);
}

#[test]
fn buckets_in_every_shape() {
    let bucket = |member: &str, value: Value| {
        let mut bucket = json!({"name": "acme-prod-in"});
        bucket[member] = value;
        told("storage", &json!({"buckets": [bucket]}))
    };
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-prod-in/*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    let rule = json!({"ID": "r", "Status": "Enabled", "Filter": {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "b"}],
            "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}},
        "Expiration": {"Days": 3, "ExpiredObjectDeleteMarker": true},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 4, "NewerNoncurrentVersions": 5},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 6}, "Transitions": [{"Days": 7, "StorageClass": "GLACIER"}],
        "NoncurrentVersionTransitions": [{"NoncurrentDays": 8, "NewerNoncurrentVersions": 9, "StorageClass": "GLACIER"}]});
    let plain = json!({"Status": "Disabled", "Prefix": "q"});
    let tagged = json!({"Status": "Enabled", "Filter": {"Prefix": "f", "Tag": {"Key": "k", "Value": "v"},
        "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}, "Expiration": {"Date": "2027-01-01T00:00:00Z"},
        "Transitions": [{"Date": "2027-01-01T00:00:00Z", "StorageClass": "GLACIER"}]});
    let cors = json!({"ID": "c", "AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["h"],
        "ExposeHeaders": ["e"], "MaxAgeSeconds": 5});
    insta::assert_snapshot!([
        told("storage", &json!({"buckets": [{"name": "acme-prod-"}, {"name": "other-in"}, {"name": "acme-prod-in", "x": null, "y": 1}]})),
        bucket("versioning", json!("Enabled")),
        bucket("versioning", json!({"Status": "Suspended", "MFADelete": "Disabled"})),
        bucket("versioning", json!({"MFADelete": "Disabled"})),
        bucket("versioning", json!("Disabled")),
        bucket("versioning", json!("")),
        bucket("versioning", json!(null)),
        bucket("versioning", json!(7)),
        bucket("policy", policy.clone()),
        bucket("bucket_policy", json!(policy.to_string())),
        bucket("policy", json!(null)),
        bucket("policy", json!("allow all")),
        bucket("policy", json!("[]")),
        bucket("policy", json!(7)),
        bucket("lifecycle", json!({"Rules": [rule, plain, tagged], "TransitionDefaultMinimumObjectSize": "x"})),
        bucket("lifecycle_rules", json!([plain, {"Status": "Enabled", "Colour": 1}])),
        bucket("lifecycle", json!({})),
        bucket("lifecycle", json!({"Rules": null})),
        bucket("lifecycle", json!({"Rules": "x"})),
        bucket("lifecycle", json!(null)),
        bucket("cors", json!({"CORSRules": [cors]})),
        bucket("cors_rules", json!([{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}, {"AllowedOrigins": ["*"]}])),
    ]
    .join("\n\n"), @r#"
    partial bucket:in {} <- 
    ! /buckets/0: bucket `acme-prod-` was not carried: it is outside the tenant's space `acme-prod-`
    ! /buckets/1: bucket `other-in` was not carried: it is outside the tenant's space `acme-prod-`
    ! /buckets/2/y: has no place in format 2.0.0, so it was not carried

    partial bucket:in {"versioning":"Enabled"} <- 

    partial bucket:in {"versioning":"Suspended"} <- 
    ! /buckets/0/versioning/MFADelete: has no place in format 2.0.0, so it was not carried

    partial bucket:in {} <- 
    ! /buckets/0/versioning/MFADelete: has no place in format 2.0.0, so it was not carried

    partial bucket:in {} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 
    ! /buckets/0/versioning: was not carried: 7 is none of Enabled, Suspended, Disabled

    partial bucket:in {"policy":{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Principal":{"AWS":["*"]},"Resource":["bucket:/*"]}],"Version":"2012-10-17"}} <- 

    partial bucket:in {"policy":{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Principal":{"AWS":["*"]},"Resource":["bucket:/*"]}],"Version":"2012-10-17"}} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 
    ! /buckets/0/policy: was not carried: it is no policy document

    partial bucket:in {} <- 
    ! /buckets/0/policy: was not carried: it is no policy document

    partial bucket:in {} <- 
    ! /buckets/0/policy: was not carried: it is no policy document

    partial bucket:in {"lifecycle":[{"abort_incomplete_upload_days":6,"enabled":true,"expiration":{"days":3,"expired_object_delete_marker":true},"id":"r","noncurrent_expiration":{"days":4,"newer_versions":5},"noncurrent_transitions":[{"days":8,"newer_versions":9,"storage_class":"GLACIER"}],"prefix":"p","size_greater_than":1,"size_less_than":9,"tags":{"a":"b"},"transitions":[{"days":7,"storage_class":"GLACIER"}]},{"enabled":false,"id":"rule-2","prefix":"q"},{"enabled":true,"expiration":{"date":"2027-01-01T00:00:00Z"},"id":"rule-3","prefix":"f","size_greater_than":1,"size_less_than":9,"tags":{"k":"v"},"transitions":[{"date":"2027-01-01T00:00:00Z","storage_class":"GLACIER"}]}]} <- 
    ! /buckets/0/lifecycle/TransitionDefaultMinimumObjectSize: has no place in format 2.0.0, so it was not carried

    partial bucket:in {"lifecycle":[{"enabled":false,"id":"rule-1","prefix":"q"}]} <- 
    ! /buckets/0/lifecycle/1: was not carried: unknown field `Colour`, expected one of `ID`, `Status`, `Prefix`, `Filter`, `Expiration`, `NoncurrentVersionExpiration`, `AbortIncompleteMultipartUpload`, `Transitions`, `NoncurrentVersionTransitions`

    partial bucket:in {} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 
    ! /buckets/0/lifecycle: is not a list of rules, so nothing of it was carried

    partial bucket:in {} <- 

    partial bucket:in {"cors":[{"allowed_headers":["h"],"allowed_methods":["GET"],"allowed_origins":["*"],"expose_headers":["e"],"id":"c","max_age_seconds":5}]} <- 

    partial bucket:in {"cors":[{"allowed_methods":["GET"],"allowed_origins":["*"]}]} <- 
    ! /buckets/0/cors/1: was not carried: missing field `AllowedMethods`
    "#);
}

fn column(name: &str, changes: &Value) -> Value {
    let mut column = json!({"column_name": name, "data_type": "integer"});
    for (member, value) in changes.as_object().unwrap() {
        column[member] = value.clone();
    }
    column
}

#[test]
fn tables_in_every_shape() {
    let table = |columns: Value| told("postgres_metadata", &json!({"tables": [{"name": "T 1", "columns": columns}]}));
    insta::assert_snapshot!([
        table(json!([])),
        table(json!([
            column("a", &json!({"is_nullable": "NO", "ordinal_position": 1})),
            column("b", &json!({"is_nullable": "YES", "data_type": "varchar"})),
            column("c", &json!({"is_nullable": "MAYBE", "data_type": "numeric", "x": 1})),
            column("d", &json!({"data_type": "acme_prod.mood", "column_default": "'acme_prod.x'::acme_prod.mood"}))])),
        table(json!([
            column("s", &json!({"data_type": "smallserial"})),
            column("i", &json!({"data_type": "serial", "column_default": "nextval('acme_prod.\"T 1_i_seq\"'::regclass)"})),
            column("b", &json!({"data_type": "bigserial", "column_default": "7"}))])),
        table(json!([
            column("a", &json!({"column_default": "nextval('acme_prod.ids'::regclass)"})),
            column("b", &json!({"column_default": "nextval('ids'::regclass)"})),
            column("c", &json!({"data_type": "bigint", "column_default": "nextval('\"Big \"\"ids\"'::regclass)"})),
            column("d", &json!({"data_type": "smallint", "column_default": "nextval('small'::regclass)"})),
            column("e", &json!({"column_default": "nextval('other.ids'::regclass)"})),
            column("f", &json!({"column_default": "nextval('acme_prod.ids'::regclass) + 1"}))])),
        table(json!([column("a", &json!({"data_type": "USER-DEFINED"}))])),
        told("postgres_metadata", &json!({"tables": [{"name": "t2_x", "columns": [column("id", &json!({"data_type": "serial"}))]}]})),
    ]
    .join("\n\n"), @r#"
    partial schema:. {} <- 
    ! /tables/0: table `T 1` was not carried: the artifact states no columns

    partial schema:. {} <- 
    partial table:"T 1" {"columns":[{"name":"a","not_null":true,"type":"integer"},{"name":"b","type":"character varying"},{"name":"c","type":"numeric"},{"default":"'acme_prod.x'::mood","name":"d","type":"mood"}],"name":"T 1"} <- schema:.
    ! /tables/0/columns/2/x: has no place in format 2.0.0, so it was not carried
    ! /tables/0/columns/2/is_nullable: `MAYBE` is neither YES nor NO: NULL was allowed
    ! /tables/0/columns: a length or precision of b, c, if there was one, is not in the artifact

    partial schema:. {} <- 
    partial sequence:"T 1_s_seq" {"name":"T 1_s_seq","options":{"cache":"1","increment":"1","max":"32767","min":"1","start":"1","type":"smallint"}} <- schema:.
    partial sequence:"T 1_i_seq" {"name":"T 1_i_seq","options":{"cache":"1","increment":"1","max":"2147483647","min":"1","start":"1","type":"integer"}} <- schema:.
    partial table:"T 1" {"columns":[{"default":"nextval('\"T 1_s_seq\"'::regclass)","name":"s","not_null":true,"type":"smallint"},{"default":"nextval('\"T 1_i_seq\"'::regclass)","name":"i","not_null":true,"type":"integer"},{"default":"7","name":"b","not_null":true,"type":"bigint"}],"name":"T 1","owned_sequences":[{"column":"i","sequence":"T 1_i_seq"},{"column":"s","sequence":"T 1_s_seq"}]} <- schema:., sequence:"T 1_i_seq", sequence:"T 1_s_seq"

    partial schema:. {} <- 
    partial sequence:ids {"name":"ids","options":{"cache":"1","increment":"1","max":"2147483647","min":"1","start":"1","type":"integer"}} <- schema:.
    partial sequence:"Big ""ids" {"name":"Big \"ids","options":{"cache":"1","increment":"1","max":"9223372036854775807","min":"1","start":"1","type":"bigint"}} <- schema:.
    partial sequence:small {"name":"small","options":{"cache":"1","increment":"1","max":"32767","min":"1","start":"1","type":"smallint"}} <- schema:.
    partial table:"T 1" {"columns":[{"default":"nextval('ids'::regclass)","name":"a","type":"integer"},{"default":"nextval('ids'::regclass)","name":"b","type":"integer"},{"default":"nextval('\"Big \"\"ids\"'::regclass)","name":"c","type":"bigint"},{"default":"nextval('small'::regclass)","name":"d","type":"smallint"},{"default":"nextval('other.ids'::regclass)","name":"e","type":"integer"},{"default":"nextval('ids'::regclass) + 1","name":"f","type":"integer"}],"name":"T 1"} <- schema:., sequence:"Big ""ids", sequence:ids, sequence:small
    ! /tables/0/columns/0/column_default: sequence `ids` starts anew with default options: the artifact holds only its name
    ! /tables/0/columns/2/column_default: sequence `Big "ids` starts anew with default options: the artifact holds only its name
    ! /tables/0/columns/3/column_default: sequence `small` starts anew with default options: the artifact holds only its name

    partial schema:. {} <- 
    ! /tables/0: table `T 1` was not carried: of its column `a` the type `USER-DEFINED` does not say which one it is

    partial schema:. {} <- 
    partial sequence:t2_x_id_seq {"name":"t2_x_id_seq","options":{"cache":"1","increment":"1","max":"2147483647","min":"1","start":"1","type":"integer"}} <- schema:.
    partial table:t2_x {"columns":[{"default":"nextval('t2_x_id_seq'::regclass)","name":"id","not_null":true,"type":"integer"}],"name":"t2_x","owned_sequences":[{"column":"id","sequence":"t2_x_id_seq"}]} <- schema:., sequence:t2_x_id_seq
    "#);
}

#[test]
fn constraints_and_indexes_in_every_shape() {
    let columns = json!([column("a", &json!({})), column("b", &json!({}))]);
    let row = |name: &str, kind: &str, column: Option<&str>| json!({"constraint_name": name, "constraint_type": kind, "column_name": column});
    let index = |name: &str, definition: &str| json!({"indexname": name, "indexdef": definition});
    let constraints = json!([
        row("pk", "PRIMARY KEY", Some("a")),
        row("pk", "PRIMARY KEY", Some("b")),
        row("u", "UNIQUE", Some("b")),
        row("none", "UNIQUE", None),
        row("fk", "FOREIGN KEY", Some("a")),
        row("2200_1_not_null", "CHECK", None),
        row("positive", "CHECK", None),
        row("x", "EXCLUDE", Some("a")),
    ]);
    let indexes = json!([
        index("pk", "CREATE UNIQUE INDEX pk ON acme_prod.t USING btree (a, b)"),
        index("u", "CREATE UNIQUE INDEX u ON acme_prod.t USING btree (b) INCLUDE (a)"),
        index("none", "CREATE UNIQUE INDEX \"none\" ON acme_prod.t USING btree (a)"),
        index("i", "CREATE INDEX i ON acme_prod.t USING btree (lower(a))"),
    ]);
    let one = json!([index("i", "CREATE INDEX i ON t USING btree (a)")]);
    insta::assert_snapshot!([
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": columns, "constraints": constraints, "indexes": indexes}]})),
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": [], "constraints": constraints, "indexes": indexes}]})),
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": [], "indexes": one}]})),
        told("postgres_metadata", &json!({"tables": [{"name": "t", "columns": []}]})),
    ]
    .join("\n\n"), @r#"
    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"},{"name":"b","type":"integer"}],"name":"t"} <- schema:.
    partial constraint:t.pk {"definition":"PRIMARY KEY (\"a\", \"b\")","name":"pk","table":"t"} <- table:t
    partial constraint:t.u {"definition":"UNIQUE (\"b\")","name":"u","table":"t"} <- table:t
    partial index:none {"definition":"CREATE UNIQUE INDEX \"none\" ON t USING btree (a)","name":"none","table":"t"} <- table:t
    partial index:i {"definition":"CREATE INDEX i ON t USING btree (lower(a))","name":"i","table":"t"} <- table:t
    ! /tables/0/constraints/3: UNIQUE `none` of `t` was not carried: the artifact states none of its columns
    ! /tables/0/constraints/4: FOREIGN KEY `fk` of `t` was not carried: the artifact does not state what it refers to
    ! /tables/0/constraints/6: CHECK `positive` of `t` was not carried: the artifact does not hold its expression
    ! /tables/0/constraints/7: EXCLUDE `x` of `t` was not carried: format 1.0.0 does not say what it is
    ! /tables/0/indexes/1/indexdef: the index of constraint `u` was made plain; it was: CREATE UNIQUE INDEX u ON t USING btree (b) INCLUDE (a)

    partial schema:. {} <- 
    ! /tables/0: table `t` was not carried: the artifact states no columns
    ! /tables/0: 11 constraints and indexes of `t` were not carried with it

    partial schema:. {} <- 
    ! /tables/0: table `t` was not carried: the artifact states no columns
    ! /tables/0: 1 constraints and indexes of `t` were not carried with it

    partial schema:. {} <- 
    ! /tables/0: table `t` was not carried: the artifact states no columns
    "#);
}

#[test]
fn schemas_views_extensions_and_grants_in_every_shape() {
    let table = |name: &str| json!({"name": name, "columns": [column("a", &json!({}))]});
    let grant =
        |grantee: &str, table: &str| json!({"grantee": grantee, "table_name": table, "privilege_type": "SELECT"});
    insta::assert_snapshot!([
        told("postgres_metadata", &json!({"schemas": [
            {"schema_name": "legacy", "owner": "legacy_owner", "tables": [table("t")]},
            {"schema_name": "second", "tables": [table("lost")]},
            {"tables": [table("u")], "x": 1}]})),
        told("postgres_metadata", &json!({"schemas": [{"schema_name": "legacy", "owner": "somebody", "grants": [grant("somebody", "t")]}]})),
        told("postgres_metadata", &json!({"schemas": [{"schema_name": "legacy", "owner": "acme_prod_owner"}]})),
        told("postgres_metadata", &json!({"schemas": [{"schema_name": "s", "extensions": [{"extname": "plpgsql"}, {"extname": "citext", "extversion": "1.6"},
            {"extname": "dblink", "extversion": "1.2"}]}]})),
        told("postgres_metadata", &json!({"extensions": [{"name": "plpgsql", "version": "1.0"}, {"name": "dblink", "version": "1.2"}, {"name": "citext"}]})),
        told("postgres_metadata", &json!({"tables": [table("t")], "views": [
            {"name": "v", "definition": " SELECT v.a FROM acme_prod.t v JOIN w ON true JOIN absent ON true;"},
            {"name": "w", "definition": "SELECT 1 FROM w"},
            {"name": "blank", "definition": " "},
            {"name": "none", "x": 1}]})),
        told("postgres_metadata", &json!({"tables": [table("t")], "views": [{"name": "v", "definition": "SELECT 1"}], "grants": [
            grant("acme_prod_reader", "t"), grant("acme_prod_reader", "v"), grant("PUBLIC", "t"), grant("acme_prod_owner", "t"),
            grant("acme_prod_writer", "absent"), grant("globex_reader", "t"), grant("metrics", "t"),
            {"grantee": "acme_prod_reader", "table_name": "t", "privilege_type": "INSERT", "is_grantable": "NO"}]})),
    ]
    .join("\n\n"), @r#"
    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"}],"name":"t"} <- schema:.
    partial table:u {"columns":[{"name":"a","type":"integer"}],"name":"u"} <- schema:.
    ! /schemas/1: schema `second` was not carried: a tenant has one
    ! /schemas/2/x: has no place in format 2.0.0, so it was not carried

    partial schema:. {} <- 
    ! /schemas/0/owner: owner `somebody` was not carried: everything restored belongs to the target tenant's owner role

    partial schema:. {} <- 

    partial schema:. {} <- 
    partial extension:citext {"name":"citext"} <- 
    ! /schemas/0/extensions/1/extversion: extension `citext` comes in the version of the target's server
    ! /schemas/0/extensions/2: extension `dblink` was not carried: exports list those of the whole database, and the configuration does not let tenants use it

    partial schema:. {} <- 
    partial extension:dblink {"name":"dblink"} <- 
    partial extension:citext {"name":"citext"} <- 
    ! /extensions/1/version: extension `dblink` comes in the version of the target's server

    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"}],"name":"t"} <- schema:.
    partial view:v {"definition":"SELECT v.a FROM t v JOIN w ON true JOIN absent ON true","name":"v"} <- schema:., table:t, view:w
    partial view:w {"definition":"SELECT 1 FROM w","name":"w"} <- schema:.
    ! /views/2: view `blank` was not carried: the artifact does not hold its definition
    ! /views/3/x: has no place in format 2.0.0, so it was not carried
    ! /views/3: view `none` was not carried: the artifact does not hold its definition

    partial schema:. {} <- 
    partial table:t {"columns":[{"name":"a","type":"integer"}],"name":"t"} <- schema:.
    partial view:v {"definition":"SELECT 1","name":"v"} <- schema:.
    partial grant:table t to PUBLIC {"grantee":"PUBLIC","on":{"kind":"table","name":"t"},"privileges":{"SELECT":false}} <- table:t
    partial database_role:reader {"inherit":true,"name":"reader","on_creation":{"login":false}} <- 
    partial grant:table t to tenant:reader {"grantee":"tenant:reader","on":{"kind":"table","name":"t"},"privileges":{"INSERT":false,"SELECT":false}} <- database_role:reader, table:t
    partial grant:view v to tenant:reader {"grantee":"tenant:reader","on":{"kind":"view","name":"v"},"privileges":{"SELECT":false}} <- database_role:reader, view:v
    ! /grants/5: SELECT on `t` to `globex_reader` was not carried: `globex_reader` is neither the tenant's nor a shared role (`acme_prod_…`)
    ! /grants/6: SELECT on `t` to `metrics` was not carried: `metrics` is neither the tenant's nor a shared role (`acme_prod_…`)
    ! /grants/7/is_grantable: has no place in format 2.0.0, so it was not carried
    ! /grants/4: privileges on `absent` were not carried: neither was a table or view of that name
    ! /grants/0: role `reader` is made without attributes and memberships: the artifact holds only its name
    "#);
}
