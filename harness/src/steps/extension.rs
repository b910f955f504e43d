//! Extensions, which a database has for all its tenants.

use cucumber::{given, when};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::{
    backends::Doing,
    seeds::quote::ident,
    timeouts,
    world::{Failure, Outcome, RestoreWorld},
};

/// What the lock of an extension is named after.
const LOCK: &str = "restore-conformance extension ";

#[given(expr = "an implementation that may use the extension {string}, which nobody else has meanwhile")]
async fn alone(world: &mut RestoreWorld, extension: String) -> Outcome {
    let pool = &world.session()?.backends.platform;
    let locked = async {
        // Of its own, and closed with the scenario, however that ends: so ends the lock, for other runs on the same server as well.
        let mut connection = pool.acquire().await?.detach();
        let lock = sqlx::query("select pg_advisory_lock(hashtextextended($1, 0))").bind(format!("{LOCK}{extension}"));
        lock.execute(&mut connection).await?;
        Ok::<_, sqlx::Error>(connection)
    };
    let locked = tokio::time::timeout(timeouts::BACKEND_CALL, locked).await;
    let locked =
        locked.map_err(|_| Failure::suite(format!("another run has kept the extension {extension} for too long")))?;
    world.extension = Some(locked.doing("postgres_metadata", "taking an extension").map_err(Failure::suite)?);
    // The one that all share may not: it would take what comes and goes here for a part of every tenant.
    let allow = |configuration: &mut Value| {
        if let Some(allowed) = configuration["domains"]["postgres_metadata"]["extensions"].as_array_mut() {
            allowed.push(json!(extension));
        }
    };
    let own = world.session()?.engines.proxied(&world.target_id()?, allow).await.map_err(Failure::Suite)?;
    world.move_to(own)
}

#[when(expr = "the database loses the extension {string}")]
async fn lost(world: &mut RestoreWorld, extension: String) -> Outcome {
    let connection = world.extension.as_mut().ok_or_else(|| Failure::suite("no step took the extension"))?;
    // With what tenants of earlier scenarios have of it: they are done.
    let statement = format!("drop extension {} cascade", ident(&extension));
    let dropped = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection).await;
    dropped.map(drop).doing("postgres_metadata", "dropping an extension").map_err(Failure::suite)
}
