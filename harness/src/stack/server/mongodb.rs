//! MongoDB.

use super::{Address, Failed, Running, Started, StartedEndpoint};
use crate::stack::endpoints::{Login, MongodbEndpoint};
use crate::stack::ready;

/// Arguments of the server: four servers and a build share the machine.
pub(crate) const ARGUMENTS: [&str; 4] =
    ["--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false"];

/// Creates the users that are not there, and waits until the server is ready.
pub(crate) async fn complete(mut running: Running, address: Address, suite: Login) -> Result<Started, Failed> {
    let engine = Login::random("restore-engine");
    let mut endpoint = MongodbEndpoint {
        origin: address.origin,
        version: String::new(),
        suite_url: ready::mongodb::url(&address.host, address.port, &suite),
        engine_url: ready::mongodb::url(&address.host, address.port, &engine),
        host: address.host,
        port: address.port,
        log: Some(running.log.clone()),
    };
    running.until_ready(|| ready::mongodb::provision(&endpoint, &suite, &engine)).await?;
    endpoint.version = running.until_ready(|| ready::mongodb::check(&endpoint)).await?;
    Ok(Started { running, endpoint: StartedEndpoint::Mongodb(endpoint) })
}
