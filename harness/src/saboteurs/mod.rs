//! How strong the certificate is: deliberately faulty engines, each of which a requirement of its own must convict.
//!
//! The suite knows saboteurs as it knows any implementation: as a program. That program lists them as JSON, and starts
//! each one on demand; see `harness/saboteurs`.
//!
//! - [`listing`]: which there are, and what must convict each
//! - [`judge`]: what a run of the suite says of one
//! - [`matrix`]: all of it as a table, for people and for programs
//! - [`campaign`]: runs them, several side by side

pub mod campaign;
pub mod judge;
pub mod listing;
pub mod matrix;
