//! What both shapes write alike, but for names.

use serde_json::{Map, Value, json};

use crate::{
    fixtures::{Column, Group, Iam, Index, LifecycleRule, Place, Table, Tenant},
    seeds::quote::{ident, idents},
};

/// Roles, client scopes and identity providers, with the ids that list calls give them or without.
pub(super) fn iam(tenant: &Tenant, ids: bool) -> Value {
    let iam = &tenant.declared.iam;
    let roles = iam.roles.iter().map(|role| {
        let mut value = json!({"name": role.name});
        if let Some(description) = &role.description {
            value["description"] = json!(description);
        }
        if !role.attributes.is_empty() {
            value["attributes"] = json!(role.attributes);
        }
        if !role.composites.is_empty() {
            value["composites"] = json!({"realm": role.composites});
        }
        if ids {
            value["composite"] = json!(!role.composites.is_empty());
            value["clientRole"] = json!(false);
            value["containerId"] = json!("c-1");
        }
        value
    });
    let scopes = iam.client_scopes.iter().map(|scope| {
        let mappers: Vec<Value> = scope
            .protocol_mappers
            .iter()
            .map(|it| json!({"name": it.name, "protocolMapper": it.protocol_mapper, "config": it.config}))
            .collect();
        json!({"name": scope.name, "description": scope.description, "protocol": scope.protocol,
            "attributes": scope.attributes, "protocolMappers": numbered(mappers, "m", ids)})
    });
    let providers = iam.identity_providers.iter().map(|it| {
        let mut value =
            json!({"alias": it.alias, "providerId": it.provider_id, "enabled": it.enabled, "config": it.config});
        if ids {
            value["internalId"] = json!("i-1");
            value["trustEmail"] = json!(false);
        }
        value
    });
    let mut settings = iam.realm.settings.clone();
    if let Some(name) = &iam.realm.display_name {
        settings.insert("displayName".to_owned(), json!(name));
    }
    json!({
        "realm": tenant.space.realm(), "realm_settings": settings,
        "roles": numbered(roles.collect(), "r", ids),
        "groups": numbered(groups(iam, ""), "g", ids),
        "client_scopes": numbered(scopes.collect(), "s", ids),
        "identity_providers": providers.collect::<Vec<_>>(),
    })
}

fn numbered(items: Vec<Value>, letter: &str, ids: bool) -> Vec<Value> {
    let give = |(position, mut item): (usize, Value)| {
        if ids {
            item["id"] = json!(format!("{letter}-{position}"));
        }
        item
    };
    items.into_iter().enumerate().map(give).collect()
}

/// The groups right under a path, each with those under it.
fn groups(iam: &Iam, parent: &str) -> Vec<Value> {
    let below = |group: &&Group| group.path.rsplit_once('/').is_some_and(|(path, _)| path == parent);
    iam.groups
        .iter()
        .filter(below)
        .map(|group| {
            let name = group.path.rsplit('/').next().unwrap_or_default();
            let mut value = json!({"name": name, "path": group.path, "subGroups": groups(iam, &group.path)});
            if !group.attributes.is_empty() {
                value["attributes"] = json!(group.attributes);
            }
            value
        })
        .collect()
}

pub(super) fn columns(table: &Table) -> Vec<Value> {
    let row = |column: &Column| {
        json!({"column_name": column.name, "data_type": column.data_type,
            "is_nullable": if column.not_null { "NO" } else { "YES" }, "column_default": column.default})
    };
    table.columns.iter().map(row).collect()
}

/// One row per column of a key.
pub(super) fn constraints(table: &Table) -> Vec<Value> {
    let mut rows = Vec::new();
    for constraint in &table.constraints {
        for (kind, columns) in [("PRIMARY KEY", &constraint.primary_key), ("UNIQUE", &constraint.unique)] {
            for column in columns.iter().flatten() {
                rows.push(json!({"constraint_name": constraint.name, "constraint_type": kind, "column_name": column}));
            }
        }
    }
    rows
}

/// Definitions as the catalog prints them when the schema is not in the search path.
pub(super) fn indexes(table: &Table, schema: &str, with_keys: bool) -> Vec<Value> {
    let on = format!("{}.{}", ident(schema), ident(&table.name));
    let own = table.indexes.iter().map(|it: &Index| {
        let unique = if it.unique { "UNIQUE " } else { "" };
        let predicate = it.predicate.as_ref().map(|sql| format!(" WHERE {sql}")).unwrap_or_default();
        let columns = it.on.join(", ");
        let text =
            format!("CREATE {unique}INDEX {} ON {on} USING {} ({columns}){predicate}", ident(&it.name), it.method);
        json!({"indexname": it.name, "indexdef": text})
    });
    let keys = table.constraints.iter().filter(|_| with_keys).filter_map(|it| {
        let columns = it.primary_key.as_ref().or(it.unique.as_ref())?;
        let text = format!("CREATE UNIQUE INDEX {} ON {on} USING btree ({})", ident(&it.name), idents(columns));
        Some(json!({"indexname": it.name, "indexdef": text}))
    });
    keys.chain(own).collect()
}

/// One row per privilege.
pub(super) fn grants(tenant: &Tenant) -> Vec<Value> {
    let mut rows = Vec::new();
    for grant in &tenant.declared.postgres_metadata.grants {
        let own = format!("{}{}", tenant.space.get(Place::RolePrefix), grant.to);
        let grantee = if grant.to == "PUBLIC" { grant.to.clone() } else { own };
        for privilege in &grant.privileges {
            rows.push(json!({"grantee": grantee, "table_name": grant.name.first(), "privilege_type": privilege}));
        }
    }
    rows
}

pub(super) fn lifecycle(rules: &[LifecycleRule]) -> Vec<Value> {
    let rule = |it: &LifecycleRule| {
        let tags: Vec<Value> = it.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let mut filter = Map::new();
        if let Some(prefix) = &it.prefix {
            filter.insert("Prefix".to_owned(), json!(prefix));
        }
        if let Some(tag) = tags.into_iter().next() {
            filter.insert("Tag".to_owned(), tag);
        }
        let mut rule =
            json!({"ID": it.id, "Status": if it.disabled { "Disabled" } else { "Enabled" }, "Filter": filter});
        if let Some(days) = it.expire_days {
            rule["Expiration"] = json!({"Days": days});
        }
        if let Some(days) = it.expire_noncurrent_days {
            rule["NoncurrentVersionExpiration"] =
                json!({"NoncurrentDays": days, "NewerNoncurrentVersions": it.keep_noncurrent});
        }
        rule
    };
    rules.iter().map(rule).collect()
}

/// A policy in the names of its bucket.
pub(super) fn policy(policy: Option<&Value>, bucket: &str) -> Value {
    let text = policy.map(Value::to_string).unwrap_or_default().replace("{bucket}", bucket);
    serde_json::from_str(&text).unwrap_or_default()
}
