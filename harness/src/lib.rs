//! The conformance suite: Gherkin features on real servers, any implementation behind HTTP.
//!
//! Certify an implementation from the command line (`restore-conformance`), or from the `cargo test` of its own crate, in one
//! line: [`cargo_test`].
//!
//! # Layout
//! Data flows from top to bottom:
//!
//! - [`stack`]: the running backends, however each of them is had
//! - [`proxy`]: between an implementation and its backends: counts requests, and fails when told to
//! - [`implementation`]: what is certified: built, started, called over HTTP
//! - [`backends`]: the suite's own connections, past any implementation
//! - `fixtures`, `seeds`: tenants as YAML, made concrete by the seed and written straight into the backends
//! - [`older_format`]: artifacts of format 1.0.0, written out of what a tenant declares
//! - [`features`]: the scenarios and the choice among them
//! - [`world`], [`steps`]: the scenarios of `features/`, one file per concept
//! - `probes`: what the backends hold, read without the implementation
//! - [`run`]: scenarios side by side, cleanup, evidence
//! - [`doctor`]: whether an implementation is wired to the suite at all
//! - [`manifest`]: the suite's result in all its forms, and the words for what is judged: the crate `restore-manifest`
//! - [`saboteurs`]: how strong the suite is: faulty engines, each of which it must find out
//! - [`measure`]: what `just bench` measured, summarised and told
//! - [`timeouts`]: every wait, with its reason
//! - [`cli`]: the command line
//!
//! It knows nothing of the reference engine: what it knows of artifacts is their envelope.

pub mod backends;
pub mod cli;
pub mod doctor;
pub mod features;
pub mod fixtures;
pub mod implementation;
pub mod measure;
pub mod older_format;
pub mod probes;
pub mod proxy;
pub mod run;
pub mod saboteurs;
#[cfg(test)]
mod schemas;
pub mod seeds;
pub mod stack;
pub mod steps;
pub mod timeouts;
pub mod world;

pub use cli::libtest::cargo_test;
pub(crate) use restore_manifest::secrets;
pub use restore_manifest::{self as manifest, capability, nearest, report, requirements};
