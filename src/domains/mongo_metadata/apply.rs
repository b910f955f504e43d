//! Writes a tenant's database: collections, then views in order, then indexes, all new ones of a collection at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use mongodb::bson::{Bson, Document, doc};
use restore_model::{
    Kind, ResourceId,
    domains::mongo_metadata::{
        command,
        ordered::Document as Ordered,
        spec::{CollectionSpec, IndexSpec, ViewSpec},
    },
    plan::{Action, Decision},
    report::Outcome,
};

use super::{client::Connection, codec};
use crate::{ErrorKind, domains::Target};

type Done = (ResourceId, Result<(), String>);

/// One command after the other: a server creates collections and indexes one at a time whatever one asks of it, and
/// several writers only make them wait for one another.
pub(super) async fn apply(connection: &Connection, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
    let writer = Writer { connection, target, gone: OnceLock::new() };
    let mut results: BTreeMap<ResourceId, Result<(), String>> = BTreeMap::new();
    for kind in [Kind::Collection, Kind::MongoView] {
        for action in batch.iter().filter(|action| action.id.kind == kind) {
            let (id, result) = writer.create(action, &failed_in(&results)).await;
            results.insert(id, result);
        }
    }
    let failed = failed_in(&results);
    let mut by_collection: BTreeMap<Option<&ResourceId>, Vec<&Action>> = BTreeMap::new();
    for action in batch.iter().filter(|action| action.id.kind == Kind::MongoIndex) {
        by_collection.entry(action.owner.as_ref()).or_default().push(action);
    }
    for actions in by_collection.into_values() {
        results.extend(writer.index(actions, &failed).await);
    }

    let outcome = |action: &Action| match results.remove(&action.id) {
        Some(Ok(())) => Outcome::done(action.id.clone()),
        Some(Err(message)) => Outcome::failed(action.id.clone(), message),
        None => Outcome::failed(action.id.clone(), format!("a {} is not of this domain", action.id.kind)),
    };
    batch.iter().map(outcome).collect()
}

fn failed_in(results: &BTreeMap<ResourceId, Result<(), String>>) -> BTreeSet<ResourceId> {
    results.iter().filter(|(_, result)| result.is_err()).map(|(id, _)| id.clone()).collect()
}

struct Writer<'a> {
    connection: &'a Connection,
    target: &'a Target<'a>,
    /// Why the deployment is gone. Whoever asked it for each of a thousand more resources would wait a thousand times.
    gone: OnceLock<String>,
}

impl Writer<'_> {
    async fn create(&self, action: &Action, failed: &BTreeSet<ResourceId>) -> Done {
        let result = match self.admit(action, failed) {
            Ok(()) => match creation_of(action) {
                Ok(command) => self.write(command).await.map_err(|(message, _)| message),
                Err(message) => Err(message),
            },
            Err(message) => Err(message),
        };
        (action.id.clone(), result)
    }

    /// Creates what is new on one collection with one command; one by one when that fails, to tell which it was.
    async fn index(&self, actions: Vec<&Action>, failed: &BTreeSet<ResourceId>) -> Vec<Done> {
        let mut done = Vec::with_capacity(actions.len());
        let mut admitted = Vec::with_capacity(actions.len());
        let mut collection = String::new();
        for action in actions {
            let read = self.admit(action, failed).and_then(|()| read_index(action));
            match read {
                Ok((name, index)) => {
                    collection = name;
                    admitted.push((action.id.clone(), index));
                }
                Err(message) => done.push((action.id.clone(), Err(message))),
            }
        }
        if admitted.is_empty() {
            return done;
        }
        let indexes = admitted.iter().map(|(_, index)| index.clone()).collect();
        match self.write(create_indexes(&collection, indexes)).await {
            Ok(()) => done.extend(admitted.into_iter().map(|(id, _)| (id, Ok(())))),
            Err((message, one_by_one)) if admitted.len() == 1 || !one_by_one => {
                done.extend(admitted.into_iter().map(|(id, _)| (id, Err(message.clone()))));
            }
            Err(_) => {
                for (id, index) in admitted {
                    let command = create_indexes(&collection, vec![index]);
                    done.push((id, self.write(command).await.map_err(|(message, _)| message)));
                }
            }
        }
        done
    }

    fn admit(&self, action: &Action, failed: &BTreeSet<ResourceId>) -> Result<(), String> {
        if let Some(Outcome { result: Err(message), .. }) = self.target.blocked(action, failed) {
            return Err(message);
        }
        match action.decision {
            Decision::Create => Ok(()),
            Decision::Complete => Err("is there already, but not as desired, and cannot be half-made: it comes into \
                                       being in one step"
                .into()),
            _ => Err("the plan does not write it".into()),
        }
    }

    /// Runs a write; a failure also says whether the server refused the command (and would take its next).
    async fn write(&self, mut command: Document) -> Result<(), (String, bool)> {
        if let Some(why) = self.gone.get() {
            return Err((format!("not attempted: {why}"), false));
        }
        let request = self.connection.request_timeout();
        command.insert("maxTimeMS", i64::try_from(request.as_millis()).unwrap_or(i64::MAX));
        self.target.fence.check(request).await.map_err(|error| (error.to_string(), false))?;
        match self.connection.run(&self.target.space.database, command).await {
            Ok(_) => Ok(()),
            Err(failure) => {
                if failure.error.kind() == ErrorKind::BackendUnavailable {
                    self.gone.get_or_init(|| failure.error.to_string());
                }
                let refused = failure.code.is_some() && failure.error.kind() == ErrorKind::BackendFailed;
                Err((failure.error.to_string(), refused))
            }
        }
    }
}

fn creation_of(action: &Action) -> Result<Document, String> {
    let members = if action.id.kind == Kind::Collection {
        command::create_collection(&action.parse_spec::<CollectionSpec>().map_err(|error| error.to_string())?)
    } else {
        command::create_view(&action.parse_spec::<ViewSpec>().map_err(|error| error.to_string())?)
    };
    let mut command = doc! { "create": &action.id.name };
    command.extend(codec::members(members)?);
    Ok(command)
}

fn read_index(action: &Action) -> Result<(String, Document), String> {
    let spec: IndexSpec = action.parse_spec().map_err(|error| error.to_string())?;
    let index: Ordered = command::create_index(&spec);
    Ok((spec.collection, codec::members(index)?))
}

fn create_indexes(collection: &str, indexes: Vec<Document>) -> Document {
    let indexes: Vec<Bson> = indexes.into_iter().map(Bson::Document).collect();
    doc! { "createIndexes": collection, "indexes": indexes }
}
