//! The connection to the directory, its bounds, and what its errors mean.

use std::{str::FromStr, time::Duration};

use restore_model::DomainKey;
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Error, ErrorKind, Result,
    config::DirectoryConfig,
    domains::{DATABASE_IDENTITY_QUERY, backend::Backend, pool},
};

/// A lazy pool.
pub(super) struct Client {
    pool: PgPool,
    backend: Backend,
    request_timeout: Duration,
}

impl Client {
    pub(super) fn new(config: &DirectoryConfig) -> Result<Self> {
        let options = PgConnectOptions::from_str(&config.url).map_err(|_| {
            let form = "domains.iam.url is not of the form postgres://user:password@host:port/database";
            Error::new(ErrorKind::Configuration, form)
        })?;
        let request_timeout = Duration::from_millis(config.request_timeout_ms);
        let backend = Backend::new(DomainKey::Iam, format!("{}:{}", options.get_host(), options.get_port()));
        let options = options.application_name("restore-engine").options([
            ("statement_timeout", format!("{}ms", config.request_timeout_ms)),
            // Of the time of a request no more than half goes into the wait for somebody else's lock.
            ("lock_timeout", format!("{}ms", config.request_timeout_ms.div_ceil(2))),
            ("idle_in_transaction_session_timeout", format!("{}ms", config.request_timeout_ms)),
        ]);
        let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(request_timeout).connect_lazy_with(options);
        Ok(Self { pool, backend, request_timeout })
    }

    /// The bound of one request.
    pub(super) const fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// The backend, for what goes wrong with it.
    pub(super) const fn backend(&self) -> &Backend {
        &self.backend
    }

    pub(super) async fn check(&self) -> Result<()> {
        let check = async {
            pool::connect(&self.pool, self.request_timeout).await?;
            sqlx::query("SELECT realm FROM iam.realms LIMIT 0").execute(&self.pool).await.map(drop)
        };
        let checked = tokio::time::timeout(self.request_timeout, check).await;
        checked.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| self.translate(error))
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        match self.pool.begin().await {
            Ok(transaction) => Ok(transaction),
            Err(error) => Err(self.translate(pool::reason(&self.pool, error).await)),
        }
    }

    /// Begins a transaction that reads one moment of the directory, and may take that long.
    pub(super) async fn begin_snapshot(&self, bound: Duration) -> Result<Transaction<'static, Postgres>> {
        let begin = pool::begin_look(self.request_timeout, bound);
        match self.pool.begin_with(AssertSqlSafe(begin)).await {
            Ok(transaction) => Ok(transaction),
            Err(error) => Err(self.translate(pool::reason(&self.pool, error).await)),
        }
    }

    /// Which database a connection is in; none when the server does not tell.
    pub(super) async fn database_identity(&self, connection: &mut PgConnection) -> Result<Option<String>> {
        let may = "SELECT has_function_privilege('pg_control_system()', 'execute')";
        let ask = async {
            if sqlx::query_scalar(may).fetch_one(&mut *connection).await? {
                sqlx::query_scalar(DATABASE_IDENTITY_QUERY).fetch_one(connection).await.map(Some)
            } else {
                Ok(None)
            }
        };
        ask.await.map_err(|error| self.translate(error))
    }

    /// The one place where this driver's errors get their meaning.
    pub(super) fn translate(&self, error: sqlx::Error) -> Error {
        let backend = &self.backend;
        match error {
            sqlx::Error::Database(answer) => {
                let (code, message) = (answer.code().unwrap_or_default(), answer.message());
                match code.as_ref() {
                    "42501" => backend.refuses_operation(message),
                    "42P01" | "3F000" => {
                        backend.failed(format!("{message} (create its tables with schemas/iam_directory.sql)"))
                    }
                    _ if code.starts_with("28") => backend.refuses_credentials(message),
                    _ if code.starts_with("08") || code.starts_with("57P") => backend.unreachable(message),
                    _ => backend.failed(message),
                }
            }
            sqlx::Error::PoolTimedOut => backend.late(self.request_timeout),
            sqlx::Error::Io(cause) => backend.unreachable(cause),
            sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => backend.unreachable(error),
            _ => backend.failed(error),
        }
    }
}
