//! Services given by their address, in a stack file or by environment variables.
//!
//! The suite creates and deletes tenants in what it is given, so it takes only what is marked `disposable: true`.

mod url;

use std::io::{self, Write as _};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::endpoints::{
    Endpoints, KafkaEndpoint, MongodbEndpoint, Origin, PostgresEndpoint, S3Endpoint, SaslUser, Service,
};
use super::error::StackError;
use super::images::Images;
use super::secret::Secret;
use crate::nearest::suggested;

/// The content of a stack file: the services that are given by their address, and the images of those that run as
/// containers. What it leaves out resolves by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackFile {
    /// Must be `true`: whoever gives a service allows the suite to create and delete tenants in it.
    #[serde(default)]
    pub disposable: bool,
    /// PostgreSQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<ExternalPostgres>,
    /// MongoDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mongodb: Option<ExternalMongodb>,
    /// Kafka.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka: Option<ExternalKafka>,
    /// S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<ExternalS3>,
    /// Images other than the pinned ones, for services that run as containers.
    #[serde(default)]
    pub images: Images,
}

/// A PostgreSQL server that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalPostgres {
    /// URL of a superuser; its database is the one in which tenants have their schemas.
    pub suite_url: Secret,
    /// URL of the engine's login, same server and database.
    pub engine_url: Secret,
    /// Database of the tenant directory, with the directory's tables.
    #[serde(default = "ExternalPostgres::directory")]
    pub directory_database: String,
    /// Database that belongs to the engine.
    #[serde(default = "ExternalPostgres::control")]
    pub control_database: String,
}

impl ExternalPostgres {
    fn directory() -> String {
        "directory".to_owned()
    }

    fn control() -> String {
        "control".to_owned()
    }

    /// The endpoint it describes; the version is known once it was asked.
    pub(crate) fn endpoint(&self) -> Result<PostgresEndpoint, StackError> {
        let suite = url::parse("postgres.suite_url", &self.suite_url)?;
        let engine = url::parse("postgres.engine_url", &self.engine_url)?;
        if (&suite.host, suite.port, &suite.path) != (&engine.host, engine.port, &engine.path) {
            return Err(StackError::External(
                "postgres: suite_url and engine_url name different servers or databases".to_owned(),
            ));
        }
        Ok(PostgresEndpoint {
            origin: Origin::External,
            version: String::new(),
            host: suite.host,
            port: suite.port.unwrap_or(5432),
            suite: suite.login,
            engine: engine.login,
            database: suite.path,
            directory_database: self.directory_database.clone(),
            control_database: self.control_database.clone(),
            extensions: Vec::new(),
            parameters: suite.query,
            log: None,
        })
    }
}

/// A MongoDB server that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalMongodb {
    /// URL of a user with the role `root`.
    pub suite_url: Secret,
    /// URL of the engine's user.
    pub engine_url: Secret,
}

impl ExternalMongodb {
    /// The endpoint it describes; the version is known once it was asked.
    pub(crate) fn endpoint(&self) -> Result<MongodbEndpoint, StackError> {
        let suite = url::parse("mongodb.suite_url", &self.suite_url)?;
        Ok(MongodbEndpoint {
            origin: Origin::External,
            version: String::new(),
            host: suite.host,
            port: suite.port.unwrap_or(27017),
            suite_url: self.suite_url.clone(),
            engine_url: self.engine_url.clone(),
            log: None,
        })
    }
}

/// A Kafka cluster that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalKafka {
    /// `host:port`, separated by commas.
    pub bootstrap_servers: String,
    /// The suite's user: a super user.
    pub suite: SaslUser,
    /// The engine's user.
    pub engine: SaslUser,
}

impl ExternalKafka {
    /// The endpoint it describes; the version is known once it was asked.
    pub(crate) fn endpoint(&self) -> KafkaEndpoint {
        KafkaEndpoint {
            origin: Origin::External,
            version: String::new(),
            bootstrap_servers: self.bootstrap_servers.clone(),
            suite: self.suite.clone(),
            engine: self.engine.clone(),
            ordinary: None,
            log: None,
        }
    }
}

/// An S3 endpoint that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalS3 {
    /// Base URL.
    pub endpoint: String,
    /// Region name used in signatures.
    #[serde(default = "ExternalS3::region")]
    pub region: String,
    /// Access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
}

impl ExternalS3 {
    fn region() -> String {
        "us-east-1".to_owned()
    }

    /// The endpoint it describes; the version is known once it was asked.
    pub(crate) fn endpoint(&self) -> S3Endpoint {
        S3Endpoint {
            origin: Origin::External,
            version: String::new(),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            log: None,
        }
    }
}

impl From<&Endpoints> for StackFile {
    /// The servers of a stack as somebody else would give them.
    fn from(to: &Endpoints) -> Self {
        let (postgres, mongodb, kafka, s3) = (&to.postgres, &to.mongodb, &to.kafka, &to.s3);
        Self {
            disposable: true,
            postgres: Some(ExternalPostgres {
                suite_url: postgres.suite_url(&postgres.database),
                engine_url: postgres.engine_url(&postgres.database),
                directory_database: postgres.directory_database.clone(),
                control_database: postgres.control_database.clone(),
            }),
            mongodb: Some(ExternalMongodb {
                suite_url: mongodb.suite_url.clone(),
                engine_url: mongodb.engine_url.clone(),
            }),
            kafka: Some(ExternalKafka {
                bootstrap_servers: kafka.bootstrap_servers.clone(),
                suite: kafka.suite.clone(),
                engine: kafka.engine.clone(),
            }),
            s3: Some(ExternalS3 {
                endpoint: s3.endpoint.clone(),
                region: s3.region.clone(),
                access_key_id: s3.access_key_id.clone(),
                secret_access_key: s3.secret_access_key.clone(),
            }),
            images: Images::default(),
        }
    }
}

/// What an implementation that is started by hand takes out of a file that was written.
fn header() -> String {
    format!(
        "# Servers that may be written into at will. The suite uses `suite_url` and `suite`; an implementation that is started by hand:
#   postgres.engine_url     postgres_metadata; with `directory_database` as its path the tenant directory (iam), with
#                           `control_database` a database of its own
#   mongodb.engine_url      mongo_metadata
#   kafka.engine            its SASL login (kafka)
#   s3                      storage
# Tenants may use these extensions of Postgres: {}. Ports and passwords are other ones with each start.
",
        crate::run::EXTENSIONS.join(", ")
    )
}

impl StackFile {
    /// Writes it for its owner's eyes alone: it holds credentials. A file that is there is replaced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), StackError> {
        let failed = |source| StackError::Io { what: format!("write {}", path.display()), source };
        let text = serde_yaml::to_string(self).map_err(|error| failed(io::Error::other(error)))?;
        let text = format!("{}{text}", header());
        // Not into what is there: its rights may be wider.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Reads a stack file.
    ///
    /// # Errors
    /// When the text is no such file, or gives a service without `disposable: true`.
    pub fn parse(yaml: &str) -> Result<Self, StackError> {
        let it: Self =
            serde_yaml::from_str(yaml).map_err(|error| StackError::External(suggested(&error.to_string())))?;
        it.checked()
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, and as [`Self::parse`].
    pub fn read(path: &Path) -> Result<Self, StackError> {
        let told = |what: String| StackError::External(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => told("there is no such file".to_owned()),
            _ => told(error.to_string()),
        })?;
        Self::parse(&text).map_err(|error| match error {
            StackError::External(what) => told(what),
            other => other,
        })
    }

    /// Reads environment variables through `get`: `RESTORE_CONFORMANCE_POSTGRES_SUITE_URL` and `_ENGINE_URL`,
    /// `…_MONGODB_SUITE_URL` and `_ENGINE_URL`, `…_KAFKA_BOOTSTRAP_SERVERS` with `_SUITE_USERNAME`, `_SUITE_PASSWORD`,
    /// `_ENGINE_USERNAME`, `_ENGINE_PASSWORD`, `…_S3_ENDPOINT` with `_ACCESS_KEY_ID` and `_SECRET_ACCESS_KEY`, and
    /// `RESTORE_CONFORMANCE_DISPOSABLE=true`. `None` when no service is given.
    ///
    /// # Errors
    /// When a service is given by half, or without being marked disposable.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, StackError> {
        let get = |name: &str| get(&format!("RESTORE_CONFORMANCE_{name}")).filter(|value| !value.is_empty());
        let need = |name: &str| {
            get(name).ok_or_else(|| StackError::External(format!("RESTORE_CONFORMANCE_{name} is missing")))
        };
        let mut it = Self { disposable: get("DISPOSABLE").as_deref() == Some("true"), ..Self::default() };
        if let Some(suite_url) = get("POSTGRES_SUITE_URL") {
            it.postgres = Some(ExternalPostgres {
                suite_url: Secret::new(suite_url),
                engine_url: Secret::new(need("POSTGRES_ENGINE_URL")?),
                directory_database: ExternalPostgres::directory(),
                control_database: ExternalPostgres::control(),
            });
        }
        if let Some(suite_url) = get("MONGODB_SUITE_URL") {
            it.mongodb = Some(ExternalMongodb {
                suite_url: Secret::new(suite_url),
                engine_url: Secret::new(need("MONGODB_ENGINE_URL")?),
            });
        }
        if let Some(bootstrap_servers) = get("KAFKA_BOOTSTRAP_SERVERS") {
            let user = |who: &str| {
                Ok::<_, StackError>(SaslUser {
                    username: need(&format!("KAFKA_{who}_USERNAME"))?,
                    password: Secret::new(need(&format!("KAFKA_{who}_PASSWORD"))?),
                    mechanism: get("KAFKA_SASL_MECHANISM").unwrap_or_else(|| "PLAIN".to_owned()),
                })
            };
            it.kafka = Some(ExternalKafka { bootstrap_servers, suite: user("SUITE")?, engine: user("ENGINE")? });
        }
        if let Some(endpoint) = get("S3_ENDPOINT") {
            it.s3 = Some(ExternalS3 {
                endpoint,
                region: get("S3_REGION").unwrap_or_else(ExternalS3::region),
                access_key_id: need("S3_ACCESS_KEY_ID")?,
                secret_access_key: Secret::new(need("S3_SECRET_ACCESS_KEY")?),
            });
        }
        if it.services().is_empty() { Ok(None) } else { it.checked().map(Some) }
    }

    /// The services it gives.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        let given = [self.postgres.is_some(), self.mongodb.is_some(), self.kafka.is_some(), self.s3.is_some()];
        Service::ALL.into_iter().zip(given).filter_map(|(service, given)| given.then_some(service)).collect()
    }

    /// The same, if it may be used.
    ///
    /// # Errors
    /// When it gives a service without `disposable: true`.
    pub fn checked(self) -> Result<Self, StackError> {
        if !self.disposable && !self.services().is_empty() {
            return Err(StackError::External(
                "the suite creates and deletes tenants in what it is given, so it takes only servers that are marked \
                 `disposable: true` (or RESTORE_CONFORMANCE_DISPOSABLE=true)"
                    .to_owned(),
            ));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const YAML: &str = "
disposable: true
postgres:
  suite_url: postgres://root:p%40ss@db.example:6432/platform?sslmode=require
  engine_url: postgres://engine:e@db.example:6432/platform
s3: {endpoint: 'https://s3.example', access_key_id: a, secret_access_key: b}
";

    #[test]
    fn a_stack_file_gives_some_services() {
        let it = StackFile::parse(YAML).unwrap();
        assert_eq!(it.services(), [Service::Postgres, Service::S3]);
        let postgres = it.postgres.unwrap().endpoint().unwrap();
        assert_eq!((postgres.host.as_str(), postgres.port), ("db.example", 6432));
        assert_eq!(&*postgres.suite.password, "p@ss");
        assert_eq!(&*postgres.suite_url("x"), "postgres://root:p%40ss@db.example:6432/x?sslmode=require");
    }

    #[test]
    fn a_written_stack_file_gives_the_same_servers_and_is_for_its_owner_alone() {
        let mut given = StackFile::parse(&YAML.replace("platform\ns3", "platform?sslmode=require\ns3")).unwrap();
        given.mongodb = Some(ExternalMongodb {
            suite_url: Secret::new("mongodb://s:s@h:27018/?a=b"),
            engine_url: Secret::new("mongodb://e:e@h:27018"),
        });
        let user = |name| SaslUser { mechanism: "SCRAM-SHA-256".into(), ..SaslUser::random(name) };
        given.kafka = Some(ExternalKafka { bootstrap_servers: "h:1,h:2".into(), suite: user("s"), engine: user("e") });
        let endpoints = Endpoints {
            postgres: given.postgres.as_ref().unwrap().endpoint().unwrap(),
            mongodb: given.mongodb.as_ref().unwrap().endpoint().unwrap(),
            kafka: given.kafka.as_ref().unwrap().endpoint(),
            s3: given.s3.as_ref().unwrap().endpoint(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.yaml");
        std::fs::write(&path, "{}").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        StackFile::from(&endpoints).write(&path).unwrap();
        assert_eq!(StackFile::read(&path).unwrap(), given);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let nowhere = StackFile::default().write(&folder.path().join("none/stack.yaml")).unwrap_err().to_string();
        assert!(nowhere.contains("none/stack.yaml"), "{nowhere}");
    }

    #[test]
    fn what_is_not_disposable_is_refused() {
        let error = StackFile::parse(&YAML.replace("disposable: true", "")).unwrap_err();
        assert_eq!(error.exit_code(), 64);
        insta::assert_snapshot!(error);
    }

    #[test]
    fn what_is_wrong_with_a_file_names_it_and_what_may_have_been_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.yaml");
        let wrong =
            || StackFile::read(&path).unwrap_err().to_string().replace(&folder.path().display().to_string(), "DIR");
        let missing = wrong();
        std::fs::write(&path, YAML.replace("s3:", "s33:")).unwrap();
        insta::assert_snapshot!([missing, wrong()].join("\n"), @"
        external services: DIR/stack.yaml: there is no such file
        external services: DIR/stack.yaml: unknown field `s33`; did you mean `s3`? at line 6 column 1
        ");
    }

    #[test]
    fn variables_give_services_whole_or_not_at_all() {
        let get = |names: &'static [(&'static str, &'static str)]| {
            move |name: &str| names.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(StackFile::from_variables(get(&[])).unwrap(), None);
        let half = StackFile::from_variables(get(&[("RESTORE_CONFORMANCE_S3_ENDPOINT", "http://x")]));
        insta::assert_snapshot!(half.unwrap_err(), @"external services: RESTORE_CONFORMANCE_S3_ACCESS_KEY_ID is missing");
    }
}
