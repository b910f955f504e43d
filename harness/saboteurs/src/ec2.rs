//! EC2: a restore into another tenant needs its identifier map.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use restore_engine::control::lock::Locks;
use restore_model::Kind;
use serde_json::{Value, json};

use crate::{
    Saboteur,
    preflight::keep_lock,
    seams::{Answer, Operation},
    tamper::proposal,
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        keeps_the_lock_while_it_waits(),
        Saboteur::new("proposes_half_a_map", "the proposal lacks its first entry")
            .answers(Operation::Restore, |_, answer| {
                if let Some(entries) = answer.body["proposal"]["entries"].as_array_mut() {
                    entries.remove(0);
                }
            })
            .caught("R-EC2-2", "The proposed map is taken unchanged", "wanted 200"),
        names_the_source(),
        Saboteur::new("takes_any_map", "whatever map is sent, the proposal is used")
            .careless()
            .serves(Operation::Restore, |asked, beyond| async move {
                let mut body = asked.json();
                if !body["identifier_map"].is_null() {
                    body["identifier_map"] = proposal(&asked, &beyond).await;
                }
                beyond.ask(asked.with(&body)).await
            })
            .caught("R-EC2-4", "A map with an entry left out is refused", "wanted 400")
            .caught("R-EC2-4", "A map that nobody needs is checked all the same", "wanted 400"),
        Saboteur::new(
            "proposes_the_longest_common_prefix",
            "what the names of topics share is taken for the tenant's prefix",
        )
        .answers(Operation::Proposal, |asked, answer| {
            let shared = shared_by_topics(&asked.json()["artifact"]);
            for it in entries(answer).filter(|it| it["scope"] == "kafka.topic_prefix") {
                for side in ["from", "to"] {
                    it[side] = json!(format!("{}{shared}", it[side].as_str().unwrap_or_default()));
                }
            }
        })
        .caught("R-EC2-5", "A tenant with one resource of a kind is mapped by its space", "wanted 200"),
        Saboteur::new("overlooks_third_tenants", "a topic of a third tenant is left out, and nobody is told")
            .careless()
            .asks(Operation::Restore, |body| {
                for entry in body["artifact"]["domains"].as_array_mut().into_iter().flatten() {
                    if let Some(topics) = entry["data"]["topics"].as_array_mut() {
                        topics.retain(|it| !it["name"].as_str().is_some_and(|name| name.contains("-x.")));
                    }
                }
            })
            .caught("R-EC2-6", "and all else restored: a topic of the bystander", "nothing is refused that names"),
        hides_what_it_refuses(),
        Saboteur::new("maps_what_it_has_mapped", "names are replaced in what was replaced already")
            .answers(Operation::Proposal, |_, answer| {
                for it in entries(answer) {
                    if let (Some(from), Some(to)) = (it["from"].as_str(), it["to"].as_str()) {
                        it["to"] = json!(to.replace(from, to));
                    }
                }
            })
            .caught(
                "R-EC2-5",
                "A tenant is restored whole where the target's id begins with the source's",
                "wanted 200",
            ),
    ]
}

fn keeps_the_lock_while_it_waits() -> Saboteur {
    let locks: Arc<OnceLock<Arc<dyn Locks>>> = Arc::default();
    let seen = Arc::clone(&locks);
    Saboteur::new("keeps_the_lock_while_it_waits", "a restore that waits for confirmation holds the lock of its tenant")
        .sees_locks(move |own| drop(seen.set(own)))
        .serves(Operation::Restore, move |asked, beyond| {
            let locks = locks.get().cloned();
            async move {
                let answer = beyond.ask(asked.clone()).await;
                if let Some(locks) = locks.filter(|_| answer.body["needs_confirmation"] == true) {
                    keep_lock(&*locks, &asked.tenant()).await;
                }
                answer
            }
        })
        .caught("R-EC2-1", "Without a map the restore waits", "wanted 200")
}

fn hides_what_it_refuses() -> Saboteur {
    let saboteur =
        Saboteur::new("hides_what_it_refuses", "what names a third tenant is not restored, and nobody is told")
            .answers(Operation::Restore, |_, answer| {
                answer.body["_migration_warnings"] = json!([]);
                for domain in answer.domains() {
                    if let Some(results) = domain["resource_results"].as_array_mut() {
                        results.retain(|it| it["action"] != "error");
                    }
                }
            });
    let refused = [
        "all else restored: an access control entry for a topic",
        "all else restored: an access control entry for a principal",
        "all else restored: a bucket whose policy",
        "all else restored: a grant to a role",
        "all else restored: a view of a table",
        "all else restored: a column whose default",
        "all else restored: a bucket of the bystander",
    ];
    refused.iter().fold(saboteur, |saboteur, row| saboteur.caught("R-EC2-6", row, "nothing is refused that names"))
}

fn names_the_source() -> Saboteur {
    let source: Arc<Mutex<String>> = Arc::default();
    let told = Arc::clone(&source);
    Saboteur::new("names_the_source", "a comment says which tenant it was restored from")
        .asks(Operation::Restore, move |body| {
            let id = body["artifact"]["tenant_id"].as_str().unwrap_or_default().to_owned();
            *source.lock().unwrap_or_else(PoisonError::into_inner) = id;
        })
        .writes(Kind::Comment, move |spec| {
            let source = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
            spec["text"] = json!(format!("from {source}"));
        })
        .caught("R-EC2-3", "The proposed map is taken unchanged", "name the source")
}

fn entries(answer: &mut Answer) -> impl Iterator<Item = &mut Value> {
    answer.body["proposal"]["entries"].as_array_mut().into_iter().flatten()
}

/// What the names of all topics begin with, without the tenant's own prefix.
fn shared_by_topics(artifact: &Value) -> String {
    let domains = artifact["domains"].as_array().into_iter().flatten();
    let records = domains.flat_map(|it| it["data"]["records"].as_array().into_iter().flatten());
    let mut names = records.filter(|it| it["type"] == "topic").filter_map(|it| it["name"].as_str());
    let first = names.next().unwrap_or_default().to_owned();
    names.fold(first, |shared, name| {
        shared.chars().zip(name.chars()).take_while(|(one, other)| one == other).map(|(one, _)| one).collect()
    })
}
