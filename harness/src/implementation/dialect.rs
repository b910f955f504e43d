//! How an implementation is spoken to: with which tokens, by which requests for tenants, under which names, how strictly, how patiently.

use std::{sync::Arc, time::Duration};

use super::{Mode, Tenants, Tokens};
use crate::{fixtures::Naming, timeouts};

/// How an implementation is spoken to. By default as SPEC.md has it, with tokens that the suite signs.
#[derive(Debug)]
pub struct Dialect {
    /// Where tokens come from.
    pub tokens: Tokens,
    /// How tenants are administered.
    pub tenants: Tenants,
    /// What it calls the things of a tenant.
    pub naming: Arc<Naming>,
    /// How strictly answers are judged.
    pub mode: Mode,
    /// How long an answer is waited for.
    pub patience: Duration,
    /// How long a copy may take until it is ready.
    pub ready_within: Duration,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            tokens: Tokens::default(),
            tenants: Tenants::default(),
            naming: Arc::default(),
            mode: Mode::default(),
            patience: timeouts::REQUEST,
            ready_within: timeouts::IMPLEMENTATION_READY,
        }
    }
}
