//! What must hold in every scenario.

use crate::{Saboteur, seams::Operation};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("keeps_its_own_correlation_id", "answers carry no correlation id of the caller's")
            .answers(Operation::Restore, |_, answer| drop(answer.headers.remove("x-correlation-id")))
            .caught("R-S-2", "A request with no token is refused", "does not carry the correlation id"),
    ]
}
