//! How an answer is told where it is not the one that was wanted.

use std::fmt;

use serde_json::Value;

use crate::implementation::Answer;

/// As many findings of one report are told; evidence holds the answer itself.
const TOLD: usize = 20;

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}: ", self.request, self.status)?;
        if let Some(message) = self.body["message"].as_str() {
            return f.write_str(message);
        }
        // Of a report what matters is what did not go well; its beginning tells only that something did not.
        match complaints(&self.body) {
            found if found.is_empty() => f.write_str(&self.body.to_string().chars().take(400).collect::<String>()),
            found => write!(f, "`result_status` is {}\n{found}", self.body["result_status"]),
        }
    }
}

/// Everything in a report that did not go well, one line each: first what failed, then what was kept as it differs.
pub(crate) fn complaints(report: &Value) -> String {
    let (mut failed, mut kept) = (Vec::new(), Vec::new());
    for result in report["domain_results"].as_array().into_iter().flatten() {
        let domain = result["domain_key"].as_str().unwrap_or_default();
        if let Some(message) = result["message"].as_str() {
            failed.push(format!("  {domain}: {} ({message})", result["status"]));
        }
        for it in result["resource_results"].as_array().into_iter().flatten() {
            let list = match it["action"].as_str() {
                Some("conflict" | "would_conflict") => &mut kept,
                Some("error") => &mut failed,
                _ if it["verified"] == false => &mut failed,
                _ => continue,
            };
            let (kind, name) = (&it["resource_type"], &it["resource_name"]);
            let diff = if it["diff"].is_null() { String::new() } else { format!(" {}", it["diff"]) };
            list.push(format!("  {domain} {kind} {name}: {} {}{diff}", it["action"], it["message"]));
        }
    }
    failed.append(&mut kept);
    let more = failed.len().saturating_sub(TOLD);
    failed.truncate(TOLD);
    if more > 0 {
        failed.push(format!("  … and {more} more"));
    }
    failed.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(results: &[Value]) -> Answer {
        Answer {
            request: "POST /restore".into(),
            status: 207,
            body: json!({"result_status": "partial", "domain_results": [
                {"domain_key": "kafka", "status": "error", "message": null, "resource_results": results}]}),
            ..Answer::default()
        }
    }

    fn resource(name: &str, action: &str, message: &str) -> Value {
        json!({"resource_type": "topic", "resource_name": name, "action": action, "message": message, "diff": null})
    }

    #[test]
    fn of_a_report_what_failed_is_told_before_what_was_kept() {
        let answer = report(&[
            resource("orders", "conflict", "differs"),
            resource("new", "created", ""),
            resource("returns", "error", "no answer"),
        ]);
        insta::assert_snapshot!(answer, @r#"
        POST /restore answered 207: `result_status` is "partial"
          kafka "topic" "returns": "error" "no answer"
          kafka "topic" "orders": "conflict" "differs"
        "#);
    }

    #[test]
    fn of_many_findings_the_first_are_told_and_the_rest_counted() {
        let many: Vec<Value> = (0..23).map(|n| resource(&n.to_string(), "error", "no answer")).collect();
        let told = report(&many).to_string();
        assert_eq!(told.lines().count(), 1 + TOLD + 1);
        assert!(told.ends_with("\n  … and 3 more"), "{told}");
    }

    #[test]
    fn what_is_no_report_is_told_by_its_message_or_its_beginning() {
        let told = |body| Answer { request: "GET /x".into(), status: 500, body, ..Answer::default() }.to_string();
        assert_eq!(told(json!({"message": "no such tenant"})), "GET /x answered 500: no such tenant");
        assert_eq!(told(Value::Null), "GET /x answered 500: null");
        assert_eq!(told(json!("x".repeat(900))).len(), "GET /x answered 500: ".len() + 400);
    }
}
