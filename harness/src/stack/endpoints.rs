//! Where the servers of a stack are, and who may log in to them.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// A backend the suite needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// PostgreSQL: relational tenants, the tenant directory, the engine's control database.
    Postgres,
    /// MongoDB.
    Mongodb,
    /// Apache Kafka.
    Kafka,
    /// An S3 endpoint.
    S3,
}

impl Service {
    /// Every service, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Postgres, Self::Mongodb, Self::Kafka, Self::S3];

    /// The word for it in options, files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mongodb => "mongodb",
            Self::Kafka => "kafka",
            Self::S3 => "s3",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a server comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Given by its address; never started or stopped by the suite.
    External,
    /// A container.
    Containers,
    /// A process on this machine.
    Native,
}

impl Origin {
    /// The word for it in options, files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Containers => "containers",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A user name and its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// User name.
    pub username: String,
    /// Password.
    pub password: Secret,
}

impl Login {
    /// A login with a fresh random password.
    #[must_use]
    pub fn random(username: &str) -> Self {
        Self { username: username.to_owned(), password: Secret::random() }
    }
}

/// A Kafka user that logs in by SASL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaslUser {
    /// User name; the Kafka principal is `User:<username>`.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// SASL mechanism: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    #[serde(default = "SaslUser::plain")]
    pub mechanism: String,
}

impl SaslUser {
    fn plain() -> String {
        "PLAIN".to_owned()
    }

    /// A `PLAIN` user with a fresh random password.
    #[must_use]
    pub fn random(username: &str) -> Self {
        Self { username: username.to_owned(), password: Secret::random(), mechanism: Self::plain() }
    }
}

/// The PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresEndpoint {
    /// Where it comes from.
    pub origin: Origin,
    /// Version, as the server reports it.
    pub version: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The suite's login: a superuser.
    pub suite: Login,
    /// The engine's login: no superuser; may create roles, and schemas in `database`.
    pub engine: Login,
    /// The database in which tenants have their schemas.
    pub database: String,
    /// The database of the tenant directory.
    pub directory_database: String,
    /// The engine's control database, empty at first and owned by the engine's login.
    pub control_database: String,
    /// Names of the extensions that can be created there.
    pub extensions: Vec<String>,
    /// Query part added to every URL, such as `sslmode=require`; may be empty.
    pub parameters: String,
    /// The server's log, where the suite can read it.
    pub log: Option<PathBuf>,
}

impl PostgresEndpoint {
    /// URL with which the suite reaches `database`.
    #[must_use]
    pub fn suite_url(&self, database: &str) -> Secret {
        self.url(&self.suite, database)
    }

    /// URL with which the engine reaches `database`.
    #[must_use]
    pub fn engine_url(&self, database: &str) -> Secret {
        self.url(&self.engine, database)
    }

    fn url(&self, login: &Login, database: &str) -> Secret {
        let query = if self.parameters.is_empty() { String::new() } else { format!("?{}", self.parameters) };
        Secret::new(format!(
            "postgres://{}:{}@{}:{}/{}{query}",
            percent_encode(&login.username),
            percent_encode(&login.password),
            self.host,
            self.port,
            percent_encode(database),
        ))
    }
}

/// The MongoDB server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MongodbEndpoint {
    /// Where it comes from.
    pub origin: Origin,
    /// Version, as the server reports it.
    pub version: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// URL with which the suite reaches it.
    pub suite_url: Secret,
    /// URL with which the engine reaches it.
    pub engine_url: Secret,
    /// The server's log, where the suite can read it.
    pub log: Option<PathBuf>,
}

/// The Kafka broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaEndpoint {
    /// Where it comes from.
    pub origin: Origin,
    /// Version, as the server reports it.
    pub version: String,
    /// `host:port`, separated by commas.
    pub bootstrap_servers: String,
    /// The suite's user: a super user.
    pub suite: SaslUser,
    /// The engine's user: a super user.
    pub engine: SaslUser,
    /// A user that may do nothing but what an ACL grants it. More are made as SCRAM-SHA-256 credentials.
    pub ordinary: Option<SaslUser>,
    /// The server's log, where the suite can read it.
    pub log: Option<PathBuf>,
}

/// The S3 endpoint. Buckets are addressed by path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Endpoint {
    /// Where it comes from.
    pub origin: Origin,
    /// Product and version, as the server reports them.
    pub version: String,
    /// Base URL.
    pub endpoint: String,
    /// Region name used in signatures.
    pub region: String,
    /// Access key, for the suite and the engine.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
    /// The server's log, where the suite can read it.
    pub log: Option<PathBuf>,
}

/// All servers of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// PostgreSQL.
    pub postgres: PostgresEndpoint,
    /// MongoDB.
    pub mongodb: MongodbEndpoint,
    /// Kafka.
    pub kafka: KafkaEndpoint,
    /// S3.
    pub s3: S3Endpoint,
}

/// What one server is, without any credential: for tables and manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSummary {
    /// Which service.
    pub service: Service,
    /// Where it comes from.
    pub origin: Origin,
    /// Version, as the server reports it.
    pub version: String,
    /// Address without credentials.
    pub address: String,
}

impl Endpoints {
    /// The four servers without their credentials.
    #[must_use]
    pub fn summary(&self) -> Vec<ServiceSummary> {
        Service::ALL
            .into_iter()
            .map(|service| {
                let (origin, version, address) = match service {
                    Service::Postgres => {
                        let it = &self.postgres;
                        (it.origin, &it.version, format!("{}:{}", it.host, it.port))
                    }
                    Service::Mongodb => {
                        let it = &self.mongodb;
                        (it.origin, &it.version, format!("{}:{}", it.host, it.port))
                    }
                    Service::Kafka => (self.kafka.origin, &self.kafka.version, self.kafka.bootstrap_servers.clone()),
                    Service::S3 => (self.s3.origin, &self.s3.version, self.s3.endpoint.clone()),
                };
                ServiceSummary { service, origin, version: version.clone(), address }
            })
            .collect()
    }

    /// The log of a service, where the suite can read it.
    #[must_use]
    pub fn log(&self, service: Service) -> Option<&PathBuf> {
        match service {
            Service::Postgres => self.postgres.log.as_ref(),
            Service::Mongodb => self.mongodb.log.as_ref(),
            Service::Kafka => self.kafka.log.as_ref(),
            Service::S3 => self.s3.log.as_ref(),
        }
    }
}

/// Percent-encodes all but unreserved characters, for the user, password and path parts of a URL.
pub(crate) fn percent_encode(text: &str) -> String {
    use fmt::Write as _;

    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres() -> PostgresEndpoint {
        PostgresEndpoint {
            origin: Origin::Native,
            version: "17.5".into(),
            host: "127.0.0.1".into(),
            port: 5432,
            suite: Login { username: "suite".into(), password: Secret::new("p@ss/word") },
            engine: Login { username: "engine".into(), password: Secret::new("e") },
            database: "platform".into(),
            directory_database: "directory".into(),
            control_database: "control".into(),
            extensions: vec!["pgcrypto".into()],
            parameters: String::new(),
            log: None,
        }
    }

    #[test]
    fn urls_carry_any_password_and_database_name() {
        let mut it = postgres();
        assert_eq!(&*it.suite_url("a b"), "postgres://suite:p%40ss%2Fword@127.0.0.1:5432/a%20b");
        it.parameters = "sslmode=require".into();
        assert_eq!(&*it.engine_url("platform"), "postgres://engine:e@127.0.0.1:5432/platform?sslmode=require");
    }

    #[test]
    fn debug_shows_no_password() {
        assert!(!format!("{:?}", postgres()).contains("p@ss"));
    }
}
