//! PostgreSQL's own tools.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

/// Where Debian keeps the programs of each version, as it does not put them on PATH.
const VERSIONED: &str = "/usr/lib/postgresql";

/// `pg_dump` and `pg_restore` of one version.
pub(crate) struct Tools {
    folder: PathBuf,
    /// As `pg_restore` tells it.
    pub(crate) version: String,
}

impl Tools {
    /// The tools on PATH, else the newest in Debian's folders.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) async fn find() -> Result<Self, String> {
        let has_both = |folder: &PathBuf| ["pg_dump", "pg_restore"].iter().all(|it| folder.join(it).is_file());
        let on_path = std::env::var_os("PATH").unwrap_or_default();
        let folder = std::env::split_paths(&on_path).chain(versioned()).find(has_both).ok_or_else(|| {
            format!(
                "neither PATH nor {VERSIONED} has pg_dump and pg_restore, which the restore of a schema is measured \
                 against: install PostgreSQL's client programs, or measure other domains with --domains"
            )
        })?;
        let version = run(Command::new(folder.join("pg_restore")).arg("--version")).await?;
        let version = version.trim().trim_start_matches("pg_restore (PostgreSQL) ").to_owned();
        Ok(Self { folder, version })
    }

    /// Dumps a schema without rows.
    ///
    /// # Errors
    /// With what `pg_dump` said.
    pub(crate) async fn dump(&self, url: &str, schema: &str, file: &Path) -> Result<(), String> {
        let mut command = Command::new(self.folder.join("pg_dump"));
        command.args(["-Fc", "--schema-only", "-n", schema, "-f"]).arg(file).arg("-d").arg(url);
        run(&mut command).await.map(drop)
    }

    /// Restores a dump in one transaction.
    ///
    /// # Errors
    /// With what `pg_restore` said.
    pub(crate) async fn restore(&self, url: &str, file: &Path) -> Result<(), String> {
        let mut command = Command::new(self.folder.join("pg_restore"));
        command.args(["-1", "-d", url]).arg(file);
        run(&mut command).await.map(drop)
    }
}

/// Debian's folders, newest version first.
fn versioned() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(VERSIONED).into_iter().flatten().flatten();
    let mut versions: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok()).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|version| Path::new(VERSIONED).join(version.to_string()).join("bin")).collect()
}

async fn run(command: &mut Command) -> Result<String, String> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program} failed ({}):\n{}", output.status, said.trim_end()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
