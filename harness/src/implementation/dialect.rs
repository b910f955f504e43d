//! How an implementation is spoken to: with which tokens, by which requests for tenants, under which names, how strictly, how patiently.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Tenants, Tokens};
use crate::{fixtures::Naming, timeouts};

/// How strictly answers are judged. SPEC.md, "Modes", says what may be missing in `compatible`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As SPEC.md has it.
    #[default]
    Strict,
    /// As the public suite has it, where it demands less of an answer.
    Compatible,
}

impl Mode {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Compatible => "compatible",
        }
    }
}

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
