//! The shape that exports of 1.0.0 have: schema and database keep the dashes of the tenant's id, settings include the
//! broker's defaults, access control entries are protocol numbers.

use serde_json::{Map, Value, json};

use super::parts;
use crate::fixtures::{AclOperation, Domain, Place, Tenant};

/// What Kafka gives every topic by itself; exports list it beside what was set.
const BROKER_DEFAULTS: [(&str, &str); 4] = [
    ("cleanup.policy", "delete"),
    ("compression.type", "producer"),
    ("segment.bytes", "1073741824"),
    ("retention.bytes", "-1"),
];

pub(super) fn domains(tenant: &Tenant) -> Vec<(Domain, usize, Value)> {
    let (space, declared) = (&tenant.space, &tenant.declared);
    let schema = &space.tenant_id;
    let postgres = &declared.postgres_metadata;
    let tables: Vec<Value> = postgres
        .tables
        .iter()
        .map(|table| {
            json!({"table_name": table.name, "columns": parts::columns(table), "constraints": parts::constraints(table),
                "indexes": parts::indexes(table, schema, true)})
        })
        .collect();
    let quoted = format!("\"{schema}\"");
    let views = postgres.views.iter().map(|view| {
        json!({"table_name": view.name, "view_definition": format!(" {};", view.query.replace("{schema}", &quoted))})
    });
    let schemas = json!([{"schema_name": schema, "owner": space.owner_role(), "tables": tables,
        "views": views.collect::<Vec<_>>(), "extensions": [{"extname": "plpgsql", "extversion": "1.0"}],
        "grants": parts::grants(tenant)}]);
    let collections: Vec<Value> = declared
        .mongo_metadata
        .collections
        .iter()
        .map(|collection| {
            let mut indexes = vec![json!({"v": 2, "key": {"_id": 1}, "name": "_id_"})];
            for index in &collection.indexes {
                let mut described = Map::from_iter([("v".to_owned(), json!(2)), ("key".to_owned(), json!(index.key))]);
                described.insert("name".to_owned(), json!(index.name));
                described.extend(index.options.clone());
                indexes.push(Value::Object(described));
            }
            json!({"collection_name": collection.name, "options": collection.options,
                "validator": collection.options.get("validator"), "indexes": indexes})
        })
        .collect();
    let iam = parts::iam(tenant, true);
    let people = ["roles", "groups", "client_scopes", "identity_providers"];
    let counted = people.iter().filter_map(|name| iam[*name].as_array()).map(Vec::len).sum();
    vec![
        (Domain::Iam, counted, iam),
        (Domain::PostgresMetadata, postgres.tables.len() + postgres.views.len(), json!({"schemas": schemas})),
        (
            Domain::MongoMetadata,
            collections.len(),
            json!({"databases": [{"db_name": space.tenant_id, "collections": collections, "sharding": null}]}),
        ),
        kafka(tenant),
        (Domain::Storage, declared.storage.buckets.len(), json!({"buckets": buckets(tenant)})),
    ]
}

fn kafka(tenant: &Tenant) -> (Domain, usize, Value) {
    let (kafka, prefix) = (&tenant.declared.kafka, tenant.space.get(Place::TopicPrefix));
    let topics: Vec<Value> = kafka
        .topics
        .iter()
        .map(|topic| {
            let mut settings: Map<String, Value> =
                BROKER_DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            settings.extend(topic.settings.iter().map(|(name, value)| (name.clone(), json!(value))));
            json!({"name": format!("{prefix}{}", topic.name), "partitions": topic.partitions, "replication_factor": 1,
                "config_overrides": settings})
        })
        .collect();
    let acls: Vec<Value> = kafka
        .acls
        .iter()
        .map(|acl| {
            json!({"resource": format!("{prefix}{}", acl.name),
                "principal": format!("{}{}", tenant.space.get(Place::PrincipalPrefix), acl.principal), "host": acl.host,
                "operation": number_of(acl.operation), "permissionType": if acl.deny { 2 } else { 3 }})
        })
        .collect();
    let groups: Vec<Value> = kafka
        .consumer_groups
        .iter()
        .map(|group| json!({"group_id": format!("{prefix}{}", group.name), "state": "Empty", "member_count": 0}))
        .collect();
    let counted = topics.len() + acls.len() + groups.len();
    (Domain::Kafka, counted, json!({"topics": topics, "acls": acls, "consumer_groups": groups}))
}

/// The protocol's number of an operation.
const fn number_of(operation: AclOperation) -> u8 {
    match operation {
        AclOperation::All => 2,
        AclOperation::Read => 3,
        AclOperation::Write => 4,
        AclOperation::Create => 5,
        AclOperation::Delete => 6,
        AclOperation::Alter => 7,
        AclOperation::Describe => 8,
        AclOperation::DescribeConfigs => 10,
        AclOperation::AlterConfigs => 11,
    }
}

fn buckets(tenant: &Tenant) -> Vec<Value> {
    let prefix = tenant.space.get(Place::BucketPrefix);
    let bucket = |it: &crate::fixtures::Bucket| {
        let name = format!("{prefix}{}", it.name);
        json!({"name": name, "region": null, "versioning": it.versioning.as_deref().unwrap_or("Disabled"),
            "lifecycle_rules": parts::lifecycle(&it.lifecycle), "bucket_policy": parts::policy(it.policy.as_ref(), &name),
            "cors_rules": []})
    };
    tenant.declared.storage.buckets.iter().map(bucket).collect()
}
