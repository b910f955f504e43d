//! The engine's configuration for the servers of a stack.

use serde_json::{Value, json};

use crate::stack::Endpoints;

/// Small, so that a body over the limit is quick to send; every fixture is far below it.
const MAX_ARTIFACT_BYTES: u64 = 8 << 20;

/// Extensions that the fixtures may use.
const EXTENSIONS: [&str; 4] = ["pgcrypto", "citext", "pg_trgm", "btree_gist"];

/// The configuration of an engine that listens on a free port.
#[must_use]
pub fn configuration(endpoints: &Endpoints, public_key: &str) -> Value {
    let postgres = &endpoints.postgres;
    let url = |database: &str| (*postgres.engine_url(database)).to_owned();
    json!({
        "listen": "127.0.0.1:0",
        "control": { "url": url(&postgres.control_database) },
        "auth": { "public_key": public_key },
        "limits": { "max_artifact_bytes": MAX_ARTIFACT_BYTES },
        "domains": {
            "iam": { "url": url(&postgres.directory_database) },
            "postgres_metadata": { "url": url(&postgres.database), "extensions": EXTENSIONS },
            "mongo_metadata": { "url": &*endpoints.mongodb.engine_url },
            "kafka": {
                "bootstrap_servers": endpoints.kafka.bootstrap_servers,
                "username": endpoints.kafka.engine.username,
                "password": &*endpoints.kafka.engine.password,
                "sasl_mechanism": endpoints.kafka.engine.mechanism,
            },
            "storage": {
                "endpoint": endpoints.s3.endpoint,
                "region": endpoints.s3.region,
                "access_key_id": endpoints.s3.access_key_id,
                "secret_access_key": &*endpoints.s3.secret_access_key,
            },
        },
    })
}
