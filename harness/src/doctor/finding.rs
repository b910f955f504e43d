//! What a look found, as people read it.

use std::fmt;

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

/// What is told while a look goes on.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// What is waited for now.
    Waiting(&'a str),
    /// What was found.
    Found(&'a Finding),
}

/// All that was looked at, in order; each is told at once.
#[derive(Debug)]
pub struct Findings {
    found: Vec<Finding>,
    tell: fn(Told<'_>),
}

impl Findings {
    pub(super) const fn told_by(tell: fn(Told<'_>)) -> Self {
        Self { found: Vec::new(), tell }
    }

    fn push(&mut self, finding: Finding) {
        (self.tell)(Told::Found(&finding));
        self.found.push(finding);
    }

    /// Tells what takes its time.
    pub fn wait(&self, what: &str) {
        (self.tell)(Told::Waiting(what));
    }

    /// Adds one.
    pub fn add(&mut self, what: &str, found: Result<String, String>, fix: &str) {
        self.push(Finding { what: what.to_owned(), found, fix: fix.to_owned(), noted: false });
    }

    /// Adds what is not wrong, and should be known.
    pub fn note(&mut self, what: &str, told: String) {
        self.push(Finding { what: what.to_owned(), found: Ok(told), fix: String::new(), noted: true });
    }

    /// Adds what is wrong, if it is, and hands on what there is.
    pub fn need<T>(&mut self, what: &str, found: Result<T, String>, fix: &str) -> Option<T> {
        found.map_err(|wrong| self.add(what, Err(wrong), fix)).ok()
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn are_fine(&self) -> bool {
        self.wrong() == 0
    }

    fn wrong(&self) -> usize {
        self.found.iter().filter(|it| it.found.is_err()).count()
    }
}

/// For people: a line, and beneath what is wrong how to mend it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, told) = match &self.found {
            Ok(told) if self.noted => ("note", told),
            Ok(told) => ("ok", told),
            Err(wrong) => ("FAIL", wrong),
        };
        write!(f, "{mark:<5} {:<18} {}", self.what, told.trim_end().replace('\n', "\n                         "))?;
        if self.found.is_err() {
            write!(f, "\n      {:<18} {}", "  mend", self.fix)?;
        }
        Ok(())
    }
}

/// What it comes to.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wrong() {
            0 => f.write_str("it is wired: what a run finds from here on is the implementation's"),
            1 => f.write_str("1 thing is wired wrongly: nothing can be said of conformance until it is mended"),
            many => {
                write!(f, "{many} things are wired wrongly: nothing can be said of conformance until they are mended")
            }
        }
    }
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
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;

    thread_local! {
        static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    fn tell(told: Told<'_>) {
        LINES.with_borrow_mut(|lines| {
            lines.push(match told {
                Told::Waiting(what) => format!("… {what}"),
                Told::Found(finding) => finding.to_string(),
            });
        });
    }

    #[test]
    fn each_line_is_ok_or_tells_what_to_mend_and_is_told_at_once() {
        let mut findings = Findings::told_by(tell);
        findings.wait("getting the servers");
        assert_eq!(LINES.take(), ["… getting the servers"]);
        findings.add("postgres", Ok("17.5 at 127.0.0.1:5432 (external)".into()), "");
        findings.note("capabilities", "`faults` has no effect".into());
        assert!(findings.to_string().ends_with("the implementation's") && findings.are_fine());
        findings.add("token", Err("it is refused\nby a gateway".into()), "give another");
        assert!(findings.to_string().starts_with("1 thing is") && !findings.are_fine());
        assert_eq!(findings.need::<()>("address", Err("nothing answers".into()), "start it"), None);
        insta::assert_snapshot!(format!("{}\n\n{findings}", LINES.take().join("\n")));
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
