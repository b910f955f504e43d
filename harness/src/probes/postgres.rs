//! The schema and everything in it, from the catalogs, in one transaction.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};

use super::{
    Resources,
    mark::{mark, marked},
    postgres_catalog::{ADDRESSED, BY_NAME},
};
use crate::{
    backends::{Backends, Doing, Result},
    fixtures::{Place, Postgres, Space, Statistics},
};

const KEY: &str = "postgres_metadata";

pub(super) async fn probe(backends: &Backends, space: &Space) -> Result<(String, Resources)> {
    let mut transaction = backends.platform.begin().await.doing(KEY, "connecting")?;
    let connection = &mut *transaction;
    let schema = space.schema();
    let version: String =
        sqlx::query_scalar("show server_version").fetch_one(&mut *connection).await.doing(KEY, "asking its version")?;
    // With the schema first in the path the server writes the tenant's own names without it.
    // A tenant is a small part of the catalogs, and is found by their indexes; a hash reads the whole of each.
    sqlx::query(
        "select set_config('search_path', quote_ident($1) || ', public', true), \
         set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)",
    )
    .bind(&schema)
    .execute(&mut *connection)
    .await
    .doing(KEY, "setting the search path")?;
    let mut resources = Resources::new();
    for (kind, sql) in BY_NAME {
        let rows = sqlx::query(*sql).bind(&schema).fetch_all(&mut *connection).await;
        for row in rows.doing(KEY, format!("reading every {kind}"))? {
            let (name, mut value): (String, Value) = (row.get(0), row.get(1));
            mark_roles(space, &schema, &mut value);
            resources.insert(key(kind, &name), value);
        }
    }
    for (kind, sql) in ADDRESSED {
        let rows = sqlx::query(AssertSqlSafe(*sql)).bind(&schema).fetch_all(&mut *connection).await;
        for row in rows.doing(KEY, format!("reading every {kind}"))? {
            let (object, names, arguments): (String, Vec<String>, Vec<String>) = (row.get(0), row.get(1), row.get(2));
            let (role, value): (Option<String>, Value) = (row.get(3), row.get(4));
            let address = address(&schema, &object, &names, &arguments);
            let to = role.map(|role| format!(" to {}", marked(space, Place::RolePrefix, &role))).unwrap_or_default();
            resources.insert(format!("{kind}:{address}{to}"), value);
        }
    }
    let prefix = space.get(Place::RolePrefix);
    let rows = sqlx::query(super::postgres_catalog::ROLES).bind(&prefix).fetch_all(&mut *connection).await;
    for row in rows.doing(KEY, "reading the roles")? {
        let (name, mut value): (String, Value) = (row.get(0), row.get(1));
        if space.relative(Place::RolePrefix, &name).is_some() {
            mark_roles(space, &schema, &mut value);
            resources.insert(format!("database_role:{}", marked(space, Place::RolePrefix, &name)), value);
        }
    }
    Ok((version, resources))
}

fn key(kind: &str, name: &str) -> String {
    let schema = mark(Place::Schema);
    match (kind, name) {
        ("extension", _) => format!("{kind}:{name}"),
        (_, "") => format!("{kind}:{schema}"),
        _ => format!("{kind}:{schema}.{name}"),
    }
}

/// Marks the members that name roles, and a setting that is the schema.
fn mark_roles(space: &Space, schema: &str, value: &mut Value) {
    let Some(members) = value.as_object_mut() else { return };
    for (name, member) in members {
        match (name.as_str(), member) {
            ("owner", Value::String(role)) => *role = marked(space, Place::RolePrefix, role),
            ("roles" | "member_of", Value::Array(roles)) => {
                for role in roles {
                    *role = marked(space, Place::RolePrefix, role.as_str().unwrap_or_default()).into();
                }
            }
            ("settings", Value::Array(settings)) => {
                for setting in settings {
                    let text = setting.as_str().unwrap_or_default();
                    if text.strip_prefix("search_path=").is_some_and(|path| path.trim_matches('"') == schema) {
                        *setting = format!("search_path={}", mark(Place::Schema)).into();
                    }
                }
            }
            _ => {}
        }
    }
}

/// An object's address as the server gives it in parts, the schema marked.
fn address(schema: &str, object: &str, names: &[String], arguments: &[String]) -> String {
    let quoted = format!("\"{}\".", schema.replace('"', "\"\""));
    let plain = format!("{schema}.");
    let part = |name: &String| {
        let rest = name.strip_prefix(&quoted).or_else(|| name.strip_prefix(&plain));
        rest.map_or_else(|| name.clone(), |rest| format!("{}.{rest}", mark(Place::Schema)))
    };
    let mut names: Vec<String> = match names.split_first() {
        Some((first, rest)) if first == schema => {
            std::iter::once(mark(Place::Schema)).chain(rest.iter().cloned()).collect()
        }
        _ => names.iter().map(part).collect(),
    };
    if object == "function" || object == "procedure" {
        let arguments: Vec<String> = arguments.iter().map(part).collect();
        if let Some(last) = names.last_mut() {
            *last = format!("{last}({})", arguments.join(", "));
        }
    }
    format!("{object} {}", names.join("."))
}

fn function_name(name: &str, arguments: &[String]) -> String {
    format!("{name}({})", arguments.join(", "))
}

/// What a server makes of the kinds that are declared, or of none; expressions are a kind of their own.
fn kinds(declared: &Statistics) -> Vec<&str> {
    let expressions = declared.on.iter().filter(|on| on.starts_with('(')).count();
    let mut kinds: Vec<&str> = declared.kinds.iter().map(String::as_str).collect();
    if kinds.is_empty() && declared.on.len() > 1 {
        kinds.extend(["dependencies", "mcv", "ndistinct"]);
    }
    if expressions > 0 {
        kinds.push("expressions");
    }
    kinds.sort_unstable();
    kinds
}

/// What the declaration says; texts that the server writes in its own way are left to the probe of the source.
pub(super) fn declared(postgres: &Postgres) -> Resources {
    let owner = format!("{}owner", mark(Place::RolePrefix));
    let mut out = Resources::from([
        (key("schema", ""), json!({ "owner": owner })),
        (format!("database_role:{owner}"), json!({"login": false})),
    ]);
    for role in &postgres.roles {
        let prefix = mark(Place::RolePrefix);
        let member_of: Vec<_> = role.member_of.iter().map(|name| format!("{prefix}{name}")).collect();
        out.insert(
            format!("database_role:{prefix}{}", role.name),
            json!({"login": role.login, "member_of": member_of}),
        );
    }
    out.extend(postgres.extensions.iter().map(|name| (key("extension", name), json!({}))));
    out.extend(postgres.types.iter().map(|it| {
        let value = match &it.labels {
            Some(labels) => json!({"labels": labels, "owner": owner}),
            None => json!({"base": it.domain, "not_null": it.not_null, "owner": owner}),
        };
        (key("type", &it.name), value)
    }));
    out.extend(postgres.sequences.iter().map(|it| {
        let value = json!({
            "type": it.data_type, "start": it.start, "increment": it.increment, "min": it.min, "max": it.max,
            "cache": it.cache, "cycle": it.cycle, "owner": owner,
        });
        (key("sequence", &it.name), value)
    }));
    for function in postgres.functions.iter().chain(&postgres.table_functions) {
        let name = function_name(&function.name, &function.arguments);
        out.insert(key("function", &name), json!({"owner": owner}));
        let grant = format!("grant:function {}.{name} to PUBLIC", mark(Place::Schema));
        out.insert(grant, json!({"EXECUTE": false}));
    }
    for table in &postgres.tables {
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| {
                let mut value = json!({"name": column.name, "type": column.data_type, "not_null": column.not_null});
                if let Some(identity) = &column.identity {
                    value["identity"] = identity.clone().into();
                    let name = format!("{}_{}_seq", table.name, column.name);
                    out.insert(key("sequence", &name), json!({"owner": owner}));
                }
                value["generated"] = column.generated.is_some().into();
                value["has_default"] = (column.default.is_some() || column.generated.is_some()).into();
                value
            })
            .collect();
        let value = json!({"columns": columns, "row_level_security": table.row_level_security, "owner": owner});
        out.insert(key("table", &table.name), value);
        for constraint in &table.constraints {
            let name = format!("{}.{}", table.name, constraint.name);
            let (kind, value) = if let Some(to) = &constraint.foreign_key {
                (
                    "foreign_key",
                    json!({"columns": to.columns, "references": to.references, "deferred": to.deferred,
                    "on_delete": to.on_delete.as_deref().unwrap_or("no action")}),
                )
            } else if let Some(columns) = &constraint.primary_key {
                ("constraint", json!({"type": "primary key", "columns": columns}))
            } else if let Some(columns) = &constraint.unique {
                ("constraint", json!({"type": "unique", "columns": columns}))
            } else {
                ("constraint", json!({"type": "check"}))
            };
            out.insert(key(kind, &name), value);
        }
        out.extend(table.indexes.iter().map(|index| {
            let value = json!({
                "table": table.name, "unique": index.unique, "method": index.method, "include": index.include,
                "partial": index.predicate.is_some(),
            });
            (key("index", &index.name), value)
        }));
        out.extend(table.statistics.iter().map(|it| {
            let value = json!({"table": table.name, "kinds": kinds(it), "target": it.target, "owner": owner});
            (key("statistics", &it.name), value)
        }));
    }
    out.extend(postgres.views.iter().map(|it| (key("view", &it.name), json!({"columns": it.columns, "owner": owner}))));
    out.extend(postgres.triggers.iter().map(|it| (key("trigger", &format!("{}.{}", it.table, it.name)), json!({}))));
    out.extend(postgres.policies.iter().map(|it| (key("policy", &format!("{}.{}", it.table, it.name)), json!({}))));
    let place = |on: &str, name: &[String], arguments: &[String]| {
        let mut parts = vec![mark(Place::Schema)];
        parts.extend(name.iter().cloned());
        if on == "function"
            && let Some(last) = parts.last_mut()
        {
            *last = function_name(last, arguments);
        }
        format!("{on} {}", parts.join("."))
    };
    for comment in &postgres.comments {
        let on = match comment.on.as_str() {
            "column" => "table column",
            "constraint" => "table constraint",
            "statistics" => "statistics object",
            other => other,
        };
        let address = place(on, &comment.name, &comment.arguments);
        out.insert(format!("comment:{address}"), json!({"text": comment.text}));
    }
    for grant in &postgres.grants {
        let to =
            if grant.to == "PUBLIC" { grant.to.clone() } else { format!("{}{}", mark(Place::RolePrefix), grant.to) };
        let value: serde_json::Map<_, _> =
            grant.privileges.iter().map(|privilege| (privilege.clone(), grant.grantable.into())).collect();
        out.insert(format!("grant:{} to {to}", place(&grant.on, &grant.name, &grant.arguments)), value.into());
    }
    out
}
