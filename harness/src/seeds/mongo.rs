//! Collections, indexes and views.

use bson::{Bson, Document, doc};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    backends::{Backends, Doing, Result},
    fixtures::{Collection, Space, Tenant},
    probes::{bson_of, document},
};

const KEY: &str = "mongo_metadata";
const SIDE_BY_SIDE: usize = 8;

pub(super) async fn seed(backends: &Backends, tenant: &Tenant) -> Result<()> {
    let database = backends.mongodb.database(&tenant.space.database());
    let declared = &tenant.declared.mongo_metadata;
    stream::iter(&declared.collections)
        .map(|it| collection(&database, it))
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect::<()>()
        .await?;
    for view in &declared.views {
        let pipeline: Vec<Bson> = view.pipeline.iter().map(bson_of).collect();
        let mut command = doc! {"create": &view.name, "viewOn": &view.on, "pipeline": pipeline};
        if let Some(collation) = &view.collation {
            command.insert("collation", document(collation));
        }
        database.run_command(command).await.doing(KEY, format!("creating view {}", view.name))?;
    }
    Ok(())
}

async fn collection(database: &mongodb::Database, collection: &Collection) -> Result<()> {
    let mut command = doc! {"create": &collection.name};
    command.extend(document(&collection.options));
    database.run_command(command).await.doing(KEY, format!("creating collection {}", collection.name))?;
    if collection.indexes.is_empty() {
        return Ok(());
    }
    let indexes: Vec<Document> = collection
        .indexes
        .iter()
        .map(|index| {
            let mut spec = doc! {"name": &index.name, "key": document(&index.key)};
            spec.extend(document(&index.options));
            spec
        })
        .collect();
    let command = doc! {"createIndexes": &collection.name, "indexes": indexes};
    database.run_command(command).await.doing(KEY, format!("creating the indexes of {}", collection.name))?;
    Ok(())
}

pub(super) async fn remove(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let dropped = spaces.iter().map(|space| async {
        let name = space.database();
        backends.mongodb.database(&name).drop().await.doing(KEY, format!("dropping database {name}"))
    });
    futures::future::join_all(dropped).await.into_iter().collect()
}
