//! Preflight, which feature E3 holds.

use serde_json::json;

use crate::{Saboteur, seams::Operation};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("takes_every_conflict_for_medium", "each conflict has severity `medium`")
            .answers(Operation::Preflight, |_, answer| {
                for domain in answer.body["domains"].as_array_mut().into_iter().flatten() {
                    for it in domain["conflicts"].as_array_mut().into_iter().flatten() {
                        it["severity"] = json!("medium");
                    }
                }
            })
            .caught("R-P-4", "a role with other attributes", "its severity is \"medium\""),
    ]
}
