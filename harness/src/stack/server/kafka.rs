//! Apache Kafka: one node, broker and controller in one (KRaft).

use std::fmt::Write as _;

use super::{Address, Failed, Running, SUITE, Started, StartedEndpoint, tail};
use crate::stack::endpoints::{KafkaEndpoint, SaslUser};
use crate::stack::ready;

/// Heap of the broker: enough for 1,000 topics; four servers and a build share the machine.
pub(crate) const HEAP: [&str; 2] = ["-Xms64m", "-Xmx384m"];

/// The other options of its Java machine.
pub(crate) const JAVA: [&str; 3] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"];

/// Its log4j2.yaml. Log4j writes to standard output, which is the log of the server: warnings, the version, and how the
/// server fares; a line for every partition of a thousand topics would hide them.
pub(crate) const LOG4J2: &str = r#"Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        - ref: STDOUT
    Logger:
      - name: org.apache.kafka.common.utils.AppInfoParser
        level: INFO
      - name: kafka.server.KafkaRaftServer
        level: INFO
      - name: kafka.server.BrokerServer
        level: INFO
"#;

/// The users of the broker.
#[derive(Debug, Clone)]
pub(crate) struct Users {
    /// The broker itself, for what it says to itself and its controller.
    pub(crate) broker: SaslUser,
    /// The suite: a super user.
    pub(crate) suite: SaslUser,
    /// The engine: a super user.
    pub(crate) engine: SaslUser,
    /// May do nothing but what an ACL grants it.
    pub(crate) ordinary: SaslUser,
}

impl Users {
    /// Users with fresh passwords.
    pub(crate) fn random() -> Self {
        Self {
            broker: SaslUser::random("broker"),
            suite: SaslUser::random(SUITE),
            engine: SaslUser::random("restore-engine"),
            ordinary: SaslUser::random("ordinary"),
        }
    }
}

/// Where the broker listens. Brokers tell clients their address: it must hold where the clients are, so what the broker
/// says to itself goes another way.
#[derive(Debug, Clone)]
pub(crate) struct Listeners {
    /// `host:port` at which it hears clients.
    pub(crate) clients: String,
    /// `host:port` that it tells clients.
    pub(crate) advertised: String,
    /// Port of 127.0.0.1 at which it hears itself as a broker.
    pub(crate) broker: u16,
    /// Port of 127.0.0.1 at which its controller listens.
    pub(crate) controller: u16,
}

/// 16 random bytes as URL-safe base64; Kafka refuses one that starts with a dash.
pub(crate) fn cluster_id() -> String {
    use base64::Engine as _;

    let mut bytes = rand::random::<[u8; 16]>();
    bytes[0] &= 0x7f;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Waits until the broker is ready.
pub(crate) async fn complete(mut running: Running, address: Address, users: Users) -> Result<Started, Failed> {
    let log = running.log.clone();
    let mut endpoint = KafkaEndpoint {
        origin: address.origin,
        version: String::new(),
        bootstrap_servers: format!("{}:{}", address.host, address.port),
        suite: users.suite,
        engine: users.engine,
        ordinary: Some(users.ordinary),
        log: Some(log.clone()),
    };
    let features = running.until_ready(|| ready::kafka::check(&endpoint)).await?;
    // Over its protocol it tells feature levels only; into its log it writes its release.
    let logged = tail(&log, usize::MAX).iter().find_map(|line| {
        let rest = line.split_once("Kafka version: ")?.1;
        Some(rest.split_whitespace().next()?.to_owned())
    });
    endpoint.version = logged.unwrap_or(features);
    Ok(Started { running, endpoint: StartedEndpoint::Kafka(endpoint) })
}

/// The content of `server.properties`; `logs` is the folder of the broker's data.
pub(crate) fn server_properties(listeners: &Listeners, users: &Users, logs: &str) -> String {
    let Listeners { clients, advertised, broker, controller } = listeners;
    let jaas = |users: &[&SaslUser]| {
        let mut text = "org.apache.kafka.common.security.plain.PlainLoginModule required".to_owned();
        let first = users[0];
        let _ = write!(text, " username=\"{}\" password=\"{}\"", first.username, &*first.password);
        for user in users {
            let _ = write!(text, " user_{}=\"{}\"", user.username, &*user.password);
        }
        text + ";"
    };
    let own = jaas(&[&users.broker]);
    let mut text = format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=CLIENT://{clients},BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://{advertised},BROKER://127.0.0.1:{broker}
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.broker.sasl.enabled.mechanisms=PLAIN
listener.name.broker.plain.sasl.jaas.config={own}
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={own}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{};User:{};User:{}
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs={logs}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# The controller gathers changes for 25 ms before it writes them; who creates topics here waits for each.
controller.quorum.append.linger.ms=0
# A deleted topic's files go with the next run of the deletion, not a minute later.
file.delete.delay.ms=1000
# The cleaner's buffer is taken from the heap at once; the default is 128 MiB.
log.cleaner.dedupe.buffer.size=2097152
",
        users.broker.username, users.suite.username, users.engine.username,
    );
    let clients = jaas(&[&users.broker, &users.suite, &users.engine, &users.ordinary]);
    let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    let _ = writeln!(text, "listener.name.client.plain.sasl.jaas.config={clients}");
    let _ = writeln!(text, "listener.name.client.scram-sha-256.sasl.jaas.config={scram}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::secret::Secret;

    #[test]
    fn properties() {
        let user = |name: &str| SaslUser {
            username: name.to_owned(),
            password: Secret::new(format!("{name}-password")),
            mechanism: "PLAIN".to_owned(),
        };
        let users = Users {
            broker: user("broker"),
            suite: user("conformance"),
            engine: user("restore-engine"),
            ordinary: user("ordinary"),
        };
        let listeners = Listeners {
            clients: "127.0.0.1:1".to_owned(),
            advertised: "127.0.0.1:1".to_owned(),
            broker: 2,
            controller: 3,
        };
        insta::assert_snapshot!(server_properties(&listeners, &users, "/data"));
    }
}
