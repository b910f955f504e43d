//! Writes a batch: one transaction, and per kind a constant number of statements over all rows. When some rows are
//! refused, the rows are halved until only the refused ones are left out.

use std::collections::{BTreeMap, BTreeSet};

use restore_model::{
    Kind, ResourceId,
    domains::iam::parent_path,
    plan::{Action, Decision},
    report::Outcome,
};
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, PgConnection, postgres::PgDatabaseError};

use super::{
    client::Client,
    documents::drop_redacted,
    statements::{DELETE_ROLE, Statement, entity, links},
};
use crate::{Error, ErrorKind, Result, domains::Target};

/// A resource as the directory stores it.
struct Row<'a> {
    action: &'a Action,
    /// The columns of its own row.
    columns: Value,
    /// By the spec's member.
    links: BTreeMap<&'static str, Vec<Value>>,
}

/// What cannot be applied, and why.
type Failures = BTreeMap<ResourceId, String>;

/// Applies a batch, as [`crate::domains::Domain::apply`] says.
pub(super) async fn apply(client: &Client, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
    let bound = client.request_timeout();
    let mut failures = Failures::new();
    let mut rows = Vec::with_capacity(batch.len());
    for action in batch {
        match row_of(action) {
            Ok(row) => rows.push(row),
            Err(message) => {
                failures.insert(action.id.clone(), message);
            }
        }
    }
    let written = match target.fence.check(bound).await {
        Err(error) => Err(error),
        Ok(()) => {
            let written = tokio::time::timeout(bound, write(client, target, &rows, &mut failures)).await;
            written.unwrap_or_else(|_| Err(client.backend().late(bound)))
        }
    };
    let whole = written.err().map(|error| error.to_string());
    let outcome = |action: &Action| match failures.get(&action.id).or(whole.as_ref()) {
        None => Outcome::done(action.id.clone()),
        Some(message) => Outcome::failed(action.id.clone(), message),
    };
    batch.iter().map(outcome).collect()
}

fn row_of(action: &Action) -> Result<Row<'_>, String> {
    let mut spec: Map<String, Value> = action.parse_spec().map_err(|error| error.to_string())?;
    drop_redacted(&mut spec);
    let name = &action.id.name;
    let mut of_member = BTreeMap::new();
    for (member, _) in links(action.id.kind) {
        let others = spec.remove(*member).unwrap_or_else(|| json!([]));
        let Value::Array(others) = others else { return Err(format!("{member} is not an array")) };
        of_member.insert(*member, others.into_iter().map(|other| json!({"name": name, "other": other})).collect());
    }
    if action.id.kind == Kind::Group {
        spec.insert("parent".to_owned(), json!(parent_path(name)));
    }
    spec.insert("name".to_owned(), json!(name));
    Ok(Row { action, columns: Value::Object(spec), links: of_member })
}

async fn write(client: &Client, target: &Target<'_>, rows: &[Row<'_>], failures: &mut Failures) -> Result<()> {
    let mut transaction = client.begin().await?;
    let identity = client.database_identity(&mut transaction).await?;
    let mut batch = Batch { client, target, realm: &target.space.realm, failures };
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let kind = first.action.id.kind;
        let (of_kind, others) =
            rest.split_at(rest.iter().position(|row| row.action.id.kind != kind).unwrap_or(rest.len()));
        batch.write_kind(&mut transaction, kind, of_kind).await?;
        rest = others;
    }
    if let Some(guard) = identity.and_then(|identity| target.fence.postgres_guard(&identity)) {
        let held = sqlx::query(AssertSqlSafe(guard)).fetch_optional(&mut *transaction).await;
        if held.map_err(|error| client.translate(error))?.is_none() {
            return Err(Error::new(
                ErrorKind::LockLost,
                "the restore lock was lost; nothing of this batch was written",
            ));
        }
    }
    transaction.commit().await.map_err(|error| client.translate(error))
}

struct Batch<'a> {
    client: &'a Client,
    target: &'a Target<'a>,
    realm: &'a str,
    failures: &'a mut Failures,
}

/// What of a row is written in one go.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Entity,
    Links,
    Both,
}

impl Batch<'_> {
    async fn write_kind(&mut self, connection: &mut PgConnection, kind: Kind, rows: &[Row<'_>]) -> Result<()> {
        let rows: Vec<&Row<'_>> = rows.iter().collect();
        if kind != Kind::Role {
            return self.write_what_can_be(connection, kind, &rows, Part::Both).await;
        }
        // Roles may grant each other: all of them come first, then what they grant.
        self.write_what_can_be(connection, kind, &rows, Part::Entity).await?;
        let before: BTreeSet<ResourceId> = self.failures.keys().cloned().collect();
        let made: Vec<&Row<'_>> = rows.into_iter().filter(|row| !before.contains(&row.action.id)).collect();
        self.write_what_can_be(connection, kind, &made, Part::Links).await?;
        self.spread_failures(&made);
        for row in made {
            if self.failures.contains_key(&row.action.id) && row.action.decision == Decision::Create {
                let delete = sqlx::query(DELETE_ROLE).bind(self.realm).bind(&row.action.id.name);
                delete.execute(&mut *connection).await.map_err(|error| self.client.translate(error))?;
            }
        }
        Ok(())
    }

    /// Fails what requires a failed role, however far away.
    fn spread_failures(&mut self, rows: &[&Row<'_>]) {
        loop {
            let known = self.failures.len();
            for row in rows {
                self.fail_if_blocked(row);
            }
            if self.failures.len() == known {
                return;
            }
        }
    }

    fn fail_if_blocked(&mut self, row: &Row<'_>) -> bool {
        let failed_now = |id: &&ResourceId| self.failures.contains_key(*id) || self.target.failed.contains(*id);
        let Some(missing) = row.action.requires.iter().find(failed_now) else { return false };
        let message = format!("requires {missing}");
        self.failures.entry(row.action.id.clone()).or_insert(message);
        true
    }

    async fn write_what_can_be(
        &mut self,
        connection: &mut PgConnection,
        kind: Kind,
        rows: &[&Row<'_>],
        part: Part,
    ) -> Result<()> {
        let mut waiting = vec![rows.to_vec()];
        while let Some(mut rows) = waiting.pop() {
            rows.retain(|row| !self.fail_if_blocked(row));
            if rows.is_empty() {
                continue;
            }
            self.run(connection, "SAVEPOINT part").await?;
            match insert(connection, self.realm, kind, &rows, part).await {
                Ok(()) => self.run(connection, "RELEASE SAVEPOINT part").await?,
                Err(sqlx::Error::Database(answer)) => {
                    self.run(connection, "ROLLBACK TO SAVEPOINT part").await?;
                    if rows.len() > 1 && is_about_a_row(&*answer) {
                        let second = rows.split_off(rows.len() / 2);
                        waiting.extend([second, rows]);
                    } else {
                        let message = message_of(&*answer);
                        for row in rows {
                            self.failures.insert(row.action.id.clone(), message.clone());
                        }
                    }
                }
                Err(error) => return Err(self.client.translate(error)),
            }
        }
        Ok(())
    }

    async fn run(&self, connection: &mut PgConnection, sql: &'static str) -> Result<()> {
        sqlx::query(sql).execute(connection).await.map(drop).map_err(|error| self.client.translate(error))
    }
}

async fn insert(
    connection: &mut PgConnection,
    realm: &str,
    kind: Kind,
    rows: &[&Row<'_>],
    part: Part,
) -> sqlx::Result<()> {
    for complete in [false, true] {
        let rows = || rows.iter().filter(|row| (row.action.decision == Decision::Complete) == complete);
        if part != Part::Links
            && let Some(statement) = entity(kind)
        {
            let columns: Vec<&Value> = rows().map(|row| &row.columns).collect();
            execute(connection, realm, &statement, complete, &columns).await?;
        }
        if part != Part::Entity {
            for (member, statement) in links(kind) {
                let pairs: Vec<&Value> = rows().flat_map(|row| row.links.get(member).into_iter().flatten()).collect();
                execute(connection, realm, statement, complete, &pairs).await?;
            }
        }
    }
    Ok(())
}

async fn execute(
    connection: &mut PgConnection,
    realm: &str,
    statement: &Statement,
    complete: bool,
    rows: &[&Value],
) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    if complete {
        let sql = format!("{}{}", statement.create, statement.complete);
        sqlx::query(AssertSqlSafe(sql)).bind(realm).bind(rows).execute(connection).await?;
    } else {
        sqlx::query(statement.create).bind(realm).bind(rows).execute(connection).await?;
    }
    Ok(())
}

/// Data, integrity and size errors come from one row; others would meet every row.
fn is_about_a_row(answer: &dyn sqlx::error::DatabaseError) -> bool {
    let code = answer.code().unwrap_or_default();
    ["22", "23", "54"].iter().any(|class| code.starts_with(class))
}

fn message_of(answer: &dyn sqlx::error::DatabaseError) -> String {
    if answer.is_unique_violation() {
        return "exists already: it was created while this restore ran".to_owned();
    }
    let detail = answer.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::detail);
    match detail {
        Some(detail) => format!("{}: {detail}", answer.message()),
        None => answer.message().to_owned(),
    }
}
