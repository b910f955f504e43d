//! MinIO as a process.

use std::path::Path;

use base64::Engine as _;
use nix::sys::signal::Signal;
use tokio::process::Command;

use super::Tool;
use super::install::Fetch;
use super::server::{Failed, Running, Started, StartedEndpoint, create_private, free_ports};
use crate::stack::endpoints::{Login, Origin, S3Endpoint, Service};
use crate::stack::ready;
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
    let login = Login::random("conformance");
    let key = base64::engine::general_purpose::STANDARD.encode(rand::random::<[u8; 32]>());
    let mut server = Command::new(program);
    server.arg("server").arg(data).args(["--address", &format!("127.0.0.1:{port}")]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MINIO_") {
            server.env_remove(name);
        }
    }
    server
        .env("MINIO_ROOT_USER", &login.username)
        .env("MINIO_ROOT_PASSWORD", &*login.password)
        .env("MINIO_KMS_SECRET_KEY", format!("conformance:{key}"))
        .env("MINIO_BROWSER", "off")
        .env("MINIO_UPDATE", "off")
        // Lets anybody on this machine ask for the version, which no S3 answer tells.
        .env("MINIO_PROMETHEUS_AUTH_TYPE", "public");
    let mut running = Running::launch(SERVICE, server, None, Signal::SIGKILL, log)?;
    let mut endpoint = S3Endpoint {
        origin: Origin::Native,
        version: String::new(),
        endpoint: format!("http://127.0.0.1:{port}"),
        region: "us-east-1".to_owned(),
        access_key_id: login.username,
        secret_access_key: login.password,
        log: Some(log.to_owned()),
    };
    endpoint.version = running.until_ready(|| ready::s3::check(&endpoint)).await?;
    Ok(Started { running, endpoint: StartedEndpoint::S3(endpoint) })
}
