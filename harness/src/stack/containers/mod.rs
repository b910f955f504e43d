//! Servers as containers of Docker, started by testcontainers from the official images.
//!
//! `README.md` beside this file gives each image's environment, command, port and ready condition; tests hold it against
//! the requests. The definitions are our own: those of `testcontainers-modules` have MongoDB without users and Kafka
//! without authorizer and SASL, wait for lines of a log where we wait for a write and a read, and fix what we must set.
//!
//! In flow order: `docker` looks what Docker has, and pulls; `request` makes of a product's [`ServerImage`] what Docker
//! is asked for; `container` launches it and follows its log and its end. Each carries the labels of its stack's
//! [`Mark`], by which all that a stack has left is found and removed: nothing else knows a container once its guardian
//! was killed.

mod container;
mod docker;
mod kafka;
mod minio;
mod mongodb;
mod postgres;
mod request;
#[cfg(test)]
mod tests;

pub(crate) use docker::{Containers, Mark, look, remove};

use std::path::Path;

use super::endpoints::{Origin, Service};
use super::server::{Address, Failed, Started, free_ports, with_fresh_ports};
use super::spec::ContainerSpec;
use container::launch;
use request::{Placement, ServerImage};

/// Launches one service and waits until it is ready. Its log is kept below `folder`.
pub(crate) async fn start(
    service: Service,
    spec: &ContainerSpec,
    mark: &Mark,
    folder: &Path,
) -> Result<Started, Failed> {
    let log = folder.join("logs").join(format!("{service}.log"));
    with_fresh_ports(|_| start_once(service, spec, mark, &log)).await
}

async fn start_once(service: Service, spec: &ContainerSpec, mark: &Mark, log: &Path) -> Result<Started, Failed> {
    let failed = |why: String| Failed::new(service, why, log);
    let host = docker::host().await.map_err(failed)?;
    let [port] = free_ports().map_err(|error| failed(error.to_string()))?;
    let address = Address { origin: Origin::Containers, host: host.clone(), port };
    let launch = |image: ServerImage| launch(service, image, Placement { mark, host: &host, port }, log);
    match service {
        Service::Postgres => postgres::start(&spec.image, address.clone(), launch).await,
        Service::Mongodb => mongodb::start(&spec.image, address.clone(), launch).await,
        Service::Kafka => kafka::start(&spec.image, address.clone(), launch).await,
        Service::S3 => minio::start(&spec.image, address.clone(), launch).await,
    }
}
