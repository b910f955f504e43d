//! The guardian: a process of its own that owns the servers of a stack and their data.
//!
//! A user holds a connection to its socket. When the last one has been closed, by whatever end of the user's process,
//! the guardian waits [`STACK_LINGER`](crate::timeouts::STACK_LINGER) for the next user, then stops the servers,
//! removes the data and ends.

mod folder;
mod owner;
pub(crate) mod protocol;

pub(crate) use folder::{RunFolder, run_root};
pub use owner::run;
