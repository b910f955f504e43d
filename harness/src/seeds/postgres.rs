//! Roles, the schema and everything in it, as one script.

use sqlx::{
    AssertSqlSafe, Row,
    postgres::{PgDatabaseError, PgErrorPosition},
};

use super::{
    lies_in,
    quote::{ident, idents, text},
    told,
};
use crate::{
    backends::{BackendError, Backends, Doing, Result},
    fixtures::{Comment, Constraint, Grant, Index, Place, Space, Statistics, Table, Tenant, Type},
    timeouts,
};

const KEY: &str = "postgres_metadata";

/// Serialises what is shared by all tenants of a database: roles and extensions.
const SHARED_LOCK: &str = "select pg_advisory_xact_lock(7305215093371)";

pub(super) async fn seed(backends: &Backends, tenant: &Tenant) -> Result<()> {
    let mut shared = backends.platform.begin().await.doing(KEY, "connecting")?;
    let script = format!("{SHARED_LOCK}; {}", shared_script(tenant, &backends.engine_role));
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *shared).await.doing(KEY, "creating roles and extensions")?;
    shared.commit().await.doing(KEY, "creating roles and extensions")?;
    let statements = own_script(tenant);
    let mut own = backends.platform.begin().await.doing(KEY, "connecting")?;
    let run = sqlx::raw_sql(AssertSqlSafe(statements.join(BETWEEN))).execute(&mut *own).await;
    let doing = run.as_ref().err().map(|error| blamed(&statements, error)).unwrap_or_default();
    run.doing(KEY, doing)?;
    own.commit().await.doing(KEY, "seeding the schema")
}

/// What stands between two statements of a script that is sent as one.
const BETWEEN: &str = ";\n";

/// The statement that an error points into, if it points anywhere.
fn blamed(statements: &[String], error: &sqlx::Error) -> String {
    let position = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        .and_then(PgDatabaseError::position)
        .and_then(|position| match position {
            PgErrorPosition::Original(position) => Some(position),
            PgErrorPosition::Internal { .. } => None,
        });
    position
        .and_then(|position| statement_at(statements, position))
        .map_or_else(|| "seeding the schema".to_owned(), |statement| format!("seeding `{statement}`"))
}

/// The statement in which a character of the whole script lies; the server counts them from 1.
fn statement_at(statements: &[String], position: usize) -> Option<&String> {
    let mut end = 0;
    statements.iter().find(|statement| {
        end += statement.chars().count() + BETWEEN.len();
        position <= end
    })
}

fn shared_script(tenant: &Tenant, engine: &str) -> String {
    let (declared, space) = (&tenant.declared.postgres_metadata, &tenant.space);
    let prefix = space.get(Place::RolePrefix);
    let owner = ident(&space.owner_role());
    let mut script = vec![format!("create role {owner}")];
    for role in &declared.roles {
        let login = if role.login { " login" } else { "" };
        script.push(format!("create role {}{login}", ident(&format!("{prefix}{}", role.name))));
    }
    for role in &declared.roles {
        for group in &role.member_of {
            let (group, role) = (format!("{prefix}{group}"), format!("{prefix}{}", role.name));
            script.push(format!("grant {} to {}", ident(&group), ident(&role)));
        }
    }
    script.push(format!(
        "do $$ begin if exists (select from pg_roles where rolname = {}) then grant {owner} to {}; end if; end $$",
        text(engine),
        ident(engine)
    ));
    script.extend(declared.extensions.iter().map(|name| format!("create extension if not exists {}", ident(name))));
    script.push(format!("create schema {} authorization {owner}", ident(&space.schema())));
    script.join("; ")
}

/// The statements that make what is in the schema, in an order in which they can run.
fn own_script(tenant: &Tenant) -> Vec<String> {
    let (declared, space) = (&tenant.declared.postgres_metadata, &tenant.space);
    let schema = ident(&space.schema());
    let fill = |sql: &str| filled(space, sql);
    let mut script = vec![
        format!("set local role {}", ident(&space.owner_role())),
        format!("set local search_path to {schema}, public"),
    ];
    script.extend(declared.types.iter().map(create_type));
    for it in &declared.sequences {
        let cycle = if it.cycle { "cycle" } else { "no cycle" };
        script.push(format!(
            "create sequence {} as {} increment {} minvalue {} maxvalue {} start {} cache {} {cycle}",
            ident(&it.name),
            it.data_type,
            it.increment,
            it.min,
            it.max,
            it.start,
            it.cache
        ));
        if let Some(value) = it.last_value {
            script.push(format!("select setval({}, {value})", text(&ident(&it.name))));
        }
    }
    script.extend(declared.functions.iter().map(|function| fill(&function.sql)));
    script.extend(declared.tables.iter().map(create_table));
    for table in &declared.tables {
        script.extend(table.indexes.iter().map(|index| create_index(table, index)));
        script.extend(table.statistics.iter().flat_map(|statistics| create_statistics(table, statistics)));
        if table.row_level_security {
            script.push(format!("alter table {} enable row level security", ident(&table.name)));
        }
    }
    for table in &declared.tables {
        let keys = table.constraints.iter().filter(|constraint| constraint.foreign_key.is_some());
        script.extend(keys.map(|key| format!("alter table {} add {}", ident(&table.name), constraint(key))));
    }
    for view in &declared.views {
        let query = fill(&view.query);
        script.push(format!("create view {} ({}) as {query}", ident(&view.name), idents(&view.columns)));
    }
    script.extend(declared.table_functions.iter().map(|function| fill(&function.sql)));
    script.extend(declared.triggers.iter().map(|trigger| {
        let (name, table) = (ident(&trigger.name), ident(&trigger.table));
        format!("create trigger {name} {} on {table} {}", trigger.when, trigger.does)
    }));
    script.extend(declared.policies.iter().map(|policy| {
        format!("create policy {} on {} using ({})", ident(&policy.name), ident(&policy.table), policy.using)
    }));
    script.extend(declared.comments.iter().map(|comment| create_comment(&schema, comment)));
    script.extend(declared.grants.iter().map(|grant| create_grant(space, grant)));
    script
}

/// SQL with `{schema}` and `{role:name}` filled in.
fn filled(space: &Space, sql: &str) -> String {
    let mut sql = sql.replace("{schema}", &ident(&space.schema()));
    while let Some((before, rest)) = sql.split_once("{role:") {
        let Some((name, after)) = rest.split_once('}') else { break };
        sql = format!("{before}{}{after}", ident(&format!("{}{name}", space.get(Place::RolePrefix))));
    }
    sql
}

fn create_type(it: &Type) -> String {
    let name = ident(&it.name);
    if let Some(labels) = &it.labels {
        let labels: Vec<_> = labels.iter().map(|label| text(label)).collect();
        return format!("create type {name} as enum ({})", labels.join(", "));
    }
    let mut sql = format!("create domain {name} as {}", it.domain.as_deref().unwrap_or("text"));
    if let Some(default) = &it.default {
        sql.push_str(&format!(" default {default}"));
    }
    if it.not_null {
        sql.push_str(" not null");
    }
    for (check, expression) in &it.checks {
        sql.push_str(&format!(" constraint {} check ({expression})", ident(check)));
    }
    sql
}

fn create_table(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let mut sql = format!("{} {}", ident(&column.name), column.data_type);
        if let Some(collation) = &column.collation {
            sql.push_str(&format!(" collate {}", ident(collation)));
        }
        if column.not_null {
            sql.push_str(" not null");
        }
        if let Some(default) = &column.default {
            sql.push_str(&format!(" default {default}"));
        }
        if let Some(identity) = &column.identity {
            sql.push_str(&format!(" generated {identity} as identity"));
        }
        if let Some(expression) = &column.generated {
            sql.push_str(&format!(" generated always as ({expression}) stored"));
        }
        sql
    });
    let own = table.constraints.iter().filter(|constraint| constraint.foreign_key.is_none());
    let parts: Vec<_> = columns.chain(own.map(constraint)).collect();
    format!("create table {} ({})", ident(&table.name), parts.join(", "))
}

fn constraint(it: &Constraint) -> String {
    let name = ident(&it.name);
    if let Some(columns) = &it.primary_key {
        format!("constraint {name} primary key ({})", idents(columns))
    } else if let Some(columns) = &it.unique {
        format!("constraint {name} unique ({})", idents(columns))
    } else if let Some(key) = &it.foreign_key {
        let on_delete = key.on_delete.as_ref().map(|action| format!(" on delete {action}")).unwrap_or_default();
        let deferred = if key.deferred { " deferrable initially deferred" } else { "" };
        format!(
            "constraint {name} foreign key ({}) references {} ({}){on_delete}{deferred}",
            idents(&key.columns),
            ident(&key.table),
            idents(&key.references)
        )
    } else {
        format!("constraint {name} check ({})", it.check.as_deref().unwrap_or("true"))
    }
}

fn create_index(table: &Table, it: &Index) -> String {
    let unique = if it.unique { "unique " } else { "" };
    let include = if it.include.is_empty() { String::new() } else { format!(" include ({})", idents(&it.include)) };
    let predicate = it.predicate.as_ref().map(|sql| format!(" where {sql}")).unwrap_or_default();
    format!(
        "create {unique}index {} on {} using {} ({}){include}{predicate}",
        ident(&it.name),
        ident(&table.name),
        it.method,
        it.on.join(", ")
    )
}

fn create_statistics(table: &Table, it: &Statistics) -> Vec<String> {
    let name = ident(&it.name);
    let kinds = if it.kinds.is_empty() { String::new() } else { format!(" ({})", it.kinds.join(", ")) };
    let create = format!("create statistics {name}{kinds} on {} from {}", it.on.join(", "), ident(&table.name));
    let target = it.target.map(|target| format!("alter statistics {name} set statistics {target}"));
    std::iter::once(create).chain(target).collect()
}

fn create_comment(schema: &str, it: &Comment) -> String {
    let object = match (it.on.as_str(), it.name.as_slice()) {
        ("schema", _) => schema.to_owned(),
        ("constraint" | "trigger", [table, name]) => format!("{} on {}", ident(name), ident(table)),
        ("function", [name]) => format!("{}({})", ident(name), it.arguments.join(", ")),
        (_, names) => names.iter().map(|name| ident(name)).collect::<Vec<_>>().join("."),
    };
    format!("comment on {} {object} is {}", it.on, text(&it.text))
}

fn create_grant(space: &Space, it: &Grant) -> String {
    let privileges = it.privileges.join(", ");
    let object = match (it.on.as_str(), it.name.as_slice()) {
        ("schema", _) => format!("{privileges} on schema {}", ident(&space.schema())),
        ("column", [table, column]) => {
            let each: Vec<_> = it.privileges.iter().map(|name| format!("{name} ({})", ident(column))).collect();
            format!("{} on table {}", each.join(", "), ident(table))
        }
        ("function", [name]) => format!("{privileges} on function {}({})", ident(name), it.arguments.join(", ")),
        (on, names) => format!("{privileges} on {on} {}", idents(names)),
    };
    let to =
        if it.to == "PUBLIC" { "public".into() } else { ident(&format!("{}{}", space.get(Place::RolePrefix), it.to)) };
    format!("grant {object} to {to}{}", if it.grantable { " with grant option" } else { "" })
}

/// The foreign data wrapper of a tenant that has one: it lies in no schema, and only a superuser can own it.
#[must_use]
pub(crate) fn foreign_wrapper(space: &Space) -> String {
    format!("{}fdw", space.get(Place::RolePrefix))
}

pub(super) async fn remove(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let doing = format!("dropping the schemas and roles of {}", told(spaces, Space::schema));
    // Not under the lock: what is in a schema is the tenant's alone, and takes the longest. Each by itself, as one
    // transaction holds a lock for every object that it drops.
    for space in spaces {
        let (schema, wrapper) = (ident(&space.schema()), ident(&foreign_wrapper(space)));
        // Statements that are sent together are one transaction.
        let script = format!(
            "set local lock_timeout = '{}ms'; drop schema if exists {schema} cascade; \
             drop foreign data wrapper if exists {wrapper} cascade",
            timeouts::BACKEND_CALL.as_millis()
        );
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(script)).execute(&backends.platform).await {
            return Err(in_the_way(backends, &doing, error).await);
        }
    }
    let mut transaction = backends.platform.begin().await.doing(KEY, &doing)?;
    sqlx::raw_sql(SHARED_LOCK).execute(&mut *transaction).await.doing(KEY, &doing)?;
    let prefixes: Vec<String> = spaces.iter().map(|space| space.get(Place::RolePrefix)).collect();
    let roles = sqlx::query("select rolname::text from pg_roles where rolname::text ^@ any($1)")
        .bind(prefixes)
        .fetch_all(&mut *transaction)
        .await
        .doing(KEY, &doing)?;
    let mut roles: Vec<String> = roles.iter().map(|row| row.get(0)).collect();
    roles.retain(|name| lies_in(spaces, Place::RolePrefix, name));
    if !roles.is_empty() {
        let names = idents(&roles);
        let script = format!("drop owned by {names} cascade; drop role {names}");
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *transaction).await.doing(KEY, &doing)?;
    }
    transaction.commit().await.doing(KEY, &doing)
}

/// What Postgres says when it gave up waiting for a lock.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Sessions that may have locked something for long.
const IN_THE_WAY: &str = "select format('`%s` has had a transaction open for %s s and is %s, after: %s', application_name, \
    extract(epoch from now() - xact_start)::bigint, state, left(regexp_replace(query, '\\s+', ' ', 'g'), 100)) \
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() \
    and now() - xact_start > interval '10 seconds' order by xact_start limit 3";

/// The error; where it is one of a lock, with who may hold it: that is for its owner to mend.
async fn in_the_way(backends: &Backends, doing: &str, error: sqlx::Error) -> BackendError {
    let locked = error.as_database_error().and_then(|error| error.code()).as_deref() == Some(LOCK_NOT_AVAILABLE);
    let error = BackendError::new(KEY, doing, &error);
    if !locked {
        return error;
    }
    let sessions: Vec<String> = sqlx::query_scalar(IN_THE_WAY).fetch_all(&backends.platform).await.unwrap_or_default();
    BackendError { cause: std::iter::once(error.cause).chain(sessions).collect::<Vec<_>>().join("; "), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_the_statement_that_it_points_into() {
        let statements = ["select 'ä'", "select 2", "delet"].map(str::to_owned);
        let script: Vec<char> = statements.join(BETWEEN).chars().collect();
        for statement in &statements {
            let text: Vec<char> = statement.chars().collect();
            let first = script.windows(text.len()).position(|part| part == text).unwrap() + 1;
            for position in [first, first + text.len() - 1] {
                assert_eq!(statement_at(&statements, position), Some(statement));
            }
        }
        assert_eq!(statement_at(&statements, script.len() + 10), None);
    }
}
