//! Writes tenants straight into the backends and removes them again, never through the implementation.

pub mod differences;
mod iam;
mod kafka;
mod mongo;
mod postgres;
pub(crate) mod quote;
mod storage;

pub(crate) use postgres::foreign_wrapper;

use crate::{
    backends::{BackendError, Backends, Result},
    fixtures::{Domain, Place, Space, Tenant},
};

/// Writes the given domains of a tenant, side by side.
///
/// # Errors
/// When a backend does not answer or refuses; the other domains are finished all the same.
pub async fn seed(backends: &Backends, tenant: &Tenant, domains: &[Domain]) -> Result<()> {
    let work = domains.iter().map(|domain| async move {
        match domain {
            Domain::Iam => iam::seed(backends, tenant).await,
            Domain::PostgresMetadata => postgres::seed(backends, tenant).await,
            Domain::MongoMetadata => mongo::seed(backends, tenant).await,
            Domain::Kafka => kafka::seed(backends, tenant).await,
            Domain::Storage => storage::seed(backends, tenant).await,
        }
    });
    futures::future::join_all(work).await.into_iter().collect()
}

/// Deletes everything in these spaces from all backends, and returns what could not be deleted.
pub async fn remove(backends: &Backends, spaces: &[Space]) -> Vec<BackendError> {
    if spaces.is_empty() {
        return Vec::new();
    }
    let (iam, postgres, mongo, kafka, storage) = tokio::join!(
        iam::remove(backends, spaces),
        postgres::remove(backends, spaces),
        mongo::remove(backends, spaces),
        kafka::remove(backends, spaces),
        storage::remove(backends, spaces),
    );
    [iam, postgres, mongo].into_iter().filter_map(Result::err).chain(kafka).chain(storage).collect()
}

/// Whether a name lies in one of these spaces.
fn lies_in(spaces: &[Space], place: Place, name: &str) -> bool {
    spaces.iter().any(|space| space.relative(place, name).is_some())
}

/// For messages: the names of a place in each of these spaces.
fn told(spaces: &[Space], name: impl Fn(&Space) -> String) -> String {
    spaces.iter().map(name).collect::<Vec<_>>().join(", ")
}
