//! The suite's result: typed, written after every scenario, and as text for people.

pub mod known_failures;
pub mod schema;
mod store;
pub mod summary;
pub mod writer;

pub use known_failures::KnownFailures;
pub use schema::Manifest;
pub use store::{RunFolder, json_schema};
pub use writer::{Declared, Evidence, Recorder};
