//! Extended statistics that the suite's tenants do not have: on a materialized view, on a table that is not exported, and
//! of what lies in another tenant.

use restore_conformance::fixtures::Domain;
use restore_model::{
    DomainKey, Kind,
    artifact::{Artifact, Record},
    report::ResourceAction,
};
use sqlx::AssertSqlSafe;

use crate::ground::on_real_servers;

fn statistics(artifact: &Artifact) -> Vec<Record> {
    let data = artifact.entry(DomainKey::PostgresMetadata).unwrap().read_data().unwrap();
    data.records.into_iter().filter(|record| record.kind == Kind::Statistics).collect()
}

#[test]
fn statistics_of_a_materialized_view_come_back_and_what_cannot_is_told() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::PostgresMetadata]).await;
        let target = ground.tenant("target", &[]).await;
        let neighbour = ground.tenant("neighbour", &[Domain::PostgresMetadata]).await;
        let (owner, schema, other) = (source.space.owner_role(), source.space.schema(), neighbour.space.schema());
        let script = format!(
            "begin; set local role \"{owner}\"; set local search_path to \"{schema}\", public;
             create materialized view sums as select customer, state, sum(total) as total from orders group by 1, 2;
             create statistics sums_spread (dependencies)
                 on state, (case when total > 100 then 'much' else 'little' end), (net(total, 7)) from sums;
             alter statistics sums_spread set statistics 0;
             comment on statistics sums_spread is 'Who buys what';
             create table parts (a integer, b integer) partition by list (a);
             create statistics parts_spread on a, b from parts;
             reset role;
             create statistics strays on id, (\"{other}\".net(total, 7)) from orders; commit"
        );
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&ground.backends.platform).await.unwrap();

        let before = ground.export(&source).await;
        let notes = &before.entry(DomainKey::PostgresMetadata).unwrap().notes;
        let outside = format!("function {other}.net(numeric,integer), outside of the tenant's space");
        for told in [
            "not exported: statistics parts_spread, whose table is not exported".to_owned(),
            format!("not exported: statistics:strays refers to {outside}"),
        ] {
            assert!(notes.contains(&told), "{told}\n{notes:#?}");
        }
        let sums = statistics(&before).into_iter().find(|record| record.name == "sums_spread").unwrap();
        insta::assert_json_snapshot!(serde_json::to_value(&sums).unwrap());

        let first = ground.restore(&ground.engine, &before, &target).await.unwrap();
        assert_eq!(first.verified, Some(true));
        let after = ground.export(&target).await;
        let lines =
            |artifact| statistics(artifact).iter().map(|it| serde_json::to_string(it).unwrap()).collect::<Vec<_>>();
        assert_eq!(lines(&before), lines(&after));

        let second = ground.restore(&ground.engine, &before, &target).await.unwrap();
        let mut results = second.domain_results.iter().flat_map(|domain| &domain.resource_results);
        assert!(results.all(|resource| resource.action == ResourceAction::Skipped), "{second:#?}");
    });
}
