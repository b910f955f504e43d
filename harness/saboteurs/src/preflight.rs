//! Preflight, whose scenarios feature E3 holds.

use std::sync::{Arc, OnceLock};

use axum::http::Method;
use restore_engine::{
    config::RequirePreflight,
    control::{ActorType, Caller, lock::Locks},
};
use restore_model::DomainKey;
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Operation},
    tamper::{as_if_active, is_for_state, proposal},
};

pub(crate) fn all() -> Vec<Saboteur> {
    [telling(), looking(), digests()].into_iter().flatten().collect()
}

fn telling() -> Vec<Saboteur> {
    vec![
        Saboteur::new("counts_what_it_did_not_analyse", "a preflight counts one resource more than there are")
            .answers(Operation::Preflight, |_, answer| {
                for domain in domains(answer) {
                    domain["resources_analyzed"] = json!(domain["resources_analyzed"].as_u64().unwrap_or(0) + 1);
                }
            })
            .caught("R-P-1", "A preflight of an empty target finds nothing in the way", "the preflight analysed"),
        Saboteur::new("gives_no_advice", "a conflict has no recommendation")
            .answers(Operation::Preflight, |_, answer| {
                conflicts(answer).for_each(|it| it["recommendation"] = json!(""));
            })
            .caught("R-P-2", "A target with a role with other attributes", "it has no `recommendation`"),
        Saboteur::new("foresees_no_conflict", "a preflight finds nothing in the way, whatever there is")
            .answers(Operation::Preflight, |_, answer| {
                for domain in domains(answer) {
                    let found = domain["conflicts"].as_array().map_or(0, Vec::len);
                    let compatible = domain["compatible_count"].as_u64().unwrap_or(0);
                    domain["compatible_count"] = json!(compatible + u64::try_from(found).unwrap_or(0));
                    (domain["conflicts"], domain["status"]) = (json!([]), json!("no_conflicts"));
                }
            })
            .caught("R-P-2", "A target with a column of another type is told so", "does not tell"),
        Saboteur::new("takes_every_conflict_for_medium", "each conflict has severity `medium`")
            .answers(Operation::Preflight, |_, answer| {
                conflicts(answer).for_each(|it| it["severity"] = json!("medium"));
            })
            .caught("R-P-4", "A target with a role with other attributes", "its severity is \"medium\""),
    ]
}

fn looking() -> Vec<Saboteur> {
    vec![
        Saboteur::new("takes_a_closed_schema_for_an_empty_one", "what may not be read of Postgres is taken for absent")
            .takes_errors_for_absence(DomainKey::PostgresMetadata)
            .caught("R-P-3", "A domain that cannot be analysed is a high risk", "`status` is"),
        locks_in_a_preflight(),
        Saboteur::new("writes_in_a_preflight", "a preflight restores what it looks at")
            .careless()
            .serves(Operation::Preflight, |asked, beyond| async move {
                let answer = beyond.ask(asked.clone()).await;
                beyond.ask(asked.to(Method::POST, "/config/reprovision", &asked.json())).await;
                answer
            })
            .caught("R-P-5", "A preflight of an empty target finds nothing in the way", "differences in"),
        Saboteur::new("analyses_without_a_map", "a preflight takes its own proposal for confirmed")
            .serves(Operation::Preflight, |asked, beyond| async move {
                let mut body = asked.json();
                if body["identifier_map"].is_null() {
                    body["identifier_map"] = proposal(&asked, &beyond).await;
                }
                beyond.ask(asked.with(&body)).await
            })
            .caught("R-P-6", "Without an identifier map, a preflight", "`needs_confirmation` is not true"),
        Saboteur::new("looks_into_suspended_tenants", "a preflight does not look at the state of its tenant")
            .serves(Operation::Preflight, |asked, beyond| async move {
                let answer = beyond.ask(asked.clone()).await;
                if is_for_state(&answer) { as_if_active(&asked, &beyond).await } else { answer }
            })
            .caught("R-P-7", "A preflight into a suspended tenant is refused", "wanted 422"),
    ]
}

fn digests() -> Vec<Saboteur> {
    vec![
        Saboteur::new("ignores_the_digest", "a restore does not look whether it is still as its preflight saw it")
            .careless()
            .caught("R-P-8", "A restore after a role with other composites came into iam", "wanted 409")
            .caught("R-P-8", "A restore of another artifact than its preflight analysed", "wanted 409"),
        Saboteur::new(
            "needs_no_preflight",
            "a restore into another tenant needs no preflight, though digests are given",
        )
        .configured(|config| config.require_preflight = RequirePreflight::Never)
        .caught("R-P-9", "A restore into another tenant without a preflight", "wanted 409"),
    ]
}

fn locks_in_a_preflight() -> Saboteur {
    let locks: Arc<OnceLock<Arc<dyn Locks>>> = Arc::default();
    let seen = Arc::clone(&locks);
    Saboteur::new("locks_in_a_preflight", "a preflight takes the lock of its tenant and keeps it")
        .sees_locks(move |own| drop(seen.set(own)))
        .serves(Operation::Preflight, move |asked, beyond| {
            let locks = locks.get().cloned();
            async move {
                let answer = beyond.ask(asked.clone()).await;
                if let Some(locks) = locks {
                    keep_lock(&*locks, &asked.tenant()).await;
                }
                answer
            }
        })
        .caught("R-P-5", "A target with a role with other attributes", "wanted 200")
}

/// Takes a lock that nobody gives back.
pub(crate) async fn keep_lock(locks: &dyn Locks, tenant_id: &str) {
    let caller =
        Caller { actor_id: "nobody".into(), actor_type: ActorType::ServiceAccount, correlation_id: "nobody".into() };
    if let Ok(lease) = locks.lock(&caller, tenant_id, None).await {
        // Its heartbeat goes on for as long as this process lives.
        std::mem::forget(lease);
    }
}

fn domains(answer: &mut Answer) -> impl Iterator<Item = &mut Value> {
    answer.body["domains"].as_array_mut().into_iter().flatten()
}

fn conflicts(answer: &mut Answer) -> impl Iterator<Item = &mut Value> {
    domains(answer).flat_map(|it| it["conflicts"].as_array_mut().into_iter().flatten())
}
