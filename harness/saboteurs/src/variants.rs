//! Engines that are odd but right: whoever convicts one of these accuses wrongly.

use std::time::Duration;

use axum::http::HeaderValue;
use restore_engine::config::RequirePreflight;
use restore_model::DomainKey;
use serde_json::{Value, json};

use crate::{Saboteur, seams::Operation, tamper::is_for_state};

/// One scenario of each way to look at answers and at the target; the matrix has to come to an end.
const EACH_WAY: &str = "(@R-E1-1 or @R-E1-3 or @R-E1-5 or @R-E2-3 or @R-E2-4 or @R-E3-4 or @R-P-1 or @R-P-9 or @R-E4-2 or \
                        @R-E5-4 or @R-EC2-1 or @R-EC2-2 or @R-EC3-3 or @R-EC5-2) and not @slow";

/// The same, for what needs no digest: there it is a SHOULD.
const WITHOUT_DIGEST: &str = "(@R-E1-3 or @R-E2-4 or @R-E3-4 or @R-P-1 or @R-EC2-2) and not @slow";

/// How long a slow backend takes for each batch.
const SLOW: Duration = Duration::from_millis(700);

pub(crate) fn all() -> Vec<Saboteur> {
    let slow = Saboteur::variant("is_slow", "every batch takes most of a second longer", EACH_WAY);
    vec![
        Saboteur::variant("tells_more_than_it_must", "answers have members that nobody knows", EACH_WAY)
            .answers(Operation::Restore, |_, answer| answer.body["x_took"] = json!({"ms": 12}))
            .answers(Operation::Preflight, |_, answer| answer.body["x_took"] = json!({"ms": 12})),
        Saboteur::variant("knows_no_digests", "a preflight gives no digest, and a restore needs none", WITHOUT_DIGEST)
            .configured(|config| config.require_preflight = RequirePreflight::Never)
            .answers(Operation::Preflight, |_, answer| {
                if let Some(members) = answer.body.as_object_mut() {
                    members.remove("preflight_digest");
                }
            }),
        Saboteur::variant("refuses_suspension_with_409", "a suspended tenant is refused with 409, not 422", "@EC5")
            .answers(Operation::Restore, |_, answer| {
                if is_for_state(answer) {
                    answer.status = 409;
                }
            }),
        Saboteur::variant("answers_with_a_run", "every restore is answered with 202 and its run", EACH_WAY).serves(
            Operation::Restore,
            |mut asked, beyond| async move {
                asked.headers.insert("prefer", HeaderValue::from_static("respond-async"));
                beyond.ask(asked).await
            },
        ),
        DomainKey::ALL.into_iter().fold(slow, |slow, domain| slow.waits(domain, SLOW)),
        Saboteur::variant("lists_resources_backwards", "resources are listed in another order", EACH_WAY)
            .answers(Operation::Restore, |_, answer| {
                answer.domains().for_each(|it| reverse(&mut it["resource_results"]));
            })
            .answers(Operation::Preflight, |_, answer| {
                for domain in answer.body["domains"].as_array_mut().into_iter().flatten() {
                    reverse(&mut domain["conflicts"]);
                }
                reverse(&mut answer.body["domains"]);
            }),
    ]
}

fn reverse(list: &mut Value) {
    if let Some(items) = list.as_array_mut() {
        items.reverse();
    }
}
