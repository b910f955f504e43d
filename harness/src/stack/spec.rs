//! What a guardian is told to launch.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::endpoints::Service;
use super::versions;

/// The programs of the servers to launch; a service without one is not the guardian's.
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
        Service::ALL.into_iter().zip(launched).filter_map(|(service, it)| it.then_some(service)).collect()
    }

    /// Users with the same key share a warm stack: same programs, same pins, same suite version.
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
}
