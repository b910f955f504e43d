//! EC4: the largest artifact is restored, however long it takes; and what can be seen of a run meanwhile.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use axum::http::StatusCode;
use restore_engine::{Error, ErrorKind, Result, control::lock::Lease, domains::Fence};
use restore_model::{DomainKey, Kind};
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Open, Operation},
};

/// Documents in the first answer of a MongoDB cursor.
const FIRST_BATCH: usize = 101;

const THOUSANDS: &str = "What is more than a thousand of a kind";

pub(crate) fn all() -> Vec<Saboteur> {
    [sizes(), runs()].into_iter().flatten().collect()
}

fn sizes() -> Vec<Saboteur> {
    vec![
        Saboteur::new("takes_less_than_it_says", "an artifact of the advertised size is refused as too large")
            .serves(Operation::Restore, |asked, beyond| async move {
                if asked.body.len() > 7_000_000 {
                    return Answer::refusal(&asked, 413, "ARTIFACT_TOO_LARGE", "more than 7000000 bytes");
                }
                beyond.ask(asked).await
            })
            .caught("R-EC4-1", "The limit holds to the byte", "wanted 200"),
        Saboteur::new("truncates_at_a_thousand", "of the directory a thousand resources are seen, and no more")
            .observes(DomainKey::Iam, |_, inventory| {
                inventory.resources = std::mem::take(&mut inventory.resources).into_iter().take(1_000).collect();
            })
            .caught("R-EC4-1", THOUSANDS, "iam"),
        Saboteur::new("reads_one_batch_only", "of the collections only what MongoDB tells in its first answer is seen")
            .observes(DomainKey::MongoMetadata, |_, inventory| {
                let mut collections = 0;
                inventory.resources.retain(|id, _| {
                    collections += usize::from(id.kind == Kind::Collection);
                    collections <= FIRST_BATCH
                });
            })
            .caught("R-EC4-1", THOUSANDS, "mongo_metadata"),
        Saboteur::new("refuses_only_by_far", "an artifact of up to twice the advertised size is taken")
            .configured(|config| config.limits.max_artifact_bytes *= 2)
            .answers(Operation::FormatVersions, |_, answer| {
                let limit = &mut answer.body["limits"]["max_artifact_bytes"];
                *limit = json!(limit.as_u64().unwrap_or_default() / 2);
            })
            .caught("R-EC4-2", "The limit holds to the byte", "wanted 413"),
        Saboteur::new("takes_size_for_shape", "an artifact that is too large is refused as malformed")
            .answers(Operation::Restore, |_, answer| {
                if answer.status == StatusCode::PAYLOAD_TOO_LARGE.as_u16() {
                    answer.status = StatusCode::BAD_REQUEST.as_u16();
                    answer.body["code"] = json!("INVALID_REQUEST");
                }
            })
            .caught("R-EC4-2", "The limit holds to the byte", "wanted 413"),
    ]
}

fn runs() -> Vec<Saboteur> {
    vec![
        ends_with_its_client(),
        Saboteur::new("accepts_what_it_refuses", "who prefers not to wait is answered 202, whatever comes of it")
            .answers(Operation::Restore, |asked, answer| {
                if asked.headers.contains_key("prefer") && answer.status >= 400 {
                    answer.status = StatusCode::ACCEPTED.as_u16();
                }
            })
            .caught("R-R-2", "Who prefers not to wait is refused at once", "wanted 422 or 409"),
        Saboteur::new("does_not_say_why_a_run_ended", "a run that was blocked tells no error")
            .answers(Operation::Run, |_, answer| answer.body["error"] = Value::Null)
            .caught("R-R-3", "A run that writes nothing on purpose tells why it ended", "`error` is null"),
        Saboteur::new("tells_no_progress", "a run at work tells nothing of its domains")
            .answers(Operation::Run, |_, answer| answer.body["progress"] = json!([]))
            .caught("R-R-3", "A restore goes on when its client goes away", "is not told"),
        Saboteur::new("loses_runs", "a run is not found by the correlation id of its request")
            .answers(Operation::Runs, |_, answer| answer.body["runs"] = json!([]))
            .caught("R-R-4", "A restore goes on when its client goes away", "it lists []"),
    ]
}

type Tenants = Arc<Mutex<HashSet<String>>>;

fn ends_with_its_client() -> Saboteur {
    let alone = Tenants::default();
    let left = Arc::clone(&alone);
    Saboteur::new("ends_with_its_client", "a restore writes nothing more once its client has gone away")
        // The client goes away at the first write to a bucket: all others are still to come.
        .led_by(DomainKey::Storage)
        .serves(Operation::Restore, move |asked, beyond| {
            let alone = Arc::clone(&left);
            async move {
                let mut waiting = Waiting { tenant: asked.tenant(), alone, answered: false };
                let answer = beyond.ask(asked).await;
                waiting.answered = true;
                answer
            }
        })
        .locks(move |own, caller, tenant| {
            let alone = Arc::clone(&alone);
            async move {
                let lease = own.lock(&caller, &tenant, None).await?;
                let fence = Arc::new(WhileWaitedFor { inner: lease.fence(), tenant, alone });
                Ok(Open::with_fence(lease, fence) as Box<dyn Lease>)
            }
        })
        .caught("R-R-1", "A restore goes on when its client goes away", "the run did not end with a report")
}

/// A client that waits. It is dropped without an answer when the connection ends.
struct Waiting {
    tenant: String,
    alone: Tenants,
    answered: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            self.alone.lock().unwrap_or_else(PoisonError::into_inner).insert(self.tenant.clone());
        }
    }
}

/// Closed once the client has gone away.
struct WhileWaitedFor {
    inner: Arc<dyn Fence>,
    tenant: String,
    alone: Tenants,
}

#[async_trait]
impl Fence for WhileWaitedFor {
    async fn check(&self, request: Duration) -> Result<()> {
        if self.alone.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.tenant) {
            return Err(Error::new(ErrorKind::LockLost, "nobody waits for this restore"));
        }
        self.inner.check(request).await
    }

    fn postgres_guard(&self, database_identity: &str) -> Option<String> {
        self.inner.postgres_guard(database_identity)
    }
}
