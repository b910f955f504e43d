//! Deliberately faulty restore engines, which the conformance suite must catch.
//!
//! Each is the reference engine with one fault, put in at a seam that the engine has for everybody who embeds it; the
//! engine itself knows nothing of them. One program is all of them: `restore-saboteur NAME serve --config FILE`.
//!
//! # Layout
//! - [`saboteur`]: what a saboteur is: its fault, and which requirement must convict it, by which words
//! - `seams`: the four places at which a fault is put in, and the combinators that faults are written with
//! - `e1` … `ec5`, `preflight`, `safety`: the saboteurs, a table for each feature
//! - `variants`: engines that are odd but right, which must pass
//! - `tamper`: what several of them do alike
//! - [`service`]: the engine with its fault, served

mod e1;
mod e2;
mod e3;
mod e4;
mod e5;
mod ec1;
mod ec2;
mod ec3;
mod ec4;
mod ec5;
mod preflight;
pub mod saboteur;
mod safety;
mod seams;
pub mod service;
mod tamper;
mod variants;

pub use saboteur::{Expectation, Saboteur};

/// All of them, by feature; the variants last.
#[must_use]
pub fn all() -> Vec<Saboteur> {
    [
        e1::all(),
        e2::all(),
        e3::all(),
        preflight::all(),
        e4::all(),
        e5::all(),
        ec1::all(),
        ec2::all(),
        ec3::all(),
        ec4::all(),
        ec5::all(),
        safety::all(),
        variants::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
