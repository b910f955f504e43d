//! The reference restore engine: exports a tenant into one artifact and restores it, whole or in part, into the same
//! or another tenant.
//!
//! # Layout
//! Data flows from top to bottom:
//!
//! - [`config`]: one YAML file, every key also by environment variable
//! - [`error`]: one error type; HTTP status and exit code derive from its kind
//! - [`domains`]: one driver per domain behind one trait
//! - [`control`]: the engine's own tables: tenants, the lock, runs and their journal
//! - [`export`]: observe → artifact
//! - [`restore`]: observe → plan → apply → verify → report
//! - [`preflight`]: observe → plan → what a restore would find
//! - [`formats`]: format versions, validation, migration
//! - `work`: what must not be cut off, because it holds a lock
//! - [`engine`]: every operation behind one handle
//! - [`http`], [`cli`]: the same operations over HTTP and from a shell
//! - [`schemas`]: what is generated from the types above and committed

pub mod cli;
pub mod config;
pub mod control;
pub mod domains;
pub mod engine;
pub mod error;
pub mod export;
pub mod formats;
pub mod http;
pub mod preflight;
pub mod restore;
pub mod schemas;
mod work;

pub use engine::{Builder, Engine};
pub use error::{Error, ErrorKind, Result};
