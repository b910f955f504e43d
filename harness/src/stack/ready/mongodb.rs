//! MongoDB: ready condition and users.

use std::time::Duration;

use bson::{Document, doc};
use mongodb::Client;
use mongodb::options::{ClientOptions, WriteConcern};

use super::{chain, unique};
use crate::stack::endpoints::{Login, MongodbEndpoint, percent_encode};
use crate::stack::secret::Secret;
use crate::timeouts;

/// The URL of a user of a server that stands alone.
pub(crate) fn url(host: &str, port: u16, login: &Login) -> Secret {
    let (user, password) = (percent_encode(&login.username), percent_encode(&login.password));
    Secret::new(format!("mongodb://{user}:{password}@{host}:{port}/?authSource=admin&directConnection=true"))
}

/// Writes and reads a document in a database of its own, as the suite.
pub(crate) async fn check(endpoint: &MongodbEndpoint) -> Result<String, String> {
    let check = async {
        let client = connect(&endpoint.suite_url).await?;
        let database = client.database(&unique('_'));
        let collection = database.collection::<Document>("ready");
        let written = async {
            collection.insert_one(doc! { "n": 42 }).write_concern(WriteConcern::majority()).await?;
            collection.find_one(doc! { "n": 42 }).await
        }
        .await;
        database.drop().await?;
        let information = client.database("admin").run_command(doc! { "buildInfo": 1 }).await?;
        client.shutdown().await;
        Ok((written?.is_some(), information.get_str("version").unwrap_or("unknown").to_owned()))
    };
    match check.await.map_err(|error: mongodb::error::Error| chain(&error))? {
        (true, version) => Ok(version),
        (false, _) => Err("wrote a document and did not find it".to_owned()),
    }
}

/// Creates the users of a fresh server. The first is let in because there is none yet; may be called again.
pub(crate) async fn provision(endpoint: &MongodbEndpoint, suite: &Login, engine: &Login) -> Result<(), String> {
    let provision = async {
        let create = |login: &Login| {
            doc! { "createUser": &login.username, "pwd": &*login.password, "roles": [{ "role": "root", "db": "admin" }] }
        };
        let nobody = connect(&format!("mongodb://{}:{}/?directConnection=true", endpoint.host, endpoint.port)).await?;
        let first = nobody.database("admin").run_command(create(suite)).await;
        nobody.shutdown().await;
        let client = connect(&endpoint.suite_url).await?;
        let users = client.database("admin").run_command(doc! { "usersInfo": &engine.username }).await;
        // If the suite's user cannot log in, what went wrong is that it could not be created.
        let users = match (users, first) {
            (Ok(users), _) => users,
            (Err(_), Err(error)) | (Err(error), Ok(_)) => return Err(error),
        };
        if users.get_array("users").is_ok_and(|it| it.is_empty()) {
            client.database("admin").run_command(create(engine)).await?;
        }
        client.shutdown().await;
        Ok(())
    };
    provision.await.map_err(|error: mongodb::error::Error| chain(&error))
}

async fn connect(url: &str) -> mongodb::error::Result<Client> {
    let mut options = ClientOptions::parse(url).await?;
    options.server_selection_timeout = Some(timeouts::READY_ATTEMPT / 2);
    options.connect_timeout = Some(Duration::from_secs(2));
    Client::with_options(options)
}
