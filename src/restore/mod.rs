//! Restore: observe → plan → apply → verify → report.
//!
//! - `request`: what is asked for and answered at once
//! - `select`: reads the artifact, chooses domains, checks whence and whither
//! - `admission`: those checks in the contract's order; nothing is locked or read until they hold
//! - `analyse`: observes and plans a domain, for a restore and for its preflight
//! - `start`: takes the lock and runs the stages detached from the caller
//! - `pipeline`: the stages, side by side over all domains
//! - `side_by_side`: a task for each domain
//! - `verify`: the last stage, pure

pub(crate) mod admission;
pub(crate) mod analyse;
pub(crate) mod pipeline;
mod request;
pub(crate) mod select;
mod side_by_side;
mod start;
mod verify;

pub use admission::Asked;
pub(crate) use admission::blocking;
pub use request::{ConflictPolicy, RestoreRequest, RestoreStarted, RunHandle};
pub(crate) use side_by_side::side_by_side;
pub(crate) use start::start;
