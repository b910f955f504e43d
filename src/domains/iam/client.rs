//! The connection to the directory, its bounds, and what its errors mean.

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Error, ErrorKind, Result, config::DirectoryConfig, domains::DATABASE_IDENTITY_QUERY};

/// No write waits longer for somebody else's lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// A lazy pool.
pub(super) struct Client {
    pool: PgPool,
    place: String,
    request_timeout: Duration,
}

impl Client {
    pub(super) fn new(config: &DirectoryConfig) -> Result<Self> {
        let options = PgConnectOptions::from_str(&config.url).map_err(|_| {
            let form = "domains.iam.url is not of the form postgres://user:password@host:port/database";
            Error::new(ErrorKind::Configuration, form)
        })?;
        let request_timeout = Duration::from_millis(config.request_timeout_ms);
        let place = format!("{}:{}", options.get_host(), options.get_port());
        let options = options.application_name("restore-engine").options([
            ("statement_timeout", format!("{}ms", config.request_timeout_ms)),
            ("lock_timeout", format!("{}ms", LOCK_TIMEOUT.as_millis())),
            ("idle_in_transaction_session_timeout", format!("{}ms", config.request_timeout_ms)),
        ]);
        let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(request_timeout).connect_lazy_with(options);
        Ok(Self { pool, place, request_timeout })
    }

    /// The bound of one request.
    pub(super) const fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// The backend, for people.
    pub(super) fn place(&self) -> String {
        format!("the directory at {}", self.place)
    }

    pub(super) async fn check(&self) -> Result<()> {
        let answer = sqlx::query("SELECT realm FROM iam.realms LIMIT 0").execute(&self.pool);
        let answer = tokio::time::timeout(self.request_timeout, answer).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        answer.map(drop).map_err(|error| self.translate(error))
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        self.pool.begin().await.map_err(|error| self.translate(error))
    }

    /// Begins a transaction that reads one moment of the directory.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, Postgres>> {
        let begun = self.pool.begin_with("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
        begun.map_err(|error| self.translate(error))
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
        let at = self.place();
        let with = |kind, what: &str| Error::new(kind, format!("{at} {what}"));
        match &error {
            sqlx::Error::Database(answer) => {
                let code = answer.code().unwrap_or_default();
                match code.as_ref() {
                    "42501" => with(ErrorKind::BackendDenied, "refuses the operation").caused_by(error),
                    _ if code.starts_with("28") => {
                        with(ErrorKind::BackendDenied, "refuses the engine's credentials").caused_by(error)
                    }
                    "42P01" | "3F000" => {
                        let what = "lacks its tables (create them with schemas/iam_directory.sql)";
                        with(ErrorKind::BackendFailed, what).caused_by(error)
                    }
                    _ if code.starts_with("08") || code.starts_with("57P") => {
                        with(ErrorKind::BackendUnavailable, "went away").caused_by(error)
                    }
                    _ => with(ErrorKind::BackendFailed, "failed").caused_by(error),
                }
            }
            sqlx::Error::PoolTimedOut => {
                let what = format!("does not answer within {} ms", self.request_timeout.as_millis());
                with(ErrorKind::BackendUnavailable, &what)
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                with(ErrorKind::BackendUnavailable, "does not answer").caused_by(error)
            }
            _ => with(ErrorKind::BackendFailed, "failed").caused_by(error),
        }
    }
}
