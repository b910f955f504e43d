//! Kafka: ready condition.

use krafka::Kafka;
use krafka::admin::{
    AdminClient, CreateTopicsOptions, DeleteTopicsOptions, DescribeFeaturesOptions, DescribeTopicsOptions, NewTopic,
};
use krafka::auth::AuthConfig;

use super::{chain, unique};
use crate::stack::endpoints::{KafkaEndpoint, SaslUser};
use crate::timeouts;

/// Creates, describes and deletes a topic, as the suite. Answers the feature level, the version a cluster tells.
pub(crate) async fn check(endpoint: &KafkaEndpoint) -> Result<String, String> {
    let check = async {
        let kafka = Kafka::builder(endpoint.bootstrap_servers.as_str())
            .client_id("restore-conformance")
            .security(security(&endpoint.suite))
            .request_timeout(timeouts::READY_ATTEMPT / 2)
            .connect_timeout(timeouts::READY_ATTEMPT / 5)
            .connect()
            .await?;
        let admin = kafka.admin().default_api_timeout(timeouts::READY_ATTEMPT);
        let topic = unique('.');
        created(admin.create_topics([NewTopic::new(&topic, 1, 1)?], CreateTopicsOptions::default()).await?)?;
        let described = until_described(&admin, &topic).await;
        created(admin.delete_topics([&topic], DeleteTopicsOptions::default()).await?)?;
        let features = admin.describe_features(DescribeFeaturesOptions::default()).await?;
        admin.close().await?;
        described?;
        Ok(features.finalized)
    };
    let features = check.await.map_err(|error: krafka::KrafkaError| chain(&error))?;
    let level = features.iter().find(|it| it.name == "metadata.version").map(|it| it.max_version_level);
    Ok(level.map_or_else(|| "unknown".to_owned(), |level| format!("metadata.version {level}")))
}

/// A new topic is known to the controller first, to brokers a moment later.
async fn until_described(admin: &AdminClient, topic: &str) -> Result<(), krafka::KrafkaError> {
    loop {
        let answer = admin.describe_topics([topic], DescribeTopicsOptions::default()).await?;
        match answer.into_values().next() {
            Some(Ok(_)) => return Ok(()),
            Some(Err(krafka::KrafkaError::Broker {
                code: krafka::error::ErrorCode::UnknownTopicOrPartition, ..
            }))
            | None => tokio::time::sleep(timeouts::POLL).await,
            Some(Err(error)) => return Err(error),
        }
    }
}

fn created(
    results: std::collections::HashMap<String, Result<(), krafka::KrafkaError>>,
) -> Result<(), krafka::KrafkaError> {
    results.into_values().collect()
}

fn security(user: &SaslUser) -> AuthConfig {
    let (name, password) = (user.username.as_str(), &*user.password);
    match user.mechanism.as_str() {
        "SCRAM-SHA-256" => AuthConfig::sasl_scram_sha256(name, password),
        "SCRAM-SHA-512" => AuthConfig::sasl_scram_sha512(name, password),
        _ => AuthConfig::sasl_plain(name, password),
    }
}
