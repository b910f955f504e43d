//! Topics, access control entries and consumer groups.

use krafka::admin::{
    AclBinding, AclFilter, AclPatternType, AlterConsumerGroupOffsetsOptions, CreateTopicsOptions, DeleteAclsOptions,
    DeleteConsumerGroupsOptions, DeleteTopicsOptions, DescribeAclsOptions, ListConsumerGroupsOptions,
    ListTopicsOptions, NewTopic, TopicPartition,
};

use super::lies_in;
use crate::{
    backends::{
        BackendError, Backends, Doing, Result,
        kafka_wire::{Entry, create_acls},
    },
    fixtures::{Acl, AclOperation, AclResource, Place, Space, Tenant},
};

const KEY: &str = "kafka";

pub(super) async fn seed(backends: &Backends, tenant: &Tenant) -> Result<()> {
    let (declared, space) = (&tenant.declared.kafka, &tenant.space);
    let prefix = space.get(Place::TopicPrefix);
    let topics: Vec<NewTopic> = declared
        .topics
        .iter()
        .map(|topic| {
            let new = NewTopic::new(format!("{prefix}{}", topic.name), topic.partitions, 1)?;
            Ok(topic.settings.iter().fold(new, |new, (name, value)| new.with_config(name, value)))
        })
        .collect::<std::result::Result<_, krafka::KrafkaError>>()
        .doing(KEY, "naming the topics")?;
    if !topics.is_empty() {
        let created = backends.kafka.create_topics(topics, CreateTopicsOptions::default()).await;
        for (name, result) in created.doing(KEY, "creating topics")? {
            result.doing(KEY, format!("creating topic {name}"))?;
        }
    }
    let entries: Vec<Entry> = declared.acls.iter().map(|acl| entry(space, acl)).collect();
    if !entries.is_empty() {
        create_acls(&backends.kafka_bootstrap, &backends.kafka_user, &entries).await?;
    }
    // The coordinator of a group takes no offset of a topic that its broker does not know yet; groups themselves are not
    // in the metadata log.
    backends.settle_kafka().await?;
    for group in &declared.consumer_groups {
        let name = format!("{prefix}{}", group.name);
        let offset = (TopicPartition::new(format!("{prefix}{}", group.topic), 0), 0);
        let options = AlterConsumerGroupOffsetsOptions::default();
        let set = backends.kafka.alter_consumer_group_offsets(&name, [offset], options).await;
        for (_, result) in set.doing(KEY, format!("creating consumer group {name}"))? {
            result.doing(KEY, format!("creating consumer group {name}"))?;
        }
    }
    Ok(())
}

/// The entry with the protocol's numbers.
fn entry(space: &Space, acl: &Acl) -> Entry {
    Entry {
        resource: match acl.resource {
            AclResource::Topic => 2,
            AclResource::Group => 3,
            AclResource::TransactionalId => 5,
        },
        name: format!("{}{}", space.get(Place::TopicPrefix), acl.name),
        pattern: if acl.prefixed { 4 } else { 3 },
        principal: format!("{}{}", space.get(Place::PrincipalPrefix), acl.principal),
        host: acl.host.clone(),
        operation: match acl.operation {
            AclOperation::All => 2,
            AclOperation::Read => 3,
            AclOperation::Write => 4,
            AclOperation::Create => 5,
            AclOperation::Delete => 6,
            AclOperation::Alter => 7,
            AclOperation::Describe => 8,
            AclOperation::DescribeConfigs => 10,
            AclOperation::AlterConfigs => 11,
        },
        permission: if acl.deny { 2 } else { 3 },
    }
}

/// A filter that matches an entry, whatever its pattern type.
fn binding_filter(acl: &AclBinding) -> AclFilter {
    AclFilter::for_resource(acl.resource_type, &acl.resource_name)
        .pattern_type(AclPatternType::Any)
        .principal(&acl.principal)
        .host(&acl.host)
        .operation(acl.operation)
        .permission_type(acl.permission_type)
}

pub(super) async fn remove(backends: &Backends, spaces: &[Space]) -> Vec<BackendError> {
    // A topic takes the offsets of its groups with it, and they the group: groups go first.
    let groups_and_topics = async { (remove_groups(backends, spaces).await, remove_topics(backends, spaces).await) };
    let (acls, (groups, topics)) = tokio::join!(remove_acls(backends, spaces), groups_and_topics);
    let settled = backends.settle_kafka().await;
    [acls, groups, topics, settled].into_iter().filter_map(Result::err).collect()
}

async fn remove_topics(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let mut names = backends.kafka.list_topics(ListTopicsOptions::default()).await.doing(KEY, "listing topics")?;
    names.retain(|name| lies_in(spaces, Place::TopicPrefix, name));
    if names.is_empty() {
        return Ok(());
    }
    let deleted = backends.kafka.delete_topics(&names, DeleteTopicsOptions::default()).await;
    for (name, result) in deleted.doing(KEY, "deleting topics")? {
        result.doing(KEY, format!("deleting topic {name}"))?;
    }
    Ok(())
}

async fn remove_groups(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let doing = "deleting consumer groups";
    let listed = backends.kafka.list_consumer_groups(ListConsumerGroupsOptions::default()).await.doing(KEY, doing)?;
    let mut names = Vec::new();
    for (_, groups) in listed {
        let groups = groups.doing(KEY, doing)?.into_iter().map(|group| group.group_id);
        names.extend(groups.filter(|name| lies_in(spaces, Place::TopicPrefix, name)));
    }
    if names.is_empty() {
        return Ok(());
    }
    let deleted = backends.kafka.delete_consumer_groups(&names, DeleteConsumerGroupsOptions::default()).await;
    for (name, result) in deleted.doing(KEY, doing)? {
        result.doing(KEY, format!("deleting consumer group {name}"))?;
    }
    Ok(())
}

async fn remove_acls(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let doing = "deleting access control entries";
    let mut acls =
        backends.kafka.describe_acls(AclFilter::all(), DescribeAclsOptions::default()).await.doing(KEY, doing)?;
    acls.retain(|acl| {
        lies_in(spaces, Place::TopicPrefix, &acl.resource_name)
            || lies_in(spaces, Place::PrincipalPrefix, &acl.principal)
    });
    if acls.is_empty() {
        return Ok(());
    }
    let filters = acls.iter().map(binding_filter).collect();
    let deleted = backends.kafka.delete_acls(filters, DeleteAclsOptions::default()).await;
    for (_, result) in deleted.doing(KEY, doing)? {
        result.doing(KEY, doing)?;
    }
    Ok(())
}
