//! Privileges on tables and views, and the roles that have them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{Members, reading::Reading};
use crate::{
    Kind, ResourceId,
    domains::postgres_metadata::{
        self as model, OWNER_ROLE, RoleRef,
        spec::{DatabaseRoleSpec, GrantSpec, ObjectKind, ObjectRef, RoleOnCreation},
    },
};

#[derive(Deserialize)]
struct Grant {
    grantee: String,
    table_name: String,
    privilege_type: String,
    #[serde(flatten)]
    rest: Members,
}

/// What the source's roles begin with: format 1.0.0 has no member for it. By the stated schema if some role does, else
/// by the naming convention of the source's id.
pub(super) fn prefix(
    parts: &[(String, Option<String>, Members, bool)],
    schema: Option<&str>,
    reading: &Reading<'_>,
) -> String {
    let convention = reading.space.role_prefix.clone();
    let Some(by_schema) = schema.map(|schema| format!("{schema}_")) else { return convention };
    let grantees = parts.iter().flat_map(|(_, owner, rest, _)| {
        let grants = rest.get("grants").and_then(serde_json::Value::as_array).into_iter().flatten();
        owner.as_deref().into_iter().chain(grants.filter_map(|grant| grant.get("grantee")?.as_str()))
    });
    let mut names = grantees.peekable();
    if names.any(|name| name.starts_with(&by_schema)) { by_schema } else { convention }
}

/// The source's owner role.
pub(super) fn owner(reading: &Reading<'_>) -> String {
    format!("{}{OWNER_ROLE}", reading.space.role_prefix)
}

pub(super) fn migrate(within: &str, stated_owner: Option<&str>, members: &mut Members, reading: &mut Reading<'_>) {
    let shared: Vec<String> =
        reading.context.allowed.map(|allowed| allowed.shared_roles.iter().cloned().collect()).unwrap_or_default();
    let mut granted: BTreeMap<(String, RoleRef), (String, BTreeMap<String, bool>)> = BTreeMap::new();
    for (path, item) in reading.take_list::<Grant>(members, "grants", within) {
        let Grant { grantee, table_name, privilege_type, rest } = item;
        reading.leftovers(&path, rest, &[]);
        // What an owner has comes with what it owns.
        if Some(grantee.as_str()) == stated_owner || grantee == owner(reading) {
            continue;
        }
        let role =
            if grantee == "PUBLIC" { Some(RoleRef::Public) } else { RoleRef::of(&grantee, &reading.space, &shared) };
        match role {
            Some(role) => {
                let entry = granted.entry((table_name, role)).or_insert_with(|| (path, BTreeMap::new()));
                entry.1.insert(privilege_type, false);
            }
            None => {
                let (prefix, what) = (&reading.space.role_prefix, "is neither the tenant's nor a shared role");
                let message = format!(
                    "{privilege_type} on `{table_name}` to `{grantee}` was not carried: `{grantee}` {what} (`{prefix}…`)"
                );
                reading.warn(&path, message);
            }
        }
    }
    for ((name, grantee), (path, privileges)) in granted {
        grant(&path, &name, grantee, privileges, reading);
    }
}

fn grant(path: &str, name: &str, grantee: RoleRef, privileges: BTreeMap<String, bool>, reading: &mut Reading<'_>) {
    let table = super::tables::id(name);
    let view = ResourceId::new(Kind::View, table.name.clone());
    let kind = if reading.has(&table) {
        ObjectKind::Table
    } else if reading.has(&view) {
        ObjectKind::View
    } else {
        reading
            .warn(path, format!("privileges on `{name}` were not carried: neither was a table or view of that name"));
        return;
    };
    let mut requires = Vec::new();
    if let RoleRef::Tenant(role) = &grantee {
        let id = model::role_id(role);
        if !reading.has(&id) {
            let message =
                format!("role `{role}` is made without attributes and memberships: the artifact holds only its name");
            reading.warn(path, message);
            let spec = DatabaseRoleSpec {
                name: role.clone(),
                inherit: true,
                member_of: Vec::new(),
                on_creation: RoleOnCreation::default(),
            };
            reading.add(path, model::database_role(&spec).map_err(|error| error.to_string()), true);
        }
        requires.push(id);
    }
    let spec = GrantSpec { on: ObjectRef::new(kind, name, None), grantee, privileges };
    let resource = model::grant(&spec).map(|resource| resource.requiring(requires));
    reading.add(path, resource.map_err(|error| error.to_string()), true);
}
