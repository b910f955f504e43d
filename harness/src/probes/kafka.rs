//! Topics, access control entries and consumer groups.

use std::collections::BTreeMap;

use krafka::admin::{
    AclBinding, AclFilter, AclPatternType, AclResourceType, ConfigResource, DescribeAclsOptions,
    DescribeConfigsOptions, DescribeTopicsOptions, ListConsumerGroupsOptions, ListTopicsOptions,
};
use serde_json::{Value, json};

use super::{
    Resources,
    mark::{mark, marked},
};
use crate::{
    backends::{BackendError, Backends, Doing, Result},
    fixtures::{AclResource, Kafka, Place, Space},
};

const KEY: &str = "kafka";

/// The source of a setting that stands on the topic itself.
const DYNAMIC_TOPIC_CONFIG: i8 = 1;

/// The pattern type of an entry.
///
/// The client's numbers are one too low: it has left out MATCH (2), so LITERAL (3) reads as its `Prefixed`, and
/// PREFIXED (4) as its `Unknown`.
const fn pattern_of(entry: AclPatternType) -> &'static str {
    match entry {
        AclPatternType::Prefixed => "literal",
        AclPatternType::Unknown => "prefixed",
        _ => "?",
    }
}

/// The key of an access control entry, made of all it consists of.
fn acl_key(entry: &Value) -> String {
    let part = |name: &str| entry[name].as_str().unwrap_or_default();
    format!(
        "acl:{} {} {} {} {} {} from {}",
        part("permission"),
        part("principal"),
        part("operation"),
        part("resource"),
        part("pattern"),
        part("name"),
        part("host")
    )
}

pub(super) async fn probe(backends: &Backends, space: &Space) -> Result<(String, Resources)> {
    backends.settle_kafka().await?;
    let admin = &backends.kafka;
    let features = admin.describe_features(Default::default());
    let acls = admin.describe_acls(AclFilter::all(), DescribeAclsOptions::default());
    let groups = admin.list_consumer_groups(ListConsumerGroupsOptions::default());
    let (features, acls, groups, topics) = tokio::join!(features, acls, groups, topics(backends, space));
    let mut resources = topics?;
    for acl in acls.doing(KEY, "listing access control entries")? {
        let mine = space.relative(Place::TopicPrefix, &acl.resource_name).is_some()
            || space.relative(Place::PrincipalPrefix, &acl.principal).is_some();
        if mine {
            let entry = acl_value(space, &acl);
            resources.insert(acl_key(&entry), entry);
        }
    }
    for (_, listed) in groups.doing(KEY, "listing consumer groups")? {
        for group in listed.doing(KEY, "listing consumer groups")? {
            if space.relative(Place::TopicPrefix, &group.group_id).is_some() {
                let name = marked(space, Place::TopicPrefix, &group.group_id);
                resources.insert(format!("consumer_group:{name}"), json!({}));
            }
        }
    }
    let version = features
        .doing(KEY, "asking its features")?
        .finalized
        .iter()
        .find(|feature| feature.name == "metadata.version")
        .map_or_else(|| "unknown".to_owned(), |feature| format!("metadata.version {}", feature.max_version_level));
    Ok((version, resources))
}

async fn topics(backends: &Backends, space: &Space) -> Result<Resources> {
    let admin = &backends.kafka;
    let mut names = admin.list_topics(ListTopicsOptions::default()).await.doing(KEY, "listing topics")?;
    names.retain(|name| space.relative(Place::TopicPrefix, name).is_some());
    if names.is_empty() {
        return Ok(Resources::new());
    }
    let wanted: Vec<_> = names.iter().map(ConfigResource::topic).collect();
    let (described, settings) = tokio::join!(
        admin.describe_topics(&names, DescribeTopicsOptions::default()),
        admin.describe_configs(wanted, DescribeConfigsOptions::default())
    );
    let mut own: BTreeMap<String, BTreeMap<String, Option<String>>> = BTreeMap::new();
    for (resource, entries) in settings.doing(KEY, "reading settings")? {
        let entries = entries.doing(KEY, format!("reading the settings of {}", resource.name))?;
        let set = entries.into_iter().filter(|entry| entry.config_source == DYNAMIC_TOPIC_CONFIG);
        own.insert(resource.name, set.map(|entry| (entry.name, entry.value)).collect());
    }
    let mut resources = Resources::new();
    for (name, topic) in described.doing(KEY, "describing topics")? {
        let topic = topic.doing(KEY, format!("describing {name}"))?;
        let settings = own.remove(&name).ok_or_else(|| BackendError {
            backend: KEY,
            doing: format!("reading the settings of {name}"),
            cause: "the broker left it out".into(),
        })?;
        let value = json!({
            "partitions": topic.partitions.len(),
            "replication_factor": topic.partitions.first().map(|partition| partition.replicas.len()),
            "settings": settings,
        });
        resources.insert(format!("topic:{}", marked(space, Place::TopicPrefix, &name)), value);
    }
    Ok(resources)
}

fn acl_value(space: &Space, acl: &AclBinding) -> Value {
    let resource = match acl.resource_type {
        AclResourceType::Topic => "topic".to_owned(),
        AclResourceType::Group => "group".to_owned(),
        AclResourceType::TransactionalId => "transactional_id".to_owned(),
        other => format!("{other:?}"),
    };
    json!({
        "resource": resource,
        "name": marked(space, Place::TopicPrefix, &acl.resource_name),
        "pattern": pattern_of(acl.pattern_type),
        "principal": marked(space, Place::PrincipalPrefix, &acl.principal),
        "host": acl.host,
        "operation": format!("{:?}", acl.operation),
        "permission": format!("{:?}", acl.permission_type),
    })
}

pub(super) fn declared(kafka: &Kafka) -> Resources {
    let topic_prefix = mark(Place::TopicPrefix);
    let mut out = Resources::new();
    out.extend(kafka.topics.iter().map(|topic| {
        let value = json!({"partitions": topic.partitions, "settings": topic.settings});
        (format!("topic:{topic_prefix}{}", topic.name), value)
    }));
    out.extend(kafka.acls.iter().map(|acl| {
        let resource = match acl.resource {
            AclResource::Topic => "topic",
            AclResource::Group => "group",
            AclResource::TransactionalId => "transactional_id",
        };
        let entry = json!({
            "resource": resource,
            "name": format!("{topic_prefix}{}", acl.name),
            "pattern": if acl.prefixed { "prefixed" } else { "literal" },
            "principal": format!("{}{}", mark(Place::PrincipalPrefix), acl.principal),
            "host": acl.host,
            "operation": format!("{:?}", acl.operation),
            "permission": if acl.deny { "Deny" } else { "Allow" },
        });
        (acl_key(&entry), entry)
    }));
    out.extend(
        kafka.consumer_groups.iter().map(|group| (format!("consumer_group:{topic_prefix}{}", group.name), json!({}))),
    );
    out
}
