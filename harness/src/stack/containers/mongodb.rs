//! MongoDB as a container.

use std::future::Future;

use super::request::ServerImage;
use crate::stack::endpoints::Login;
use crate::stack::images::Image;
use crate::stack::server::mongodb::{ARGUMENTS, complete};
use crate::stack::server::{Address, Failed, Running, SUITE, Started};

/// How the image is used. It creates the first user, as only a process beside the server could.
pub(super) fn image(image: &Image, suite: &Login) -> ServerImage {
    ServerImage::new(image, 27017)
        .env([
            ("MONGO_INITDB_ROOT_USERNAME", suite.username.clone()),
            ("MONGO_INITDB_ROOT_PASSWORD", suite.password.to_string()),
        ])
        .command(["mongod"].into_iter().chain(ARGUMENTS))
}

/// Launches the server and creates the engine's user.
pub(super) async fn start<F>(
    name: &Image,
    address: Address,
    launch: impl Fn(ServerImage) -> F,
) -> Result<Started, Failed>
where
    F: Future<Output = Result<Running, Failed>>,
{
    let suite = Login::random(SUITE);
    complete(launch(image(name, &suite)).await?, address, suite).await
}
