//! A value that must not be shown.

use std::fmt;
use std::ops::Deref;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for a secret wherever one would be shown.
pub const REDACTED: &str = "***REDACTED***";

/// A password, or a URL that holds one. Reads like a `str`; its `Debug` form is [`REDACTED`].
///
/// It serializes as it is: to the socket between a run and its stack, and nowhere else unasked.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// A fresh random value of 24 hexadecimal digits.
    #[must_use]
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 12]>()))
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Secret {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), REDACTED);
        assert_eq!(&*secret, "hunter2");
    }
}
