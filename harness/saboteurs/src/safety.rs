//! What must hold in every scenario.

use restore_model::{DomainKey, Kind, Resource, plan::Decision, space::Naming};
use serde_json::json;

use crate::{
    Saboteur,
    seams::{Operation, action},
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("touches_the_bystander", "a topic comes into the tenant whose id begins with the target's")
            .adds(DomainKey::Kafka, |space, _| {
                let beside = Naming::default().space_of(&format!("{}-x", space.tenant_id));
                let stray = Resource::new(Kind::Topic, "stray", &json!({"partitions": 1, "replication_factor": 1}));
                (beside, stray.ok().map(|it| action(&it, Decision::Create)).into_iter().collect())
            })
            .caught("R-S-1", "Only kafka is restored when it alone is named", "the bystander "),
        Saboteur::new("keeps_its_own_correlation_id", "answers carry no correlation id of the caller's")
            .answers(Operation::Restore, |_, answer| drop(answer.headers.remove("x-correlation-id")))
            .caught("R-S-2", "A request with no token is refused", "does not carry the correlation id"),
        Saboteur::new("logs_the_tokens_of_its_callers", "the log shows the headers of every request")
            .serves_everything(|asked, beyond| async move {
                tracing::info!(headers = ?asked.headers, "asked");
                beyond.ask(asked).await
            })
            .caught("R-S-3", "No secret is in an artifact, in an answer or in a log", "the log holds secrets"),
        Saboteur::new("tells_errors_in_its_own_way", "an error has `error` and `status`, and nothing else")
            .answers(Operation::Restore, |_, answer| {
                if answer.status >= 400 {
                    answer.body = json!({"error": answer.body["message"], "status": answer.status});
                }
            })
            .caught("R-S-2", "A request with no token is refused", "`code` is null"),
    ]
}
