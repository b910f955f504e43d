//! PostgreSQL.

use super::{Address, Failed, Running, Started, StartedEndpoint};
use crate::stack::endpoints::{Login, PostgresEndpoint};
use crate::stack::ready;

/// Settings of the server. The data does not outlive the stack, hence no waiting for the disk. An implementation keeps
/// some twenty connections, and many scenarios have one of their own.
pub(crate) const SETTINGS: [&str; 4] =
    ["max_connections=500", "fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// How its data folder is created, besides the superuser.
pub(crate) const INITDB: [&str; 5] = ["--encoding", "UTF8", "--locale", "C", "--no-sync"];

/// Waits until the server is ready, then creates roles and databases.
pub(crate) async fn complete(mut running: Running, address: Address, suite: Login) -> Result<Started, Failed> {
    let mut endpoint = PostgresEndpoint {
        origin: address.origin,
        version: String::new(),
        host: address.host,
        port: address.port,
        suite,
        engine: Login::random("restore_engine"),
        database: "platform".to_owned(),
        directory_database: "directory".to_owned(),
        control_database: "control".to_owned(),
        extensions: Vec::new(),
        parameters: String::new(),
        log: Some(running.log.clone()),
    };
    endpoint.version = running.until_ready(|| ready::postgres::check(&endpoint, "postgres")).await?;
    let provisioned = async {
        ready::postgres::provision(&endpoint).await?;
        ready::postgres::extensions(&endpoint).await
    };
    match provisioned.await {
        Ok(extensions) => endpoint.extensions = extensions,
        Err(why) => return Err(running.fail(why).await),
    }
    Ok(Started { running, endpoint: StartedEndpoint::Postgres(endpoint) })
}
