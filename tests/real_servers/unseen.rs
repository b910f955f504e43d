//! Topics that the controller has and the brokers did not show when the restore was planned.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use krafka::admin::{CreateTopicsOptions, NewTopic};
use restore_conformance::fixtures::{self, Place};
use restore_engine::{
    Engine, Result,
    config::Config,
    domains::{Domain, Registry, Target},
};
use restore_model::{
    DomainKey, Inventory, Kind, ResourceId, TenantSpace,
    plan::Action,
    report::{Outcome, Report, ResourceAction, ResourceResult, ResultStatus},
};

use crate::ground::{Ground, on_real_servers};

/// Looks before the first write: the preflight's, and the restore's own.
const LOOKS: usize = 2;

/// Kafka, whose topics cannot be seen in the first looks.
struct Lagging {
    kafka: Arc<dyn Domain>,
    looks: AtomicUsize,
}

#[async_trait]
impl Domain for Lagging {
    fn key(&self) -> DomainKey {
        self.kafka.key()
    }

    async fn check(&self) -> Result<()> {
        self.kafka.check().await
    }

    async fn observe(&self, space: &TenantSpace) -> Result<Inventory> {
        self.kafka.observe(space).await
    }

    async fn observe_for(&self, space: &TenantSpace, desired: &[ResourceId]) -> Result<Inventory> {
        let mut seen = self.kafka.observe_for(space, desired).await?;
        if self.looks.fetch_add(1, Ordering::SeqCst) < LOOKS {
            seen.resources.retain(|id, _| id.kind != Kind::Topic);
        }
        Ok(seen)
    }

    async fn apply(&self, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
        self.kafka.apply(target, batch).await
    }
}

async fn lagging(ground: &Ground) -> Engine {
    let config = Config::parse(&ground.configuration.to_string(), []).unwrap();
    let kafka = Registry::connect(&config.domains).await.unwrap().get(DomainKey::Kafka).unwrap().clone();
    let lagging = Lagging { kafka, looks: AtomicUsize::new(0) };
    Engine::builder(config).registry(Registry::new(vec![Arc::new(lagging)])).connect().await.unwrap()
}

fn topics(report: &Report) -> impl Iterator<Item = &ResourceResult> {
    let all = report.domain_results.iter().flat_map(|domain| &domain.resource_results);
    all.filter(|it| it.resource_type == Kind::Topic.report_name())
}

#[test]
fn a_topic_that_was_there_unseen_and_is_as_it_should_be_is_told_as_such() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[fixtures::Domain::Kafka]).await;
        let target = ground.tenant("target", &[fixtures::Domain::Kafka]).await;
        let artifact = ground.export(&source).await;
        let report = ground.restore(&lagging(&ground).await, &artifact, &target).await.unwrap();
        assert_eq!((report.result_status, report.verified), (ResultStatus::Success, Some(true)), "{report:#?}");
        let results: Vec<&ResourceResult> = topics(&report).collect();
        assert!(!results.is_empty());
        for topic in results {
            assert_eq!(topic.action, ResourceAction::AppliedWithWarnings, "{topic:#?}");
            assert_eq!(topic.warnings, ["it was there when it was to be created"]);
        }
    });
}

#[test]
fn a_topic_that_was_there_unseen_and_is_another_is_an_error_and_stays() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[fixtures::Domain::Kafka]).await;
        let target = ground.tenant("target", &[]).await;
        let name = format!("{}orders", target.space.get(Place::TopicPrefix));
        let other = NewTopic::new(&name, 7, 1).unwrap();
        let made = ground.backends.kafka.create_topics(vec![other], CreateTopicsOptions::default()).await.unwrap();
        assert!(made.values().all(std::result::Result::is_ok));
        ground.backends.settle_kafka().await.unwrap();
        let artifact = ground.export(&source).await;
        let report = ground.restore(&lagging(&ground).await, &artifact, &target).await.unwrap();
        assert_eq!((report.result_status, report.verified), (ResultStatus::Partial, Some(false)), "{report:#?}");
        let orders = topics(&report).find(|it| it.resource_name == "orders");
        let orders = orders.unwrap();
        let message = orders.message.as_deref().unwrap_or_default();
        assert!(message.starts_with("differs after the run in") && message.contains("partitions"), "{orders:#?}");
        let there = ground.export(&target).await;
        let kafka = there.entry(DomainKey::Kafka).unwrap().read_data().unwrap();
        let orders = kafka.records.iter().find(|it| it.kind == Kind::Topic && it.name == "orders").unwrap();
        assert!(orders.spec.get().contains("\"partitions\":7"), "{}", orders.spec);
    });
}
