//! `1→2`: from the public format 1.0.0 to records.
//!
//! Two shapes of `data` are about: the one that exports have and the one that restores take. Member names that differ
//! are aliases of one another, so each domain is read once, whichever shape it has. Everything is read member by member,
//! and whatever is left over becomes a warning that names its path.
//!
//! - `reading`: paths, leftovers, warnings, records
//! - one file per domain

mod iam;
mod kafka;
mod kafka_defaults;
mod mongo_metadata;
mod postgres_metadata;
mod reading;
mod storage;

use serde_json::{Map, Value, value::to_raw_value};

use self::reading::Reading;
use super::Context;
use crate::{
    DomainKey,
    artifact::{Artifact, DomainData, DomainEntry, DomainStatus, records_checksum},
};

/// The step's name in a migration chain.
pub(super) const NAME: &str = "1→2";

/// The members of an object of format 1.0.0, in order.
type Members = Map<String, Value>;

/// The step. The version number is the chain's business.
pub(super) fn step(mut artifact: Artifact, context: &Context<'_>) -> Artifact {
    let entries = std::mem::take(&mut artifact.domains);
    for entry in entries {
        let mut reading = Reading::new(&artifact.tenant_id, &entry.domain_key, context);
        let entry = migrate_entry(entry, &mut reading);
        artifact.migration_warnings.append(&mut reading.warnings);
        artifact.domains.push(entry);
    }
    artifact
}

fn migrate_entry(mut entry: DomainEntry, reading: &mut Reading<'_>) -> DomainEntry {
    let data = entry.data.take();
    let domain = match entry.domain() {
        Ok(domain) if entry.status.is_exportable() => domain,
        Ok(_) => {
            if data.is_some() {
                reading.warn("", format!("the domain is `{}`, so its data was not read", entry.status.as_str()));
            }
            return entry;
        }
        Err(unknown) => {
            reading.warn("", format!("{unknown}: nothing of it was carried"));
            return entry;
        }
    };
    let members = match data.map(|raw| serde_json::from_str::<Members>(raw.get())) {
        Some(Ok(members)) => members,
        None if entry.status == DomainStatus::Empty => return entry,
        None => return unreadable(entry, reading, "is missing although the domain is `ok`".to_owned()),
        Some(Err(error)) => return unreadable(entry, reading, format!("is not an object: {error}")),
    };
    if members.is_empty() {
        entry.status = DomainStatus::Empty;
    } else {
        migrate_data(domain, members, reading);
        entry.status = if reading.records.is_empty() { DomainStatus::Empty } else { DomainStatus::Ok };
    }
    entry.items_count = Some(reading.records.len() as u64);
    entry.redacted_fields = std::mem::take(&mut reading.redacted);
    let records = std::mem::take(&mut reading.records);
    let written = records_checksum(&records).and_then(|records_checksum| {
        to_raw_value(&DomainData { space: reading.space.of(domain), records_checksum, records })
    });
    match written {
        Ok(data) => DomainEntry { data: Some(data), ..entry },
        Err(error) => unreadable(entry, reading, format!("could not be written as records: {error}")),
    }
}

/// A domain that a restore will list as not exportable, with the reason.
fn unreadable(entry: DomainEntry, reading: &mut Reading<'_>, why: String) -> DomainEntry {
    reading.warn("", format!("the domain's data {why}; nothing of it was carried"));
    DomainEntry { status: DomainStatus::Error, error: Some(format!("its data {why}")), items_count: None, ..entry }
}

fn migrate_data(domain: DomainKey, members: Members, reading: &mut Reading<'_>) {
    match domain {
        DomainKey::Iam => iam::migrate(members, reading),
        DomainKey::PostgresMetadata => postgres_metadata::migrate(members, reading),
        DomainKey::MongoMetadata => mongo_metadata::migrate(members, reading),
        DomainKey::Kafka => kafka::migrate(members, reading),
        DomainKey::Storage => storage::migrate(members, reading),
    }
}
