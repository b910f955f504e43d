//! EC3: two restores never write to one tenant at the same time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use restore_engine::{Error, ErrorKind, control::lock::Lease, domains::Fence, error::LockHolder};
use restore_model::DomainKey;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Saboteur,
    seams::{Open, Operation},
};

/// The lock lets it pass; only the digest of its preflight, which is older than what was begun, ends it.
const NOT_BY_THE_LOCK: &str = "`code` is \"STALE_PREFLIGHT\"";

const TWO_MORE: &str = "Of a restore and 2 more exactly one runs";

pub(crate) fn all() -> Vec<Saboteur> {
    [locking(), telling(), leases()].into_iter().flatten().collect()
}

fn locking() -> Vec<Saboteur> {
    vec![
        Saboteur::new("grants_every_lock", "a lock is given to whoever asks")
            .careless()
            .locks(|_, _, tenant| async move { Ok(Open::without_lock(&tenant)) })
            .caught("R-EC3-1", TWO_MORE, "wanted 409"),
        locks_in_its_own_process(),
        Saboteur::new("releases_its_lock_early", "the lock is given back before the first write")
            .locks(|own, caller, tenant| async move {
                // Two who come at once may meet: the lock is free again in a moment.
                loop {
                    match own.lock(&caller, &tenant, None).await {
                        Ok(lease) => break lease.release().await,
                        Err(error) if error.kind() == ErrorKind::LockHeld => tokio::task::yield_now().await,
                        Err(error) => return Err(error),
                    }
                }
                Ok(Open::without_lock(&tenant))
            })
            .caught("R-EC3-1", TWO_MORE, NOT_BY_THE_LOCK),
        Saboteur::new("never_renews_its_lock", "a lease is over before the first write, and nobody renews it")
            .configured(|config| config.lock.ttl_seconds = 0)
            .locks(|own, caller, tenant| async move {
                // Its heartbeat ends with it.
                drop(own.lock(&caller, &tenant, None).await?);
                Ok(Open::without_lock(&tenant))
            })
            .caught("R-EC3-1", TWO_MORE, NOT_BY_THE_LOCK),
        Saboteur::new("has_one_lock_for_all", "a restore of one tenant blocks those of all others")
            .locks(|own, caller, tenant| async move {
                let all = own.lock(&caller, "every tenant", None).await?;
                match own.lock(&caller, &tenant, None).await {
                    Ok(lease) => Ok(Box::new(Both { lease, all: Some(all) }) as Box<dyn Lease>),
                    Err(error) => {
                        all.release().await;
                        Err(error)
                    }
                }
            })
            .caught("R-EC3-3", "Other tenants are not blocked", "wanted a success"),
    ]
}

fn telling() -> Vec<Saboteur> {
    vec![
        Saboteur::new("does_not_say_who_holds_the_lock", "a refusal does not tell the holder")
            .answers(Operation::Restore, |_, answer| {
                if answer.status == 409 {
                    answer.body["holder"] = Value::Null;
                }
            })
            .caught("R-EC3-2", TWO_MORE, "`holder` is null"),
        Saboteur::new("does_not_say_when_to_try_again", "a refusal has no `Retry-After`")
            .answers(Operation::Restore, |_, answer| drop(answer.headers.remove("retry-after")))
            .caught("R-EC3-2", TWO_MORE, "`Retry-After` is None"),
    ]
}

fn leases() -> Vec<Saboteur> {
    vec![
        Saboteur::new("promises_too_much", "a refusal says to try again in a second, whatever the lease")
            .answers(Operation::Restore, |_, answer| {
                if let Some(after) = answer.headers.get_mut("retry-after") {
                    *after = axum::http::HeaderValue::from_static("1");
                }
            })
            .caught("R-EC3-4", "The lock of a holder that was killed is free", "outlives the lease"),
        writes_after_its_lease(),
    ]
}

fn writes_after_its_lease() -> Saboteur {
    Saboteur::new("writes_after_its_lease", "a run does not ask whether it still holds its lock")
        .configured(|config| (config.lock.ttl_seconds, config.lock.heartbeat_seconds) = (6, 2))
        .locks(|own, caller, tenant| async move { Ok(Open::around(own.lock(&caller, &tenant, None).await?)) })
        // The process is stopped at its first write to a bucket: nothing else is cut off in the midst of a write.
        .led_by(DomainKey::Storage)
        .caught("R-EC3-5", "A holder that slept through its lease", "differences in")
}

type Held = Arc<Mutex<HashMap<String, LockHolder>>>;

fn locks_in_its_own_process() -> Saboteur {
    let held = Held::default();
    Saboteur::new("locks_in_its_own_process", "a lock is known to one replica only")
        .locks(move |_, caller, tenant| {
            let held = Arc::clone(&held);
            async move {
                let mut all = held.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(holder) = all.get(&tenant) {
                    return Err(Error::new(ErrorKind::LockHeld, "it is locked here").held_by(holder.clone()));
                }
                let holder = LockHolder {
                    correlation_id: caller.correlation_id,
                    acquired_at: "2026-01-01T00:00:00Z".into(),
                    expires_at: "2026-01-01T00:00:30Z".into(),
                    retry_after_seconds: 30,
                };
                all.insert(tenant.clone(), holder);
                drop(all);
                Ok(Box::new(Local { open: Open::without_lock(&tenant), held }) as Box<dyn Lease>)
            }
        })
        .caught("R-EC3-1", TWO_MORE, NOT_BY_THE_LOCK)
}

/// A lock of one process.
struct Local {
    open: Box<dyn Lease>,
    held: Held,
}

impl Drop for Local {
    fn drop(&mut self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(self.open.tenant_id());
    }
}

/// A tenant's own lock, and that of all tenants.
struct Both {
    lease: Box<dyn Lease>,
    all: Option<Box<dyn Lease>>,
}

impl Drop for Both {
    fn drop(&mut self) {
        if let Some(all) = self.all.take() {
            tokio::spawn(all.release());
        }
    }
}

macro_rules! as_its {
    ($type:ty, $member:ident) => {
        #[async_trait]
        impl Lease for $type {
            fn fence(&self) -> Arc<dyn Fence> {
                self.$member.fence()
            }

            fn token(&self) -> Uuid {
                self.$member.token()
            }

            fn tenant_id(&self) -> &str {
                self.$member.tenant_id()
            }

            // Dropped with this one; what is left of it runs out by itself.
            async fn release(self: Box<Self>) {}
        }
    };
}

as_its!(Local, open);
as_its!(Both, lease);
