//! What both sides of a tenant restore are made of, with no driver and no I/O.
//!
//! # Layout
//! Data flows from top to bottom:
//!
//! - [`domain`] and [`kind`]: the closed sets of domain keys and resource kinds
//! - [`space`]: a tenant's container names and prefixes, and the naming templates they come from
//! - [`artifact`]: the versioned envelope, records, checksums, redaction
//! - [`identifier_map`]: from the source tenant's space to the target's
//! - [`resource`]: one resource in normal form, and what was observed in a target
//! - [`domains`]: the typed specs of each domain and their normal forms
//! - [`diff`]: desired against observed, member by member
//! - [`migration`]: artifacts of older format versions, brought to the current one
//! - [`validation`]: what is wrong with an artifact, all at once
//! - [`plan`]: one decision per desired resource, in the order in which they are applied
//! - [`conflict`]: how much a conflict matters, and what to do about it
//! - [`preflight`], [`preflight_digest`]: what a preflight answers with, and whether that still holds
//! - [`report`]: what a restore answers with

pub mod artifact;
pub mod conflict;
pub mod diff;
pub mod domain;
pub mod domains;
pub mod identifier_map;
pub mod kind;
pub mod migration;
pub mod plan;
pub mod preflight;
pub mod preflight_digest;
pub mod report;
pub mod resource;
pub mod space;
pub mod validation;

pub use domain::DomainKey;
pub use kind::Kind;
pub use resource::{Inventory, Resource, ResourceId};
pub use space::{Scope, TenantSpace};
