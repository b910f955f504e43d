//! E1: a whole tenant is restored.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderValue, Method, header::AUTHORIZATION};
use restore_model::{DomainKey, Kind, Resource};
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Direction, Operation},
    tamper::{conclude, proposal, rename},
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
        Saboteur::new("forgets_extensions", "an export does not say which extensions its tenant needs")
            .observes(DomainKey::PostgresMetadata, |_, inventory| {
                inventory.resources.retain(|id, _| id.kind != Kind::Extension);
            })
            .caught("R-E1-4", "What a tenant needs of the database itself", "answered 207"),
        Saboteur::new("leaves_a_trace_of_its_export", "an export makes a collection in the tenant that it looks at")
            .writes_when_it_looks(DomainKey::MongoMetadata, || {
                Resource::new(Kind::Collection, "exports", &json!({})).ok()
            })
            .caught("R-E1-1", "The export counts every resource", "exports"),
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
        Saboteur::new("loses_index_options", "an index of MongoDB loses its options, such as uniqueness and expiry")
            .writes(Kind::MongoIndex, |spec| {
                if let Some(options) = spec.as_object_mut() {
                    options.retain(|member, _| matches!(&**member, "collection" | "name" | "key" | "weights"));
                }
            })
            .caught("R-E1-2", WHOLE, "expireAfterSeconds"),
        Saboteur::new(
            "forgets_the_target_of_statistics",
            "extended statistics get the default target, whatever the artifact says",
        )
        .writes(Kind::Statistics, |spec| {
            if let Some(members) = spec.as_object_mut() {
                members.remove("target");
            }
        })
        .caught("R-E1-2", WHOLE, "at /target"),
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
            .omits(DomainKey::PostgresMetadata, |_, action, _| action.id.kind == Kind::Grant)
            .caught("R-E1-2", WHOLE, "postgres_metadata: "),
    ]
}

fn reports() -> Vec<Saboteur> {
    vec![
        Saboteur::new("does_nothing", "says that all was created, and never looks at a backend")
            .asks(Operation::Restore, |body| body["dry_run"] = json!(true))
            .answers(Operation::Restore, |_, answer| as_if_run(answer))
            .caught("R-E1-2", WHOLE, "differences in"),
        Saboteur::new("skips_everything", "says that all was there already, and writes nothing")
            .asks(Operation::Restore, |body| body["dry_run"] = json!(true))
            .answers(Operation::Restore, |_, answer| {
                as_if_run(answer);
                rename(answer, &[("created", "skipped"), ("applied", "skipped")]);
                count_all_as(answer, "skipped", "created");
            })
            .caught("R-E1-2", WHOLE, "nothing was created in an empty target"),
        Saboteur::new("writes_in_a_dry_run", "a dry run is a run that is reported as one")
            .careless()
            .serves(Operation::Restore, |asked, beyond| async move {
                let mut body = asked.json();
                let dry = body["dry_run"] == true;
                body["dry_run"] = json!(false);
                let mut answer = beyond.ask(asked.with(&body)).await;
                if dry {
                    as_if_dry(&mut answer);
                }
                answer
            })
            .caught("R-E1-5", "A dry run tells what would be created", "differences in"),
        Saboteur::new("creates_what_is_there", "a second restore says that it created all again")
            .answers(Operation::Restore, |_, answer| {
                rename(answer, &[("skipped", "created")]);
                count_all_as(answer, "created", "skipped");
            })
            .caught("R-E1-3", "A second restore finds everything in place", "the artifact has")
            .caught("R-E5-6", "Restored as it is, an artifact in the export shape", "`summary.resources_created`"),
    ]
}

fn requests() -> Vec<Saboteur> {
    vec![
        Saboteur::new("always_wants_a_map", "a tenant's own artifact is taken for a stranger's")
            .serves(Operation::Restore, |asked, beyond| async move {
                if !asked.json()["identifier_map"].is_null() {
                    return beyond.ask(asked).await;
                }
                let entry = json!({"scope": "iam.realm", "from": asked.tenant(), "to": asked.tenant()});
                let proposal = json!({"entries": [entry]});
                Answer::of(&asked, 200, json!({"needs_confirmation": true, "proposal": proposal}))
            })
            .caught("R-E1-4", "A destroyed tenant gets its own resources back", "`result_status` is null"),
        Saboteur::new("restores_unconfirmed", "a restore into another tenant takes its own proposal for confirmed")
            .careless()
            .serves(Operation::Restore, |asked, beyond| async move {
                let mut body = asked.json();
                if body["identifier_map"].is_null() {
                    body["identifier_map"] = proposal(&asked, &beyond).await;
                }
                beyond.ask(asked.with(&body)).await
            })
            .caught("R-E1-6", "A restore into another tenant waits for its identifier map", "is not true")
            .caught("R-EC2-1", "Without a map the restore waits", "is not true"),
        Saboteur::new("grafts_onto_a_third_tenant", "a map that leads to a third tenant is followed there")
            .careless()
            .serves(Operation::Restore, |asked, beyond| async move {
                let mut body = asked.json();
                let realm = body["identifier_map"]["entries"].as_array().into_iter().flatten();
                let realm = realm.filter(|it| it["scope"] == "iam.realm").find_map(|it| it["to"].as_str());
                let Some(third) = realm.filter(|realm| *realm != asked.tenant()).map(str::to_owned) else {
                    return beyond.ask(asked).await;
                };
                body["identifier_map"]["target_tenant_id"] = json!(third);
                beyond.ask(asked.of(&third, Method::POST, "/config/reprovision", &body)).await
            })
            .caught("R-E1-7", "An identifier map that leads into a third tenant", "wanted 400")
            .caught("R-S-1", "An identifier map that leads into a third tenant", "the bystander "),
        believes_any_token(),
        Saboteur::new("ignores_unknown_domains", "domains that it does not know are left out of a request")
            .asks(Operation::Restore, |body| {
                let known = |it: &Value| it.as_str().is_some_and(|key| key.parse::<DomainKey>().is_ok());
                if let Some(domains) = body["domains"].as_array_mut() {
                    domains.retain(known);
                }
            })
            .caught("R-E1-9", "A request with an unknown domain is refused", "wanted 400"),
        Saboteur::new("takes_any_version", "the version of an artifact is not looked at")
            .asks(Operation::Restore, |body| {
                if body["artifact"]["format_version"].is_string() {
                    body["artifact"]["format_version"] = json!("2.0.0");
                }
            })
            .caught("R-E1-9", "A request with an artifact of a newer format is refused", "wanted 422"),
        Saboteur::new("drops_the_connection_above_8_mb", "a body over the limit ends the connection")
            .serves(Operation::Restore, |asked, beyond| async move {
                if asked.body.len() > 8_000_000 { Answer::none(&asked) } else { beyond.ask(asked).await }
            })
            .caught("R-E1-9", "A request with a body over the limit is refused", "got no answer"),
        Saboteur::new("says_200_to_everything", "every request is answered with 200 and an empty object")
            .serves_everything(|asked, _| async move { Answer::of(&asked, 200, json!({})) })
            .caught("R-E1-1", "The export counts every resource", "`tenant_id` is null"),
        Saboteur::new("says_409_to_everything", "every request is answered with 409")
            .serves_everything(|asked, _| async move { Answer::refusal(&asked, 409, "LOCK_HELD", "later") })
            .caught("R-E1-1", "The export counts every resource", "answered 409"),
    ]
}

/// Whatever token it is sent, it uses the last good one.
fn believes_any_token() -> Saboteur {
    let good: Arc<Mutex<Option<HeaderValue>>> = Arc::default();
    let learned = Arc::clone(&good);
    Saboteur::new("believes_any_token", "whoever calls may do what the last good caller may")
        .answers(Operation::Export, move |asked, answer| {
            if answer.status == 200 {
                *learned.lock().unwrap_or_else(PoisonError::into_inner) = asked.headers.get(AUTHORIZATION).cloned();
            }
        })
        .serves(Operation::Restore, move |mut asked, beyond| {
            let good = good.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(token) = good {
                asked.headers.insert(AUTHORIZATION, token);
            }
            async move { beyond.ask(asked).await }
        })
        .caught("R-E1-8", "A request with an expired token is refused", "wanted 401")
        .caught("R-E1-8", "A request with a token for exports only is refused", "wanted 403")
}

/// Counts what was counted as `other` as `way`, too.
fn count_all_as(answer: &mut Answer, way: &str, other: &str) {
    let shift = |counts: &mut Value, prefix: &str| {
        let (way, other) = (format!("{prefix}{way}"), format!("{prefix}{other}"));
        if let (Some(one), Some(two)) = (counts[&way].as_u64(), counts[&other].as_u64()) {
            (counts[&way], counts[&other]) = (json!(one + two), json!(0));
        }
    };
    shift(&mut answer.body["summary"], "resources_");
    answer.domains().for_each(|it| shift(&mut it["counts"], ""));
}

/// Turns the answer of a dry run into that of a run.
fn as_if_run(answer: &mut Answer) {
    rename(answer, &[("would_create", "created"), ("would_skip", "skipped"), ("would_apply", "applied")]);
    answer.domains().for_each(|it| it["verified"] = json!(true));
    for (member, value) in [("verified", json!(true)), ("dry_run", json!(false))] {
        answer.body[member] = value;
    }
    conclude(answer, "success");
}

/// The other way round.
fn as_if_dry(answer: &mut Answer) {
    let names = [
        ("created", "would_create"),
        ("applied_with_warnings", "would_create"),
        ("skipped", "would_skip"),
        ("applied", "would_apply"),
    ];
    rename(answer, &names);
    answer.body["dry_run"] = json!(true);
    conclude(answer, "dry_run");
}
