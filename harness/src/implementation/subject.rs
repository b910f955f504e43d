//! What most scenarios share: a copy that the suite started, or an implementation that runs already.

use std::path::Path;

use super::Process;

/// What is judged, at one address.
#[derive(Debug)]
pub enum Subject {
    /// Started by the suite, and ended by it.
    Started(Box<Process>),
    /// Of others: nothing is known of it but its address.
    Running {
        /// Without a slash at its end.
        base: String,
    },
}

impl Subject {
    /// Where it listens.
    #[must_use]
    pub fn base(&self) -> &str {
        match self {
            Self::Started(process) => process.base(),
            Self::Running { base } => base,
        }
    }

    /// Where its output goes, as far as the suite can read it.
    #[must_use]
    pub fn log(&self) -> Option<&Path> {
        match self {
            Self::Started(process) => Some(process.log()),
            Self::Running { .. } => None,
        }
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        match self {
            Self::Started(process) => process.ended(),
            Self::Running { .. } => None,
        }
    }

    /// Ends it, if the suite started it.
    pub async fn stop(self) {
        if let Self::Started(process) = self {
            process.stop().await;
        }
    }
}
