//! Backends that are down or refuse the engine.

use restore_conformance::fixtures::Domain;
use restore_engine::export::ExportRequest;
use restore_model::{
    artifact::{Artifact, DomainStatus},
    report::{DomainResultStatus, ResultStatus},
};
use serde_json::{Value, json};

use crate::ground::{caller, engine, on_real_servers};

/// Where nothing listens.
const NOWHERE: &str = "127.0.0.1:9";

/// The configuration with one domain's backend out of reach.
fn unreachable(configuration: &Value, domain: Domain) -> Value {
    let mut changed = configuration.clone();
    let backend = &mut changed["domains"][domain.key()];
    match domain {
        Domain::Iam | Domain::PostgresMetadata => backend["url"] = elsewhere(&backend["url"], "postgres"),
        Domain::MongoMetadata => backend["url"] = json!(format!("mongodb://{NOWHERE}/")),
        Domain::Kafka => backend["bootstrap_servers"] = json!(NOWHERE),
        Domain::Storage => backend["endpoint"] = json!(format!("http://{NOWHERE}")),
    }
    backend["request_timeout_ms"] = json!(2_000);
    changed
}

/// The configuration with wrong credentials for one domain.
fn refused(configuration: &Value, domain: Domain) -> Value {
    let mut changed = configuration.clone();
    let backend = &mut changed["domains"][domain.key()];
    match domain {
        Domain::Iam | Domain::PostgresMetadata | Domain::MongoMetadata => {
            let url = backend["url"].as_str().unwrap();
            let (head, rest) = url.split_once("://").unwrap();
            let (credentials, place) = rest.rsplit_once('@').unwrap();
            let user = credentials.split(':').next().unwrap();
            backend["url"] = json!(format!("{head}://{user}:wrong-password@{place}"));
        }
        Domain::Kafka => backend["password"] = json!("wrong-password"),
        Domain::Storage => backend["secret_access_key"] = json!("wrong-password"),
    }
    changed
}

fn elsewhere(url: &Value, scheme: &str) -> Value {
    let place = url.as_str().unwrap().rsplit('/').next().unwrap();
    json!(format!("{scheme}://nobody:nothing@{NOWHERE}/{place}"))
}

#[test]
fn a_backend_that_is_down_or_refuses_is_the_error_of_its_domain_alone() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &Domain::ALL).await;
        let artifact = ground.export(&source).await;
        let mut told = Vec::new();
        for (way, change) in [("down", unreachable as fn(&Value, Domain) -> Value), ("refuses", refused)] {
            for domain in Domain::ALL {
                let name = format!("{way}-{}", domain.key().split('_').next().unwrap());
                let target = ground.tenant(&name, &[]).await;
                let faulty = engine(&change(&ground.configuration, domain)).await;
                let report = ground.restore(&faulty, &artifact, &target).await.unwrap();
                assert_eq!(report.result_status, ResultStatus::Partial, "{report:#?}");
                for result in &report.domain_results {
                    let wanted = if result.domain_key == domain.key() {
                        let why = result.message.clone().unwrap_or_default();
                        assert!(!why.contains("wrong-password"), "{why}");
                        told.push(format!("{} {way}: {why}", domain.key()));
                        assert!(result.resource_results.is_empty(), "nothing is known of what was not read");
                        [DomainResultStatus::Error; 2]
                    } else {
                        [DomainResultStatus::Applied, DomainResultStatus::AppliedWithWarnings]
                    };
                    assert!(wanted.contains(&result.status), "{way} {}: {result:#?}", domain.key());
                }
                // Once its backend is back, the same restore completes.
                let again = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
                assert_eq!((again.result_status, again.verified), (ResultStatus::Success, Some(true)), "{again:#?}");
            }
        }
        insta::with_settings!({filters => vec![
            (r"127\.0\.0\.1:\d{2,5}", "[address]"),
            (r"rt-[0-9a-f]{6}", "[run]"),
        ]}, { insta::assert_snapshot!(told.join("\n")) });
    });
}

#[test]
fn a_user_who_may_not_list_the_entries_of_a_cluster_is_told_and_not_shown_none() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::Kafka]).await;
        let ordinary = ground.stack.endpoints().kafka.ordinary.clone().expect("a cluster with an ordinary user");
        let mut configuration = ground.configuration.clone();
        let kafka = &mut configuration["domains"]["kafka"];
        (kafka["username"], kafka["password"]) = (json!(ordinary.username), json!(&*ordinary.password));
        let request = ExportRequest {
            tenant_id: source.space.tenant_id.clone(),
            domains: Some(vec![Domain::Kafka.key().to_owned()]),
        };
        let exported = engine(&configuration).await.export(&caller(), request).await.unwrap();
        let artifact: Artifact = serde_json::from_slice(&exported.artifact).unwrap();
        assert_eq!(artifact.domains[0].status, DomainStatus::Error);
        let why = artifact.domains[0].error.as_deref().unwrap_or_default();
        assert!(why.ends_with("refuses the operation: access control entries cannot be listed: the engine's user needs Describe on the cluster"), "{why}");
    });
}
