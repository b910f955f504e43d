//! E3: what is there and differs is told before, kept, and all else is restored.

use restore_model::{
    DomainKey, Kind, Resource,
    plan::{Action, Decision},
};
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Operation, action},
    tamper::conclude,
};

pub(crate) fn all() -> Vec<Saboteur> {
    [keeping(), telling()].into_iter().flatten().collect()
}

fn keeping() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "overwrites_a_conflicting_role",
            "a role that differs is said to be kept, and gets other composites",
        )
        .adds(DomainKey::Iam, |space, seen| {
            let held = seen.of(&space.tenant_id).into_iter().flat_map(|it| it.resources.values());
            let chief = held.filter(|it| it.id.kind == Kind::Role && it.id.name == "chief");
            let overwritten =
                chief.filter_map(|it| changed(it, |spec| spec["composites"] = json!(["clerk", "auditor"])));
            (space.clone(), overwritten.collect())
        })
        .caught("R-E3-1", "A target with a role with other composites", "chief"),
        Saboteur::new("resumes_versioning", "a bucket whose versioning is suspended is said to be kept, and enabled")
            .adds(DomainKey::Storage, |space, seen| {
                let held = seen.of(&space.tenant_id).into_iter().flat_map(|it| it.resources.values());
                let suspended = held.filter(|it| it.id.name == "invoices");
                let resumed = suspended.filter_map(|it| changed(it, |spec| spec["versioning"] = json!("Enabled")));
                (space.clone(), resumed.collect())
            })
            .caught("R-E3-1", "A target with a bucket whose versioning is suspended", "invoices"),
        Saboteur::new("stops_at_what_is_there", "where something is there already, nothing is added to a domain")
            .omits(DomainKey::Storage, |space, _, seen| {
                seen.of(&space.tenant_id).is_some_and(|inventory| !inventory.is_empty())
            })
            .caught("R-E3-3", "A target with a bucket without its tags", "storage: "),
        Saboteur::new("adds_to_a_kept_table", "a kept table gets the index that it lacks, which is told as a conflict")
            .adds(DomainKey::PostgresMetadata, |space, seen| {
                let is_index = |it: &Resource| it.id.kind == Kind::PostgresIndex && it.id.name.contains("orders_open");
                let held = seen.of(&space.tenant_id);
                let lacks = held.is_some_and(|it| !it.is_empty() && !it.resources.values().any(is_index));
                let index = seen.anywhere(is_index).filter(|_| lacks);
                (space.clone(), index.map(|index| action(index, Decision::Create)).into_iter().collect())
            })
            .caught("R-E3-4", "Nothing is added to a table that is kept", "orders_open"),
        Saboteur::new("keeps_whatever_the_policy", "conflict policy `fail` is taken for `keep`")
            .asks(Operation::Restore, |body| body["conflict_policy"] = json!("keep"))
            .caught("R-E3-5", "Under conflict policy fail, a role with other composites", "wanted 409"),
    ]
}

fn telling() -> Vec<Saboteur> {
    vec![
        Saboteur::new("tells_no_differences", "a conflict is reported without its diff")
            .answers(Operation::Restore, |_, answer| answer.resources().for_each(|it| it["diff"] = Value::Null))
            .caught("R-E3-2", "A target with a topic with another retention", "and the restore kept"),
        Saboteur::new("says_success_on_partial", "whatever happened, the result is `success`")
            .answers(Operation::Restore, |_, answer| {
                if answer.body["result_status"] == "partial" {
                    conclude(answer, "success");
                }
            })
            .caught("R-E3-2", "A target with a topic with another retention", "`result_status` is \"success\"")
            .caught("R-E4-2", "A restore that names mongo_metadata is partial", "`result_status` is \"success\""),
        Saboteur::new("skips_what_differs", "a conflict is reported as `skipped`")
            .answers(Operation::Restore, |_, answer| {
                crate::tamper::rename(answer, &[("conflict", "skipped")]);
            })
            .caught("R-E3-2", "A target with a topic with another retention", "`counts.conflicts` is not"),
    ]
}

/// Completes a resource that is there into something else.
fn changed(resource: &Resource, change: impl Fn(&mut Value)) -> Option<Action> {
    let mut spec: Value = resource.parse_spec().ok()?;
    change(&mut spec);
    let changed = Resource::new(resource.id.kind, &*resource.id.name, &spec).ok()?;
    (changed.hash != resource.hash).then(|| action(&changed, Decision::Complete))
}
