//! The executable: built from this workspace, or given.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::Mode;
use crate::capability::Capability;
use crate::fixtures::Domain;
use crate::manifest::schema::{Implementation, ImplementationOrigin};

/// The binary of the reference engine.
const ENGINE: &str = "restore-engine";

/// An executable and where it comes from.
#[derive(Debug, Clone)]
pub struct Executable {
    /// Its path.
    pub path: PathBuf,
    /// What the manifest says of it.
    pub facts: Implementation,
}

/// Takes the executable at `given`; else the reference engine, which lies beside an installed suite and is built otherwise.
///
/// # Errors
/// Says what cargo said, or why the file cannot be read.
pub async fn find(given: Option<&Path>) -> Result<Executable, String> {
    let (path, origin) = match given {
        Some(path) => (path.to_owned(), ImplementationOrigin::Given),
        None => match installed_beside(ENGINE) {
            Some(path) => (path, ImplementationOrigin::Given),
            None => (build(ENGINE).await?, ImplementationOrigin::Built),
        },
    };
    let content =
        tokio::fs::read(&path).await.map_err(|error| format!("cannot read the engine {}: {error}", path.display()))?;
    let commit = match origin {
        ImplementationOrigin::Built => commit().await,
        ImplementationOrigin::Given | ImplementationOrigin::Running => None,
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sha256 = hex::encode(Sha256::digest(&content));
    let facts = Implementation {
        name,
        version: None,
        organisation: None,
        url: None,
        contact: None,
        capabilities: Capability::ALL.map(|it| it.as_str().to_owned()).into(),
        domains: Domain::ALL.map(|it| it.key().to_owned()).into(),
        mode: Mode::Strict,
        sha256: Some(sha256),
        commit,
        origin,
    };
    Ok(Executable { path, facts })
}

/// Builds a program of this workspace with the same cargo and into the same folder as this one, so that nothing is
/// built twice, and returns its path.
///
/// # Errors
/// What cargo said.
pub async fn build(program: &str) -> Result<PathBuf, String> {
    if is_installed() {
        return Err(format!(
            "there is no {program} beside this program, and an installed suite builds none: name one by --engine PATH, \
             or an implementation by --implementation FILE"
        ));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // No `--package`: cargo then unifies features over the workspace, as it does for this program and for its tests.
    command.args(["build", "--bin", program, "--message-format", "json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    // `cargo run` and `cargo test` tell a program which package it is of. Build scripts take notice of that: with it, ring
    // and all that stands on it would be built again.
    for (name, _) in std::env::vars_os().filter(|(name, _)| tells_the_package(name)) {
        command.env_remove(name);
    }
    if let Some(folder) = target_folder() {
        command.arg("--target-dir").arg(folder);
    }
    let output = command
        .current_dir(workspace())
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .map_err(|error| format!("cannot run cargo to build {program}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program} does not build (cargo: {}):\n{}", output.status, said.trim_end()));
    }
    executable_in(&String::from_utf8_lossy(&output.stdout), program)
        .ok_or_else(|| format!("cargo built no executable called {program}"))
}

fn tells_the_package(variable: &OsStr) -> bool {
    variable.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
}

fn executable_in(messages: &str, program: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == program)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// Whether this program lies elsewhere than cargo put it: what was compiled into it about folders is of no use then.
fn is_installed() -> bool {
    target_folder().is_none()
}

/// How this program is called: for commands that people repeat.
#[must_use]
pub fn invocation() -> &'static str {
    if is_installed() { "restore-conformance" } else { "cargo conformance" }
}

/// Whether [`find`] has to build the engine.
#[must_use]
pub fn is_built(given: Option<&Path>) -> bool {
    given.is_none() && !is_installed()
}

/// A program that was installed together with this one.
fn installed_beside(program: &str) -> Option<PathBuf> {
    let this = std::env::current_exe().ok().filter(|_| is_installed())?;
    Some(this.with_file_name(program)).filter(|path| path.is_file())
}

/// The folder above `debug/` or `release/` that this program lies in.
#[must_use]
pub fn target_folder() -> Option<PathBuf> {
    let this = std::env::current_exe().ok()?;
    let profile = this.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"))?;
    profile.parent().map(Path::to_owned)
}

/// The root of the workspace that this suite was built from.
#[must_use]
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap_or(root)
}

async fn commit() -> Option<String> {
    let git = async |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(workspace()).output().await.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "HEAD"]).await?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"]).await?;
    Some(if changes.is_empty() { head } else { format!("{head}-dirty") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_comes_from_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"restore-model"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"restore-engine"},"executable":null}
not json
{"reason":"compiler-artifact","target":{"name":"restore-engine"},"executable":"/t/debug/restore-engine"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable_in(messages, ENGINE), Some(PathBuf::from("/t/debug/restore-engine")));
        assert_eq!(executable_in("{}", ENGINE), None);
    }

    #[tokio::test]
    async fn a_given_engine_that_is_not_there_is_named() {
        let error = find(Some(Path::new("/nowhere/engine"))).await.unwrap_err();
        assert!(error.contains("/nowhere/engine"), "{error}");
    }
}
