//! The five domains of a tenant, by their keys.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A domain of tenant resources. The order of the variants is the order of restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainKey {
    /// Members, groups, roles, service accounts.
    Iam,
    /// The relational schema.
    PostgresMetadata,
    /// Collections, views and indexes.
    MongoMetadata,
    /// Topics and access control lists.
    Kafka,
    /// Buckets and their settings.
    Storage,
}

impl DomainKey {
    /// All domains, in restore order.
    pub const ALL: [Self; 5] = [Self::Iam, Self::PostgresMetadata, Self::MongoMetadata, Self::Kafka, Self::Storage];

    /// The key as it stands in artifacts, requests, tags and folder names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::PostgresMetadata => "postgres_metadata",
            Self::MongoMetadata => "mongo_metadata",
            Self::Kafka => "kafka",
            Self::Storage => "storage",
        }
    }
}

impl fmt::Display for DomainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A domain key that is none of the five.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown domain `{0}`; known are iam, postgres_metadata, mongo_metadata, kafka, storage")]
pub struct UnknownDomain(pub String);

impl FromStr for DomainKey {
    type Err = UnknownDomain;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|domain| domain.as_str() == key).ok_or_else(|| UnknownDomain(key.to_owned()))
    }
}
