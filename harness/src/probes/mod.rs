//! What the backends hold, read from their own catalogs: no code and no Kafka client is shared with the engine.

mod bson;
mod compare;
mod expect;
mod iam;
mod kafka;
pub mod losses;
mod mark;
mod mongo;
mod postgres;
mod postgres_catalog;
pub(crate) mod storage;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use self::bson::{bson_of, document};
pub use self::{
    compare::{Difference, Finding, PathDifference, compare},
    expect::{check_seeded, expectation, expected_in},
};
use crate::{
    backends::{Backends, Result},
    fixtures::{Domain, Space},
};

/// Resources by `kind:name`, with absolute names.
pub type Resources = BTreeMap<String, Value>;

/// Everything a backend holds in a space.
#[derive(Debug, Clone)]
pub struct Probed {
    /// Which domain was read.
    pub domain: Domain,
    /// The backend's version as it reports it.
    pub backend_version: String,
    /// What it holds.
    pub resources: Resources,
    /// The same with a mark wherever the catalog gives the name of the space.
    marked: Resources,
}

impl Probed {
    fn new(domain: Domain, backend_version: String, space: &Space, marked: Resources) -> Self {
        let resources = mark::resolve_all(&marked, space);
        Self { domain, backend_version, resources, marked }
    }

    /// The same in another space.
    #[must_use]
    pub fn read_for(&self, space: &Space) -> Self {
        Self::new(self.domain, self.backend_version.clone(), space, self.marked.clone())
    }
}

/// Reads everything that the backend of a domain holds in the space.
///
/// # Errors
/// When the backend does not answer or refuses.
pub async fn probe(backends: &Backends, space: &Space, domain: Domain) -> Result<Probed> {
    let (version, marked) = match domain {
        Domain::Iam => iam::probe(backends, space).await?,
        Domain::PostgresMetadata => postgres::probe(backends, space).await?,
        Domain::MongoMetadata => mongo::probe(backends, space).await?,
        Domain::Kafka => kafka::probe(backends, space).await?,
        Domain::Storage => storage::probe(backends, space).await?,
    };
    Ok(Probed::new(domain, version, space, marked))
}

/// What all backends hold in the space, for a comparison of all of it.
///
/// # Errors
/// When a backend does not answer or refuses.
pub async fn snapshot(backends: &Backends, space: &Space) -> Result<BTreeMap<Domain, Probed>> {
    let probes = Domain::ALL.map(|domain| probe(backends, space, domain));
    let probed = futures::future::try_join_all(probes).await?;
    Ok(probed.into_iter().map(|probed| (probed.domain, probed)).collect())
}
