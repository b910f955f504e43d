//! The `mongo_metadata` domain.
