//! Connections, their bounds, and the translation of Postgres' errors.

use std::{future::Future, str::FromStr, time::Duration};

use sqlx::{
    PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Error, ErrorKind, Result, config::PostgresConfig};

/// How long a statement waits for a lock that somebody else holds.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// How many requests an observation may take: it is one transaction of many queries.
const OBSERVATION_REQUESTS: u32 = 6;

/// The database that holds a schema per tenant.
pub struct PostgresDriver {
    pool: PgPool,
    place: String,
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
        let place = format!("postgres_metadata at {}:{}", options.get_host(), options.get_port());
        let request_timeout = Duration::from_millis(config.request_timeout_ms);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(request_timeout)
            .connect_lazy_with(options.application_name("restore-engine"));
        Ok(Self {
            pool,
            place,
            extensions: config.extensions.clone(),
            shared_roles: config.shared_roles.clone(),
            request_timeout,
        })
    }

    pub(super) async fn acquire(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>> {
        self.pool.acquire().await.map_err(|error| self.translate(&error))
    }

    pub(super) async fn ping(&self) -> Result<()> {
        let answer = async {
            let mut connection = self.acquire().await?;
            sqlx::query("SELECT 1").execute(&mut *connection).await.map_err(|error| self.translate(&error))
        };
        match tokio::time::timeout(self.request_timeout, answer).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(self.late(self.request_timeout)),
        }
    }

    /// Bounds an observation.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let bound = self.request_timeout * OBSERVATION_REQUESTS;
        tokio::time::timeout(bound, work).await.unwrap_or_else(|_| Err(self.late(bound)))
    }

    /// The error of an answer that did not come in time.
    pub(super) fn late(&self, bound: Duration) -> Error {
        let message = format!("{} did not answer within {} ms", self.place, bound.as_millis());
        Error::new(ErrorKind::BackendUnavailable, message)
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
                serde_json::from_str(text).map_err(|error| {
                    let message = format!("{} gave an unexpected catalog row", self.place);
                    Error::new(ErrorKind::BackendFailed, message).caused_by(error)
                })
            })
            .collect()
    }

    /// Says what an error of the driver means, and where.
    pub(super) fn translate(&self, error: &sqlx::Error) -> Error {
        let place = &self.place;
        match error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default().into_owned();
                if code.starts_with("28") || code == "3D000" || code == "42501" {
                    let message = format!("{place} refuses the engine: {}", database.message());
                    Error::new(ErrorKind::BackendDenied, message)
                } else if code.starts_with("57P") || code.starts_with("08") || code == "53300" {
                    let message = format!("{place} is not available: {}", database.message());
                    Error::new(ErrorKind::BackendUnavailable, message)
                } else {
                    let message = format!("{place} failed: {} ({code})", database.message());
                    Error::new(ErrorKind::BackendFailed, message)
                }
            }
            sqlx::Error::Io(cause) => {
                Error::new(ErrorKind::BackendUnavailable, format!("{place} cannot be reached: {cause}"))
            }
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                let message = format!("{place} gave no connection within {} ms", self.request_timeout.as_millis());
                Error::new(ErrorKind::BackendUnavailable, message)
            }
            sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                Error::new(ErrorKind::BackendUnavailable, format!("{place} does not speak as expected: {error}"))
            }
            other => Error::new(ErrorKind::BackendFailed, format!("{place} failed: {other}")),
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
