//! Reading artifacts and maps from files.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::{Error, ErrorKind, Result};

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads JSON from a file or from standard input, up to a limit.
pub(super) fn read<T: DeserializeOwned>(path: &Path, max_bytes: u64) -> Result<T> {
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::InvalidRequest, format!("cannot read {}", named(path))).caused_by(error)
    };
    let source: Box<dyn Read> = if is_stdin(path) {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(unreadable)?)
    };
    let mut bytes = Vec::new();
    source.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        let message = format!("{} is larger than limits.max_artifact_bytes, {max_bytes}", named(path));
        return Err(Error::new(ErrorKind::ArtifactTooLarge, message));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::new(ErrorKind::InvalidRequest, format!("{} is no JSON: {error}", named(path))))
}

fn named(path: &Path) -> String {
    if is_stdin(path) { "standard input".into() } else { path.display().to_string() }
}

/// Replaces a file once all is written, so that a failed export leaves an earlier one as it was.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = std::fs::File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    });
    written.map_err(|error| {
        // What stands in the way of the file may stand in the way of this too; the first error is the one that counts.
        let _ = std::fs::remove_file(&partial);
        Error::new(ErrorKind::OutputUnwritable, format!("cannot write {}", path.display())).caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("artifact.json");
        let missing = read::<Value>(&file, 100).unwrap_err().to_string();
        replace(&file, b"{\"a\":\n x}").unwrap();
        let broken = read::<Value>(&file, 100).unwrap_err();
        let large = read::<Value>(&file, 8).unwrap_err();
        assert!(missing.contains("artifact.json: No such file"), "{missing}");
        assert!(broken.to_string().contains("artifact.json is no JSON: expected value at line 2 column 2"), "{broken}");
        assert_eq!(large.kind(), ErrorKind::ArtifactTooLarge);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = replace(&folder.path().join("no/artifact.json"), b"{}").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutputUnwritable);
    }
}
