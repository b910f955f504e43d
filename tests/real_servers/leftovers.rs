//! Roles belong to a tenant's space, with or without its schema.

use restore_conformance::fixtures::{Domain, Place, Tenant};
use restore_engine::ErrorKind;
use restore_model::report::ResultStatus;
use sqlx::{AssertSqlSafe, Row};

use crate::ground::{Ground, caller, on_real_servers};

async fn run(ground: &Ground, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&ground.backends.platform).await.unwrap();
}

fn schema(tenant: &Tenant) -> String {
    tenant.space.get(Place::Schema).to_owned()
}

#[test]
fn roles_that_outlive_their_schema_are_found_again() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::PostgresMetadata]).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        let first = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        assert_eq!(first.result_status, ResultStatus::Success, "{first:#?}");
        run(&ground, format!("drop schema \"{}\" cascade", schema(&target))).await;
        let again = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        assert_eq!((again.result_status, again.verified), (ResultStatus::Success, Some(true)), "{again:#?}");
    });
}

#[test]
fn a_tenant_is_not_forgotten_while_the_role_that_owned_its_schema_is_there() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::PostgresMetadata]).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        let (schema, prefix) = (schema(&target), target.space.get(Place::RolePrefix).to_owned());
        run(&ground, format!("drop schema \"{schema}\" cascade")).await;
        let roles = sqlx::query("select rolname::text from pg_roles where starts_with(rolname, $1) and rolname <> $2")
            .bind(&prefix)
            .bind(format!("{prefix}owner"))
            .fetch_all(&ground.backends.platform)
            .await
            .unwrap();
        for role in roles {
            let role: String = role.get(0);
            run(&ground, format!("drop owned by \"{role}\" cascade; drop role \"{role}\"")).await;
        }
        let refused = ground.engine.delete_tenant(&caller(), &target.space.tenant_id).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SpaceNotEmpty, "{refused}");
        assert_eq!(refused.details(), [format!("postgres_metadata: role {prefix}owner")]);
    });
}
