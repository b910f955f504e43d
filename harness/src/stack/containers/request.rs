//! What Docker is asked for.

use std::borrow::Cow;
use std::collections::HashMap;

use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::{ContainerRequest, CopyDataSource, CopyToContainer, Image as Definition, ImageExt as _};

use super::docker::{LOCAL, Mark};
use crate::stack::endpoints::Service;
use crate::stack::images::Image;
use crate::timeouts;

/// Docker gives a container 64 MiB of shared memory; a database that works in parallel wants more.
const SHARED_MEMORY: u64 = 256 << 20;

/// How a product's image is used.
#[derive(Debug)]
pub(super) struct ServerImage {
    image: Image,
    name: String,
    tag: String,
    env: Vec<(&'static str, String)>,
    command: Vec<String>,
    port: [ContainerPort; 1],
    files: Vec<CopyToContainer>,
}

impl ServerImage {
    pub(super) fn new(image: &Image, port: u16) -> Self {
        let (name, tag) = parts(image);
        let port = [ContainerPort::Tcp(port)];
        let (env, command, files) = (Vec::new(), Vec::new(), Vec::new());
        Self { image: image.clone(), name, tag, env, command, port, files }
    }

    pub(super) fn env(mut self, variables: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.env.extend(variables);
        self
    }

    pub(super) fn command(mut self, words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.command.extend(words.into_iter().map(Into::into));
        self
    }

    /// A file that is put into the container before it starts.
    pub(super) fn file(mut self, path: &str, text: String) -> Self {
        self.files.push(CopyToContainer::new(CopyDataSource::Data(text.into_bytes()), path));
        self
    }

    /// What a container of it is called in messages.
    pub(super) fn subject(&self) -> String {
        format!("the container of {}", self.image)
    }
}

impl Definition for ServerImage {
    fn name(&self) -> &str {
        &self.name
    }

    fn tag(&self) -> &str {
        &self.tag
    }

    /// None: a line in a log is no write and no read, which are what `stack/ready` waits for.
    fn ready_conditions(&self) -> Vec<WaitFor> {
        Vec::new()
    }

    fn env_vars(&self) -> impl IntoIterator<Item = (impl Into<Cow<'_, str>>, impl Into<Cow<'_, str>>)> {
        self.env.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn copy_to_sources(&self) -> impl IntoIterator<Item = &CopyToContainer> {
        &self.files
    }

    fn cmd(&self) -> impl IntoIterator<Item = impl Into<Cow<'_, str>>> {
        &self.command
    }

    fn expose_ports(&self) -> &[ContainerPort] {
        &self.port
    }
}

/// An image as testcontainers wants it: it joins name and tag with a colon, which also a digest has.
pub(super) fn parts(image: &Image) -> (String, String) {
    let whole = image.to_string();
    match whole.rsplit_once(':') {
        Some((name, tag)) => (name.to_owned(), tag.to_owned()),
        None => (whole, "latest".to_owned()),
    }
}

/// Where a container goes, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement<'a> {
    pub(super) mark: &'a Mark,
    /// The host at which its port is reached.
    pub(super) host: &'a str,
    /// The port there.
    pub(super) port: u16,
}

/// What Docker is asked for.
pub(super) fn request(service: Service, image: ServerImage, at: Placement<'_>) -> ContainerRequest<ServerImage> {
    let port = image.port[0];
    let opened = opened(port, at);
    image
        .with_labels(at.mark.labels(service))
        .with_mapped_port(at.port, port)
        .with_shm_size(SHARED_MEMORY)
        .with_startup_timeout(timeouts::SERVER_READY)
        .with_host_config_modifier(move |config: &mut HostConfig| config.port_bindings = Some(opened.clone()))
}

/// The port as Docker opens it: for this machine only, where it runs here; testcontainers alone opens it for all.
pub(super) fn opened(port: ContainerPort, at: Placement<'_>) -> HashMap<String, Option<Vec<PortBinding>>> {
    let host_ip = (at.host == LOCAL).then(|| LOCAL.to_owned());
    let binding = PortBinding { host_ip, host_port: Some(at.port.to_string()) };
    HashMap::from([(port.to_string(), Some(vec![binding]))])
}
