//! `postgres_metadata`: tables, constraints, indexes, views, extensions, grants.
//!
//! - `types`: column types
//! - `tables`: tables with what belongs to them
//! - `grants`: privileges, and the roles that have them

mod grants;
mod tables;
mod types;

use serde::Deserialize;

use self::tables::Table;
use super::{Members, reading::Reading};
use crate::{
    Kind, ResourceId, Scope,
    domains::postgres_metadata::{
        self as model,
        spec::{ExtensionSpec, SchemaSpec, ViewSpec},
    },
};

/// A schema, with its content in exports and by its name alone in what restores take.
#[derive(Deserialize)]
struct Schema {
    #[serde(alias = "schema_name")]
    name: Option<String>,
    owner: Option<String>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
struct View {
    #[serde(alias = "table_name")]
    name: String,
    #[serde(alias = "view_definition")]
    definition: Option<String>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
struct Extension {
    #[serde(alias = "extname")]
    name: String,
    #[serde(alias = "extversion")]
    version: Option<String>,
    #[serde(flatten)]
    rest: Members,
}

pub(super) fn migrate(mut data: Members, reading: &mut Reading<'_>) {
    let stated = reading.take_name(&mut data, "schema");
    let schemas: Vec<(String, Schema)> = reading.take_list(&mut data, "schemas", "");
    let stated = stated.or_else(|| schemas.first().and_then(|(_, schema)| schema.name.clone()));
    if let Some(name) = &stated {
        reading.container(Scope::PostgresSchema, name);
    }
    let mut parts = Vec::new();
    for (path, schema) in schemas {
        if schema.name.is_some() && schema.name != stated {
            let name = schema.name.unwrap_or_default();
            reading.warn(&path, format!("schema `{name}` was not carried: a tenant has one"));
        } else {
            // An export lists every extension of the database, whoever uses it.
            parts.push((path, schema.owner, schema.rest, true));
        }
    }
    parts.push((String::new(), None, data, false));
    let granted = grants::prefix(&parts, stated.as_deref(), reading);
    reading.container(Scope::PostgresRolePrefix, &granted);
    reading.add("", model::schema(&SchemaSpec {}).map_err(|error| error.to_string()), true);
    // Extensions and tables of all parts come before views, and views before what is granted on them.
    for (path, owner, rest, listed) in &mut parts {
        if let Some(owner) = owner.as_ref().filter(|owner| **owner != grants::owner(reading)) {
            let target = "everything restored belongs to the target tenant's owner role";
            reading.warn(&join(path, "owner"), format!("owner `{owner}` was not carried: {target}"));
        }
        extensions(path, rest, *listed, reading);
        for (path, table) in reading.take_list::<Table>(rest, "tables", path) {
            tables::migrate(&path, table, reading);
        }
    }
    let views: Vec<(String, View)> =
        parts.iter_mut().flat_map(|(path, _, rest, _)| reading.take_list(rest, "views", path)).collect();
    self::views(views, reading);
    for (path, owner, mut rest, _) in parts {
        grants::migrate(&path, owner.as_deref(), &mut rest, reading);
        reading.leftovers(&path, rest, &[]);
    }
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}/{member}") }
}

fn extensions(within: &str, members: &mut Members, listed: bool, reading: &mut Reading<'_>) {
    for (path, item) in reading.take_list::<Extension>(members, "extensions", within) {
        reading.leftovers(&path, item.rest, &[]);
        // Every database has it.
        if item.name == "plpgsql" {
            continue;
        }
        let refused = reading.context.allowed.is_some_and(|allowed| !allowed.extensions.contains(&item.name));
        if listed && refused {
            let name = &item.name;
            let why = "exports list those of the whole database, and the configuration does not let tenants use it";
            reading.warn(&path, format!("extension `{name}` was not carried: {why}"));
            continue;
        }
        if item.version.is_some() {
            let member = if listed { "extversion" } else { "version" };
            reading.warn(
                &join(&path, member),
                format!("extension `{}` comes in the version of the target's server", item.name),
            );
        }
        let spec = ExtensionSpec { name: item.name };
        reading.add(&path, model::extension(&spec).map_err(|error| error.to_string()), true);
    }
}

fn views(views: Vec<(String, View)>, reading: &mut Reading<'_>) {
    let names: Vec<String> = views.iter().map(|(_, view)| view.name.clone()).collect();
    for (path, view) in views {
        reading.leftovers(&path, view.rest, &[]);
        let Some(definition) = view.definition.filter(|text| !text.trim().is_empty()) else {
            reading.warn(
                &path,
                format!("view `{}` was not carried: the artifact does not hold its definition", view.name),
            );
            continue;
        };
        let definition = model::without_schema(Kind::View, &definition, &reading.space.schema);
        let read = model::relations_in(&definition);
        let requires: Vec<ResourceId> = read
            .iter()
            .filter(|name| **name != view.name)
            .filter_map(|name| {
                let table = tables::id(name);
                if reading.has(&table) {
                    return Some(table);
                }
                names.contains(name).then(|| ResourceId::new(Kind::View, tables::id(name).name))
            })
            .collect();
        let spec = ViewSpec { name: view.name, materialized: false, options: Vec::new(), definition };
        let resource = model::view(&spec).map(|resource| resource.requiring(requires));
        reading.add(&path, resource.map_err(|error| error.to_string()), true);
    }
}
