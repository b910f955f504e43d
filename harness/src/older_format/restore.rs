//! The shape that restores of 1.0.0 take: names without the dashes, settings that were set, entries by name.

use serde_json::{Map, Value, json};

use super::parts;
use crate::{
    fixtures::{Domain, Place, Tenant},
    seeds::quote::ident,
};

pub(super) fn domains(tenant: &Tenant) -> Vec<(Domain, usize, Value)> {
    let (space, declared) = (&tenant.space, &tenant.declared);
    let schema = space.schema();
    let postgres = &declared.postgres_metadata;
    let tables: Vec<Value> = postgres
        .tables
        .iter()
        .map(|table| {
            json!({"name": table.name, "columns": parts::columns(table), "constraints": parts::constraints(table),
                "indexes": parts::indexes(table, &schema, false)})
        })
        .collect();
    let quoted = ident(&schema);
    let views = postgres
        .views
        .iter()
        .map(|view| json!({"name": view.name, "definition": view.query.replace("{schema}", &quoted)}));
    let postgres_data = json!({"schema": schema, "schemas": [{"name": schema}], "tables": tables,
        "views": views.collect::<Vec<_>>(), "extensions": [{"name": "plpgsql", "version": "1.0"}],
        "grants": parts::grants(tenant)});
    let mut indexes = Vec::new();
    let mut collections = Vec::new();
    for collection in &declared.mongo_metadata.collections {
        let validator = collection.options.get("validator").map(|it| ("validator".to_owned(), it.clone()));
        let name = ("name".to_owned(), json!(collection.name));
        collections.push(Value::Object(std::iter::once(name).chain(validator).collect()));
        for index in &collection.indexes {
            let mut described = Map::from_iter([("collection".to_owned(), json!(collection.name))]);
            described.insert("name".to_owned(), json!(index.name));
            described.insert("key".to_owned(), json!(index.key));
            described.extend(index.options.clone());
            indexes.push(Value::Object(described));
        }
    }
    let iam = parts::iam(tenant, false);
    let counted = ["roles", "groups"].iter().filter_map(|name| iam[*name].as_array()).map(Vec::len).sum();
    vec![
        (Domain::Iam, counted, iam),
        (Domain::PostgresMetadata, postgres.tables.len() + postgres.views.len(), postgres_data),
        (
            Domain::MongoMetadata,
            collections.len(),
            json!({"database": space.database(), "collections": collections, "indexes": indexes}),
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
        .enumerate()
        .map(|(position, topic)| {
            // As a map, or as a list of pairs: both are in use.
            let pairs = topic.settings.iter().map(|(name, value)| json!({"configName": name, "configValue": value}));
            let settings = if position == 0 { json!(topic.settings) } else { pairs.collect() };
            json!({"name": format!("{prefix}{}", topic.name), "numPartitions": topic.partitions, "replicationFactor": 1,
                "configEntries": settings})
        })
        .collect();
    let acls: Vec<Value> = kafka
        .acls
        .iter()
        .map(|acl| {
            json!({"resourceType": "topic", "resourceName": format!("{prefix}{}", acl.name), "patternType": "literal",
                "principal": format!("{}{}", tenant.space.get(Place::PrincipalPrefix), acl.principal), "host": acl.host,
                "operation": acl.operation, "permissionType": if acl.deny { "deny" } else { "allow" }})
        })
        .collect();
    let groups: Vec<Value> =
        kafka.consumer_groups.iter().map(|group| json!({"groupId": format!("{prefix}{}", group.name)})).collect();
    let counted = topics.len() + acls.len() + groups.len();
    (Domain::Kafka, counted, json!({"topics": topics, "acls": acls, "consumer_groups": groups}))
}

fn buckets(tenant: &Tenant) -> Vec<Value> {
    let prefix = tenant.space.get(Place::BucketPrefix);
    let bucket = |it: &crate::fixtures::Bucket| {
        let name = format!("{prefix}{}", it.name);
        let mut value = json!({"name": name});
        if let Some(status) = &it.versioning {
            value["versioning"] = json!({"Status": status});
        }
        if !it.lifecycle.is_empty() {
            value["lifecycle"] = json!({"Rules": parts::lifecycle(&it.lifecycle)});
        }
        if it.policy.is_some() {
            value["policy"] = parts::policy(it.policy.as_ref(), &name);
        }
        value
    };
    tenant.declared.storage.buckets.iter().map(bucket).collect()
}
