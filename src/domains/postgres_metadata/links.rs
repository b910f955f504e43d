//! What ties a schema's objects together and to others: dependencies, comments, grants.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use restore_model::{
    Inventory, Kind, Resource, ResourceId, TenantSpace,
    domains::postgres_metadata::{
        self as model, OWNER_ROLE, RoleRef,
        spec::{CommentSpec, GrantSpec, ObjectRef},
    },
};
use sqlx::PgConnection;

use super::{
    client::PostgresDriver,
    rows::{CommentRow, DependencyRow, GrantRow},
};
use crate::{Error, ErrorKind, Result};

/// The resources of an observation, by their place in the catalog: the table that they are a row of, and their oid.
#[derive(Default)]
pub(super) struct Links {
    known: HashMap<&'static str, HashMap<i64, (ResourceId, Option<ObjectRef>)>>,
}

impl Links {
    pub(super) fn know(&mut self, class: &'static str, oid: i64, id: ResourceId, object: Option<ObjectRef>) {
        if object.is_some() {
            self.known.entry(class).or_default().insert(oid, (id, object));
        }
    }

    pub(super) fn object(&self, class: &str, oid: i64) -> Option<&ObjectRef> {
        self.find(class, oid)?.1.as_ref()
    }

    /// Objects are known by their oid, but the schema, of which there is one.
    fn find(&self, class: &str, oid: i64) -> Option<&(ResourceId, Option<ObjectRef>)> {
        self.known.get(class)?.get(&if class == "pg_namespace" { 0 } else { oid })
    }

    /// The roles of the tenant that must exist before something is given to them.
    pub(super) fn roles<'r>(&self, roles: impl IntoIterator<Item = &'r RoleRef>) -> Vec<ResourceId> {
        roles
            .into_iter()
            .filter_map(|role| match role {
                RoleRef::Tenant(name) if name != OWNER_ROLE => Some(model::role_id(name)),
                _ => None,
            })
            .collect()
    }

    /// Adds dependencies, comments and grants to what was observed.
    pub(super) async fn annotate(
        &mut self,
        driver: &PostgresDriver,
        connection: &mut PgConnection,
        space: &TenantSpace,
        inventory: &mut Inventory,
    ) -> Result<()> {
        let query = sqlx::query(catalog!("dependencies")).bind(&space.schema).bind(&driver.extensions);
        self.dependencies(driver.rows(connection, query).await?, inventory);
        let query = sqlx::query(catalog!("comments")).bind(&space.schema);
        self.comments(driver.rows(connection, query).await?, inventory)?;
        let query = sqlx::query(catalog!("grants")).bind(&space.schema);
        self.grants(driver, driver.rows(connection, query).await?, space, inventory)
    }

    fn dependencies(&self, rows: Vec<DependencyRow>, inventory: &mut Inventory) {
        let mut left_out: BTreeSet<ResourceId> = BTreeSet::new();
        let mut requires: HashMap<ResourceId, Vec<ResourceId>> = HashMap::new();
        for row in rows {
            let Some((id, _)) = self.find(&row.class, row.oid) else { continue };
            if let Some(outside) = row.outside {
                let reason = format!("refers to {outside}, outside of the tenant's space");
                inventory.notes.push(format!("not exported: {id} {reason}"));
                left_out.insert(id.clone());
                continue;
            }
            let (Some(class), Some(oid)) = (row.on_class, row.on_oid) else { continue };
            match self.find(&class, oid) {
                // A sequence that is dropped with a column comes before its table, which then takes it.
                Some((on, _)) if id.kind != Kind::Sequence && on != id => {
                    requires.entry(id.clone()).or_default().push(on.clone());
                }
                Some(_) => {}
                None => inventory.notes.push(format!("{id} refers to something that is not exported")),
            }
        }
        for (id, on) in requires {
            if let Some(resource) = inventory.resources.remove(&id) {
                inventory.insert(resource.requiring(on));
            }
        }
        // What is a part of something that is left out, or stands on it, is left out too.
        while let Some(id) = left_out.pop_first() {
            inventory.resources.remove(&id);
            let on_it = inventory.resources.values().filter(|resource| resource.requires.contains(&id));
            let lost: Vec<ResourceId> = on_it.map(|resource| resource.id.clone()).collect();
            inventory.notes.extend(lost.iter().map(|other| format!("not exported: {other} requires {id}")));
            left_out.extend(lost);
        }
    }

    fn comments(&self, rows: Vec<CommentRow>, inventory: &mut Inventory) -> Result<()> {
        for row in rows {
            let Some((_, Some(object))) = self.find(&row.class, row.oid) else {
                continue;
            };
            let on = match &row.column {
                Some(column) => object.column(column),
                None => Some(object.clone()),
            };
            match on {
                Some(on) => insert(inventory, model::comment(&CommentSpec { on, text: row.text }), Vec::new())?,
                None => inventory.notes.push(format!("not exported: a comment on an attribute of {}", object.name)),
            }
        }
        Ok(())
    }

    fn grants(
        &self,
        driver: &PostgresDriver,
        rows: Vec<GrantRow>,
        space: &TenantSpace,
        inventory: &mut Inventory,
    ) -> Result<()> {
        for row in rows {
            let Some((id, Some(object))) = self.find(&row.class, row.oid) else { continue };
            if row.owner_differs {
                inventory.notes.push(format!("not exported: privileges taken from the owner of {id}"));
            }
            let on = match &row.column {
                Some(column) => match object.column(column) {
                    Some(on) => on,
                    None => continue,
                },
                None => object.clone(),
            };
            let mut by_role: BTreeMap<RoleRef, BTreeMap<String, bool>> = BTreeMap::new();
            if row.public_by_default {
                by_role.insert(RoleRef::Public, BTreeMap::new());
            }
            for granted in row.grants {
                let role = match (&granted.role, granted.public) {
                    (_, true) => Some(RoleRef::Public),
                    (Some(name), _) => RoleRef::of(name, space, &driver.shared_roles),
                    (None, _) => continue,
                };
                match role {
                    Some(role) => {
                        let passes_on = by_role.entry(role).or_default().entry(granted.privilege).or_default();
                        *passes_on |= granted.grantable;
                    }
                    None => inventory.notes.push(format!(
                        "not exported: {} on {id} to {}, outside of the tenant's space",
                        granted.privilege,
                        granted.role.unwrap_or_default()
                    )),
                }
            }
            for (grantee, privileges) in by_role {
                let by_default = grantee == RoleRef::Public
                    && row.public_by_default
                    && privileges.values().eq([&false])
                    && privileges.keys().all(|name| name == "EXECUTE" || name == "USAGE");
                if by_default || grantee == RoleRef::Tenant(OWNER_ROLE.into()) {
                    continue;
                }
                let requires = self.roles([&grantee]);
                insert(inventory, model::grant(&GrantSpec { on: on.clone(), grantee, privileges }), requires)?;
            }
        }
        Ok(())
    }
}

/// Adds a part of something that was observed; a part of something unreadable is left out with it.
fn insert(
    inventory: &mut Inventory,
    resource: std::result::Result<Resource, serde_json::Error>,
    requires: Vec<ResourceId>,
) -> Result<()> {
    let resource = resource
        .map_err(|error| Error::new(ErrorKind::Internal, "a definition has no canonical form").caused_by(error))?;
    if resource.owner.as_ref().is_none_or(|owner| inventory.resources.contains_key(owner)) {
        inventory.insert(resource.requiring(requires));
    }
    Ok(())
}
