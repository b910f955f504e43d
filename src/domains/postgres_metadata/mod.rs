//! The `postgres_metadata` domain.
