//! Writes a batch: one transaction, its statements in a few messages. Only when one of them fails is the batch done
//! again with a savepoint around each resource, so that what can be created is.

use std::collections::BTreeSet;

use restore_model::{
    Kind, ResourceId, TenantSpace,
    domains::postgres_metadata as model,
    plan::{Action, Decision},
    report::Outcome,
};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    client::{PostgresDriver, is_lost},
    observe::{context, set_search_path},
    rows::Context,
};
use crate::{Error, ErrorKind, Result, domains::Target};

/// How many resources travel in one message: a message is one request, with its time-out.
const MESSAGE_RESOURCES: usize = 100;

/// An action with its statements.
struct Step<'a> {
    action: &'a Action,
    script: String,
    as_owner: bool,
}

/// Why a transaction came to nothing.
enum Failure {
    /// A statement was refused: the transaction is over, the connection is not.
    Statement(Error),
    /// Nothing more can be done here.
    Backend(Error),
}

/// Applies a batch: one outcome for each action.
pub(super) async fn apply(driver: &PostgresDriver, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
    let mut writer = Writer { driver, target, outcomes: Vec::with_capacity(batch.len()), failed: BTreeSet::new() };
    let mut steps = Vec::with_capacity(batch.len());
    for action in batch {
        if action.decision == Decision::Complete {
            let message = "differs from the artifact, and this domain leaves nothing half-made that could be completed";
            writer.fail(action, message.into());
            continue;
        }
        match model::statements(action.id.kind, action.spec.get(), target.space) {
            Ok(statements) => steps.push(Step {
                action,
                script: statements.iter().map(|statement| format!("{statement};\n")).collect(),
                as_owner: !matches!(action.id.kind, Kind::DatabaseRole | Kind::Schema | Kind::Extension),
            }),
            Err(message) => writer.fail(action, message),
        }
    }
    writer.write(&steps).await;
    let answered: BTreeSet<ResourceId> = writer.outcomes.iter().map(|outcome| outcome.id.clone()).collect();
    debug_assert_eq!(answered.len(), batch.len());
    writer.outcomes
}

struct Writer<'a> {
    driver: &'a PostgresDriver,
    target: &'a Target<'a>,
    outcomes: Vec<Outcome>,
    failed: BTreeSet<ResourceId>,
}

impl Writer<'_> {
    fn fail(&mut self, action: &Action, message: String) {
        self.failed.insert(action.id.clone());
        self.outcomes.push(Outcome::failed(action.id.clone(), message));
    }

    fn succeed(&mut self, action: &Action) {
        self.outcomes.push(Outcome::done(action.id.clone()));
    }

    async fn write(&mut self, steps: &[Step<'_>]) {
        let clear = steps.iter().all(|step| self.target.blocked(step.action, &self.failed).is_none());
        let whole = if clear { self.at_once(steps).await } else { Err(Failure::Statement(nothing_yet())) };
        let failure = match whole {
            Ok(()) => {
                steps.iter().for_each(|step| self.succeed(step.action));
                return;
            }
            Err(Failure::Backend(error)) => error,
            Err(Failure::Statement(_)) => {
                let (before, failed_before) = (self.outcomes.len(), self.failed.clone());
                match self.one_by_one(steps).await {
                    Ok(()) => return,
                    Err(Failure::Backend(error) | Failure::Statement(error)) => {
                        self.outcomes.truncate(before);
                        self.failed = failed_before;
                        error
                    }
                }
            }
        };
        let message = failure.to_string();
        steps.iter().for_each(|step| self.fail(step.action, message.clone()));
    }

    /// Everything in one transaction.
    async fn at_once(&self, steps: &[Step<'_>]) -> Result<(), Failure> {
        let mut connection = self.driver.acquire().await.map_err(Failure::Backend)?;
        let work = async {
            let (context, owner) = self.begin(&mut connection).await?;
            for message in steps.chunks(MESSAGE_RESOURCES) {
                let mut script = String::new();
                let mut as_owner = false;
                for step in message {
                    if step.as_owner != as_owner {
                        script.push_str(&set_role(step.as_owner, &owner));
                        as_owner = step.as_owner;
                    }
                    script.push_str(&step.script);
                }
                script.push_str("RESET ROLE;");
                self.run(&mut connection, script).await?;
            }
            self.commit(&mut connection, &context).await
        };
        let result = work.await;
        end(connection, &result).await;
        result
    }

    /// A savepoint around each resource.
    async fn one_by_one(&mut self, steps: &[Step<'_>]) -> Result<(), Failure> {
        let mut connection = self.driver.acquire().await.map_err(Failure::Backend)?;
        let result = self.one_by_one_on(&mut connection, steps).await;
        end(connection, &result).await;
        result
    }

    async fn one_by_one_on(&mut self, connection: &mut PgConnection, steps: &[Step<'_>]) -> Result<(), Failure> {
        let (context, owner) = self.begin(connection).await?;
        for step in steps {
            if let Some(outcome) = self.target.blocked(step.action, &self.failed) {
                self.failed.insert(step.action.id.clone());
                self.outcomes.push(outcome);
                continue;
            }
            self.target.fence.check(self.driver.request_timeout).await.map_err(Failure::Backend)?;
            let script = format!(
                "SAVEPOINT resource; {}{}RESET ROLE; RELEASE SAVEPOINT resource;",
                set_role(step.as_owner, &owner),
                step.script
            );
            match self.run(connection, script).await {
                Ok(()) => self.succeed(step.action),
                Err(Failure::Statement(error)) => {
                    let back = "ROLLBACK TO SAVEPOINT resource; RELEASE SAVEPOINT resource; RESET ROLE;";
                    self.run(connection, back.to_owned()).await?;
                    self.fail(step.action, explain(step.action, &error, &context));
                }
                Err(lost) => return Err(lost),
            }
        }
        self.commit(connection, &context).await
    }

    /// Opens a transaction in which the tenant's owner role exists and may create.
    async fn begin(&self, connection: &mut PgConnection) -> Result<(Context, String), Failure> {
        let space = self.target.space;
        self.target.fence.check(self.driver.request_timeout).await.map_err(Failure::Backend)?;
        let context = context(self.driver, connection, space).await.map_err(Failure::Backend)?;
        let (owner, settings) = self.settings(space, &context).map_err(Failure::Backend)?;
        self.run(connection, settings).await.map_err(|failure| match failure {
            Failure::Statement(error) | Failure::Backend(error) => Failure::Backend(Error::new(
                error.kind(),
                format!(
                    "cannot prepare the owner role {owner}: {error}; the engine's role `{}` needs CREATEROLE, and must \
                     own the schema or be allowed to grant on it",
                    context.engine
                ),
            )),
        })?;
        Ok((context, owner))
    }

    fn settings(&self, space: &TenantSpace, context: &Context) -> Result<(String, String)> {
        let invalid = |message| Error::new(ErrorKind::InvalidRequest, message);
        let owner = model::identifier(&format!("{}{}", space.role_prefix, model::OWNER_ROLE)).map_err(invalid)?;
        let schema = model::identifier(&space.schema).map_err(invalid)?;
        let mut script = format!(
            "BEGIN; SET LOCAL lock_timeout TO '{}ms'; SET LOCAL statement_timeout TO '{}ms'; \
             SET LOCAL check_function_bodies TO off; SET LOCAL client_min_messages TO warning; {};",
            self.driver.lock_timeout().as_millis(),
            self.driver.request_timeout.as_millis(),
            set_search_path(space, context)?
        );
        if !context.owner_exists {
            script.push_str(&format!("CREATE ROLE {owner} NOLOGIN;"));
        }
        if !context.engine_is_owner && !context.superuser {
            let with = if context.version >= 160_000 { " WITH INHERIT TRUE, SET TRUE" } else { "" };
            script.push_str(&format!("GRANT {owner} TO CURRENT_USER{with};"));
        }
        if context.schema_exists && !context.owner_may_create {
            script.push_str(&format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner};"));
        }
        Ok((owner, script))
    }

    /// Sends one message, bounded as one request.
    async fn run(&self, connection: &mut PgConnection, script: String) -> Result<(), Failure> {
        let bound = self.driver.request_timeout;
        match tokio::time::timeout(bound, sqlx::raw_sql(AssertSqlSafe(script)).execute(connection)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if is_lost(&error) => Err(Failure::Backend(self.driver.translate(&error))),
            Ok(Err(error)) => Err(Failure::Statement(said(&error))),
            Err(_) => Err(Failure::Backend(self.driver.late(bound))),
        }
    }

    /// Commits if this run still may write.
    async fn commit(&self, connection: &mut PgConnection, context: &Context) -> Result<(), Failure> {
        let backend = |error: sqlx::Error| Failure::Backend(self.driver.translate(&error));
        match self.target.fence.postgres_guard(&context.identity) {
            Some(guard) => {
                let held =
                    sqlx::raw_sql(AssertSqlSafe(guard)).fetch_optional(&mut *connection).await.map_err(backend)?;
                if held.is_none() {
                    let message = "the restore lock was lost: nothing of this batch was written";
                    return Err(Failure::Backend(Error::new(ErrorKind::LockLost, message)));
                }
            }
            None => self.target.fence.check(self.driver.request_timeout).await.map_err(Failure::Backend)?,
        }
        match self.run(connection, "COMMIT".to_owned()).await {
            Err(Failure::Statement(error)) => Err(Failure::Backend(error)),
            other => other,
        }
    }
}

fn set_role(as_owner: bool, owner: &str) -> String {
    if as_owner { format!("SET LOCAL ROLE {owner};\n") } else { "RESET ROLE;\n".to_owned() }
}

/// Ends what is left of a transaction. A connection whose last answer is outstanding is not used again.
async fn end(mut connection: sqlx::pool::PoolConnection<sqlx::Postgres>, result: &Result<(), Failure>) {
    let reusable = match result {
        Ok(()) => true,
        Err(Failure::Statement(_)) => sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.is_ok(),
        Err(Failure::Backend(_)) => false,
    };
    if !reusable {
        drop(connection.detach());
    }
}

fn nothing_yet() -> Error {
    Error::new(ErrorKind::BackendFailed, "a resource requires one that failed")
}

/// What Postgres said, without the driver's words around it.
fn said(error: &sqlx::Error) -> Error {
    let message = match error {
        sqlx::Error::Database(database) => {
            format!("{} ({})", database.message(), database.code().unwrap_or_default())
        }
        other => other.to_string(),
    };
    Error::new(ErrorKind::BackendFailed, message)
}

/// Adds what a person can do about it.
fn explain(action: &Action, error: &Error, context: &Context) -> String {
    let engine = &context.engine;
    match action.id.kind {
        Kind::Extension => format!(
            "{error}: ask the database administrator to run CREATE EXTENSION {} SCHEMA {}",
            action.id.name,
            model::EXTENSION_SCHEMA
        ),
        Kind::DatabaseRole => {
            format!("{error}: the engine's role `{engine}` needs CREATEROLE, and ADMIN of the roles that it grants")
        }
        Kind::Schema => format!("{error}: the engine's role `{engine}` needs CREATE on the database"),
        _ => error.to_string(),
    }
}
