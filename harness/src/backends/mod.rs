//! The suite's own connections to the backends: seeds, cleanup and probes go through these, never through the
//! implementation that is judged.

pub mod iam;
mod kafka_settle;
pub(crate) mod kafka_wire;

use std::{fmt::Display, sync::Arc};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use krafka::{Kafka, admin::AdminClient, auth::AuthConfig};
use mongodb::options::ClientOptions;
use sqlx::{PgPool, postgres::PgPoolOptions};

pub use self::iam::Iam;
use crate::{stack::Endpoints, timeouts};

/// What a backend refused or could not do.
#[derive(Debug, thiserror::Error)]
#[error("{backend}: {doing}: {cause}")]
pub struct BackendError {
    /// The backend's domain key.
    pub backend: &'static str,
    /// What was being done.
    pub doing: String,
    /// What the backend or its client said.
    pub cause: String,
}

impl BackendError {
    /// Tells an error with all that is behind it.
    pub(crate) fn new(backend: &'static str, doing: impl Display, error: &impl std::error::Error) -> Self {
        let mut cause = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            let text = inner.to_string();
            if !cause.contains(&text) {
                cause = format!("{cause}: {text}");
            }
            source = inner.source();
        }
        Self { backend, doing: doing.to_string(), cause }
    }
}

/// A result of talking to a backend.
pub type Result<T> = std::result::Result<T, BackendError>;

/// Says where an error came from.
pub(crate) trait Doing<T> {
    /// Names the backend and what was being done.
    fn doing(self, backend: &'static str, doing: impl Display) -> Result<T>;
}

impl<T, E: std::error::Error> Doing<T> for std::result::Result<T, E> {
    fn doing(self, backend: &'static str, doing: impl Display) -> Result<T> {
        self.map_err(|error| BackendError::new(backend, doing, &error))
    }
}

/// Open clients to all backends.
pub struct Backends {
    /// The database that holds tenant schemas.
    pub platform: PgPool,
    /// The tenants' identities.
    pub iam: Iam,
    /// MongoDB.
    pub mongodb: mongodb::Client,
    /// Kafka's administration client.
    pub kafka: AdminClient,
    /// The S3 service.
    pub s3: aws_sdk_s3::Client,
    pub(crate) kafka_bootstrap: String,
    pub(crate) kafka_user: (String, String),
    pub(crate) engine_role: String,
    kafka_marks: kafka_settle::Marks,
}

impl std::fmt::Debug for Backends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backends").finish_non_exhaustive()
    }
}

impl Backends {
    /// Opens all clients to the servers of a stack, side by side.
    ///
    /// # Errors
    /// Tells which backend could not be reached.
    pub async fn connect(to: &Endpoints) -> Result<Self> {
        Self::connect_with(to, None).await
    }

    /// The same, where a driver knows the `iam` backend.
    ///
    /// # Errors
    /// Tells which backend could not be reached.
    pub async fn connect_with(to: &Endpoints, driver: Option<Arc<iam::Driver>>) -> Result<Self> {
        let pool = |url: &str| {
            PgPoolOptions::new().max_connections(8).acquire_timeout(timeouts::BACKEND_CONNECT).connect_lazy(url)
        };
        let postgres = &to.postgres;
        let iam = match driver {
            Some(driver) => Iam::Driver(driver),
            None => {
                let pool = pool(&postgres.suite_url(&postgres.directory_database));
                Iam::Directory(pool.doing("iam", "reading the connection URL")?)
            }
        };
        let kafka = Kafka::builder(to.kafka.bootstrap_servers.clone())
            .client_id("restore-conformance")
            .security(AuthConfig::sasl_plain(&to.kafka.suite.username, &*to.kafka.suite.password))
            .connect_timeout(timeouts::BACKEND_CONNECT)
            .connect();
        let mongodb = async {
            let mut options = ClientOptions::parse(&*to.mongodb.suite_url).await?;
            // It bounds the looks of the monitor as well, after which every connection is given up.
            options.connect_timeout.get_or_insert(timeouts::BACKEND_CONNECT);
            mongodb::Client::with_options(options)
        };
        let (mongodb, kafka) = tokio::join!(mongodb, kafka);
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&to.s3.endpoint)
            .region(Region::new(to.s3.region.clone()))
            .credentials_provider(Credentials::new(
                &to.s3.access_key_id,
                &*to.s3.secret_access_key,
                None,
                None,
                "suite",
            ))
            .force_path_style(true)
            .http_client(
                aws_smithy_http_client::Builder::new()
                    .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                        aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
                    ))
                    .build_https(),
            )
            .build();
        Ok(Self {
            platform: pool(&postgres.suite_url(&postgres.database))
                .doing("postgres_metadata", "reading the connection URL")?,
            iam,
            mongodb: mongodb.doing("mongo_metadata", "connecting")?,
            kafka: kafka.doing("kafka", "connecting")?.admin().default_api_timeout(timeouts::BACKEND_CALL),
            s3: aws_sdk_s3::Client::from_conf(s3),
            kafka_bootstrap: to.kafka.bootstrap_servers.clone(),
            kafka_user: (to.kafka.suite.username.clone(), (*to.kafka.suite.password).to_owned()),
            engine_role: postgres.engine.username.clone(),
            kafka_marks: kafka_settle::Marks::default(),
        })
    }
}
