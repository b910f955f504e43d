//! EC5: a suspended tenant is refused.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use axum::http::Method;
use restore_engine::control::lock::Locks;
use serde_json::{Value, json};

use crate::{
    Saboteur,
    preflight::keep_lock,
    seams::{Answer, Open, Operation},
    tamper::{as_if_active, is_for_state},
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("ignores_suspension", "a restore does not look at the state of its tenant")
            .careless()
            .serves(Operation::Restore, |asked, beyond| async move {
                let answer = beyond.ask(asked.clone()).await;
                if is_for_state(&answer) { as_if_active(&asked, &beyond).await } else { answer }
            })
            .caught("R-EC5-1", "A suspended tenant is refused, and restored once", "wanted 422 or 409")
            .caught("R-EC5-1", "A tenant's own artifact is refused while it is suspended", "wanted 422 or 409"),
        Saboteur::new("makes_tenants_up", "a restore into a tenant that it does not know is as good as any")
            .answers(Operation::Restore, |asked, answer| {
                if answer.status == 404 {
                    *answer = Answer::of(asked, 200, json!({"needs_confirmation": true, "proposal": {"entries": []}}));
                }
            })
            .caught("R-EC5-1", "An unknown tenant is refused and not made up", "wanted 404")
            .caught("R-E1-9", "A request with an unknown tenant is refused", "wanted 404"),
        Saboteur::new(
            "asks_the_backends_first",
            "every backend is asked whether it answers, whatever the state of the tenant",
        )
        .serves(Operation::Restore, |asked, beyond| async move {
            beyond.ask(asked.to(Method::GET, "/config/export/domains", &Value::Null)).await;
            beyond.ask(asked).await
        })
        .caught("R-EC5-5", "For a restore into a tenant that is suspended no backend is asked", "was asked"),
        remembers_the_state(),
        leaves_a_lock_behind(),
        Saboteur::new("goes_on_when_suspended", "a restore at work does not notice that its tenant is suspended")
            .locks(|own, caller, tenant| async move { Ok(Open::around(own.lock(&caller, &tenant, None).await?)) })
            .caught("R-EC5-4", "A restore that is at work when its tenant is suspended", "says success"),
    ]
}

fn remembers_the_state() -> Saboteur {
    let active: Arc<Mutex<HashSet<String>>> = Arc::default();
    Saboteur::new("remembers_the_state", "a tenant is taken for active because it was when its map was proposed")
        .careless()
        .serves(Operation::Restore, move |asked, beyond| {
            let active = Arc::clone(&active);
            async move {
                let answer = beyond.ask(asked.clone()).await;
                let known = {
                    let mut active = active.lock().unwrap_or_else(PoisonError::into_inner);
                    if answer.body["needs_confirmation"] == true {
                        active.insert(asked.tenant());
                    }
                    active.contains(&asked.tenant())
                };
                if known && is_for_state(&answer) { as_if_active(&asked, &beyond).await } else { answer }
            }
        })
        .caught("R-EC5-2", "A tenant that was suspended after its map was confirmed", "wanted 422 or 409")
}

fn leaves_a_lock_behind() -> Saboteur {
    let locks: Arc<OnceLock<Arc<dyn Locks>>> = Arc::default();
    let seen = Arc::clone(&locks);
    Saboteur::new("leaves_a_lock_behind", "a restore that is refused for its tenant's state keeps the lock")
        .sees_locks(move |own| drop(seen.set(own)))
        .serves(Operation::Restore, move |asked, beyond| {
            let locks = locks.get().cloned();
            async move {
                let answer = beyond.ask(asked.clone()).await;
                if let Some(locks) = locks.filter(|_| is_for_state(&answer)) {
                    keep_lock(&*locks, &asked.tenant()).await;
                }
                answer
            }
        })
        .caught("R-EC5-3", "A suspended tenant is refused, and restored once", "wanted 200")
}
