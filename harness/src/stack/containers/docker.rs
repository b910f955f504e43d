//! What Docker has: whether it answers, which images are there, which containers are a stack's.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error as DockerError;
use testcontainers::bollard::query_parameters::{ListContainersOptionsBuilder, RemoveContainerOptionsBuilder};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::error::ClientError;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, TestcontainersError};

use super::request::parts;
use crate::stack::endpoints::Service;
use crate::stack::images::Image;
use crate::timeouts;

const OWNER: &str = "restore-conformance.owner";
const STACK: &str = "restore-conformance.stack";
const SERVICE: &str = "restore-conformance.service";

/// What Docker has of the images that were asked for.
#[derive(Debug, Clone)]
pub(crate) struct Containers {
    /// Why Docker cannot be used at all.
    pub(crate) unusable: Option<String>,
    /// For each service its image, and the image's id, or why it is not to be had.
    pub(crate) images: BTreeMap<Service, (Image, Result<String, String>)>,
}

/// Looks for the images, and pulls those that are not there.
pub(crate) async fn look(wanted: BTreeMap<Service, Image>) -> Containers {
    let mut found = Containers { unusable: None, images: BTreeMap::new() };
    if wanted.is_empty() {
        return found;
    }
    let docker = match answering().await {
        Ok(docker) => docker,
        Err(why) => return Containers { unusable: Some(why), ..found },
    };
    let looks = wanted.into_iter().map(|(service, image)| {
        let docker = &docker;
        async move {
            let id = present_or_pulled(docker, service, &image).await;
            (service, (image, id))
        }
    });
    found.images.extend(futures::future::join_all(looks).await);
    found
}

async fn answering() -> Result<Docker, String> {
    let docker = docker_client_instance().await.map_err(|error| {
        let why = if let ClientError::Init(why) = &error { in_one_line(why) } else { error.to_string() };
        format!("Docker does not answer: {why}")
    })?;
    match tokio::time::timeout(timeouts::DOCKER_ANSWERS, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => Err(format!("Docker does not answer: {}", in_one_line(&error))),
        Err(_) => Err(format!("Docker does not answer within {} s", timeouts::DOCKER_ANSWERS.as_secs())),
    }
}

async fn present_or_pulled(docker: &Docker, service: Service, image: &Image) -> Result<String, String> {
    match id(docker, image).await {
        Ok(Some(id)) => return Ok(id),
        Ok(None) => {}
        Err(error) => return Err(format!("Docker cannot tell of the image {image}: {error}")),
    }
    eprintln!("{service}: pulls {image}");
    let not_to_be_had = |why: &str| format!("the image {image} is not there and cannot be pulled: {why}");
    let (name, tag) = parts(image);
    let pull = tokio::time::timeout(timeouts::IMAGE_PULL, GenericImage::new(name, tag).pull_image());
    match pull.await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(not_to_be_had(&start_error(&error))),
        Err(_) => return Err(not_to_be_had(&format!("no end within {} min", timeouts::IMAGE_PULL.as_secs() / 60))),
    }
    id(docker, image).await?.ok_or_else(|| not_to_be_had("it was pulled and is not there"))
}

async fn id(docker: &Docker, image: &Image) -> Result<Option<String>, String> {
    match docker.inspect_image(&image.to_string()).await {
        Ok(it) => Ok(Some(it.id.unwrap_or_default())),
        Err(DockerError::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
        Err(error) => Err(in_one_line(&error)),
    }
}

/// The host of a Docker on this machine: its containers' ports are opened for this machine only.
pub(super) const LOCAL: &str = "127.0.0.1";

/// The host at which ports that containers publish can be reached.
pub(super) async fn host() -> Result<String, String> {
    let given = std::env::var("DOCKER_HOST").ok().and_then(|it| reqwest::Url::parse(&it).ok());
    let remote = given.filter(|it| it.scheme() != "unix").and_then(|it| it.host_str().map(str::to_owned));
    match remote {
        Some(host) => Ok(host),
        None => Ok(own_gateway(&answering().await?).await.unwrap_or_else(|| LOCAL.to_owned())),
    }
}

/// Who runs in a container of this very Docker reaches what others publish through the gateway of its own network. Docker
/// names the host of a container by its id; a file `/.dockerenv` tells less, as machines are made from images, too.
async fn own_gateway(docker: &Docker) -> Option<String> {
    let own = docker.inspect_container(&machine(), None).await.ok()?;
    let networks = own.network_settings?.networks?;
    networks.into_values().filter_map(|it| it.gateway).find(|it| !it.is_empty())
}

fn machine() -> String {
    nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whose a container is.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    owner: String,
    stack: String,
}

impl Mark {
    /// The mark of a stack; `root` is the folder of its user's stacks. Several machines may share one Docker.
    pub(crate) fn new(root: &Path, stack: &str) -> Self {
        Self { owner: format!("{}:{}", machine(), root.display()), stack: stack.to_owned() }
    }

    /// A mark with everything given.
    #[cfg(test)]
    pub(super) fn labelled(owner: &str, stack: &str) -> Self {
        Self { owner: owner.to_owned(), stack: stack.to_owned() }
    }

    pub(super) fn labels(&self, service: Service) -> [(&str, String); 3] {
        [(OWNER, self.owner.clone()), (STACK, self.stack.clone()), (SERVICE, service.to_string())]
    }
}

/// Removes all containers of a stack, or those of one of its services, with their data. Answers how many there were.
pub(crate) async fn remove(mark: &Mark, service: Option<Service>) -> Result<usize, String> {
    let docker = answering().await?;
    let mut labels = vec![format!("{OWNER}={}", mark.owner), format!("{STACK}={}", mark.stack)];
    labels.extend(service.map(|it| format!("{SERVICE}={it}")));
    let options = ListContainersOptionsBuilder::new().all(true).filters(&HashMap::from([("label", labels)])).build();
    let all = docker.list_containers(Some(options)).await.map_err(|error| in_one_line(&error))?;
    let ids: Vec<String> = all.into_iter().filter_map(|it| it.id).collect();
    for id in &ids {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match docker.remove_container(id, Some(options)).await {
            // 404: gone already; 409: somebody removes it at this moment.
            Ok(()) | Err(DockerError::DockerResponseServerError { status_code: 404 | 409, .. }) => {}
            Err(error) => return Err(format!("cannot remove the container {id}: {}", in_one_line(&error))),
        }
    }
    Ok(ids.len())
}

/// What Docker said, without the layers that carried it.
pub(super) fn start_error(error: &TestcontainersError) -> String {
    let text = error.to_string();
    let said = text.rsplit_once("Docker responded with status code ").and_then(|(_, said)| said.split_once(": "));
    said.map_or(&*text, |(_, said)| said).trim().to_owned()
}

fn in_one_line(error: &DockerError) -> String {
    crate::stack::ready::chain(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_said_is_told_without_the_layers_that_carried_it() {
        let said =
            |message: &str| DockerError::DockerResponseServerError { status_code: 500, message: message.to_owned() };
        let taken = ClientError::StartContainer(said(
            "driver failed programming external connectivity: Bind for 127.0.0.1:5432 failed: port is already allocated",
        ));
        let denied = ClientError::PullImage {
            descriptor: "minio/minio:x".to_owned(),
            err: said("pull access denied for minio/minio, repository does not exist or may require 'docker login'"),
        };
        let gone = ClientError::StartContainer(DockerError::SocketNotFoundError("/var/run/docker.sock".to_owned()));
        let words = [taken, denied, gone].map(|it| start_error(&TestcontainersError::Client(it)));
        insta::assert_snapshot!(words.join("\n"));
    }
}
