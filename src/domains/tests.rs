//! What all drivers owe when their backend is gone.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use restore_model::{
    DomainKey, Inventory, Resource,
    domains::{Allowed, kafka, mongo_metadata, storage},
    plan::{Unfinished, plan_domain},
    space::Naming,
};

use super::{Domain, Fence, Target, kafka::KafkaDomain, mongo_metadata::MongoMetadataDomain, storage::StorageDomain};
use crate::{
    Result,
    config::{KafkaConfig, MongoConfig, StorageConfig},
};

/// How long each request may take: nobody listens where they go.
const BOUND: Duration = Duration::from_millis(300);

/// More than there are writers side by side.
const RESOURCES: usize = 100;

pub(super) struct Held;

#[async_trait]
impl Fence for Held {
    async fn check(&self, _: Duration) -> Result<()> {
        Ok(())
    }

    fn postgres_guard(&self, _: &str) -> Option<String> {
        None
    }
}

/// Why each resource was not written, when its backend is not there.
async fn refusals(driver: &dyn Domain, resource: impl Fn(usize) -> Resource) -> Vec<String> {
    let wanted = (0..RESOURCES).map(|number| Ok(resource(number))).collect();
    let plan = plan_domain(driver.key(), wanted, &Inventory::default(), &Unfinished::new());
    let (space, allowed) = (Naming::default().space_of("acme"), Allowed::default());
    let target = Target { space: &space, allowed: &allowed, fence: &Held, failed: &BTreeSet::new() };
    let started = Instant::now();
    let outcomes = driver.apply(&target, &plan.actions).await;
    assert!(started.elapsed() < BOUND * 10, "every resource waited for the backend: {:?}", started.elapsed());
    assert_eq!(outcomes.len(), RESOURCES);
    outcomes.into_iter().map(|outcome| outcome.result.unwrap_err()).collect()
}

fn are_told_of_one_attempt(refusals: &[String], place: &str, writers: usize) {
    let attempted = refusals.iter().filter(|why| !why.starts_with("not attempted: ")).count();
    assert!((1..=writers).contains(&attempted), "{attempted} were attempted by {writers} writers");
    assert!(refusals.iter().all(|why| why.contains(place)), "{refusals:?}");
}

#[tokio::test]
async fn a_deployment_that_is_gone_is_waited_for_once() {
    let request_timeout_ms = BOUND.as_millis() as u64;
    let config = MongoConfig { url: "mongodb://127.0.0.1:9".into(), request_timeout_ms };
    let driver = MongoMetadataDomain::connect(&config).await.unwrap();
    assert_eq!(driver.key(), DomainKey::MongoMetadata);
    let refusals =
        refusals(&driver, |number| mongo_metadata::collection(&number.to_string(), &Default::default()).unwrap()).await;
    are_told_of_one_attempt(&refusals, "127.0.0.1:9", 1);
}

#[tokio::test]
async fn a_cluster_that_is_gone_is_waited_for_with_one_request() {
    let config = KafkaConfig {
        bootstrap_servers: "127.0.0.1:9".into(),
        username: None,
        password: None,
        security_protocol: None,
        sasl_mechanism: None,
        shared_principals: Vec::new(),
        request_timeout_ms: BOUND.as_millis() as u64,
    };
    let driver = KafkaDomain::connect(&config).await.unwrap();
    let topic = |name: String| {
        let spec = kafka::TopicSpec { partitions: 1, replication_factor: 1, config: Default::default() };
        spec.into_resource(&name).unwrap()
    };
    let entry = |name: String| {
        let spec = kafka::AclSpec {
            resource_type: kafka::ResourceType::Topic,
            resource: name,
            pattern: kafka::PatternType::Literal,
            principal: Some("app".into()),
            shared_principal: None,
            host: "*".into(),
            operation: kafka::Operation::Read,
            permission: kafka::Permission::Allow,
        };
        spec.into_resource().unwrap()
    };
    let (topics, entries) = (RESOURCES / 2, RESOURCES / 2);
    let refusals =
        refusals(&driver, |number| if number < topics { topic(number.to_string()) } else { entry(number.to_string()) })
            .await;
    let told = refusals.iter().filter(|why| why.starts_with("not attempted: kafka at 127.0.0.1:9 ")).count();
    assert_eq!(told, entries, "the one request was that for the topics: {refusals:?}");
    are_told_of_one_attempt(&refusals, "127.0.0.1:9", topics);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_waited_for_once_by_each_writer() {
    let config = StorageConfig {
        endpoint: "http://127.0.0.1:9".into(),
        region: "us-east-1".into(),
        access_key_id: "key".into(),
        secret_access_key: "secret".into(),
        path_style: true,
        request_timeout_ms: BOUND.as_millis() as u64,
    };
    let driver = StorageDomain::connect(&config).await.unwrap();
    let refusals = refusals(&driver, |number| storage::bucket(&number.to_string(), Default::default()).unwrap()).await;
    are_told_of_one_attempt(&refusals, "127.0.0.1:9", 8);
}
