//! A tenant's realm.

use super::{Resources, mark::mark};
use crate::{
    backends::{
        Backends, Result,
        iam::{Record, declared as records},
    },
    fixtures::{Iam, Place, Space},
};

/// The records by `kind:name`, with the realm marked in the name.
fn resources(records: Vec<Record>) -> Resources {
    let realm = mark(Place::Realm);
    let named = records.into_iter().map(|record| {
        let key = record.key();
        let name = if key.name.is_empty() { realm.clone() } else { format!("{realm}/{}", key.name) };
        (format!("{}:{name}", key.kind), record.told())
    });
    named.collect()
}

pub(super) async fn probe(backends: &Backends, space: &Space) -> Result<(String, Resources)> {
    let version = backends.iam.version().await?;
    Ok((version, resources(backends.iam.read(&space.realm()).await?)))
}

pub(super) fn declared(iam: &Iam) -> Resources {
    resources(records(iam))
}
