//! The engine as a library, on the real servers that the suite starts.
//!
//! Here stands what a conformance suite may not ask of every implementation: the bytes of our own format, artifacts
//! that lie in it, and how a run ends early.

mod distrust;
mod down;
mod ground;
mod interruption;
mod leftovers;
mod processes;
mod round_trip;
mod statistics;
mod unseen;
