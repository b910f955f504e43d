//! Why a stack could not be had.
//!
//! Rules: an error names the service, the reason and what to do about it; what a server wrote last is part of it.
//! A configuration nobody can honour is a usage error (64); a server that cannot be had ends the program with 3.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::endpoints::Service;

/// Exit code for a server that cannot be had.
pub const EXIT_UNAVAILABLE: u8 = 3;
/// Exit code for a wrong invocation or configuration.
pub const EXIT_USAGE: u8 = 64;

/// Something that is missing, before anything was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The service that needs it.
    pub service: Service,
    /// What is missing and why it is needed, in one sentence.
    pub why: String,
    /// What would help, most direct first.
    pub ways_out: Vec<String>,
}

/// Why a stack could not be had.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// Prerequisites are missing; all of them are told at once, and nothing was installed or started.
    #[error("{}", MissingText(.0))]
    Missing(Vec<Missing>),

    /// A server could not be installed.
    #[error("{service}: cannot be installed: {why}\n{}", WaysOut(.ways_out))]
    Install {
        /// Which service.
        service: Service,
        /// What failed, with the last output of the client that failed.
        why: String,
        /// What would help.
        ways_out: Vec<String>,
    },

    /// A server did not become ready.
    #[error("{service}: {why}\n{}{}", LogTail(.log_tail), WaysOut(.ways_out))]
    Start {
        /// Which service.
        service: Service,
        /// What failed.
        why: String,
        /// What the server wrote last.
        log_tail: Vec<String>,
        /// What would help.
        ways_out: Vec<String>,
    },

    /// The description of external services is wrong or incomplete.
    #[error("external services: {0}")]
    External(String),

    /// An image is named by what names none.
    #[error("{given_in}: `{text}` names no image: {why}; write name:tag, name@sha256:…, a name alone or :tag alone")]
    Image {
        /// The variable or member that names it.
        given_in: String,
        /// What it says.
        text: String,
        /// What is wrong with it.
        why: String,
    },

    /// An origin is named by what names none.
    #[error("{0}")]
    Origin(String),

    /// The process that owns the stack could not be started or does not answer.
    #[error("the guardian of the stack {why}{}", log.as_ref().map_or_else(String::new, |log| format!(" (its log: {})", log.display())))]
    Guardian {
        /// What it did.
        why: String,
        /// Its log.
        log: Option<PathBuf>,
    },

    /// A stack that others use was asked to end.
    #[error("the stack is in use by {}; end them, or add --force", .0.join(", "))]
    InUse(Vec<String>),

    /// A file or socket of the stack could not be handled.
    #[error("{what}: {source}")]
    Io {
        /// What was tried, on what.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl StackError {
    /// The exit code of a program that ends with this error.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::External(_) | Self::Image { .. } | Self::Origin(_) => EXIT_USAGE,
            _ => EXIT_UNAVAILABLE,
        }
    }

    /// Wraps an I/O error with what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

struct MissingText<'a>(&'a [Missing]);

impl fmt::Display for MissingText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = self.0.iter().map(|it| it.service).collect::<std::collections::BTreeSet<_>>().len();
        let noun = if services == 1 { "server" } else { "servers" };
        writeln!(f, "{services} {noun} cannot be had; nothing was installed or started")?;
        for it in self.0 {
            write!(f, "\n{}: {}\n{}", it.service, it.why, WaysOut(&it.ways_out))?;
        }
        Ok(())
    }
}

struct WaysOut<'a>(&'a [String]);

impl fmt::Display for WaysOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(f, "  ways out:")?;
        for (index, way) in self.0.iter().enumerate() {
            writeln!(f, "    {}. {way}", index + 1)?;
        }
        Ok(())
    }
}

struct LogTail<'a>(&'a [String]);

impl fmt::Display for LogTail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(f, "  the server wrote last:")?;
        for line in self.0 {
            writeln!(f, "    | {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_prerequisites_are_told_at_once() {
        let error = StackError::Missing(vec![
            Missing {
                service: Service::Mongodb,
                why: "no mongod on PATH, and pip, which would install 6.0.5, is not on PATH".into(),
                ways_out: vec!["install Python's pip".into(), "put mongod on PATH".into(), "give its URL".into()],
            },
            Missing {
                service: Service::S3,
                why: "no minio on PATH, and go, which would build it, is not on PATH".into(),
                ways_out: vec!["install Go".into()],
            },
        ]);
        insta::assert_snapshot!(error);
        assert_eq!(error.exit_code(), 3);
    }

    #[test]
    fn a_failed_start_shows_what_the_server_wrote() {
        let error = StackError::Start {
            service: Service::Kafka,
            why: "ended with exit code 1 before it was ready".into(),
            log_tail: vec!["java.lang.OutOfMemoryError".into()],
            ways_out: vec!["free some memory".into()],
        };
        insta::assert_snapshot!(error);
    }
}
