//! The four places at which a fault is put in, none of which is in the engine itself.
//!
//! - `http`: around the router: what is asked, what is answered
//! - `domain`: around a driver: what it observes, what it writes
//! - `wire`: between a driver and its backend: bytes
//! - `builder`: what whoever embeds the engine chooses: its configuration, its lock, its journal

mod builder;
mod domain;
mod http;
mod wire;

pub(crate) use builder::{AlwaysOpen, Open};
pub(crate) use domain::{Claims, action, sabotaged};
pub(crate) use http::{Answer, Asked, Beyond, Operation, around};
pub(crate) use wire::{Direction, put_between};

/// The faults of one saboteur, by seam.
#[derive(Default)]
pub(crate) struct Seams {
    pub(crate) http: Vec<http::Middle>,
    pub(crate) domain: Vec<domain::Fault>,
    pub(crate) wire: Vec<wire::Fault>,
    pub(crate) builder: builder::Faults,
}
