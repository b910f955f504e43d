//! E1: a whole tenant is restored.

use restore_model::{DomainKey, Kind};
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Direction, Operation},
};

const WHOLE: &str = "Every resource of the source is in the target afterwards";

pub(crate) fn all() -> Vec<Saboteur> {
    [exports(), writes(), reports(), requests()].into_iter().flatten().collect()
}

fn exports() -> Vec<Saboteur> {
    vec![
        Saboteur::new("exports_no_topics", "an export says that Kafka is empty")
            .observes(DomainKey::Kafka, |_, inventory| inventory.resources.clear())
            .caught("R-E1-1", "The export counts every resource", "kafka has no resources in the export"),
        Saboteur::new("drops_the_last_of_a_page", "an export leaves out the last bucket of a listing")
            .observes(DomainKey::Storage, |_, inventory| drop(inventory.resources.pop_last()))
            .caught("R-E1-1", WHOLE, "storage: ")
            .caught("R-E1-2", WHOLE, "storage: "),
    ]
}

fn writes() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "creates_topics_with_one_partition",
            "every topic gets one partition, whatever the artifact says",
        )
        .writes(Kind::Topic, |spec| spec["partitions"] = json!(1))
        .caught("R-E1-2", WHOLE, "partitions"),
        Saboteur::new("loses_index_options", "an index of MongoDB is created with its key and nothing else")
            .writes(Kind::MongoIndex, |spec| {
                if let Some(options) = spec.as_object_mut() {
                    options.retain(|member, _| member == "key");
                }
            })
            .caught("R-E1-2", WHOLE, "expireAfterSeconds"),
        Saboteur::new("turns_minus_one_into_one", "−1 in the key of an index is read as 1")
            .garbles(DomainKey::MongoMetadata, Direction::Answered, b"\x10at\0\xff\xff\xff\xff", b"\x10at\0\x01\0\0\0")
            .caught("R-E1-2", WHOLE, "owner_at"),
        Saboteur::new("sorts_the_keys_of_an_index", "the members of an index key are sorted by name")
            .writes(Kind::MongoIndex, |spec| {
                if let Some(key) = spec["key"].as_array_mut() {
                    key.sort_by_key(ToString::to_string);
                }
            })
            .caught("R-E1-2", WHOLE, "owner_at"),
        Saboteur::new("restricts_what_should_be_set_null", "SET NULL of a foreign key is read as RESTRICT")
            .garbles(DomainKey::PostgresMetadata, Direction::Answered, b"ON DELETE SET NULL", b"ON DELETE RESTRICT")
            .caught("R-E1-2", WHOLE, "customers_favourite_fkey"),
        Saboteur::new("makes_no_grants", "grants are reported and not made")
            .omits(DomainKey::PostgresMetadata, |action, _| action.id.kind == Kind::Grant)
            .caught("R-E1-2", WHOLE, "postgres_metadata: "),
    ]
}

fn reports() -> Vec<Saboteur> {
    vec![
        Saboteur::new("does_nothing", "says that all was created, and never looks at a backend")
            .asks(Operation::Restore, |body| body["dry_run"] = json!(true))
            .answers(Operation::Restore, |_, answer| as_if_run(answer))
            .caught("R-E1-2", WHOLE, "differences in"),
        Saboteur::new("writes_in_a_dry_run", "a dry run is a run that is reported as one")
            .asks(Operation::Restore, |body| body["dry_run"] = json!(false))
            .answers(Operation::Restore, |_, answer| as_if_dry(answer))
            .caught("R-E1-5", "A dry run tells what would be created", "differences in"),
        Saboteur::new("creates_what_is_there", "a second restore says that it created all again")
            .answers(Operation::Restore, |_, answer| {
                for it in answer.resources() {
                    it["action"] = json!("created");
                }
                for it in answer.domains() {
                    let (created, skipped) = (it["counts"]["created"].take(), it["counts"]["skipped"].take());
                    it["counts"]["created"] = json!(created.as_u64().unwrap_or(0) + skipped.as_u64().unwrap_or(0));
                    it["counts"]["skipped"] = json!(0);
                }
            })
            .caught("R-E1-3", "A second restore finds everything in place", "the artifact has"),
    ]
}

fn requests() -> Vec<Saboteur> {
    vec![
        Saboteur::new("always_wants_a_map", "a tenant's own artifact is taken for a stranger's")
            .serves(Operation::Restore, |asked, beyond| async move {
                let body = asked.json();
                if !body["identifier_map"].is_null() {
                    return beyond.ask(asked).await;
                }
                let entry = json!({"scope": "iam.realm", "from": asked.tenant(), "to": asked.tenant()});
                let proposal = json!({"entries": [entry]});
                Answer::of(&asked, 200, json!({"needs_confirmation": true, "proposal": proposal}))
            })
            .caught("R-E1-4", "A destroyed tenant gets its own resources back", "`result_status` is null"),
    ]
}

/// Turns the answer of a dry run into that of a run.
fn as_if_run(answer: &mut Answer) {
    rename(answer, &[("would_create", "created"), ("would_skip", "skipped"), ("would_apply", "applied")]);
    for it in answer.domains() {
        it["verified"] = json!(true);
    }
    for (member, value) in [("verified", json!(true)), ("dry_run", json!(false))] {
        answer.body[member] = value;
    }
    for member in ["status", "result_status"] {
        answer.body[member] = json!("success");
    }
}

/// The other way round.
fn as_if_dry(answer: &mut Answer) {
    rename(answer, &[("created", "would_create"), ("skipped", "would_skip"), ("applied", "would_apply")]);
    rename(answer, &[("applied_with_warnings", "would_create")]);
    answer.body["dry_run"] = json!(true);
    for member in ["status", "result_status"] {
        answer.body[member] = json!("dry_run");
    }
}

fn rename(answer: &mut Answer, names: &[(&str, &str)]) {
    let renamed = |value: &mut Value| {
        if let Some((_, to)) = names.iter().find(|(from, _)| value == from) {
            *value = json!(to);
        }
    };
    answer.resources().for_each(|it| renamed(&mut it["action"]));
    answer.domains().for_each(|it| renamed(&mut it["status"]));
}
