//! Reads one domain: paths, leftovers, warnings, and the records that come of it.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Members, NAME};
use crate::{
    DomainKey, Resource, ResourceId, Scope, TenantSpace,
    artifact::{MigrationWarning, REDACTED, Record},
    diff::redacted_fields,
    migration::Context,
    space::DomainSpace,
};

/// One domain on its way from `data` to records.
pub(super) struct Reading<'a> {
    pub(super) context: &'a Context<'a>,
    /// By the naming convention; what the artifact states about its containers is laid over it.
    pub(super) space: TenantSpace,
    pub(super) warnings: Vec<MigrationWarning>,
    pub(super) records: Vec<Record>,
    pub(super) redacted: Vec<String>,
    root: String,
    seen: BTreeSet<ResourceId>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(tenant_id: &str, domain_key: &str, context: &'a Context<'a>) -> Self {
        Self {
            context,
            space: context.naming.space_of(tenant_id),
            warnings: Vec::new(),
            records: Vec::new(),
            redacted: Vec::new(),
            root: format!("domains/{domain_key}/data"),
            seen: BTreeSet::new(),
        }
    }

    /// Says what is not carried. `path` is relative to the domain's data; empty for all of it.
    pub(super) fn warn(&mut self, path: &str, message: impl Into<String>) {
        let affected_path = if path.is_empty() { self.root.clone() } else { format!("{}/{path}", self.root) };
        let warning =
            MigrationWarning { step: NAME.to_owned(), message: message.into(), affected_path: Some(affected_path) };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// States a container or prefix of the source.
    pub(super) fn container(&mut self, scope: Scope, name: &str) {
        let stated = DomainSpace::from([(scope, name.to_owned())]);
        self.space = self.space.clone().overlaid(&stated);
    }

    /// Takes a member that names a container.
    pub(super) fn take_name(&mut self, members: &mut Members, name: &str) -> Option<String> {
        match members.remove(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            Value::Null => None,
            _ => {
                self.warn(name, "is not a name: the naming convention was used in its place");
                None
            }
        }
    }

    /// Takes a list, item by item, each with its path; what is not an item of it becomes a warning.
    pub(super) fn take_list<T: DeserializeOwned>(
        &mut self,
        members: &mut Members,
        name: &str,
        within: &str,
    ) -> Vec<(String, T)> {
        let path = if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
        let items = match members.remove(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.warn(&path, "is not a list, so nothing of it was carried");
                return Vec::new();
            }
        };
        let mut read = Vec::with_capacity(items.len());
        for (position, item) in items.into_iter().enumerate() {
            let path = format!("{path}/{position}");
            match serde_json::from_value(item) {
                Ok(item) => read.push((path, item)),
                Err(error) => self.warn(&path, format!("was not carried: {error}")),
            }
        }
        read
    }

    /// Says that members were not read. Those that are `known` to say nothing more are passed over.
    pub(super) fn leftovers(&mut self, path: &str, members: Members, known: &[&str]) {
        for (name, value) in members {
            if known.contains(&name.as_str()) {
                continue;
            }
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            let message = if value == REDACTED {
                "is redacted and must be supplied again"
            } else {
                "has no place in format 2.0.0, so it was not carried"
            };
            self.warn(&path, message);
        }
    }

    /// Adds a record; one that cannot be is a warning.
    pub(super) fn add(&mut self, path: &str, resource: Result<Resource, String>, partial: bool) {
        match resource {
            Err(why) => self.warn(path, format!("was not carried: {why}")),
            Ok(resource) if self.seen.contains(&resource.id) => {
                self.warn(path, format!("was not carried: {} is stated twice, and the first was taken", resource.id));
            }
            // Free-form members say what must be supplied again; a definition with the marker in it would be another.
            Ok(resource) if resource.id.kind.domain() != DomainKey::Iam && !redacted_fields(&resource).is_empty() => {
                self.warn(path, format!("{} was not carried: a value in it is redacted", resource.id));
            }
            Ok(resource) => {
                let position = self.records.len();
                self.redacted
                    .extend(redacted_fields(&resource).into_iter().map(|at| format!("/records/{position}/spec{at}")));
                self.seen.insert(resource.id.clone());
                self.records.push(Record { partial, ..Record::from(&resource) });
            }
        }
    }

    /// True when a record of this id was added.
    pub(super) fn has(&self, id: &ResourceId) -> bool {
        self.seen.contains(id)
    }
}

/// Whether a value says nothing: what a server writes down for members that nobody set.
pub(super) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
