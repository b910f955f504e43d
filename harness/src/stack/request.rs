//! What is asked of a stack.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::endpoints::{Origin, Service};
use super::external::ExternalStack;

/// What is asked of a stack.
#[derive(Debug, Clone, Default)]
pub struct StackRequest {
    /// Services whose origin is named; the others resolve by themselves. A named origin never falls back.
    pub origins: BTreeMap<Service, Origin>,
    /// Services given by their address.
    pub external: Option<ExternalStack>,
    /// Whether to start a stack of one's own beside a warm one.
    pub isolated: bool,
    /// Who asks, for `stack status`; empty means the program's name.
    pub holder: String,
    /// The `restore-conformance` program, which the guardian process runs. `None` means the running program; a test
    /// program must name it, as it is not that program itself.
    pub guardian_program: Option<PathBuf>,
}
