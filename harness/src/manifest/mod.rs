//! The suite's result: typed, written while scenarios run, and as text for people.

pub mod diff;
mod digest;
pub mod known_failures;
pub mod profiles;
pub mod schema;
mod store;
pub mod summary;
pub mod verify;
pub mod writer;

pub use known_failures::KnownFailures;
pub use schema::Manifest;
pub(crate) use store::replace;
pub use store::{RunFolder, json_schema};
pub use writer::{Declared, Evidence, Recorder};
