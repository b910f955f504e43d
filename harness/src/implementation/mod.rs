//! What is certified: built or given, started as a process of its own, and spoken to over HTTP only.

mod api;
mod build;
mod certification;
mod process;
mod program;
mod token;

pub use api::{Answer, Api, Credential};
pub use build::{Executable, build, find, workspace};
pub use certification::{Certification, Identity, Start, json_schema};
pub use process::{Process, log_tail};
pub use program::{Address, Program};
pub use token::{Grant, Minter};
