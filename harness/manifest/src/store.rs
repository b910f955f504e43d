//! Where manifests lie: `target/conformance/<run id>/`, the newest also as `latest`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use super::{Manifest, digest, summary};
use crate::secrets::scrubbed;

/// Made once: a manifest is written over and over.
static VALIDATOR: LazyLock<Result<jsonschema::Validator, String>> = LazyLock::new(|| {
    jsonschema::validator_for(&json_schema()).map_err(|error| format!("the schema of manifests is broken: {error}"))
});

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Creates `<base>/<run id>` and points `<base>/latest` at it.
    ///
    /// # Errors
    /// When it cannot be created or is there already.
    pub fn create(base: &Path, run_id: &str) -> io::Result<Self> {
        fs::create_dir_all(base)?;
        let path = base.join(run_id);
        fs::create_dir(&path)?;
        let fresh = base.join(format!(".latest-{run_id}"));
        std::os::unix::fs::symlink(run_id, &fresh)?;
        fs::rename(&fresh, base.join("latest"))?;
        Ok(Self { path })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the manifest is.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.path.join("manifest.json")
    }

    /// Replaces manifest and summary, each in one step: a reader never sees half of one.
    ///
    /// # Errors
    /// When a file cannot be written, or the manifest does not follow its own schema.
    pub fn write(&self, manifest: &Manifest) -> io::Result<()> {
        let value = digest::sealed(manifest)?;
        let validator = VALIDATOR.as_ref().map_err(|problem| io::Error::other(problem.as_str()))?;
        validator
            .validate(&value)
            .map_err(|error| io::Error::other(format!("the manifest does not follow its schema: {error}")))?;
        replace(&self.manifest(), &format!("{value:#}\n"))?;
        replace(&self.path.join("summary.txt"), &summary::text(manifest))
    }

    /// Writes a piece of evidence beside the manifest, and returns its SHA-256. What is shown of a tenant must not show its secrets.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_evidence(&self, name: &str, content: &str) -> io::Result<String> {
        let content = scrubbed(content);
        replace(&self.path.join(name), &content)?;
        Ok(digest::sha256(content.as_bytes()))
    }
}

/// Replaces a file in one step: a reader never sees half of it.
pub fn replace(path: &Path, content: &str) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    let fresh = path.with_file_name(name);
    let replaced = fs::write(&fresh, content).and_then(|()| fs::rename(&fresh, path));
    replaced.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// The JSON Schema of the manifest.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Manifest).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer::tests::mixed;

    #[test]
    fn the_newest_run_is_also_latest_and_older_ones_stay() {
        let base = tempfile::tempdir().unwrap();
        let first = RunFolder::create(base.path(), "1").unwrap();
        first.write(&mixed().manifest()).unwrap();
        let second = RunFolder::create(base.path(), "2").unwrap();
        second.write(&mixed().manifest()).unwrap();
        let mut latest: Manifest =
            serde_json::from_slice(&fs::read(base.path().join("latest/manifest.json")).unwrap()).unwrap();
        assert!(std::mem::take(&mut latest.digest).starts_with("sha256:"), "it is sealed when it is written");
        assert_eq!(latest, mixed().manifest());
        assert_eq!(fs::read_link(base.path().join("latest")).unwrap(), Path::new("2"));
        assert!(first.manifest().exists());
        assert!(RunFolder::create(base.path(), "2").is_err(), "a run's folder is never reused");
    }

    #[test]
    fn evidence_comes_with_the_digest_of_what_was_written() {
        let base = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(base.path(), "1").unwrap();
        let told = folder.write_evidence("a.json", "it took never-travels-0123456789abcdef").unwrap();
        let written = fs::read(folder.path().join("a.json")).unwrap();
        assert_eq!(written, b"it took never-travels-***REDACTED***");
        assert_eq!(told, digest::sha256(&written));
    }
}
