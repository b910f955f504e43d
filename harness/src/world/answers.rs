//! What every answer must carry, and what it may lack in the mode `compatible` (SPEC.md, "Modes").

use serde_json::Value;

use super::{Outcome, RestoreWorld};
use crate::implementation::{Answer, Mode};

impl RestoreWorld {
    /// Demands that a refusal has this code.
    ///
    /// # Errors
    /// With the answer.
    pub fn has_code(&mut self, answer: &Answer, code: &str) -> Outcome {
        if self.mode()? == Mode::Compatible {
            return Ok(());
        }
        self.check(answer.body["code"] == *code, || {
            format!("{answer}\n  `code` is {}, not {code}", answer.body["code"])
        })
    }

    /// Demands that a refusal says why in words.
    ///
    /// # Errors
    /// With the answer.
    pub fn says_why(&mut self, answer: &Answer) -> Outcome {
        let [error, message] = ["error", "message"].map(|it| answer.body[it].as_str().unwrap_or_default());
        if self.mode()? == Mode::Compatible {
            return self.check(!error.is_empty() || !message.is_empty(), || {
                format!("{answer}\n  neither `error` nor `message` says why")
            });
        }
        self.check(!message.is_empty() && error == message, || {
            format!("{answer}\n  `error` and `message` must hold the same text")
        })
    }

    /// Demands that an answer carries the scenario's correlation id, as header and in its body.
    ///
    /// # Errors
    /// With the answer.
    pub fn is_correlated(&mut self, answer: &Answer) -> Outcome {
        if self.mode()? == Mode::Compatible {
            return Ok(());
        }
        let correlation = self.api()?.correlation().to_owned();
        let told =
            answer.correlation_id.as_deref() == Some(&*correlation) && answer.body["correlation_id"] == *correlation;
        self.check(told, || format!("{answer}\n  the answer does not carry the correlation id {correlation}"))
    }

    /// Demands that a report, or the part of a domain, says that all of it was verified.
    ///
    /// # Errors
    /// Names what is not.
    pub fn is_verified(&mut self, what: &str, told: &Value) -> Outcome {
        let verified = &told["verified"];
        let lenient = self.mode()? == Mode::Compatible && verified.is_null();
        self.check(lenient || *verified == true, || format!("{what}: `verified` is {verified}"))
    }

    fn mode(&self) -> Result<Mode, super::Failure> {
        self.api().map(|api| api.mode())
    }
}
