//! PostgreSQL as a container.

use std::future::Future;

use super::request::ServerImage;
use crate::stack::endpoints::Login;
use crate::stack::images::Image;
use crate::stack::server::postgres::{INITDB, SETTINGS, complete};
use crate::stack::server::{Address, Failed, Running, SUITE, Started};

/// How the image is used.
pub(super) fn image(image: &Image, suite: &Login) -> ServerImage {
    let settings = SETTINGS.into_iter().flat_map(|it| ["-c", it]);
    ServerImage::new(image, 5432)
        .env([
            ("POSTGRES_USER", suite.username.clone()),
            ("POSTGRES_PASSWORD", suite.password.to_string()),
            ("POSTGRES_INITDB_ARGS", INITDB.join(" ")),
        ])
        .command(["postgres"].into_iter().chain(settings))
}

/// Launches the server, then creates roles and databases.
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
