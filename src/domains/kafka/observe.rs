//! Reads a tenant's part of a cluster: one request each for topics, their settings, entries and groups.

use std::collections::BTreeSet;

use rdkafka::types::RDKafkaErrorCode as Code;
use restore_model::{
    Inventory, Kind, Resource, ResourceId, TenantSpace,
    domains::kafka::{ConsumerGroupSpec, Placement, TopicSpec, compose, relativise},
};

use super::client::Client;
use crate::Result;

/// How many topics one request asks the settings of.
const CONFIGS_AT_ONCE: usize = 1_000;

/// Reads everything in the space.
pub(super) async fn observe(
    client: &Client,
    space: &TenantSpace,
    shared_principals: &BTreeSet<String>,
) -> Result<Inventory> {
    let mut inventory = Inventory::default();
    observe_acls(client, space, shared_principals, &mut inventory).await?;
    observe_topics(client, space, &mut inventory).await?;
    observe_groups(client, space, &mut inventory).await?;
    Ok(inventory)
}

async fn observe_acls(
    client: &Client,
    space: &TenantSpace,
    shared_principals: &BTreeSet<String>,
    inventory: &mut Inventory,
) -> Result<()> {
    let bindings = client.run(|admin| admin.acls()).await?;
    for binding in bindings {
        match binding.placed_in(space, shared_principals) {
            Placement::Inside(spec) => {
                let id = ResourceId::new(Kind::Acl, spec.name());
                add(inventory, id, spec.into_resource());
            }
            Placement::Across(note) => inventory.notes.push(note),
            Placement::Outside => {}
        }
    }
    inventory.notes.sort();
    Ok(())
}

async fn observe_topics(client: &Client, space: &TenantSpace, inventory: &mut Inventory) -> Result<()> {
    let prefix = space.topic_prefix.clone();
    let topics = client.run(move |admin| admin.topics(&prefix)).await?;
    let readable: Vec<String> =
        topics.iter().filter(|(_, state)| state.is_ok()).map(|(name, _)| name.clone()).collect();
    let mut settings = std::collections::BTreeMap::new();
    for names in readable.chunks(CONFIGS_AT_ONCE) {
        let names = names.to_vec();
        settings.append(&mut client.run(move |admin| admin.topic_configs(&names)).await?);
    }
    for (name, state) in topics {
        let Some(relative) = relativise(&space.topic_prefix, &name).filter(|relative| !relative.is_empty()) else {
            continue;
        };
        let id = ResourceId::new(Kind::Topic, relative);
        let spec = state.map_err(|failure| failure.message).and_then(|state| {
            let config = settings
                .remove(&name)
                .ok_or_else(|| "the broker did not tell its settings".to_owned())?
                .map_err(|failure| format!("its settings: {}", failure.message))?;
            if state.uneven {
                inventory.notes.push(format!("{id}: its partitions differ in their number of replicas"));
            }
            let number = |count: usize| i32::try_from(count).map_err(|error| error.to_string());
            let (partitions, replication_factor) = (number(state.partitions)?, number(state.replication_factor)?);
            TopicSpec { partitions, replication_factor, config }.into_resource(relative)
        });
        add(inventory, id, spec);
    }
    Ok(())
}

async fn observe_groups(client: &Client, space: &TenantSpace, inventory: &mut Inventory) -> Result<()> {
    let (groups, failures) = client.run(|admin| admin.consumer_groups()).await?;
    for (name, simple) in groups {
        if let Some(relative) = relativise(&space.topic_prefix, &name).filter(|relative| !relative.is_empty()) {
            let id = ResourceId::new(Kind::ConsumerGroup, relative);
            add(inventory, id, ConsumerGroupSpec { simple }.into_resource(relative));
        }
    }
    let note = |message: &str| format!("consumer groups of one broker could not be listed: {message}");
    inventory.notes.extend(failures.iter().map(|failure| note(&failure.message)));
    Ok(())
}

fn add(inventory: &mut Inventory, id: ResourceId, resource: Result<Resource, String>) {
    match resource {
        Ok(resource) => inventory.insert(resource),
        Err(reason) => {
            inventory.unreadable.insert(id, reason);
        }
    }
}

/// Asks by name for desired topics that the listing does not show: it silently omits what one may not describe. Returns
/// whether one came into being since: then another listing shows it.
pub(super) async fn find_hidden(
    client: &Client,
    space: &TenantSpace,
    desired: &[ResourceId],
    inventory: &mut Inventory,
) -> Result<bool> {
    let missing = |id: &&ResourceId| {
        id.kind == Kind::Topic && !inventory.resources.contains_key(*id) && !inventory.unreadable.contains_key(*id)
    };
    let missing: BTreeSet<&ResourceId> = desired.iter().filter(missing).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let whole = |id: &ResourceId| compose(&space.topic_prefix, &id.name);
    let names: Vec<String> = missing.iter().map(|id| whole(id)).filter(|name| !name.contains('\0')).collect();
    let answers = client.run(move |admin| admin.describe_topics(&names)).await?;
    let (mut hidden, mut appeared) = (Vec::new(), false);
    for id in missing {
        let reason = match answers.get(&whole(id)) {
            // A name that no topic can have is absent; parsing has refused it.
            Some(Err(failure)) if matches!(failure.code, Code::UnknownTopicOrPartition | Code::InvalidTopic) => {
                continue;
            }
            Some(Err(failure)) => failure.message.clone(),
            Some(Ok(())) => {
                appeared = true;
                "it came into being while the cluster was read".to_owned()
            }
            None => "the broker did not answer for it".to_owned(),
        };
        hidden.push((id.clone(), reason));
    }
    inventory.unreadable.extend(hidden);
    Ok(appeared)
}
