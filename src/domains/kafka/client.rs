//! The connection to the cluster, its bounds, and what its errors mean.

use std::{sync::Arc, time::Duration};

use rdkafka::{ClientConfig, types::RDKafkaErrorCode as Code};
use restore_model::DomainKey;

use super::{
    connection::Connection,
    native::{Admin, Failure, GRACE},
};
use crate::{Error, ErrorKind, Result, config::KafkaConfig, domains::backend::Backend};

/// A client that connects when first used.
pub(super) struct Client {
    connection: Arc<Connection>,
    backend: Backend,
}

impl Client {
    pub(super) fn new(config: &KafkaConfig) -> Result<Self> {
        let unusable = |message: String| Error::new(ErrorKind::Configuration, format!("domains.kafka: {message}"));
        let settings = settings(config).map_err(unusable)?;
        let timeout = Duration::from_millis(config.request_timeout_ms);
        let connection = Connection::new(settings, timeout).map_err(|error| unusable(error.to_string()))?;
        Ok(Self {
            connection: Arc::new(connection),
            backend: Backend::new(DomainKey::Kafka, &config.bootstrap_servers),
        })
    }

    /// The bound of one request.
    pub(super) fn request_timeout(&self) -> Duration {
        self.connection.timeout() + GRACE
    }

    pub(super) async fn check(&self) -> Result<()> {
        let nothing = ["restore-engine.check".to_owned()];
        self.run(move |admin| admin.describe_topics(&nothing)).await.map(drop)
    }

    /// Makes a call on a thread that may block.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Admin) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.connection);
        let task = tokio::task::spawn_blocking(move || connection.call(call));
        let result =
            task.await.map_err(|error| Error::new(ErrorKind::Internal, "a kafka call broke off").caused_by(error))?;
        result.map_err(|failure| self.translate(failure))
    }

    /// The one place where this driver's errors get their meaning.
    fn translate(&self, failure: Failure) -> Error {
        let (backend, message) = (&self.backend, plain(&failure.message));
        match failure.code {
            _ if failure.refuses_credentials() => backend.refuses_credentials(message),
            Code::ClusterAuthorizationFailed | Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed => {
                backend.refuses_operation(message)
            }
            Code::OperationTimedOut
            | Code::TimedOutQueue
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::RequestTimedOut => backend.unreachable(message),
            _ => backend.failed(message),
        }
    }
}

/// Without the broker's address before it and the state of librdkafka's machinery after it.
fn plain(message: &str) -> &str {
    let message = match message.split_once(": ") {
        Some((broker, rest)) if broker.contains("://") => rest,
        _ => message,
    };
    message.rsplit_once(" (after ").map_or(message, |(message, _)| message)
}

fn settings(config: &KafkaConfig) -> Result<ClientConfig, String> {
    let default = if config.username.is_some() { "SASL_PLAINTEXT" } else { "PLAINTEXT" };
    let protocol = config.security_protocol.as_deref().unwrap_or(default).to_ascii_uppercase();
    let mechanism = config.sasl_mechanism.as_deref().unwrap_or("PLAIN").to_ascii_uppercase();
    let sasl = match protocol.as_str() {
        "PLAINTEXT" | "SSL" => false,
        "SASL_PLAINTEXT" | "SASL_SSL" => true,
        _ => {
            let known = "PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL";
            return Err(format!("security_protocol `{protocol}` is none of {known}"));
        }
    };
    let needs_ssl = if protocol.ends_with("SSL") {
        Some(format!("security_protocol {protocol}"))
    } else if sasl && mechanism.starts_with("SCRAM") {
        Some(format!("sasl_mechanism {mechanism}"))
    } else {
        None
    };
    if let Some(wanted) = needs_ssl.filter(|_| !cfg!(feature = "kafka-ssl")) {
        return Err(format!("{wanted} needs a build with the cargo feature kafka-ssl"));
    }
    let request = config.request_timeout_ms.clamp(10, 300_000).to_string();
    let mut settings = ClientConfig::new();
    settings
        .set("bootstrap.servers", &config.bootstrap_servers)
        .set("client.id", "restore-engine")
        .set("security.protocol", &protocol)
        .set("socket.timeout.ms", &request)
        // The first answer of a connection is no quicker than another one: without it, a broker that stands still is taken
        // for one that is down.
        .set("api.version.request.timeout.ms", &request)
        // A broker that comes back is found within the time of one request.
        .set("reconnect.backoff.max.ms", (config.request_timeout_ms / 4).clamp(100, 1000).to_string())
        .set("allow.auto.create.topics", "false");
    if sasl {
        let (Some(username), Some(password)) = (&config.username, &config.password) else {
            return Err(format!("security_protocol {protocol} needs username and password"));
        };
        settings.set("sasl.mechanism", &mechanism).set("sasl.username", username).set("sasl.password", password);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(changes: impl FnOnce(&mut KafkaConfig)) -> KafkaConfig {
        let mut config = KafkaConfig {
            bootstrap_servers: "127.0.0.1:9".into(),
            username: Some("engine".into()),
            password: Some("canary".into()),
            security_protocol: None,
            sasl_mechanism: None,
            shared_principals: Vec::new(),
            request_timeout_ms: 300,
        };
        changes(&mut config);
        config
    }

    #[cfg(not(feature = "kafka-ssl"))]
    fn told(changes: impl FnOnce(&mut KafkaConfig)) -> String {
        match Client::new(&config(changes)) {
            Ok(_) => "usable".to_owned(),
            Err(error) => format!("{} {error}", error.kind().code()),
        }
    }

    #[test]
    #[cfg(not(feature = "kafka-ssl"))]
    fn a_protocol_that_this_build_cannot_speak_is_told_at_once() {
        let all = [
            told(|_| ()),
            told(|config| (config.username, config.password) = (None, None)),
            told(|config| config.security_protocol = Some("SASL_SSL".into())),
            told(|config| config.security_protocol = Some("ssl".into())),
            told(|config| config.sasl_mechanism = Some("SCRAM-SHA-512".into())),
            told(|config| config.sasl_mechanism = Some("CANARY".into())),
            told(|config| config.security_protocol = Some("TLS".into())),
            told(|config| config.password = None),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[tokio::test]
    async fn a_broker_that_is_down_is_named_in_bounded_time() {
        let error = Client::new(&config(|_| ())).unwrap().check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BackendUnavailable);
        let message = error.to_string();
        assert_eq!(
            message,
            "kafka at 127.0.0.1:9 cannot be reached: Connect to ipv4#127.0.0.1:9 failed: Connection refused"
        );
    }
}
