//! Where results go: tables or JSON on standard output, errors on the error output.

use std::io::Write;

use serde::Serialize;

use super::{exit, table::printable};
use crate::{Error, ErrorKind, Result, http::ErrorBody};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// JSON instead of tables.
    pub(super) json: bool,
}

impl Output {
    /// Prints a value as JSON or as the text that people read.
    pub(super) fn show(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<u8> {
        if self.json {
            let json = serde_json::to_string_pretty(value)
                .map_err(|error| Error::new(ErrorKind::Internal, "the result is no JSON").caused_by(error))?;
            self.text(&json)
        } else {
            self.text(&text())
        }
    }

    /// Prints text.
    pub(super) fn text(self, text: &str) -> Result<u8> {
        self.bytes(text.trim_end().as_bytes())?;
        self.bytes(b"\n")
    }

    /// Prints bytes.
    pub(super) fn bytes(self, bytes: &[u8]) -> Result<u8> {
        match std::io::stdout().lock().write_all(bytes) {
            // Whoever read has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(exit::SUCCESS),
            Err(error) => {
                Err(Error::new(ErrorKind::OutputUnwritable, "cannot write to standard output").caused_by(error))
            }
            Ok(()) => Ok(exit::SUCCESS),
        }
    }

    /// Prints an error.
    pub(super) fn error(self, error: &Error, correlation_id: &str) {
        let text = if self.json {
            serde_json::to_string_pretty(&ErrorBody::new(error, correlation_id)).unwrap_or_default()
        } else {
            describe(error)
        };
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// An error as people read it.
fn describe(error: &Error) -> String {
    let mut text = format!("error: {}", printable(&error.to_string()));
    for detail in error.details() {
        text.push_str(&format!("\n  - {}", printable(detail)));
    }
    if let Some(holder) = error.holder() {
        text.push_str(&format!(
            "\n  held by {} since {}, until {} unless it is renewed",
            printable(&holder.correlation_id),
            holder.acquired_at,
            holder.expires_at
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LockHolder;

    #[test]
    fn an_error_tells_its_findings_and_the_holder() {
        let invalid = Error::new(ErrorKind::InvalidIdentifierMap, "the identifier map is invalid")
            .with_details(vec!["entries[0]: `to` must not be blank".into(), "`entries` is missing\u{7}".into()]);
        let held = Error::new(ErrorKind::LockHeld, "another restore of `acme` is at work").held_by(LockHolder {
            correlation_id: "req-1".into(),
            acquired_at: "2026-11-24T12:00:00Z".into(),
            expires_at: "2026-11-24T12:00:30Z".into(),
            retry_after_seconds: 30,
        });
        insta::assert_snapshot!(format!("{}\n{}", describe(&invalid), describe(&held)));
    }
}
