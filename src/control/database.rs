//! The connection to the control database, its migrations, and the translation of its errors.

use std::{borrow::Cow, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Connection as _, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    Error, ErrorKind, Result,
    config::{ControlConfig, LockConfig},
    domains::DATABASE_IDENTITY_QUERY,
};

static MIGRATIONS: Migrator = sqlx::migrate!("src/control/migrations");

/// The schema of the engine's own tables.
pub(super) const SCHEMA: &str = "restore_control";

/// The control database. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    pub(super) pool: PgPool,
    pub(super) lock: LockConfig,
    /// Bounds one question, and the wait for a connection.
    pub(super) request_timeout: Duration,
    identity: Arc<str>,
    at: Arc<str>,
}

impl Control {
    /// Connects and brings the tables up to date. Several replicas may do so at once.
    ///
    /// # Errors
    /// When the database does not answer or refuses, naming it without its password.
    pub async fn connect(config: &ControlConfig, lock: LockConfig) -> Result<Self> {
        let options = PgConnectOptions::from_str(&config.url)
            .map_err(|_| Error::new(ErrorKind::Configuration, "control.url is not a Postgres URL"))?
            .application_name("restore-engine control");
        let at: Arc<str> = format!("{}:{}", options.get_host(), options.get_port()).into();
        let bound = Duration::from_millis(config.request_timeout_ms);
        let failed = |error| translate(&at, bound, error);
        let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(bound).connect_lazy_with(options);
        let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
        migrator.create_schema(SCHEMA);
        migrator.dangerous_set_table_name(format!("{SCHEMA}.migrations"));
        // The pool would retry a refused connection until its time-out; this one is told at once.
        let first = tokio::time::timeout(bound, PgConnection::connect_with(&pool.connect_options())).await;
        let mut connection = first.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(failed)?;
        migrator.run(&mut connection).await.map_err(|error| {
            Error::new(ErrorKind::BackendFailed, format!("cannot bring the control tables at {at} up to date"))
                .caused_by(error)
        })?;
        let identity: String =
            sqlx::query_scalar(DATABASE_IDENTITY_QUERY).fetch_one(&mut connection).await.map_err(failed)?;
        // Nothing hangs on its farewell.
        drop(connection.close().await);
        Ok(Self { pool, lock, request_timeout: bound, identity: identity.into(), at })
    }

    /// One that no database stands behind.
    #[cfg(test)]
    pub(crate) fn of_nothing() -> Self {
        let pool = PgPoolOptions::new().connect_lazy_with(PgConnectOptions::new_without_pgpass());
        let request_timeout = Duration::from_secs(1);
        Self { pool, lock: LockConfig::default(), request_timeout, identity: "".into(), at: "nowhere".into() }
    }

    /// Asks whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// What [`DATABASE_IDENTITY_QUERY`] gives here.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    pub(super) fn failed(&self, error: sqlx::Error) -> Error {
        translate(&self.at, self.request_timeout, error)
    }
}

fn translate(at: &str, bound: Duration, error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(cause) => {
            let code: Cow<'_, str> = cause.code().unwrap_or_default();
            let (kind, what) = match code.as_ref() {
                _ if code.starts_with("28") => (ErrorKind::BackendDenied, "refuses the engine's credentials"),
                _ if code.starts_with("57P") || code.starts_with("08") || code == "53300" => {
                    (ErrorKind::BackendUnavailable, "cannot be reached")
                }
                _ => (ErrorKind::BackendFailed, "refused a query"),
            };
            Error::new(kind, format!("the control database at {at} {what}: {}", cause.message()))
        }
        sqlx::Error::PoolTimedOut => {
            let seconds = bound.as_secs_f32();
            let message = format!("the control database at {at} did not answer within {seconds} s");
            Error::new(ErrorKind::BackendUnavailable, message)
        }
        sqlx::Error::Io(cause) => {
            Error::new(ErrorKind::BackendUnavailable, format!("the control database at {at} cannot be reached"))
                .caused_by(cause)
        }
        error @ (sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)) => {
            Error::new(ErrorKind::BackendUnavailable, format!("the control database at {at} cannot be reached"))
                .caused_by(error)
        }
        error => Error::new(ErrorKind::BackendFailed, format!("the control database at {at} refused a query"))
            .caused_by(error),
    }
}

/// A time as bodies and reports state it.
pub(crate) fn rfc3339(time: OffsetDateTime) -> String {
    time.replace_nanosecond(time.microsecond() * 1000).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
