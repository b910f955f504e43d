//! Collections, views and indexes.

use bson::{Bson, Document, doc};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};

use super::{
    Resources,
    bson::{bson_of, ordered, settings},
    mark::mark,
};
use crate::{
    backends::{Backends, Doing, Result},
    fixtures::{MongoMetadata, Place, Space},
};

const KEY: &str = "mongo_metadata";

/// How many collections are asked for their indexes at once.
const SIDE_BY_SIDE: usize = 16;

/// Options that are sets of settings: the order of their members says nothing.
const SETTINGS: [&str; 8] =
    ["collation", "timeseries", "weights", "size", "max", "expireAfterSeconds", "storageEngine", "clusteredIndex"];

fn option(name: &str, value: &Bson) -> Value {
    if SETTINGS.contains(&name) { settings(value) } else { ordered(value) }
}

fn key(kind: &str, name: &str) -> String {
    format!("{kind}:{}.{name}", mark(Place::Database))
}

pub(super) async fn probe(backends: &Backends, space: &Space) -> Result<(String, Resources)> {
    let database = backends.mongodb.database(&space.database());
    let build = backends.mongodb.database("admin").run_command(doc! {"buildInfo": 1}).await;
    let version = build.doing(KEY, "asking its version")?.get_str("version").unwrap_or("unknown").to_owned();
    let listed: Vec<Document> = database
        .run_cursor_command(doc! {"listCollections": 1})
        .await
        .doing(KEY, "listing collections")?
        .try_collect()
        .await
        .doing(KEY, "listing collections")?;
    let mut resources = Resources::new();
    let mut indexed = Vec::new();
    for item in listed {
        let name = item.get_str("name").doing(KEY, "reading a collection's name")?.to_owned();
        let kind = item.get_str("type").unwrap_or("collection");
        if name.starts_with("system.") {
            continue;
        }
        let options = item.get_document("options").cloned().unwrap_or_default();
        let mut value: Map<String, Value> =
            options.iter().map(|(name, value)| (name.clone(), option(name, value))).collect();
        if kind == "view" {
            resources.insert(key("mongo_view", &name), value.into());
        } else {
            value.insert("type".into(), kind.into());
            resources.insert(key("collection", &name), value.into());
            indexed.push(name);
        }
    }
    let indexes: Vec<(String, Vec<Document>)> = stream::iter(indexed)
        .map(|name| {
            let database = &database;
            async move {
                let doing = format!("listing the indexes of {name}");
                let cursor = database.run_cursor_command(doc! {"listIndexes": &name}).await.doing(KEY, &doing)?;
                let indexes = cursor.try_collect().await.doing(KEY, &doing)?;
                Ok((name, indexes))
            }
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    for (collection, indexes) in indexes {
        for index in indexes {
            let name = index.get_str("name").doing(KEY, "reading an index's name")?;
            if name != "_id_" {
                let members = index.iter().filter(|(member, _)| !["name", "ns"].contains(&member.as_str()));
                let value = members.map(|(member, value)| (member.clone(), option(member, value))).collect();
                resources.insert(key("mongo_index", &format!("{collection}.{name}")), Value::Object(value));
            }
        }
    }
    Ok((version, resources))
}

pub(super) fn declared(mongo: &MongoMetadata) -> Resources {
    let options = |declared: &Map<String, Value>| -> Map<String, Value> {
        declared.iter().map(|(name, value)| (name.clone(), option(name, &bson_of(value)))).collect()
    };
    let mut out = Resources::new();
    for collection in &mongo.collections {
        let mut value = options(&collection.options);
        // The server rounds a capped collection's size up.
        value.remove("size");
        out.insert(key("collection", &collection.name), value.into());
        for index in &collection.indexes {
            let mut value = options(&index.options);
            // A text index's key is the server's own; its weights say the same.
            if !index.key.values().any(|kind| kind == "text") {
                value.insert("key".into(), ordered(&bson_of(&Value::Object(index.key.clone()))));
            }
            out.insert(key("mongo_index", &format!("{}.{}", collection.name, index.name)), value.into());
        }
    }
    for view in &mongo.views {
        let pipeline: Vec<Value> = view.pipeline.iter().map(|stage| ordered(&bson_of(stage))).collect();
        let mut value = json!({"viewOn": view.on, "pipeline": pipeline});
        if let Some(collation) = &view.collation {
            value["collation"] = settings(&bson_of(&Value::Object(collation.clone())));
        }
        out.insert(key("mongo_view", &view.name), value);
    }
    out
}
