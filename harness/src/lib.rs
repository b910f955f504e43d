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
//! - [`requirements`]: the sentences of the specification
//! - [`capability`]: what an implementation may declare, and scenarios may need
//! - [`features`]: the scenarios and the choice among them
//! - [`world`], [`steps`]: the scenarios of `features/`, one file per concept
//! - `secrets`: what must not travel, and how it is found again
//! - `probes`: what the backends hold, read without the implementation
//! - [`run`]: scenarios side by side, cleanup, evidence
//! - [`doctor`]: whether an implementation is wired to the suite at all
//! - [`manifest`]: the suite's result
//! - [`saboteurs`]: how strong the suite is: faulty engines, each of which it must find out
//! - [`report`]: the same as a page, JUnit, Cucumber and the public report
//! - [`nearest`]: the word that somebody may have meant
//! - [`measure`]: what `just bench` measured, summarised and told
//! - [`timeouts`]: every wait, with its reason
//! - [`cli`]: the command line
//!
//! It knows nothing of the reference engine: what it knows of artifacts is their envelope.

pub mod backends;
pub mod capability;
pub mod cli;
pub mod doctor;
pub mod features;
pub mod fixtures;
pub mod implementation;
pub mod manifest;
pub mod measure;
pub mod nearest;
pub mod older_format;
pub mod probes;
pub mod proxy;
pub mod report;
pub mod requirements;
pub mod run;
pub mod saboteurs;
#[cfg(test)]
mod schemas;
mod secrets;
pub mod seeds;
pub mod stack;
pub mod steps;
pub mod timeouts;
pub mod world;

pub use cli::libtest::cargo_test;
