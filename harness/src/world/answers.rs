//! What every answer must carry, and what it may lack in the mode `compatible` (SPEC.md, "Modes").

use serde_json::Value;

use super::{Failure, Outcome, RestoreWorld};
use crate::implementation::{Answer, Mode};

impl RestoreWorld {
    /// Demands that a refusal has this code.
    ///
    /// # Errors
    /// With the answer.
    pub fn has_code(&mut self, answer: &Answer, code: &str) -> Outcome {
        let flaw = other_code(self.mode()?, &answer.body, code);
        self.carries(answer, flaw)
    }

    /// Demands that a refusal says why in words.
    ///
    /// # Errors
    /// With the answer.
    pub fn says_why(&mut self, answer: &Answer) -> Outcome {
        let flaw = wordless(self.mode()?, &answer.body);
        self.carries(answer, flaw)
    }

    /// Demands that an answer carries the scenario's correlation id, as header and in its body.
    ///
    /// # Errors
    /// With the answer.
    pub fn is_correlated(&mut self, answer: &Answer) -> Outcome {
        let flaw = uncorrelated(self.mode()?, answer, self.api()?.correlation());
        self.carries(answer, flaw)
    }

    /// Demands that a report, or the part of a domain, says that all of it was verified.
    ///
    /// # Errors
    /// Names what is not.
    pub fn is_verified(&mut self, what: &str, told: &Value) -> Outcome {
        let flaw = unverified(self.mode()?, told);
        self.check(flaw.is_none(), || format!("{what}: {}", flaw.unwrap_or_default()))
    }

    fn carries(&mut self, answer: &Answer, flaw: Option<String>) -> Outcome {
        self.check(flaw.is_none(), || format!("{answer}\n  {}", flaw.unwrap_or_default()))
    }

    fn mode(&self) -> Result<Mode, Failure> {
        self.api().map(|api| api.mode())
    }
}

fn other_code(mode: Mode, body: &Value, code: &str) -> Option<String> {
    (mode == Mode::Strict && body["code"] != *code).then(|| format!("`code` is {}, not {code}", body["code"]))
}

fn wordless(mode: Mode, body: &Value) -> Option<String> {
    let [error, message] = ["error", "message"].map(|it| body[it].as_str().unwrap_or_default());
    match mode {
        Mode::Strict if message.is_empty() || error != message => {
            Some("`error` and `message` must hold the same text".into())
        }
        Mode::Compatible if error.is_empty() && message.is_empty() => {
            Some("neither `error` nor `message` says why".into())
        }
        _ => None,
    }
}

fn uncorrelated(mode: Mode, answer: &Answer, id: &str) -> Option<String> {
    let told = answer.correlation_id.as_deref() == Some(id) && answer.body["correlation_id"] == *id;
    (mode == Mode::Strict && !told).then(|| format!("the answer does not carry the correlation id {id}"))
}

fn unverified(mode: Mode, told: &Value) -> Option<String> {
    let verified = &told["verified"];
    let lenient = mode == Mode::Compatible && verified.is_null();
    (!lenient && *verified != true).then(|| format!("`verified` is {verified}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is wrong with an answer, in each mode.
    fn flaws(header: Option<&str>, body: Value) -> [Vec<String>; 2] {
        let answer = Answer {
            status: 400,
            correlation_id: header.map(str::to_owned),
            retry_after: None,
            location: None,
            body,
            request: "POST /".into(),
        };
        [Mode::Strict, Mode::Compatible].map(|mode| {
            let flaws = [
                other_code(mode, &answer.body, "LOCK_HELD"),
                wordless(mode, &answer.body),
                uncorrelated(mode, &answer, "rc-1"),
                unverified(mode, &answer.body),
            ];
            flaws.into_iter().flatten().collect()
        })
    }

    #[test]
    fn what_carries_all_is_right_in_both_modes() {
        let body =
            json!({ "code": "LOCK_HELD", "error": "no", "message": "no", "correlation_id": "rc-1", "verified": true });
        assert_eq!(flaws(Some("rc-1"), body), [[""; 0], [""; 0]]);
    }

    #[test]
    fn what_the_public_suite_does_not_ask_for_may_be_missing_in_compatible_mode_alone() {
        let [strict, compatible] = flaws(None, json!({ "error": "no" }));
        assert_eq!(compatible, [""; 0]);
        insta::assert_snapshot!(strict.join("\n"), @r"
        `code` is null, not LOCK_HELD
        `error` and `message` must hold the same text
        the answer does not carry the correlation id rc-1
        `verified` is null
        ");
    }

    #[test]
    fn compatible_mode_takes_neither_silence_nor_a_report_that_is_not_verified() {
        let [_, compatible] = flaws(None, json!({ "verified": false }));
        assert_eq!(compatible, ["neither `error` nor `message` says why", "`verified` is false"]);
    }
}
