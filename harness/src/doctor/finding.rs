//! What a look found, as people read it.

use std::fmt::Write as _;

use serde_json::Value;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// What is there, or what is wrong with it.
    pub found: Result<String, String>,
    /// What to do when it is wrong.
    pub fix: String,
    /// Whether it is as it may be, and yet should be known.
    pub noted: bool,
}

/// All that was looked at, in order.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds one.
    pub fn add(&mut self, what: &str, found: Result<String, String>, fix: &str) {
        self.0.push(Finding { what: what.to_owned(), found, fix: fix.to_owned(), noted: false });
    }

    /// Adds what is not wrong, and should be known.
    pub fn note(&mut self, what: &str, told: String) {
        self.0.push(Finding { what: what.to_owned(), found: Ok(told), fix: String::new(), noted: true });
    }

    /// Adds what is wrong, if it is, and hands on what there is.
    pub fn need<T>(&mut self, what: &str, found: Result<T, String>, fix: &str) -> Option<T> {
        found.map_err(|wrong| self.add(what, Err(wrong), fix)).ok()
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn are_fine(&self) -> bool {
        self.0.iter().all(|it| it.found.is_ok())
    }
}

/// For people: a line each, and beneath what is wrong how to mend it.
#[must_use]
pub fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for Finding { what, found, fix, noted } in &findings.0 {
        let (mark, told) = match found {
            Ok(told) if *noted => ("note", told),
            Ok(told) => ("ok", told),
            Err(wrong) => ("FAIL", wrong),
        };
        let _ = writeln!(text, "{mark:<5} {what:<18} {}", told.trim_end().replace('\n', "\n                         "));
        if found.is_err() {
            let _ = writeln!(text, "      {:<18} {fix}", "  mend");
        }
    }
    let wrong = findings.0.iter().filter(|it| it.found.is_err()).count();
    let _ = match wrong {
        0 => writeln!(text, "\nit is wired: what a run finds from here on is the implementation's"),
        1 => writeln!(text, "\n1 thing is wired wrongly: nothing can be said of conformance until it is mended"),
        _ => writeln!(
            text,
            "\n{wrong} things are wired wrongly: nothing can be said of conformance until they are mended"
        ),
    };
    text
}

/// The ids of tenants, in the public forms of the list.
pub(super) fn tenants(body: &Value) -> Vec<String> {
    let items = body.as_array().or_else(|| body["tenants"].as_array()).into_iter().flatten();
    let ids = items.filter_map(|it| it.as_str().or_else(|| it["tenant_id"].as_str()).or_else(|| it["id"].as_str()));
    ids.map(str::to_owned).collect()
}

/// Those that no run of the suite made.
pub(super) fn foreign(tenants: &[String]) -> Vec<String> {
    tenants.iter().filter(|id| !id.starts_with("rc-")).cloned().collect()
}

/// The first few, and that there are more.
pub(super) fn some(names: &[String]) -> String {
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 3 { format!("{shown}, …") } else { shown }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_line_is_ok_or_tells_what_to_mend() {
        let mut findings = Findings::default();
        findings.add("postgres", Ok("17.5 at 127.0.0.1:5432 (external)".into()), "");
        findings.note("capabilities", "`faults` has no effect".into());
        assert!(text(&findings).ends_with("the implementation's\n") && findings.are_fine());
        findings.add("token", Err("it is refused\nby a gateway".into()), "give another");
        assert_eq!(findings.need::<()>("address", Err("nothing answers".into()), "start it"), None);
        assert!(!findings.are_fine());
        insta::assert_snapshot!(text(&findings));
    }

    #[test]
    fn tenants_of_others_are_told_in_every_public_form_of_the_list() {
        let foreign = |body: Value| foreign(&tenants(&body));
        assert_eq!(foreign(json!(["acme", "rc-1"])), ["acme"]);
        assert_eq!(
            foreign(json!({ "tenants": [{ "tenant_id": "acme" }, { "id": "b" }, { "id": "rc-x-1" }] })),
            ["acme", "b"]
        );
        assert_eq!(foreign(json!({ "error": "no" })), [""; 0]);
        assert_eq!(some(&["a", "b", "c", "d"].map(str::to_owned)), "a, b, c, …");
    }
}
