//! What is certified: built or given, started as a process of its own, and spoken to over HTTP only.

mod api;
mod build;
mod certification;
mod dialect;
mod process;
mod program;
mod subject;
mod tenants;
mod token;
mod tokens;

pub use api::{Answer, Api, Credential, is_implementation};
pub use build::{Executable, build, find, invocation, is_built, target_folder, workspace};
pub use certification::{Certification, IamDriver, Identity, OlderArtifact, Reach, Start, TimeOuts, json_schema};
pub use dialect::Dialect;
pub use process::{Process, log_tail};
pub use program::{Address, Program};
pub use subject::Subject;
pub use tenants::{Administration, Prepared, Route, Tenants, Verb};
pub use token::{Grant, Minter};
pub use tokens::{TokenSource, Tokens};

pub use crate::manifest::Mode;
