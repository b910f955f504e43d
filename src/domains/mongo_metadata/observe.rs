//! Reads a tenant's database: one listing of collections, one of indexes per collection.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use mongodb::bson::{Document, doc};
use restore_model::{
    Inventory, Kind, Resource, ResourceId, TenantSpace,
    domains::mongo_metadata::{self, described},
};

use super::{
    client::{Connection, Failure, READERS},
    codec,
};
use crate::{ErrorKind, Result};

/// What the server calls itself.
const SYSTEM: &str = "system.";

struct Listed {
    name: String,
    kind: Kind,
    options: Document,
}

pub(super) async fn observe(connection: &Connection, space: &TenantSpace) -> Result<Inventory> {
    let command = doc! { "listCollections": 1, "cursor": { "batchSize": 10_000 } };
    let listing = connection.list(&space.database, command).await.map_err(|failure| failure.error)?;
    let listed: Vec<Listed> = listing.iter().filter_map(read_entry).collect();
    let mut inventory = Inventory::default();
    let mut collections = Vec::new();
    let known: BTreeSet<ResourceId> =
        listed.iter().map(|entry| ResourceId::new(entry.kind, entry.name.clone())).collect();
    for entry in listed {
        let id = ResourceId::new(entry.kind, entry.name.clone());
        match read_options(&entry, &known) {
            Ok(resource) => {
                if entry.kind == Kind::Collection {
                    collections.push(entry.name);
                }
                inventory.insert(resource);
            }
            Err(reason) => {
                inventory.unreadable.insert(id, reason);
            }
        }
    }
    let listings = stream::iter(collections).map(|name| async move {
        let command = doc! { "listIndexes": &name, "cursor": { "batchSize": 1_000 } };
        let listing = connection.list(&space.database, command).await;
        (name, listing)
    });
    let mut listings = listings.buffer_unordered(READERS);
    while let Some((name, listing)) = listings.next().await {
        match listing {
            Ok(descriptions) => read_indexes(&name, descriptions, &mut inventory),
            Err(Failure { error, .. }) if error.kind() == ErrorKind::BackendUnavailable => return Err(error),
            Err(Failure { error, .. }) => give_up_on(&name, format!("its indexes: {error}"), &mut inventory),
        }
    }
    Ok(inventory)
}

fn read_entry(entry: &Document) -> Option<Listed> {
    let name = entry.get_str("name").ok()?.to_owned();
    let kind = if entry.get_str("type").is_ok_and(|kind| kind == "view") { Kind::MongoView } else { Kind::Collection };
    let options = entry.get_document("options").cloned().unwrap_or_default();
    (!name.starts_with(SYSTEM)).then_some(Listed { name, kind, options })
}

fn read_options(entry: &Listed, known: &BTreeSet<ResourceId>) -> Result<Resource, String> {
    let options = codec::document(entry.options.clone())?;
    if entry.kind == Kind::Collection {
        return mongo_metadata::collection(&entry.name, &described::collection(&options)?);
    }
    let spec = described::view(&options)?;
    let source = [Kind::Collection, Kind::MongoView].map(|kind| ResourceId::new(kind, spec.view_on.clone()));
    let resource = mongo_metadata::view(&entry.name, &spec)?;
    // A view may be left over a collection that is gone: then it requires nothing.
    Ok(resource.requiring(source.into_iter().filter(|id| known.contains(id))))
}

fn read_indexes(collection: &str, descriptions: Vec<Document>, inventory: &mut Inventory) {
    for description in descriptions {
        let name = description.get_str("name").unwrap_or_default().to_owned();
        let read = codec::document(description).and_then(|description| described::index(collection, &description));
        match read.and_then(|spec| spec.map(|spec| mongo_metadata::index(&spec)).transpose()) {
            Ok(Some(resource)) => inventory.insert(resource),
            Ok(None) => {}
            Err(reason) => {
                inventory.unreadable.insert(ResourceId::new(Kind::MongoIndex, format!("{collection}.{name}")), reason);
            }
        }
    }
}

fn give_up_on(collection: &str, reason: String, inventory: &mut Inventory) {
    let id = ResourceId::new(Kind::Collection, collection);
    inventory.resources.remove(&id);
    inventory.unreadable.insert(id, reason);
}
