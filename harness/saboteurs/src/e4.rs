//! E4: a domain that the artifact does not hold does not fail the others.

use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Operation},
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("does_not_say_what_is_missing", "a domain that is passed over has no message")
            .answers(Operation::Restore, |_, answer| {
                for it in answer.domains().filter(|it| it["status"] == "skipped_not_exportable") {
                    it["message"] = Value::Null;
                }
            })
            .caught("R-E4-1", "kafka is passed over when the artifact says not_available", "it does not say why"),
        Saboteur::new("fails_for_what_is_missing", "a domain that the artifact does not hold is an error")
            .careless()
            .asks(Operation::Restore, |body| {
                for it in entries(body).filter(|it| it["status"] == "error") {
                    it["status"] = json!("ok");
                }
            })
            .caught("R-E4-1", "storage is passed over when the artifact says error", "wanted 200"),
        Saboteur::new("takes_empty_for_broken", "a domain in which nothing was is an error")
            .careless()
            .asks(Operation::Restore, |body| {
                for it in entries(body).filter(|it| it["status"] == "empty") {
                    it["status"] = json!("ok");
                }
            })
            .caught("R-E4-3", "An empty iam is restored as such", "wanted 200"),
        Saboteur::new("takes_broken_for_empty", "a domain whose data cannot be read is taken for an empty one")
            .careless()
            .asks(Operation::Restore, |body| {
                for it in entries(body).filter(|it| it["data"].is_string()) {
                    (it["status"], it["data"]) = (json!("empty"), Value::Null);
                }
            })
            .caught("R-E4-4", "iam is an error when the artifact has a text", "wanted 207"),
        Saboteur::new(
            "refuses_all_for_one_broken_domain",
            "one domain whose data cannot be read ends the whole restore",
        )
        .serves(Operation::Restore, |asked, beyond| async move {
            let mut body = asked.json();
            if entries(&mut body).any(|it| it["status"] == "ok" && !it["data"].is_object()) {
                return Answer::refusal(&asked, 422, "INVALID_REQUEST", "a domain is broken");
            }
            beyond.ask(asked).await
        })
        .caught("R-E4-4", "mongo_metadata is an error when the artifact has a number", "wanted 207"),
        Saboteur::new("succeeds_at_nothing", "a restore for which no domain is left is a success")
            .answers(Operation::Restore, |asked, answer| {
                if answer.status == 422 && answer.body["code"] == "INVALID_REQUEST" {
                    *answer = Answer::of(asked, 200, json!({"result_status": "success", "domain_results": []}));
                }
            })
            .caught("R-E4-5", "An artifact of nothing but not_available domains", "wanted 422"),
    ]
}

/// The domains of the artifact in a request.
fn entries(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    body["artifact"]["domains"].as_array_mut().into_iter().flatten()
}
