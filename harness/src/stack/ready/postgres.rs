//! PostgreSQL: ready condition, roles and databases.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::{chain, unique};
use crate::stack::endpoints::PostgresEndpoint;

/// The tenant directory's tables.
const DIRECTORY: &str = include_str!("../../../../schemas/iam_directory.sql");

/// Writes and reads a table of its own in `database`, as the suite.
pub(crate) async fn check(endpoint: &PostgresEndpoint, database: &str) -> Result<String, String> {
    let check = async {
        let mut connection = PgConnection::connect(&endpoint.suite_url(database)).await?;
        let table = unique('_');
        connection.execute(AssertSqlSafe(format!("create table public.{table} (n int)"))).await?;
        let written = async {
            connection.execute(AssertSqlSafe(format!("insert into public.{table} values (42)"))).await?;
            let row = connection.fetch_one(AssertSqlSafe(format!("select n from public.{table}"))).await?;
            row.try_get::<i32, _>(0)
        }
        .await;
        connection.execute(AssertSqlSafe(format!("drop table public.{table}"))).await?;
        let version: String = connection.fetch_one("show server_version").await?.try_get(0)?;
        connection.close().await?;
        Ok::<_, sqlx::Error>((written?, version))
    };
    match check.await.map_err(|error| chain(&error))? {
        (42, version) => Ok(version),
        (other, _) => Err(format!("wrote 42 and read {other}")),
    }
}

/// Creates the engine's role, and the databases of a stack, in a fresh server.
pub(crate) async fn provision(endpoint: &PostgresEndpoint) -> Result<(), String> {
    let engine = &endpoint.engine;
    let provision = async {
        let mut server = PgConnection::connect(&endpoint.suite_url("postgres")).await?;
        // Names and passwords are the stack's own; none holds a quote.
        let role = format!("create role {} login createrole password '{}'", engine.username, &*engine.password);
        server.execute(AssertSqlSafe(role)).await?;
        for (database, owner) in [
            (&endpoint.database, &endpoint.suite.username),
            (&endpoint.directory_database, &engine.username),
            (&endpoint.control_database, &engine.username),
        ] {
            server.execute(AssertSqlSafe(format!("create database {database} owner {owner}"))).await?;
        }
        let grant = format!("grant create on database {} to {}", endpoint.database, engine.username);
        server.execute(AssertSqlSafe(grant)).await?;
        server.close().await?;
        let mut directory = PgConnection::connect(&endpoint.engine_url(&endpoint.directory_database)).await?;
        sqlx::raw_sql(DIRECTORY).execute(&mut directory).await?;
        directory.close().await
    };
    provision.await.map_err(|error: sqlx::Error| format!("cannot be provisioned: {}", chain(&error)))
}

/// Checks that a server which was given has the databases of a stack.
pub(crate) async fn check_provisioned(endpoint: &PostgresEndpoint) -> Result<(), String> {
    for (database, query) in
        [(&endpoint.control_database, "select 1"), (&endpoint.directory_database, "select 1 from iam.realms limit 1")]
    {
        let check = async {
            let mut connection = PgConnection::connect(&endpoint.engine_url(database)).await?;
            connection.execute(query).await?;
            connection.close().await
        };
        check.await.map_err(|error: sqlx::Error| {
            format!(
                "the implementation's login cannot use the database {database}: {} (create it; run schemas/iam_directory.sql \
                 in {})",
                chain(&error),
                endpoint.directory_database
            )
        })?;
    }
    Ok(())
}

/// The extensions that can be created.
pub(crate) async fn extensions(endpoint: &PostgresEndpoint) -> Result<Vec<String>, String> {
    let read = async {
        let mut connection = PgConnection::connect(&endpoint.suite_url(&endpoint.database)).await?;
        let names = sqlx::query_scalar("select name::text from pg_available_extensions order by name");
        let names = names.fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(names)
    };
    read.await.map_err(|error: sqlx::Error| chain(&error))
}
