//! Connections, their bounds, and the translation of Postgres' errors.

use std::{future::Future, str::FromStr, time::Duration};

use restore_model::DomainKey;
use sqlx::{
    PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Error, ErrorKind, Result,
    config::PostgresConfig,
    domains::{backend::Backend, pool},
};

/// How many requests an observation may take: it is one transaction of many queries.
const OBSERVATION_REQUESTS: u32 = 6;

/// The database that holds a schema per tenant.
pub struct PostgresDriver {
    pool: PgPool,
    backend: Backend,
    pub(super) extensions: Vec<String>,
    pub(super) shared_roles: Vec<String>,
    pub(super) request_timeout: Duration,
}

impl PostgresDriver {
    /// Prepares to connect; whether the server answers shows at the first use.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the URL is unusable.
    pub async fn connect(config: &PostgresConfig) -> Result<Self> {
        let options = PgConnectOptions::from_str(&config.url).map_err(|_| {
            let message =
                "domains.postgres_metadata.url is not of the form postgres://user:password@host:port/database";
            Error::new(ErrorKind::Configuration, message)
        })?;
        let address = format!("{}:{}", options.get_host(), options.get_port());
        let backend = Backend::new(DomainKey::PostgresMetadata, address);
        let request_timeout = Duration::from_millis(config.request_timeout_ms);
        // What an engine that was stopped in its tracks has locked is what the next holder of the restore lock needs.
        let idle = ("idle_in_transaction_session_timeout", format!("{}ms", config.request_timeout_ms));
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(request_timeout)
            .connect_lazy_with(options.application_name("restore-engine").options([idle]));
        Ok(Self {
            pool,
            backend,
            extensions: config.extensions.clone(),
            shared_roles: config.shared_roles.clone(),
            request_timeout,
        })
    }

    pub(super) async fn acquire(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>> {
        match self.pool.acquire().await {
            Ok(connection) => Ok(connection),
            Err(error) => Err(self.translate(&pool::reason(&self.pool, error).await)),
        }
    }

    pub(super) async fn ping(&self) -> Result<()> {
        pool::connect(&self.pool, self.request_timeout).await.map_err(|error| self.translate(&error))
    }

    /// How long a statement waits for a lock that somebody else holds: half the time of a request.
    pub(super) fn lock_timeout(&self) -> Duration {
        (self.request_timeout / 2).max(Duration::from_millis(1))
    }

    /// How long an observation may take.
    pub(super) fn observation_bound(&self) -> Duration {
        self.request_timeout * OBSERVATION_REQUESTS
    }

    /// Begins the transaction of an observation.
    pub(super) fn begin_look(&self) -> String {
        pool::begin_look(self.request_timeout, self.observation_bound())
    }

    /// Bounds an observation.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let bound = self.observation_bound();
        tokio::time::timeout(bound, work).await.unwrap_or_else(|_| Err(self.late(bound)))
    }

    /// The error of an answer that did not come in time.
    pub(super) fn late(&self, bound: Duration) -> Error {
        self.backend.late(bound)
    }

    /// Runs a catalog query whose only column is JSON.
    pub(super) async fn rows<T: serde::de::DeserializeOwned>(
        &self,
        connection: &mut sqlx::PgConnection,
        query: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<Vec<T>> {
        let rows = query.fetch_all(connection).await.map_err(|error| self.translate(&error))?;
        rows.iter()
            .map(|row| {
                let text: &str = row.try_get(0).map_err(|error| self.translate(&error))?;
                serde_json::from_str(text)
                    .map_err(|error| self.backend.failed(format!("an unexpected catalog row: {error}")))
            })
            .collect()
    }

    /// Says what an error of the driver means, and where.
    pub(super) fn translate(&self, error: &sqlx::Error) -> Error {
        let backend = &self.backend;
        match error {
            sqlx::Error::Database(database) => {
                let (code, message) = (database.code().unwrap_or_default(), database.message());
                match code.as_ref() {
                    "42501" => backend.refuses_operation(message),
                    "3D000" => backend.refuses_credentials(message),
                    "53300" => backend.unreachable(message),
                    _ if code.starts_with("28") => backend.refuses_credentials(message),
                    _ if code.starts_with("57P") || code.starts_with("08") => backend.unreachable(message),
                    _ => backend.failed(format!("{message} ({code})")),
                }
            }
            sqlx::Error::Io(cause) => backend.unreachable(cause),
            sqlx::Error::PoolTimedOut => backend.late(self.request_timeout),
            sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                backend.unreachable(error)
            }
            other => backend.failed(other),
        }
    }
}

/// True when the connection is of no further use.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => {
            database.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}
