//! What the drivers of Postgres databases share: why a pool gives no connection, and how long a transaction that only
//! reads may stand still.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};

/// How long the one more attempt may take that shows why there was no connection.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);

/// How long an engine may compute between two queries of one look, on a machine that is busy with other things.
const COMPUTING: Duration = Duration::from_secs(15);

/// How long a look that may take `whole` may stand still between two of its queries. Until it ends nobody can drop or
/// alter what it has read: an engine that was stopped in its tracks should be out of the way by the time its lease (30 s,
/// unless configured otherwise) ends and another one goes on. A request is always shorter than a lease.
fn longest_pause(request_timeout: Duration, whole: Duration) -> Duration {
    whole.min(request_timeout.max(COMPUTING))
}

/// Begins a transaction that looks at one moment of a database, and may take `whole`. So may each of its queries: a large
/// answer is sent only as fast as it is read.
pub(super) fn begin_look(request_timeout: Duration, whole: Duration) -> String {
    format!(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
         SET LOCAL idle_in_transaction_session_timeout TO {}; SET LOCAL statement_timeout TO {}",
        longest_pause(request_timeout, whole).as_millis(),
        whole.as_millis()
    )
}

/// The reason behind an error, as far as one more attempt to connect shows it: a pool tries a refused connection again
/// and again until its time-out, and then tells only of that.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_stands_still_is_over_before_a_lease_is_and_one_that_computes_is_not_cut_short() {
        let pause = |request, whole| longest_pause(Duration::from_secs(request), Duration::from_secs(whole)).as_secs();
        assert_eq!(pause(1, 6), 6, "all of a look that is short");
        assert_eq!(pause(5, 30), 15, "a large answer is computed for longer than a short request takes");
        assert_eq!(pause(20, 120), 20, "and never for as long as the whole look may take");
        insta::assert_snapshot!(begin_look(Duration::from_secs(20), Duration::from_secs(120)), @"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout TO 20000; SET LOCAL statement_timeout TO 120000");
    }
}
