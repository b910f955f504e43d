//! Fills the cache: each item in a folder of its own, named by its release, put in place by one rename.
//!
//! A folder that is there is whole. Who installs an item holds its lock file; who comes second waits and finds it done.

use std::ffi::OsStr;
use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::{Item, Machine, Tool, kafka, minio, mongodb, postgres};
use crate::stack::endpoints::Origin;
use crate::stack::error::StackError;
use crate::stack::resolve::ways_out;
use crate::timeouts;

/// How many of the last lines of a client an error shows.
const TAIL: usize = 15;

/// The cache folder: `$RESTORE_CONFORMANCE_CACHE`, else the user's cache folder.
pub(crate) fn cache_root() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    variable("RESTORE_CONFORMANCE_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|it| it.join("restore-conformance")))
        .or_else(|| variable("HOME").map(|it| it.join(".cache/restore-conformance")))
        .unwrap_or_else(|| std::env::temp_dir().join("restore-conformance-cache"))
}

/// What an item needs to be fetched.
pub(super) struct Fetch<'a> {
    pub(super) machine: &'a Machine,
    pub(super) cache: &'a Path,
    /// An empty folder, which becomes the item's.
    pub(super) into: &'a Path,
    /// A folder for what is not kept.
    pub(super) scratch: &'a Path,
    progress: &'a Progress,
}

/// Installs the items, side by side.
pub(crate) async fn install(items: &[Item], machine: &Machine, cache: &Path) -> Result<(), StackError> {
    if items.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(cache).map_err(StackError::io(format!("create the cache {}", cache.display())))?;
    // Maven itself runs on the Java of the cache where PATH has none.
    let (first, rest): (Vec<Item>, Vec<Item>) = items.iter().partition(|it| **it == Item::Java);
    let bars = MultiProgress::new();
    for batch in [first, rest] {
        let all = batch.into_iter().map(|item| install_one(item, machine, cache, Progress::new(&bars, item)));
        for done in futures::future::join_all(all).await {
            done?;
        }
    }
    Ok(())
}

async fn install_one(item: Item, machine: &Machine, cache: &Path, progress: Progress) -> Result<(), StackError> {
    let folder = cache.join(item.folder());
    let result = async {
        let _lock = lock(&cache.join(format!("{}.lock", item.folder())), &progress).await?;
        if folder.is_dir() {
            return Ok("installed by another run");
        }
        let partial = cache.join(format!("{}.partial", item.folder()));
        let scratch = cache.join(format!("{}.scratch", item.folder()));
        for it in [&partial, &scratch] {
            match std::fs::remove_dir_all(it) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.to_string()),
                _ => std::fs::create_dir(it).map_err(|error| format!("create {}: {error}", it.display()))?,
            }
        }
        let fetch = Fetch { machine, cache, into: &partial, scratch: &scratch, progress: &progress };
        match item {
            Item::Postgres => postgres::fetch(&fetch).await?,
            Item::Mongod => mongodb::fetch(&fetch).await?,
            Item::Kafka => kafka::fetch(&fetch).await?,
            Item::Java => kafka::fetch_java(&fetch).await?,
            Item::Minio => minio::fetch(&fetch).await?,
        }
        std::fs::rename(&partial, &folder).map_err(|error| format!("rename to {}: {error}", folder.display()))?;
        std::fs::remove_dir_all(&scratch).map_err(|error| format!("remove {}: {error}", scratch.display()))?;
        Ok("installed")
    }
    .await;
    match result {
        Ok(how) => {
            progress.finish(how);
            Ok(())
        }
        Err(why) => {
            progress.finish("failed");
            Err(StackError::Install {
                service: item.service(),
                why,
                ways_out: ways_out(item.service(), Origin::Native),
            })
        }
    }
}

async fn lock(path: &Path, progress: &Progress) -> Result<File, String> {
    let file = File::create(path).map_err(|error| format!("create {}: {error}", path.display()))?;
    let wait = async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(std::fs::TryLockError::WouldBlock) => progress.say("waits for another run that installs it"),
                Err(std::fs::TryLockError::Error(error)) => return Err(error.to_string()),
            }
            tokio::time::sleep(timeouts::POLL).await;
        }
    };
    tokio::time::timeout(timeouts::INSTALL, wait)
        .await
        .map_err(|_| format!("another run still holds {}", path.display()))??;
    Ok(file)
}

impl Fetch<'_> {
    /// Tells what is being done.
    pub(super) fn say(&self, what: &str) {
        self.progress.say(what);
    }

    /// A command of a package client, in the scratch folder.
    pub(super) fn command(&self, tool: Tool) -> Command {
        let words = &self.machine.tools[&tool];
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.scratch);
        if tool == Tool::Maven && self.machine.java.is_none() {
            command.env("JAVA_HOME", self.cache.join(Item::Java.folder()));
        }
        command
    }

    /// Downloads a Python wheel, without what it depends on, and answers its path.
    pub(super) async fn wheel(&self, requirement: &str) -> Result<PathBuf, String> {
        let mut pip = self.command(Tool::Pip);
        pip.args(["download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--dest", "."]);
        self.run(pip.arg(requirement)).await?;
        self.downloaded("whl")
    }

    /// The one file with this extension in the scratch folder.
    pub(super) fn downloaded(&self, extension: &str) -> Result<PathBuf, String> {
        let entries = std::fs::read_dir(self.scratch).map_err(|error| error.to_string())?;
        entries
            .flatten()
            .map(|it| it.path())
            .find(|it| it.extension() == Some(OsStr::new(extension)))
            .ok_or_else(|| format!("the client ended well, but left no .{extension} file"))
    }

    /// Runs a client to its end, showing what it says.
    pub(super) async fn run(&self, command: &mut Command) -> Result<(), String> {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let all = async { tokio::join!(self.follow(out), self.follow(err), child.wait()) };
        let (out, err, status) = tokio::time::timeout(timeouts::INSTALL, all)
            .await
            .map_err(|_| format!("{name} did not end within {} min", timeouts::INSTALL.as_secs() / 60))?;
        let status = status.map_err(|error| format!("{name}: {error}"))?;
        if status.success() {
            return Ok(());
        }
        let tail = [out, err].concat();
        let tail = tail[tail.len().saturating_sub(TAIL)..].join("\n  ");
        Err(format!("{name} ended with {status}\n  {tail}"))
    }

    async fn follow(&self, stream: impl AsyncRead + Unpin) -> Vec<String> {
        let mut lines = BufReader::new(stream).lines();
        let mut tail = Vec::new();
        while let Ok(Some(line)) = lines.next_line().await {
            let line = line.trim().to_owned();
            if !line.is_empty() {
                self.progress.detail(&line);
                tail.push(line);
                if tail.len() > TAIL {
                    tail.remove(0);
                }
            }
        }
        tail
    }
}

/// Progress of one item on the terminal; a line per step elsewhere.
struct Progress {
    bar: ProgressBar,
    item: Item,
    terminal: bool,
    said: std::sync::Mutex<String>,
}

impl Progress {
    fn new(bars: &MultiProgress, item: Item) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if terminal { bars.add(ProgressBar::new_spinner()) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{spinner} {prefix:<28} {elapsed:>5} {wide_msg}")
            .expect("the template is a constant");
        bar.set_style(style);
        bar.set_prefix(item.folder());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, item, terminal, said: std::sync::Mutex::default() }
    }

    fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !self.terminal && *said != what {
            eprintln!("{}: {what}", self.item.folder());
        }
        what.clone_into(&mut said);
    }

    /// Shows what a client says, on a terminal only.
    fn detail(&self, line: &str) {
        let said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.bar.set_message(format!("{said}: {line}"));
    }

    fn finish(&self, how: &str) {
        self.say(how);
        self.bar.finish();
    }
}
