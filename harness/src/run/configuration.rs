//! The engine's configuration for the servers of a stack.

use serde_json::{Value, json};

use crate::{stack::Endpoints, timeouts};

/// Small, so that a body over the limit is quick to send; every fixture is far below it.
const MAX_ARTIFACT_BYTES: u64 = 8 << 20;

/// Extensions that tenants may use. One that a scenario takes away from the database is not among them.
pub const EXTENSIONS: [&str; 3] = ["pgcrypto", "citext", "btree_gist"];

/// The configuration of a reference engine that listens on a free port and trusts tokens of this key (PEM).
#[must_use]
pub fn configuration(endpoints: &Endpoints, public_key: &str) -> Value {
    let postgres = &endpoints.postgres;
    let request = u64::try_from(timeouts::ENGINE_REQUEST.as_millis()).unwrap_or(u64::MAX);
    let url = |database: &str| (*postgres.engine_url(database)).to_owned();
    json!({
        "listen": "127.0.0.1:0",
        "control": { "url": url(&postgres.control_database), "request_timeout_ms": request },
        "auth": { "public_key": public_key },
        "limits": { "max_artifact_bytes": MAX_ARTIFACT_BYTES },
        "domains": {
            "iam": { "url": url(&postgres.directory_database), "request_timeout_ms": request },
            "postgres_metadata": {
                "url": url(&postgres.database),
                "extensions": EXTENSIONS,
                "request_timeout_ms": request,
            },
            "mongo_metadata": { "url": &*endpoints.mongodb.engine_url, "request_timeout_ms": request },
            "kafka": {
                "bootstrap_servers": endpoints.kafka.bootstrap_servers,
                "username": endpoints.kafka.engine.username,
                "password": &*endpoints.kafka.engine.password,
                "sasl_mechanism": endpoints.kafka.engine.mechanism,
                "request_timeout_ms": request,
            },
            "storage": {
                "endpoint": endpoints.s3.endpoint,
                "region": endpoints.s3.region,
                "access_key_id": endpoints.s3.access_key_id,
                "secret_access_key": &*endpoints.s3.secret_access_key,
                "request_timeout_ms": request,
            },
        },
    })
}
