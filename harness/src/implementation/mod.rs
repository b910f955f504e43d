//! What is certified: built or given, started as a process of its own, and spoken to over HTTP only.

mod api;
mod build;
mod process;
mod token;

pub use api::{Answer, Api, Credential};
pub use build::{Executable, build, find, workspace};
pub use process::{Process, log_tail};
pub use token::{Grant, Minter};
