//! The restore lock: one lease per target tenant, held across replicas.
//!
//! A lease ends by the database's clock. Its holder counts the same time by its own monotonic clock, from before it
//! asked, less a safety margin, so that it stops writing before anybody else may begin.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{Caller, Control, database::rfc3339};
use crate::{Error, ErrorKind, Result, config::LockConfig, domains::Fence, error::LockHolder};

/// How old a look at the tenant's state may be. A suspension takes hold within this time.
const STATE_AGE: Duration = Duration::from_secs(1);

/// Gives out the locks of tenants. [`Control`] does; whoever embeds the engine may put something of its own around it,
/// by [`crate::Builder::locks`].
#[async_trait]
pub trait Locks: Send + Sync {
    /// Takes a tenant's lock.
    ///
    /// # Errors
    /// [`ErrorKind::LockHeld`], with the holder.
    async fn lock(&self, caller: &Caller, tenant_id: &str, source_tenant_id: Option<&str>) -> Result<Box<dyn Lease>>;
}

/// A held lock. It is dropped when its run has ended, after the control database was told that it is free.
#[async_trait]
pub trait Lease: Send + Sync {
    /// What the lease allows.
    fn fence(&self) -> Arc<dyn Fence>;

    /// Tells this lease from every other. Of a lock around another one it is that one's token.
    fn token(&self) -> Uuid;

    /// Of the tenant that is locked.
    fn tenant_id(&self) -> &str;

    /// Gives the lock back. A failure is logged: the lease then runs out by itself.
    async fn release(self: Box<Self>);
}

/// A row of the control database. Dropping it stops the heartbeat: the lease then runs out by itself.
struct Row {
    held: Arc<Held>,
    _heartbeat: AbortOnDropHandle<()>,
}

struct Held {
    control: Control,
    tenant_id: String,
    token: Uuid,
    fencing_number: i64,
    until: Mutex<Instant>,
    state_seen: tokio::sync::Mutex<Option<Instant>>,
}

#[async_trait]
impl Locks for Control {
    async fn lock(&self, caller: &Caller, tenant_id: &str, source_tenant_id: Option<&str>) -> Result<Box<dyn Lease>> {
        let token = Uuid::new_v4();
        let asked = Instant::now();
        let taken: Option<i64> = sqlx::query_scalar(
            "INSERT INTO restore_control.restore_lock AS held \
             (tenant_id, token, fencing_number, holder, correlation_id, actor_id, actor_type, source_tenant_id, \
              acquired_at, heartbeat_at, expires_at) \
             VALUES ($1, $2, 1, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp(), \
                     clock_timestamp() + make_interval(secs => $8)) \
             ON CONFLICT (tenant_id) DO UPDATE SET \
               token = excluded.token, fencing_number = held.fencing_number + 1, holder = excluded.holder, \
               correlation_id = excluded.correlation_id, actor_id = excluded.actor_id, \
               actor_type = excluded.actor_type, source_tenant_id = excluded.source_tenant_id, \
               acquired_at = clock_timestamp(), heartbeat_at = clock_timestamp(), \
               expires_at = clock_timestamp() + make_interval(secs => $8), released_at = NULL \
             WHERE held.released_at IS NOT NULL OR held.expires_at <= clock_timestamp() \
             RETURNING fencing_number",
        )
        .bind(tenant_id)
        .bind(token)
        .bind(format!("process {}", std::process::id()))
        .bind(&caller.correlation_id)
        .bind(&caller.actor_id)
        .bind(caller.actor_type.as_str())
        .bind(source_tenant_id)
        .bind(self.lock.ttl().as_secs_f64())
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        let Some(fencing_number) = taken else { return Err(self.lock_held(tenant_id).await?) };
        let held = Arc::new(Held {
            control: self.clone(),
            tenant_id: tenant_id.to_owned(),
            token,
            fencing_number,
            until: Mutex::new(asked + self.lock.longest_request()),
            state_seen: tokio::sync::Mutex::new(None),
        });
        tracing::debug!(tenant_id, fencing_number, "lock taken");
        let heartbeat = AbortOnDropHandle::new(tokio::spawn(beat(Arc::clone(&held))));
        Ok(Box::new(Row { held, _heartbeat: heartbeat }))
    }
}

impl Control {
    async fn lock_held(&self, tenant_id: &str) -> Result<Error> {
        let holder: Option<(String, OffsetDateTime, OffsetDateTime, f64)> = sqlx::query_as(
            "SELECT correlation_id, acquired_at, expires_at, \
                    extract(epoch FROM expires_at - clock_timestamp())::float8 \
             FROM restore_control.restore_lock WHERE tenant_id = $1",
        )
        .bind(tenant_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        let message = format!("another restore of tenant `{tenant_id}` is at work");
        let error = Error::new(ErrorKind::LockHeld, message);
        Ok(match holder {
            None => error,
            Some((correlation_id, acquired_at, expires_at, seconds)) => error.held_by(LockHolder {
                correlation_id,
                acquired_at: rfc3339(acquired_at),
                expires_at: rfc3339(expires_at),
                retry_after_seconds: Duration::try_from_secs_f64(seconds).map_or(1, |left| left.as_secs() + 1),
            }),
        })
    }
}

#[async_trait]
impl Lease for Row {
    fn fence(&self) -> Arc<dyn Fence> {
        Arc::clone(&self.held) as Arc<dyn Fence>
    }

    fn token(&self) -> Uuid {
        self.held.token
    }

    fn tenant_id(&self) -> &str {
        &self.held.tenant_id
    }

    async fn release(self: Box<Self>) {
        let held = &self.held;
        let released = sqlx::query(
            "UPDATE restore_control.restore_lock SET released_at = clock_timestamp() \
             WHERE tenant_id = $1 AND token = $2 AND released_at IS NULL",
        )
        .bind(&held.tenant_id)
        .bind(held.token)
        .execute(&held.control.pool);
        if let Err(error) = held.answer(released).await {
            tracing::warn!(tenant_id = %held.tenant_id, %error, "lock not released: it ends with its lease");
        }
    }
}

async fn beat(held: Arc<Held>) {
    let mut pause = held.control.lock.heartbeat();
    loop {
        tokio::time::sleep(pause).await;
        let renewed = held.renew().await;
        match &renewed {
            Err(error) if error.kind() == ErrorKind::LockLost => {
                tracing::error!(tenant_id = %held.tenant_id, %error, "lock lost");
            }
            Err(error) => tracing::warn!(tenant_id = %held.tenant_id, %error, "heartbeat failed, will try again"),
            Ok(()) => {}
        }
        match pause_after(&renewed, &held.control.lock) {
            Some(next) => pause = next,
            None => return,
        }
    }
}

/// When to renew a lease again; never again where it is lost.
fn pause_after(renewed: &Result<()>, lock: &LockConfig) -> Option<Duration> {
    match renewed {
        Ok(()) => Some(lock.heartbeat()),
        Err(error) if error.kind() == ErrorKind::LockLost => None,
        Err(_) => Some(lock.next_try()),
    }
}

impl Held {
    async fn renew(&self) -> Result<()> {
        let asked = Instant::now();
        let renewed = sqlx::query(
            "UPDATE restore_control.restore_lock \
             SET heartbeat_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => $3) \
             WHERE tenant_id = $1 AND token = $2 AND released_at IS NULL AND expires_at > clock_timestamp()",
        )
        .bind(&self.tenant_id)
        .bind(self.token)
        .bind(self.control.lock.ttl().as_secs_f64())
        .execute(&self.control.pool);
        let renewed = self.answer(renewed).await?;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.rows_affected() == 0 {
            *until = asked;
            return Err(self.lost("its lease ended before it was renewed"));
        }
        *until = asked + self.control.lock.longest_request();
        Ok(())
    }

    async fn answer<T>(&self, question: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
        let answer = tokio::time::timeout(self.control.lock.question(self.control.request_timeout), question).await;
        answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| self.control.failed(error))
    }

    fn remaining(&self) -> Duration {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).saturating_duration_since(Instant::now())
    }

    fn lost(&self, why: &str) -> Error {
        Error::new(ErrorKind::LockLost, format!("the restore lost the lock of tenant `{}`: {why}", self.tenant_id))
    }

    async fn look(&self) -> Result<()> {
        let seen = sqlx::query_as::<_, (String, bool)>(
            "SELECT t.state, coalesce(l.token = $2 AND l.released_at IS NULL AND l.expires_at > clock_timestamp(), \
                    false) \
             FROM restore_control.tenants t LEFT JOIN restore_control.restore_lock l USING (tenant_id) \
             WHERE t.tenant_id = $1",
        )
        .bind(&self.tenant_id)
        .bind(self.token)
        .fetch_optional(&self.control.pool);
        let unconfirmed = |error| self.lost("the control database does not confirm it").caused_by(error);
        match self.answer(seen).await.map_err(unconfirmed)? {
            None => Err(self.lost("the tenant was removed")),
            Some((_, false)) => Err(self.lost("another run holds it, or its lease ended")),
            Some((state, true)) if state != "active" => Err(Error::new(
                ErrorKind::TenantSuspended,
                format!("tenant `{}` became {state} during the restore", self.tenant_id),
            )),
            Some(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Fence for Held {
    async fn check(&self, request: Duration) -> Result<()> {
        if self.remaining() <= request {
            match self.renew().await {
                Err(error) if error.kind() == ErrorKind::LockLost => return Err(error),
                Err(error) => return Err(self.lost("it could not be renewed").caused_by(error)),
                Ok(()) if self.remaining() <= request => {
                    let (request, ttl) = (request.as_secs_f32(), self.control.lock.ttl_seconds);
                    return Err(self.lost(&format!(
                        "a request of up to {request} s does not fit into a lease of {ttl} s; raise lock.ttl_seconds"
                    )));
                }
                Ok(()) => {}
            }
        }
        let mut seen = self.state_seen.lock().await;
        if seen.is_none_or(|at| at.elapsed() >= STATE_AGE) {
            let asked = Instant::now();
            self.look().await?;
            *seen = Some(asked);
        }
        Ok(())
    }

    fn postgres_guard(&self, database_identity: &str) -> Option<String> {
        if database_identity != self.control.identity() {
            return None;
        }
        // Tenant ids are plain: see the check at registration. Doubling quotes costs nothing all the same.
        let tenant = self.tenant_id.replace('\'', "''");
        Some(format!(
            "SELECT 1 FROM restore_control.restore_lock l JOIN restore_control.tenants t USING (tenant_id) \
             WHERE l.tenant_id = '{tenant}' AND l.token = '{}' AND l.fencing_number = {} AND l.released_at IS NULL \
             AND l.expires_at > clock_timestamp() AND t.state = 'active'",
            self.token, self.fencing_number
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_that_failed_is_repeated_while_the_lease_lasts_and_a_lost_lock_is_let_go() {
        let lock = LockConfig::default();
        let failed = |kind| Err(Error::new(kind, "x"));
        assert_eq!(pause_after(&Ok(()), &lock), Some(lock.heartbeat()));
        let again = pause_after(&failed(ErrorKind::BackendUnavailable), &lock).unwrap();
        // Though it was asked late and waited for in vain, it is tried twice more before the lease ends.
        let waited = lock.question(Duration::from_secs(3600));
        assert!(lock.heartbeat() + waited + 2 * again < lock.longest_request(), "{again:?}");
        assert_eq!(pause_after(&failed(ErrorKind::LockLost), &lock), None);
    }

    #[test]
    fn a_question_about_a_lock_takes_no_more_than_half_its_lease() {
        let lock = LockConfig { ttl_seconds: 8, heartbeat_seconds: 2 };
        assert_eq!(lock.question(Duration::from_secs(3)), Duration::from_secs(3));
        assert_eq!(lock.question(Duration::from_secs(20)), Duration::from_secs(4));
    }
}
