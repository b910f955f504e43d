//! From the source tenant's space to the target's: proposal and validation.
//!
//! Names in an artifact are relative to its space, so a map never rewrites text. It states, scope by scope, which
//! container of the source becomes which container of the target, and a restore checks it against both.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DomainKey, Scope, TenantSpace, artifact::DomainStatus};

/// One container or prefix, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MapEntry {
    /// What the entry speaks of.
    pub scope: Scope,
    /// In the source tenant's space.
    pub from: String,
    /// In the target tenant's space.
    pub to: String,
}

/// A complete map from one tenant's space to another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IdentifierMap {
    /// The artifact's tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_tenant_id: Option<String>,
    /// The tenant restored into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_tenant_id: Option<String>,
    /// At most one entry per scope and `from`.
    pub entries: Vec<MapEntry>,
    /// For people; ignored on input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Why a map is refused: every finding, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid identifier map: {}", .0.join("; "))]
pub struct InvalidMap(pub Vec<String>);

impl IdentifierMap {
    /// Proposes the map from `source` to `target` for the domains of an artifact. Unchanged containers get no entry;
    /// a domain that cannot be restored gets a warning instead.
    #[must_use]
    pub fn propose(source: &TenantSpace, target: &TenantSpace, domains: &[(DomainKey, DomainStatus)]) -> Self {
        let mut entries = Vec::new();
        let mut warnings = Vec::new();
        let mut add = |scope: Scope| {
            if let (Some(from), Some(to)) = (source.get(scope), target.get(scope))
                && from != to
            {
                entries.push(MapEntry { scope, from: from.to_owned(), to: to.to_owned() });
            }
        };
        for domain in DomainKey::ALL {
            match domains.iter().find(|(key, _)| *key == domain).map(|(_, status)| *status) {
                Some(DomainStatus::Ok | DomainStatus::Empty) => Scope::of(domain).for_each(&mut add),
                Some(DomainStatus::NotRequested) => {}
                Some(status) => {
                    warnings.push(format!("{domain} is `{}` in the artifact and gets no entry", status.as_str()));
                }
                None => warnings.push(format!("{domain} is not in the artifact and gets no entry")),
            }
        }
        add(Scope::TenantId);
        Self {
            source_tenant_id: Some(source.tenant_id.clone()),
            target_tenant_id: Some(target.tenant_id.clone()),
            entries,
            warnings,
        }
    }

    /// Reads a map out of a request.
    ///
    /// # Errors
    /// All that is wrong with its shape.
    pub fn parse(value: &Value) -> Result<Self, InvalidMap> {
        let Some(object) = value.as_object() else {
            return Err(InvalidMap(vec!["the map must be an object with `entries`".into()]));
        };
        let mut findings = Vec::new();
        let mut tenant = |name: &str| match object.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => {
                findings.push(format!("`{name}` must be a string"));
                None
            }
        };
        let (source_tenant_id, target_tenant_id) = (tenant("source_tenant_id"), tenant("target_tenant_id"));
        let mut entries = Vec::new();
        match object.get("entries") {
            Some(Value::Array(items)) => {
                for (position, item) in items.iter().enumerate() {
                    match parse_entry(item) {
                        Ok(entry) => entries.push(entry),
                        Err(finding) => findings.push(format!("entries[{position}]: {finding}")),
                    }
                }
            }
            Some(_) => findings.push("`entries` must be an array".into()),
            None => findings.push("`entries` is missing".into()),
        }
        let mut seen = BTreeSet::new();
        for (position, entry) in entries.iter().enumerate() {
            if !seen.insert((entry.scope, &entry.from)) {
                findings
                    .push(format!("entries[{position}]: `{}` is mapped twice in scope {}", entry.from, entry.scope));
            }
        }
        if findings.is_empty() {
            Ok(Self { source_tenant_id, target_tenant_id, entries, warnings: Vec::new() })
        } else {
            Err(InvalidMap(findings))
        }
    }

    /// Checks that this map leads from `source` into `target` and nowhere else, and covers every container that the
    /// `domains` about to be restored use.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn validate(
        &self,
        source: &TenantSpace,
        target: &TenantSpace,
        domains: &[DomainKey],
    ) -> Result<(), InvalidMap> {
        let mut findings = Vec::new();
        if let Some(stated) = self.source_tenant_id.as_ref().filter(|stated| **stated != source.tenant_id) {
            findings.push(format!(
                "`source_tenant_id` is `{stated}`, but the artifact was taken from `{}`",
                source.tenant_id
            ));
        }
        if let Some(stated) = self.target_tenant_id.as_ref().filter(|stated| **stated != target.tenant_id) {
            findings
                .push(format!("`target_tenant_id` is `{stated}`, but the restore goes into `{}`", target.tenant_id));
        }
        for entry in &self.entries {
            let (Some(from), Some(to)) = (source.get(entry.scope), target.get(entry.scope)) else { continue };
            if entry.from != from {
                findings.push(format!(
                    "{}: nothing in the artifact is called `{}`; its space is `{from}`",
                    entry.scope, entry.from
                ));
            } else if entry.to != to {
                findings.push(format!("{}: `{}` is outside the target's space `{to}`", entry.scope, entry.to));
            }
        }
        for scope in domains.iter().flat_map(|domain| Scope::of(*domain)) {
            let (Some(from), Some(to)) = (source.get(scope), target.get(scope)) else { continue };
            if from != to && !self.entries.iter().any(|entry| entry.scope == scope && entry.from == from) {
                findings.push(format!("{scope}: `{from}` has no entry; the target's is `{to}`"));
            }
        }
        if findings.is_empty() { Ok(()) } else { Err(InvalidMap(findings)) }
    }
}

fn parse_entry(item: &Value) -> Result<MapEntry, String> {
    let text = |name: &str| match item.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
        Some(Value::String(_)) => Err(format!("`{name}` must not be blank")),
        Some(_) => Err(format!("`{name}` must be a string")),
        None => Err(format!("`{name}` is missing")),
    };
    Ok(MapEntry { scope: text("scope")?.parse()?, from: text("from")?, to: text("to")? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::space::Naming;

    fn space(id: &str) -> TenantSpace {
        Naming::default().space_of(id)
    }

    fn all_ok() -> Vec<(DomainKey, DomainStatus)> {
        DomainKey::ALL.map(|domain| (domain, DomainStatus::Ok)).to_vec()
    }

    #[test]
    fn a_proposal_names_every_container_that_changes() {
        let proposal = IdentifierMap::propose(&space("acme"), &space("acme-prod"), &all_ok());
        insta::assert_json_snapshot!(proposal);
    }

    #[test]
    fn a_domain_that_cannot_be_restored_is_warned_about() {
        let domains = [(DomainKey::Iam, DomainStatus::Ok), (DomainKey::Kafka, DomainStatus::NotAvailable)];
        let proposal = IdentifierMap::propose(&space("a"), &space("b"), &domains);
        assert_eq!(proposal.entries.len(), 2);
        assert!(proposal.warnings.iter().any(|warning| warning.contains("kafka is `not_available`")));
    }

    #[test]
    fn every_finding_is_told_at_once() {
        let Err(InvalidMap(findings)) = IdentifierMap::parse(&json!({
            "source_tenant_id": 7,
            "entries": [
                {"scope": "iam.realm", "from": "a", "to": " "},
                {"scope": "iam.realms", "from": "a", "to": "b"},
                {"from": "a", "to": "b"},
                {"scope": "iam.realm", "from": "a", "to": "b"},
                {"scope": "iam.realm", "from": "a", "to": "c"},
            ],
        })) else {
            panic!("accepted")
        };
        insta::assert_json_snapshot!(findings);
    }

    #[test]
    fn a_map_into_a_third_tenant_is_refused() {
        let (source, target) = (space("acme"), space("globex"));
        let to_third = IdentifierMap::propose(&source, &space("victim"), &all_ok());
        let Err(InvalidMap(findings)) = to_third.validate(&source, &target, &DomainKey::ALL) else {
            panic!("accepted")
        };
        insta::assert_json_snapshot!(findings);
    }

    #[test]
    fn an_uncovered_container_is_refused_unless_its_domain_is_left_out() {
        let (source, target) = (space("acme"), space("globex"));
        let whole = IdentifierMap::propose(&source, &target, &all_ok());
        let without = |scope: Scope| {
            let mut map = whole.clone();
            map.entries.retain(|entry| entry.scope != scope);
            map
        };
        // Also where another domain's container has the same name, as schema and database do.
        for scope in whole.entries.iter().map(|entry| entry.scope).filter(|scope| *scope != Scope::TenantId) {
            let refused = without(scope).validate(&source, &target, &DomainKey::ALL).is_err();
            assert!(refused, "{scope} is not covered");
        }
        let map = without(Scope::KafkaTopicPrefix);
        assert!(map.validate(&source, &target, &[DomainKey::Iam, DomainKey::Storage]).is_ok());
    }

    proptest! {
        #[test]
        fn a_proposal_is_always_accepted_unchanged(
            source in "[a-z][a-z0-9-]{0,20}", target in "[a-z][a-z0-9-]{0,20}",
            picked in proptest::sample::subsequence(DomainKey::ALL.to_vec(), 0..=5),
        ) {
            let (source, target) = (space(&source), space(&target));
            let statuses: Vec<_> = picked.iter().map(|domain| (*domain, DomainStatus::Ok)).collect();
            let proposal = IdentifierMap::propose(&source, &target, &statuses);
            let read_back = IdentifierMap::parse(&serde_json::to_value(&proposal).unwrap()).unwrap();
            prop_assert!(read_back.validate(&source, &target, &picked).is_ok());
        }
    }
}
