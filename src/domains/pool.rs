//! Why a pool of Postgres connections gives none: it tries a refused connection again and again until its time-out,
//! and then tells only of that.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};

/// How long the one more attempt may take that shows why there was no connection.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);

/// The reason behind an error, as far as one more attempt to connect shows it.
pub(super) async fn reason(pool: &PgPool, error: sqlx::Error) -> sqlx::Error {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match connect(pool, LAST_ATTEMPT).await {
        Err(reason) => reason,
        Ok(()) => error,
    }
}

/// Makes one connection beside the pool and gives it up again.
pub(super) async fn connect(pool: &PgPool, bound: Duration) -> sqlx::Result<()> {
    let options = pool.connect_options();
    match tokio::time::timeout(bound, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => connection.close().await,
        Ok(Err(error)) => Err(error),
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}
