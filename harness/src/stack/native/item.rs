//! What can be installed, and the package clients that do it.

use crate::stack::endpoints::Service;
use crate::stack::resolve::java_minimum;
use crate::stack::versions::VERSIONS;

/// A package client of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    /// Apache Maven.
    Maven,
    /// Python's pip.
    Pip,
    /// The Go tool chain.
    Go,
}

impl Tool {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 3] = [Self::Maven, Self::Pip, Self::Go];

    /// The program's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Maven => "mvn",
            Self::Pip => "pip",
            Self::Go => "go",
        }
    }

    /// What a person installs to have it.
    pub(crate) const fn how(self) -> &'static str {
        match self {
            Self::Maven => "Apache Maven (`mvn`; package `maven` of most systems)",
            Self::Pip => "Python's pip (`pip`; package `python3-pip` of most systems)",
            Self::Go => "Go (`go`; package `golang` of most systems, 1.24 or newer)",
        }
    }
}

/// Something that the cache can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    Postgres,
    Mongod,
    Kafka,
    Java,
    Minio,
}

impl Item {
    pub(crate) const ALL: [Self; 5] = [Self::Postgres, Self::Mongod, Self::Kafka, Self::Java, Self::Minio];

    /// The server of a service.
    pub(crate) const fn of(service: Service) -> Self {
        match service {
            Service::Postgres => Self::Postgres,
            Service::Mongodb => Self::Mongod,
            Service::Kafka => Self::Kafka,
            Service::S3 => Self::Minio,
        }
    }

    /// The service that needs it.
    pub(crate) const fn service(self) -> Service {
        match self {
            Self::Postgres => Service::Postgres,
            Self::Mongod => Service::Mongodb,
            Self::Kafka | Self::Java => Service::Kafka,
            Self::Minio => Service::S3,
        }
    }

    /// The program that is looked for on PATH.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mongod => "mongod",
            Self::Kafka => "kafka-server-start.sh",
            Self::Java => "java",
            Self::Minio => "minio",
        }
    }

    /// The release that is installed.
    pub(crate) fn version(self) -> &'static str {
        let pins = &*VERSIONS;
        match self {
            Self::Postgres => &pins.postgres.version,
            Self::Mongod => &pins.mongodb.version,
            Self::Kafka => &pins.kafka.version,
            Self::Java => pins.kafka.java.wheel.rsplit('=').next().unwrap_or_default(),
            Self::Minio => &pins.minio.version,
        }
    }

    /// The oldest release on PATH that is used.
    pub(crate) fn minimum(self) -> &'static str {
        let pins = &*VERSIONS;
        match self {
            Self::Postgres => &pins.postgres.minimum,
            Self::Mongod => &pins.mongodb.minimum,
            Self::Kafka => &pins.kafka.minimum,
            Self::Java => java_minimum(),
            Self::Minio => &pins.minio.minimum,
        }
    }

    /// The clients that install it.
    pub(crate) const fn tools(self) -> &'static [Tool] {
        match self {
            Self::Postgres | Self::Kafka => &[Tool::Maven],
            Self::Mongod | Self::Java => &[Tool::Pip],
            Self::Minio => &[Tool::Go],
        }
    }

    /// Its folder in the cache: one per release, so that suites of different versions share a cache.
    pub(crate) fn folder(self) -> String {
        format!("{}-{}", self.program().trim_end_matches("-server-start.sh"), self.version().replace(':', "-"))
    }
}
