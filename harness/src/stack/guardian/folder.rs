//! The folder of one stack: socket, data and logs; beside it the lock of its guardian.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::stack::containers::Mark;
use crate::stack::error::StackError;

/// The folder below which this user's stacks live. Only the user may enter it; root's may be traversed, because
/// servers that refuse root run below it as somebody else.
pub(crate) fn run_root() -> Result<PathBuf, StackError> {
    let uid = nix::unistd::geteuid();
    let temporary = std::env::temp_dir();
    let traversable = |it: &Path| {
        !uid.is_root() || it.ancestors().all(|it| it.metadata().is_ok_and(|it| it.permissions().mode() & 0o001 != 0))
    };
    let base = if traversable(&temporary) { temporary } else { PathBuf::from("/tmp") };
    let root = base.join(format!("restore-conformance-{uid}"));
    let mode = if uid.is_root() { 0o711 } else { 0o700 };
    let io = || StackError::io(format!("create {}", root.display()));
    match std::fs::DirBuilder::new().mode(mode).create(&root) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(io()(error)),
        _ => {}
    }
    // Anybody can create a folder of this name in a shared one: use it only if it is ours.
    let found = root.symlink_metadata().map_err(io())?;
    if !found.is_dir() || found.uid() != uid.as_raw() {
        return Err(io()(std::io::Error::other("it exists and is not a folder of this user")));
    }
    Ok(root)
}

/// One stack's folder.
#[derive(Debug, Clone)]
pub(crate) struct RunFolder {
    root: PathBuf,
    key: String,
}

impl RunFolder {
    pub(crate) fn new(root: &Path, key: &str) -> Self {
        Self { root: root.to_owned(), key: key.to_owned() }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.root.join(&self.key)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("guardian.sock")
    }

    /// The guardian's own log, outside the folder that the guardian removes.
    pub(crate) fn log(&self) -> PathBuf {
        self.root.join(format!("{}.log", self.key))
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join(format!("{}.lock", self.key))
    }

    /// What marks the containers of this stack.
    pub(crate) fn mark(&self) -> Mark {
        Mark::new(&self.root, &self.key)
    }

    /// Tells whoever comes after a guardian that was killed that there are containers, and at which `DOCKER_HOST`. Only
    /// for who holds the lock.
    pub(crate) fn note_containers(&self, docker_host: Option<&str>) -> std::io::Result<()> {
        std::fs::write(self.containers_file(), docker_host.unwrap_or_default())
    }

    /// The `DOCKER_HOST` of the stack's containers, empty where none was set; `None` for a stack without containers.
    pub(crate) fn noted_containers(&self) -> Option<String> {
        std::fs::read_to_string(self.containers_file()).ok()
    }

    fn containers_file(&self) -> PathBuf {
        self.root.join(format!("{}.containers", self.key))
    }

    /// Becomes the only guardian of this stack; `None` if there is one, or was a moment ago.
    pub(crate) fn try_lock(&self) -> std::io::Result<Option<File>> {
        let file = File::create(self.lock_file())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        // Who held the lock before may have removed the file since it was opened: a lock on it keeps nobody out.
        let still_there =
            self.lock_file().metadata().is_ok_and(|it| file.metadata().is_ok_and(|own| own.ino() == it.ino()));
        Ok(still_there.then_some(file))
    }

    /// Creates the folder afresh. Only for who holds the lock.
    pub(crate) fn create(&self) -> std::io::Result<()> {
        self.remove()?;
        let mode = if nix::unistd::geteuid().is_root() { 0o711 } else { 0o700 };
        for folder in [self.path(), self.path().join("data"), self.path().join("logs")] {
            std::fs::DirBuilder::new().mode(mode).create(folder)?;
        }
        Ok(())
    }

    /// Removes all of the folder. Only for who holds the lock.
    pub(crate) fn remove(&self) -> std::io::Result<()> {
        match std::fs::remove_dir_all(self.path()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Removes the files beside the folder too, the lock last. Only for who holds the lock.
    pub(crate) fn remove_traces(&self) -> std::io::Result<()> {
        self.remove()?;
        for file in [self.containers_file(), self.log(), self.lock_file()] {
            match std::fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Every stack below a root that has a lock file.
    pub(crate) fn all(root: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
        let mut all: Vec<Self> =
            entries.filter_map(|it| Some(Self::new(root, it.file_name().to_str()?.strip_suffix(".lock")?))).collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_has_one_guardian_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(root.path(), "key");
        let lock = folder.try_lock().unwrap();
        assert!(lock.is_some());
        assert!(folder.try_lock().unwrap().is_none());
        folder.create().unwrap();
        folder.note_containers(Some("tcp://docker:2375")).unwrap();
        assert_eq!(folder.noted_containers().as_deref(), Some("tcp://docker:2375"));
        assert_eq!(RunFolder::all(root.path()).len(), 1);
        folder.remove_traces().unwrap();
        assert!(folder.try_lock().unwrap().is_some(), "a new file is free, though the removed one is still locked");
        folder.remove_traces().unwrap();
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
