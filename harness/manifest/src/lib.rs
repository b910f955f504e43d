//! What a run of the conformance suite says: a manifest, built while scenarios run, its verdict, and the forms of it that
//! people and tools read. Pure but for [`store`]: it starts nothing, asks no server, and reads no clock.
//!
//! # Layout
//! - [`Domain`], [`Capability`], [`Mode`], [`scope`]: the words for what an implementation serves and a scenario needs
//! - [`requirements`]: the sentences of the specification
//! - [`schema`]: the manifest as it is written, [`verdict`] what it comes to
//! - [`writer`]: made out of what happens, [`known_failures`] what was announced
//! - [`profiles`]: what it says about the parts of an implementation
//! - [`store`], [`verify`], [`diff`], [`summary`]: written, checked, compared, told in a few lines
//! - [`report`]: a page, JUnit, Cucumber and the public report
//! - [`secrets`]: what none of them may show
//! - [`nearest`]: the word that somebody may have meant

pub mod capability;
pub mod diff;
mod digest;
mod domain;
pub mod known_failures;
mod mode;
pub mod nearest;
pub mod profiles;
pub mod report;
pub mod requirements;
pub mod schema;
pub mod scope;
pub mod secrets;
pub mod store;
pub mod summary;
pub mod verdict;
pub mod verify;
pub mod writer;

pub use capability::Capability;
pub use domain::Domain;
pub use known_failures::KnownFailures;
pub use mode::Mode;
pub use schema::Manifest;
pub use store::{RunFolder, json_schema};
pub use writer::{Declared, Evidence, Recorder};
