//! Restore: observe → plan → apply → verify → report.
//!
//! - `request`: what is asked for and answered at once
//! - `select`: reads the artifact, chooses domains, checks whence and whither; nothing is locked or read until then
//! - `start`: takes the lock and runs the stages detached from the caller
//! - `pipeline`: the stages, side by side over all domains
//! - `verify`: the last stage, pure

pub(crate) mod pipeline;
mod request;
pub(crate) mod select;
mod start;
mod verify;

pub use request::{ConflictPolicy, RestoreRequest, RestoreStarted, RunHandle};
pub(crate) use start::{blocking, start};
