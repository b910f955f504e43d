//! One YAML file; every key also by environment variable.
//!
//! `RESTORE_ENGINE__DOMAINS__KAFKA__PASSWORD` overrides `domains.kafka.password`: double underscores separate levels.
//! Values from the environment are text where text fits, else YAML (`[pgcrypto, citext]` for a list).

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use restore_model::{domains::Allowed, space::Naming};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};

use crate::{Error, ErrorKind, Result};

/// What environment variables that override the file start with.
pub const ENV_PREFIX: &str = "RESTORE_ENGINE__";

/// The whole configuration.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address that the HTTP service listens on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The engine's own tables.
    pub control: ControlConfig,
    /// Who may call. Needed by `serve` only.
    #[serde(default)]
    pub auth: Option<AuthConfig>,
    /// The backends. A domain that is left out is `not_available`.
    pub domains: DomainsConfig,
    /// Templates that make a tenant's space out of its id.
    #[serde(default)]
    pub naming: Naming,
    /// Sizes.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// The restore lock.
    #[serde(default)]
    pub lock: LockConfig,
    /// When a restore must carry the digest of a preflight. Dry runs never need one.
    #[serde(default)]
    pub require_preflight: RequirePreflight,
    /// `deployment_profile` of exported artifacts.
    #[serde(default)]
    pub deployment_profile: DeploymentProfile,
}

/// What kind of deployment an artifact was taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentProfile {
    /// The usual components.
    Standard,
    /// Few components.
    Minimal,
    /// All components.
    #[default]
    Full,
}

/// When a restore must carry the digest of a preflight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequirePreflight {
    /// When the artifact was taken from another tenant.
    #[default]
    CrossTenant,
    /// Never: for clients of the public contract that do not know the digest.
    Never,
}

/// The engine's own tables.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlConfig {
    /// `postgres://user:password@host:port/database`; tables go into schema `restore_control`.
    pub url: String,
    /// Bound of one request, in milliseconds.
    #[serde(default = "default_request_timeout")]
    pub request_timeout_ms: u64,
}

/// How bearer tokens are trusted. Exactly one of `jwks_url`, `public_key_file` and `public_key` must be given.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// Keys are fetched from here and refreshed when an unknown key id appears.
    pub jwks_url: Option<String>,
    /// A PEM file with an RSA, EC or Ed25519 public key.
    pub public_key_file: Option<PathBuf>,
    /// The PEM itself.
    pub public_key: Option<String>,
    /// Required `iss`, when given.
    pub issuer: Option<String>,
    /// Required `aud`, when given.
    pub audience: Option<String>,
}

/// The backends.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainsConfig {
    /// The tenant directory.
    pub iam: Option<DirectoryConfig>,
    /// The database that holds a schema per tenant.
    pub postgres_metadata: Option<PostgresConfig>,
    /// The MongoDB deployment that holds a database per tenant.
    pub mongo_metadata: Option<MongoConfig>,
    /// The cluster.
    pub kafka: Option<KafkaConfig>,
    /// The S3 endpoint.
    pub storage: Option<StorageConfig>,
}

impl DomainsConfig {
    /// The bound of one request to each backend that is configured, by the key of its domain.
    fn request_timeouts(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        let all = [
            ("iam", self.iam.as_ref().map(|config| config.request_timeout_ms)),
            ("postgres_metadata", self.postgres_metadata.as_ref().map(|config| config.request_timeout_ms)),
            ("mongo_metadata", self.mongo_metadata.as_ref().map(|config| config.request_timeout_ms)),
            ("kafka", self.kafka.as_ref().map(|config| config.request_timeout_ms)),
            ("storage", self.storage.as_ref().map(|config| config.request_timeout_ms)),
        ];
        all.into_iter().filter_map(|(key, millis)| Some((key, Duration::from_millis(millis?))))
    }
}

/// The tenant directory in Postgres.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryConfig {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// Bound of one request, in milliseconds.
    #[serde(default = "default_request_timeout")]
    pub request_timeout_ms: u64,
}

/// The database that holds a schema per tenant.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresConfig {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// Extensions that tenants may use.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Roles that every tenant may grant to, besides `PUBLIC`.
    #[serde(default)]
    pub shared_roles: Vec<String>,
    /// Bound of one request, in milliseconds.
    #[serde(default = "default_request_timeout")]
    pub request_timeout_ms: u64,
}

/// The MongoDB deployment.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MongoConfig {
    /// `mongodb://user:password@host:port/?…`.
    pub url: String,
    /// Bound of one request, in milliseconds.
    #[serde(default = "default_request_timeout")]
    pub request_timeout_ms: u64,
}

/// The Kafka cluster.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub bootstrap_servers: String,
    /// How to log in; none for an open cluster.
    #[serde(default)]
    pub username: Option<String>,
    /// Of `username`.
    #[serde(default)]
    pub password: Option<String>,
    /// `SASL_PLAINTEXT` and so on; default `PLAINTEXT`, or `SASL_PLAINTEXT` with a user name.
    #[serde(default)]
    pub security_protocol: Option<String>,
    /// Default `PLAIN`.
    #[serde(default)]
    pub sasl_mechanism: Option<String>,
    /// Principals that every tenant may grant to, for example `User:metrics`.
    #[serde(default)]
    pub shared_principals: Vec<String>,
    /// Bound of one request, in milliseconds.
    #[serde(default = "default_request_timeout")]
    pub request_timeout_ms: u64,
}

/// The S3 endpoint.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// `http://host:port`.
    pub endpoint: String,
    /// Region to sign for.
    #[serde(default = "default_region")]
    pub region: String,
    /// Credential.
    pub access_key_id: String,
    /// Credential.
    pub secret_access_key: String,
    /// Address buckets by path, not by host name.
    #[serde(default = "default_true")]
    pub path_style: bool,
    /// Bound of one request, in milliseconds.
    #[serde(default = "default_request_timeout")]
    pub request_timeout_ms: u64,
}

/// Sizes.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Of an artifact in bytes, exported or sent.
    pub max_artifact_bytes: u64,
}

impl LimitsConfig {
    /// What a request body may exceed the artifact by, in bytes: the map and the other members.
    pub const ENVELOPE_BYTES: u64 = 1 << 20;
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { max_artifact_bytes: 64 << 20 }
    }
}

/// The restore lock.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LockConfig {
    /// Lease, in seconds.
    pub ttl_seconds: u64,
    /// Time between renewals, in seconds.
    pub heartbeat_seconds: u64,
}

impl Default for LockConfig {
    fn default() -> Self {
        Self { ttl_seconds: 30, heartbeat_seconds: 10 }
    }
}

fn default_listen() -> SocketAddr {
    ([127, 0, 0, 1], 8080).into()
}

const fn default_request_timeout() -> u64 {
    10_000
}

fn default_region() -> String {
    "us-east-1".into()
}

const fn default_true() -> bool {
    true
}

impl Config {
    /// Reads the file, then the environment.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], naming the file and the key.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(ErrorKind::Configuration, format!("cannot read the configuration {}", path.display()))
                .caused_by(error)
        })?;
        Self::parse(&text, std::env::vars()).map_err(|error| {
            Error::new(ErrorKind::Configuration, format!("the configuration {} is unusable", path.display()))
                .caused_by(error)
        })
    }

    /// Parses YAML with overrides.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], naming the key.
    pub fn parse(text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let unusable = |error: serde_yaml::Error| Error::new(ErrorKind::Configuration, error.to_string());
        let mut value: Value = serde_yaml::from_str(text).map_err(unusable)?;
        if value.is_null() {
            value = Value::Mapping(Mapping::new());
        }
        let mut overrides: BTreeMap<Vec<String>, (String, String)> = environment
            .into_iter()
            .filter_map(|(name, text)| {
                let path = name.strip_prefix(ENV_PREFIX)?.split("__").map(str::to_ascii_lowercase).collect();
                Some((path, (name, text)))
            })
            .collect();
        for (path, (name, text)) in &overrides {
            set(&mut value, path, Value::String(text.clone()))
                .map_err(|at| Error::new(ErrorKind::Configuration, format!("{name}: `{at}` is not a mapping")))?;
        }
        // A password may look like a number: a value is text first, and YAML only where text does not fit.
        let config: Self = loop {
            let error = match serde_path_to_error::deserialize(value.clone()) {
                Ok(config) => break config,
                Err(error) => error,
            };
            let at: Vec<String> = error.path().to_string().split('.').map(str::to_owned).collect();
            let typed = overrides.remove(&at).and_then(|(_, text)| serde_yaml::from_str::<Value>(&text).ok());
            let Some(typed) = typed.filter(|typed| !typed.is_string()) else {
                return Err(Error::new(ErrorKind::Configuration, format!("{}: {}", error.path(), error.inner())));
            };
            set(&mut value, &at, typed)
                .map_err(|at| Error::new(ErrorKind::Configuration, format!("`{at}` is not a mapping")))?;
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let unusable = |message: &str| Err(Error::new(ErrorKind::Configuration, message));
        if self.lock.heartbeat_seconds == 0 || self.lock.ttl_seconds < 2 * self.lock.heartbeat_seconds {
            return unusable("lock: ttl_seconds must be at least twice heartbeat_seconds, which must not be zero");
        }
        self.naming.check().map_err(|message| Error::new(ErrorKind::Configuration, message))?;
        let longest = self.lock.longest_request();
        for (key, request) in self.domains.request_timeouts() {
            if request >= longest {
                return unusable(&format!(
                    "domains.{key}.request_timeout_ms: {} must be less than {}: a write must end before the lease of \
                     lock.ttl_seconds does",
                    request.as_millis(),
                    longest.as_millis(),
                ));
            }
        }
        if let Some(auth) = &self.auth {
            let given = [auth.jwks_url.is_some(), auth.public_key_file.is_some(), auth.public_key.is_some()];
            if given.into_iter().filter(|given| *given).count() != 1 {
                return unusable("auth: give exactly one of jwks_url, public_key_file, public_key");
            }
        }
        Ok(())
    }

    /// What artifacts may refer to outside a tenant's space.
    #[must_use]
    pub fn allowed(&self) -> Allowed {
        let set = |names: &[String]| names.iter().cloned().collect();
        let postgres = self.domains.postgres_metadata.as_ref();
        Allowed {
            extensions: postgres.map(|config| set(&config.extensions)).unwrap_or_default(),
            shared_roles: postgres.map(|config| set(&config.shared_roles)).unwrap_or_default(),
            shared_principals: self
                .domains
                .kafka
                .as_ref()
                .map(|config| set(&config.shared_principals))
                .unwrap_or_default(),
        }
    }
}

impl LockConfig {
    /// The lease.
    #[must_use]
    pub const fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl_seconds)
    }

    /// What no request may take: how long a fresh lease is certain, whatever the clocks say.
    #[must_use]
    pub fn longest_request(&self) -> Duration {
        self.ttl() - self.ttl() / 20
    }

    /// The time between renewals.
    #[must_use]
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat_seconds)
    }

    /// The time until a renewal that failed is tried again: soon, as the lease runs out meanwhile.
    #[must_use]
    pub fn next_try(&self) -> Duration {
        self.heartbeat() / 10
    }

    /// Bounds one question about a lock, of those that may take this long otherwise: who waits for ever neither writes nor ends, and
    /// another try must fit into the lease.
    #[must_use]
    pub fn question(&self, request_timeout: Duration) -> Duration {
        request_timeout.min(self.ttl() / 2)
    }
}

fn set(value: &mut Value, path: &[String], leaf: Value) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else {
        *value = leaf;
        return Ok(());
    };
    if value.is_null() {
        *value = Value::Mapping(Mapping::new());
    }
    let mapping = value.as_mapping_mut().ok_or_else(|| first.clone())?;
    set(mapping.entry(Value::String(first.clone())).or_insert(Value::Null), rest, leaf)
}

#[cfg(test)]
mod tests;
