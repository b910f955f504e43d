//! All registered spaces: which are taken, and whose a name is where prefixes are nested.

use std::collections::BTreeMap;

use restore_model::{Inventory, Kind, Resource, Scope, TenantSpace, resource::Refusal};

/// Containers that belong to the backends themselves, or to this engine.
const RESERVED: &[(Scope, &[&str])] = &[
    (Scope::PostgresSchema, &["public", "information_schema", "restore_control", "iam_directory"]),
    (Scope::MongoDatabase, &["admin", "local", "config"]),
    (Scope::IamRealm, &["master"]),
];

/// Says why no tenant may have this space.
pub(super) fn unusable(space: &TenantSpace) -> Option<String> {
    Scope::ALL.into_iter().find_map(|scope| {
        let name = space.get(scope)?;
        let reserved = RESERVED.iter().any(|(of, names)| *of == scope && names.contains(&name))
            || (scope == Scope::PostgresSchema && name.starts_with("pg_"));
        let longest = match scope {
            Scope::PostgresSchema | Scope::MongoDatabase | Scope::PostgresRolePrefix | Scope::StorageBucketPrefix => 63,
            _ => 200,
        };
        if name.is_empty() {
            Some(format!("{scope} must not be empty"))
        } else if name.contains(['{', '}']) {
            Some(format!("{scope} `{name}` holds an unknown placeholder"))
        } else if name.chars().any(char::is_control) {
            Some(format!("{scope} `{}` holds a control character", name.escape_default()))
        } else if scope == Scope::MongoDatabase && name.contains(['/', '\\', '.', ' ', '"', '$']) {
            Some(format!("{scope} `{name}` holds a character that no database name may hold"))
        } else if name.len() > longest {
            Some(format!("{scope} `{name}` is longer than {longest} bytes"))
        } else if reserved {
            Some(format!("{scope} `{name}` is reserved"))
        } else {
            None
        }
    })
}

/// The spaces of all registered tenants.
#[derive(Debug, Clone, Default)]
pub struct Spaces {
    by_tenant: BTreeMap<String, TenantSpace>,
}

impl Spaces {
    /// Of these tenants.
    pub fn new(spaces: impl IntoIterator<Item = TenantSpace>) -> Self {
        Self { by_tenant: spaces.into_iter().map(|space| (space.tenant_id.clone(), space)).collect() }
    }

    /// The container or prefix of `space` that another tenant has already, and that tenant.
    #[must_use]
    pub fn taken(&self, space: &TenantSpace) -> Option<(Scope, &str)> {
        self.others(space).find_map(|other| {
            let scope = Scope::ALL.into_iter().find(|scope| {
                *scope != Scope::TenantId && space.get(*scope).is_some() && space.get(*scope) == other.get(*scope)
            })?;
            Some((scope, other.tenant_id.as_str()))
        })
    }

    /// The other tenant that a name under `own` belongs to, because that tenant's prefix is longer.
    #[must_use]
    pub fn other_owner(&self, own: &TenantSpace, resource: &Resource) -> Option<&str> {
        nested_names(resource).into_iter().find_map(|(scope, name)| {
            let prefix = own.get(scope)?;
            self.others(own)
                .filter_map(|other| {
                    let rest = other.get(scope)?.strip_prefix(prefix).filter(|rest| !rest.is_empty())?;
                    name.starts_with(rest).then_some(other.tenant_id.as_str())
                })
                .next()
        })
    }

    /// Leaves out what belongs to a tenant whose prefix is longer.
    #[must_use]
    pub fn own_part(&self, own: &TenantSpace, mut observed: Inventory) -> Inventory {
        if self.has_nested(own) {
            observed.resources.retain(|_, resource| self.other_owner(own, resource).is_none());
            observed.unreadable.retain(|id, _| {
                let bare = Resource::new(id.kind, id.name.clone(), &serde_json::json!({}));
                bare.is_ok_and(|resource| self.other_owner(own, &resource).is_none())
            });
        }
        observed
    }

    /// Refuses a desired resource whose composed name belongs to a tenant whose prefix is longer.
    ///
    /// # Errors
    /// The refusal, naming that tenant.
    pub fn admit(&self, own: &TenantSpace, desired: Resource) -> Result<Resource, Refusal> {
        match self.other_owner(own, &desired) {
            None => Ok(desired),
            Some(tenant) => {
                let message = format!("would lie in the space of tenant `{tenant}`, whose prefix is longer");
                Err(Refusal::new(desired.id, message))
            }
        }
    }

    fn has_nested(&self, own: &TenantSpace) -> bool {
        self.others(own).any(|other| {
            Scope::ALL.into_iter().any(|scope| match (own.get(scope), other.get(scope)) {
                (Some(prefix), Some(name)) => name.len() > prefix.len() && name.starts_with(prefix),
                _ => false,
            })
        })
    }

    fn others<'a, 'b>(&'a self, own: &'b TenantSpace) -> impl Iterator<Item = &'a TenantSpace> + use<'a, 'b> {
        self.by_tenant.values().filter(move |other| other.tenant_id != own.tenant_id)
    }
}

/// The tenant-relative names in a resource that stand behind a prefix.
fn nested_names(resource: &Resource) -> Vec<(Scope, String)> {
    let name = || resource.id.name.clone();
    match resource.id.kind {
        Kind::Topic | Kind::ConsumerGroup => vec![(Scope::KafkaTopicPrefix, name())],
        Kind::Bucket => vec![(Scope::StorageBucketPrefix, name())],
        Kind::DatabaseRole => vec![(Scope::PostgresRolePrefix, name())],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use restore_model::space::Naming;
    use serde_json::json;

    use super::*;

    fn space(id: &str) -> TenantSpace {
        Naming::default().space_of(id)
    }

    fn bucket(name: &str) -> Resource {
        Resource::new(Kind::Bucket, name, &json!({})).unwrap()
    }

    #[test]
    fn equal_spaces_are_taken_and_nested_ones_are_not() {
        let spaces = Spaces::new([space("acme-prod")]);
        assert_eq!(spaces.taken(&space("acme_prod")), Some((Scope::PostgresSchema, "acme-prod")));
        assert_eq!(spaces.taken(&space("acme")), None);
        assert_eq!(spaces.taken(&space("acme-prod")), None, "a tenant does not take its own space");
    }

    #[test]
    fn a_name_goes_to_the_longest_registered_prefix() {
        let spaces = Spaces::new(["acme", "acme-prod"].map(space));
        assert_eq!(spaces.other_owner(&space("acme"), &bucket("prod-invoices")), Some("acme-prod"));
        assert_eq!(spaces.other_owner(&space("acme"), &bucket("production")), None);
        assert_eq!(spaces.other_owner(&space("acme-prod"), &bucket("invoices")), None);
        let mut observed = Inventory::default();
        ["prod-invoices", "logs"].into_iter().for_each(|name| observed.insert(bucket(name)));
        let own: Vec<String> =
            spaces.own_part(&space("acme"), observed).resources.into_keys().map(|id| id.name).collect();
        assert_eq!(own, ["logs"]);
        let refusal = spaces.admit(&space("acme"), bucket("prod-x")).unwrap_err();
        insta::assert_snapshot!(refusal, @"bucket:prod-x: would lie in the space of tenant `acme-prod`, whose prefix is longer");
    }

    #[test]
    fn reserved_and_malformed_spaces_are_unusable() {
        let with = |change: fn(&mut TenantSpace)| {
            let mut changed = space("acme");
            change(&mut changed);
            unusable(&changed).unwrap_or_default()
        };
        assert_eq!(unusable(&space("acme")), None);
        let findings = [
            with(|space| space.schema = "public".into()),
            with(|space| space.schema = "pg_temp_1".into()),
            with(|space| space.database = "admin".into()),
            with(|space| space.database = "a.b".into()),
            with(|space| space.bucket_prefix = String::new()),
            with(|space| space.topic_prefix = "{tenat}.".into()),
            with(|space| space.schema = "ü".repeat(32)),
        ];
        insta::assert_snapshot!(findings.join("\n"));
    }
}
