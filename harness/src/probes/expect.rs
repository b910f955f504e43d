//! What should be there.

use serde_json::{Map, Value};

use super::{Finding, Probed, Resources, compare::compare_with, iam, kafka, mark, mongo, postgres, storage};
use crate::fixtures::{Domain, Space, Tenant};

/// What a tenant's declaration says should be there: every resource, with the members whose value does not depend on
/// how a server writes things.
#[must_use]
pub fn expectation(tenant: &Tenant, domain: Domain) -> Resources {
    let marked = match domain {
        Domain::Iam => iam::declared(&tenant.declared.iam),
        Domain::PostgresMetadata => postgres::declared(&tenant.declared.postgres_metadata),
        Domain::MongoMetadata => mongo::declared(&tenant.declared.mongo_metadata),
        Domain::Kafka => kafka::declared(&tenant.declared.kafka),
        Domain::Storage => storage::declared(&tenant.declared.storage),
    };
    mark::resolve_all(&marked, &tenant.space)
}

/// Whether a probe of the seeded source sees every declared resource and nothing else, so that a probe that is blind to
/// a kind passes for nothing.
#[must_use]
pub fn check_seeded(tenant: &Tenant, probed: &Probed) -> Vec<Finding> {
    compare_with(&expectation(tenant, probed.domain), &probed.resources, true)
}

/// What a restore of the probed source should leave in the target: the same in the target's names, without what no
/// artifact holds (credentials, secrets of identity providers, the right to log in, which would need a password) and what
/// no restore makes (consumer groups).
#[must_use]
pub fn expected_in(source: &Probed, target: &Space) -> Resources {
    let mut expected = mark::resolve_all(&source.marked, target);
    expected.retain(|key, _| !key.starts_with("credential:") && !key.starts_with("consumer_group:"));
    for (key, value) in &mut expected {
        if let (true, Some(secrets)) = (key.starts_with("identity_provider:"), value.get_mut("secrets")) {
            *secrets = Value::Object(Map::new());
        }
        if let (true, Some(login)) = (key.starts_with("database_role:"), value.get_mut("login")) {
            *login = Value::Bool(false);
        }
    }
    expected
}
