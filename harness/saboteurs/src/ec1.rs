//! EC1: a backend fails and the others are restored all the same.

use std::sync::Arc;

use async_trait::async_trait;
use restore_engine::{Result, control::journal::Journal};
use restore_model::{
    DomainKey, Kind, Resource, ResourceId,
    plan::{Action, Decision, Unfinished},
    resource::SpecHash,
};
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Operation, action},
    tamper::conclude,
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("takes_unreachable_for_empty", "a broker that cannot be reached is taken for one without topics")
            .takes_errors_for_absence(DomainKey::Kafka)
            .caught("R-EC1-1", "A dry run foretells nothing of kafka", "wanted 207"),
        Saboteur::new("takes_refusal_for_absence", "buckets that it may not list are taken for absent")
            .takes_errors_for_absence(DomainKey::Storage)
            .caught(
                "R-EC1-1",
                "A dry run foretells nothing of storage when its backend refuses the credentials",
                "wanted 207",
            ),
        Saboteur::new("swallows_a_kafka_failure", "whatever happens to Kafka, it is reported as restored")
            .answers(Operation::Restore, |_, answer| swallow(answer, "kafka"))
            .caught(
                "R-EC1-1",
                "kafka is an error and the others are restored when its backend is not reachable",
                "wanted 207",
            )
            .caught("R-EC1-1", "A broker that is down costs nothing", "wanted 207"),
        Saboteur::new("hides_which_backend_failed", "a failure is reported without the backend's address")
            .answers(Operation::Restore, |_, answer| {
                for it in answer.domains().filter(|it| it["status"] == "error") {
                    it["message"] = json!("internal error");
                }
                for it in answer.resources().filter(|it| it["action"] == "error") {
                    it["message"] = json!("internal error");
                }
            })
            .caught(
                "R-EC1-2",
                "storage is completed by itself after its backend failed before its middle write",
                "nothing names its backend",
            ),
        Saboteur::new("forgets_what_it_began", "a retry does not know what an earlier run left half-made")
            .journals(|own| Arc::new(Forgetful(own)))
            .caught("R-EC1-3", "A bucket that was left without its settings", "not success"),
        Saboteur::new("makes_it_again_on_retry", "a retry makes a copy beside what an earlier run left")
            .adds(DomainKey::Kafka, |space, seen| {
                let left = seen.of(&space.tenant_id).is_some_and(|inventory| !inventory.is_empty());
                let copy = Resource::new(Kind::Topic, "orders-1", &json!({"partitions": 1, "replication_factor": 1}));
                (
                    space.clone(),
                    copy.ok().filter(|_| left).map(|it| action(&it, Decision::Create)).into_iter().collect(),
                )
            })
            .caught(
                "R-EC1-3",
                "kafka is completed by itself after its backend failed after its first write",
                "orders-1",
            ),
    ]
}

fn swallow(answer: &mut Answer, key: &str) {
    for it in answer.domains().filter(|it| it["domain_key"] == key && it["status"] == "error") {
        (it["status"], it["message"], it["verified"]) = (json!("applied"), Value::Null, json!(true));
    }
    if answer.status == 207 {
        answer.status = 200;
        conclude(answer, "success");
    }
}

/// Writes everything down and never reads it.
struct Forgetful(Arc<dyn Journal>);

#[async_trait]
impl Journal for Forgetful {
    async fn unfinished(&self, _: DomainKey) -> Result<Unfinished> {
        Ok(Unfinished::new())
    }

    async fn begin(&self, domain: DomainKey, batch: &[Action]) -> Result<()> {
        self.0.begin(domain, batch).await
    }

    async fn finish(&self, domain: DomainKey, done: &[(ResourceId, SpecHash)]) -> Result<()> {
        self.0.finish(domain, done).await
    }
}
