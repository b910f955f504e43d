//! MinIO as a container.

use std::future::Future;

use super::request::ServerImage;
use crate::stack::endpoints::Login;
use crate::stack::images::Image;
use crate::stack::secret::Secret;
use crate::stack::server::minio::{complete, environment, random_key};
use crate::stack::server::{Address, Failed, Running, SUITE, Started};

/// How the image is used.
pub(super) fn image(image: &Image, login: &Login, kms: &Secret) -> ServerImage {
    ServerImage::new(image, 9000).env(environment(login, kms)).command(["server", "/data", "--address", ":9000"])
}

/// Launches the server.
pub(super) async fn start<F>(
    name: &Image,
    address: Address,
    launch: impl Fn(ServerImage) -> F,
) -> Result<Started, Failed>
where
    F: Future<Output = Result<Running, Failed>>,
{
    let login = Login::random(SUITE);
    complete(launch(image(name, &login, &random_key())).await?, address, login).await
}
