//! The `iam` domain.
