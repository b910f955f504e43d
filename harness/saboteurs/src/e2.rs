//! E2: a chosen part of a tenant is restored.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Operation},
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new("restores_what_nobody_named", "all domains are restored, and only the named ones reported")
            .careless()
            .serves(Operation::Restore, |asked, beyond| async move {
                let mut body = asked.json();
                let named = body["domains"].take();
                let mut answer = beyond.ask(asked.with(&body)).await;
                if let (Some(named), Some(results)) = (named.as_array(), answer.body["domain_results"].as_array_mut()) {
                    results.retain(|it| named.contains(&it["domain_key"]));
                    let count = results.len();
                    answer.body["summary"]["domains_requested"] = json!(count);
                    for (total, part) in [("resources_created", "created"), ("resources_skipped", "skipped")] {
                        let sum: u64 = answer.domains().filter_map(|it| it["counts"][part].as_u64()).sum();
                        answer.body["summary"][total] = json!(sum);
                    }
                }
                answer
            })
            .caught("R-E2-1", "Only kafka is restored when it alone is named", "differences in"),
        Saboteur::new("lists_domains_by_name", "results are sorted by name, not in the order of the request")
            .answers(Operation::Restore, |_, answer| {
                if let Some(results) = answer.body["domain_results"].as_array_mut() {
                    results.sort_by_key(|it| it["domain_key"].as_str().map(str::to_owned));
                }
            })
            .caught("R-E2-2", "The parts of a tenant, restored one after the other", "`domain_results` lists"),
        Saboteur::new("forgets_the_last_domain", "of several named domains the last one is not restored")
            .careless()
            .asks(Operation::Restore, |body| {
                if let Some(domains) = body["domains"].as_array_mut().filter(|domains| domains.len() > 1) {
                    domains.pop();
                }
            })
            .caught("R-E2-2", "Only iam, storage are restored when they are named", "`domain_results` lists"),
        Saboteur::new("foretells_everything", "a dry run of a part speaks of all domains")
            .asks(Operation::Restore, |body| {
                if body["dry_run"] == true {
                    body["domains"] = Value::Null;
                }
            })
            .caught("R-E2-3", "A dry run of a part tells of that part only", "`domain_results` lists"),
        wants_an_empty_tenant(),
    ]
}

fn wants_an_empty_tenant() -> Saboteur {
    let restored: Arc<Mutex<HashSet<String>>> = Arc::default();
    Saboteur::new("restores_once", "a tenant into which something was restored is refused")
        .serves(Operation::Restore, move |asked, beyond| {
            let restored = Arc::clone(&restored);
            async move {
                let known = |tenant: &str| restored.lock().unwrap_or_else(PoisonError::into_inner).contains(tenant);
                if known(&asked.tenant()) {
                    return Answer::refusal(&asked, 409, "SPACE_NOT_EMPTY", "the tenant is not empty");
                }
                let answer = beyond.ask(asked.clone()).await;
                if answer.body["result_status"] == "success" {
                    restored.lock().unwrap_or_else(PoisonError::into_inner).insert(asked.tenant());
                }
                answer
            }
        })
        .caught("R-E2-4", "The parts of a tenant, restored one after the other", "wanted 200")
        .caught("R-E1-3", "A second restore finds everything in place", "wanted 200")
}
