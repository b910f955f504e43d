//! Servers as processes of this machine: found on PATH or in the cache, installed by the ordinary package clients,
//! launched on free ports of 127.0.0.1.

mod install;
mod item;
mod kafka;
mod machine;
mod minio;
mod mongodb;
mod postgres;
mod process;

pub(crate) use install::{cache_root, install};
pub(crate) use item::{Item, Tool};
pub(crate) use machine::Machine;
#[cfg(test)]
pub(crate) use machine::Platform;

use std::path::Path;

use super::endpoints::Service;
use super::server::{Failed, Started, with_fresh_ports};
use super::spec::LaunchSpec;

/// Launches one service of the spec and waits until it is ready. Its data and log are kept below `folder`.
pub(crate) async fn start(service: Service, spec: &LaunchSpec, folder: &Path) -> Result<Started, Failed> {
    with_fresh_ports(|attempt| async move {
        let data = folder.join("data").join(format!("{service}-{attempt}"));
        let log = folder.join("logs").join(format!("{service}.log"));
        match service {
            Service::Postgres => postgres::start(spec, &data, &log).await,
            Service::Mongodb => mongodb::start(spec, &data, &log).await,
            Service::Kafka => kafka::start(spec, &data, &log).await,
            Service::S3 => minio::start(spec, &data, &log).await,
        }
    })
    .await
}
