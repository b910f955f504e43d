//! Engines that are odd but right: whoever convicts one of these accuses wrongly.

use serde_json::json;

use crate::{Saboteur, seams::Operation};

/// Scenarios of every feature that a variant can have an influence on, without those that wait for leases.
const ALL: &str = "not @slow";

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::variant("tells_more_than_it_must", "answers have members that nobody knows", ALL)
            .answers(Operation::Restore, |_, answer| answer.body["x_took"] = json!({"ms": 12}))
            .answers(Operation::Preflight, |_, answer| answer.body["x_took"] = json!({"ms": 12})),
    ]
}
