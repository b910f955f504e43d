//! The `kafka` domain.
