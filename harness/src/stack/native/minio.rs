//! MinIO as a process.

use std::path::Path;

use nix::sys::signal::Signal;
use tokio::process::Command;

use super::Tool;
use super::install::Fetch;
use super::process::{create_private, launch};
use crate::stack::endpoints::{Login, Origin, Service};
use crate::stack::server::minio::{complete, environment, random_key};
use crate::stack::server::{Address, Failed, SUITE, Started, free_ports};
use crate::stack::spec::LaunchSpec;
use crate::stack::versions::VERSIONS;

const SERVICE: Service = Service::S3;

/// Builds the server.
pub(super) async fn fetch(fetch: &Fetch<'_>) -> Result<(), String> {
    let pin = &VERSIONS.minio;
    let commit = pin.go.rsplit('-').next().unwrap_or_default();
    let variables = [
        ("Version", pin.version.clone()),
        ("ReleaseTag", format!("DEVELOPMENT.{}", pin.version.replace(':', "-"))),
        ("CommitID", commit.to_owned()),
        ("ShortCommitID", commit.to_owned()),
    ];
    let flags: Vec<String> =
        variables.iter().map(|(name, value)| format!("-X github.com/minio/minio/cmd.{name}={value}")).collect();
    fetch.say("builds (several minutes)");
    let mut go = fetch.command(Tool::Go);
    go.args(["install", "-v", "-ldflags", &format!("-s -w {}", flags.join(" ")), &pin.go]);
    fetch.run(go.env("GOBIN", fetch.into)).await?;
    fetch.say("checks that it runs here");
    fetch.run(Command::new(fetch.into.join("minio")).arg("--version")).await
}

/// Launches the server.
pub(super) async fn start(spec: &LaunchSpec, data: &Path, log: &Path) -> Result<Started, Failed> {
    let failed = |why: String| Failed::new(SERVICE, why, log);
    let program = spec.minio.as_ref().ok_or_else(|| failed("is not part of this stack".into()))?;
    create_private(SERVICE, data, None)?;
    let [port] = free_ports().map_err(|error| failed(error.to_string()))?;
    let login = Login::random(SUITE);
    let mut server = Command::new(program);
    server.arg("server").arg(data).args(["--address", &format!("127.0.0.1:{port}")]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MINIO_") {
            server.env_remove(name);
        }
    }
    server.envs(environment(&login, &random_key()));
    let running = launch(SERVICE, server, None, Signal::SIGKILL, log)?;
    complete(running, Address { origin: Origin::Native, host: "127.0.0.1".to_owned(), port }, login).await
}
