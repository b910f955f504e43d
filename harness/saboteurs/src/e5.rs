//! E5: an artifact of an older format is restored.

use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Operation},
};

pub(crate) fn all() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "gives_all_versions_one_checksum",
            "every format version is listed with the same schema checksum",
        )
        .answers(Operation::FormatVersions, |_, answer| {
            let first = answer.body["versions"][0]["schema_checksum"].clone();
            for it in answer.body["versions"].as_array_mut().into_iter().flatten() {
                it["schema_checksum"] = first.clone();
            }
        })
        .caught("R-E5-1", "Both versions are listed", "the same schema checksum"),
        Saboteur::new("migrates_and_loses_a_field", "a migration forgets the defaults of columns")
            .asks(Operation::Migrate, |body| each(body, "column_default", &|value| *value = Value::Null))
            .caught("R-E5-2", "Migrated first, then restored, an artifact in the export shape", "default"),
        Saboteur::new("migrates_in_secret", "a restore does not tell that it migrated")
            .answers(Operation::Restore, |_, answer| forget(answer, "_migration_metadata"))
            .caught("R-E5-3", "Restored as it is, an artifact in the restore shape", "`_migration_metadata` is null"),
        Saboteur::new("knows_all_members", "an artifact with a member that it does not know is refused")
            .serves(Operation::Restore, |asked, beyond| async move {
                if asked.json()["artifact"].get("_padding").is_some() {
                    return Answer::refusal(&asked, 400, "INVALID_REQUEST", "artifact._padding is unknown");
                }
                beyond.ask(asked).await
            })
            .caught("R-E5-3", "Members that a restore does not need may be missing", "wanted 200"),
        Saboteur::new("swallows_migration_warnings", "what could not be carried is not listed")
            .answers(Operation::Restore, |_, answer| forget(answer, "_migration_warnings"))
            .caught("R-E5-4", "What cannot be carried is told", "does not name"),
        Saboteur::new("takes_any_minor_version", "a later version of a known major is restored as if it were known")
            .asks(Operation::Restore, |body| {
                if body["artifact"]["format_version"] == "1.1.0" {
                    body["artifact"]["format_version"] = json!("1.0.0");
                }
            })
            .caught("R-E5-5", "A restore of an artifact of format \"1.1.0\" is refused", "wanted 422"),
        Saboteur::new("stops_at_the_first_flaw", "a verdict tells one flaw of several")
            .answers(Operation::Validate, |_, answer| {
                if let Some(errors) = answer.body["errors"].as_array_mut() {
                    errors.truncate(1);
                }
            })
            .caught("R-E5-7", "An artifact in the export shape is valid", "no error has a path"),
    ]
}

fn forget(answer: &mut Answer, member: &str) {
    if let Some(members) = answer.body.as_object_mut() {
        members.remove(member);
    }
}

/// Changes every member of this name, however deep.
fn each(value: &mut Value, member: &str, change: &dyn Fn(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|it| each(it, member, change)),
        Value::Object(members) => {
            for (name, it) in members {
                if name == member {
                    change(it);
                } else {
                    each(it, member, change);
                }
            }
        }
        _ => {}
    }
}
