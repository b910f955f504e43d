//! Restore: observe → plan → apply → verify → report.

mod request;

pub use request::{ConflictPolicy, RestoreRequest, RestoreStarted, RunHandle};
