//! The `storage` domain.
