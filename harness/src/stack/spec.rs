//! What a guardian is told to launch.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::endpoints::Service;
use super::images::Image;
use super::versions;

/// The programs and containers of the servers to launch; a service with neither is not the guardian's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaunchSpec {
    /// The user to drop to, where a server refuses to run as root.
    pub(crate) run_as: Option<RunAs>,
    /// Folder that holds `postgres` and `initdb`.
    pub(crate) postgres: Option<PathBuf>,
    /// The `mongod` program.
    pub(crate) mongod: Option<PathBuf>,
    /// Kafka's programs.
    pub(crate) kafka: Option<KafkaPrograms>,
    /// The `minio` program.
    pub(crate) minio: Option<PathBuf>,
    /// The services that run as containers.
    #[serde(default)]
    pub(crate) containers: BTreeMap<Service, ContainerSpec>,
    /// `DOCKER_HOST`, where it is set and there are containers.
    #[serde(default)]
    pub(crate) docker_host: Option<String>,
}

/// What runs a service as a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContainerSpec {
    /// Its image.
    pub(crate) image: Image,
    /// What the image is now: a tag may be built or pulled anew, and a warm stack of the earlier one is another.
    pub(crate) id: String,
}

/// An unprivileged user of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunAs {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// What runs a Kafka broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KafkaPrograms {
    /// Folder of jars.
    pub(crate) libs: PathBuf,
    /// The `java` program.
    pub(crate) java: PathBuf,
}

impl LaunchSpec {
    /// The services to launch.
    pub(crate) fn services(&self) -> Vec<Service> {
        let launched = [self.postgres.is_some(), self.mongod.is_some(), self.kafka.is_some(), self.minio.is_some()];
        let all = Service::ALL.into_iter().zip(launched);
        all.filter_map(|(service, it)| (it || self.containers.contains_key(&service)).then_some(service)).collect()
    }

    /// Users with the same key share a warm stack: same programs and images, same pins, same suite version.
    pub(crate) fn key(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(serde_json::to_vec(self).expect("paths and names are JSON"));
        digest.update(versions::text());
        digest.update(env!("CARGO_PKG_VERSION"));
        hex::encode(&digest.finalize()[..6])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_follows_the_programs() {
        let one = LaunchSpec { mongod: Some("/a/mongod".into()), ..LaunchSpec::default() };
        let two = LaunchSpec { mongod: Some("/b/mongod".into()), ..LaunchSpec::default() };
        assert_eq!(one.key(), one.clone().key());
        assert_ne!(one.key(), two.key());
        assert_eq!(one.services(), [Service::Mongodb]);
    }

    #[test]
    fn the_key_follows_what_an_image_is_and_where_docker_is() {
        let image = Image { name: "mongo".into(), version: "6".into() };
        let stack = |id: &str, host: Option<&str>| LaunchSpec {
            containers: BTreeMap::from([(Service::Mongodb, ContainerSpec { image: image.clone(), id: id.into() })]),
            docker_host: host.map(str::to_owned),
            ..LaunchSpec::default()
        };
        assert_ne!(stack("a", None).key(), stack("b", None).key());
        assert_ne!(stack("a", None).key(), stack("a", Some("tcp://elsewhere:2375")).key());
        assert_eq!(stack("a", None).services(), [Service::Mongodb]);
    }
}
