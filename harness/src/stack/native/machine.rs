//! What this machine has: servers on PATH, package clients, a filled cache, an unprivileged user.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Item, Tool};
use crate::stack::endpoints::Service;
use crate::stack::spec::{KafkaPrograms, LaunchSpec, RunAs};
use crate::stack::versions::{at_least, first_version};

/// What this machine has. Decisions are made from it alone.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) platform: Platform,
    pub(crate) is_root: bool,
    /// Whom a server runs as that refuses root.
    pub(crate) unprivileged: Option<RunAs>,
    /// The package clients that work, each as the start of a command line.
    pub(crate) tools: BTreeMap<Tool, Vec<String>>,
    /// Servers outside the cache: Postgres' program folder, Kafka's jar folder, else the program.
    pub(crate) found: BTreeMap<Service, PathBuf>,
    /// Why a server on PATH is not used.
    pub(crate) passed_over: BTreeMap<Service, String>,
    /// A Java runtime outside the cache.
    pub(crate) java: Option<PathBuf>,
    /// What the cache holds.
    pub(crate) cached: BTreeSet<Item>,
}

/// Operating system and processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Platform {
    pub(crate) os: &'static str,
    pub(crate) arch: &'static str,
}

impl Platform {
    /// Whether there is a pinned build of an item for it.
    pub(crate) fn has(self, item: Item) -> bool {
        match item {
            Item::Postgres => self.maven().is_some(),
            Item::Mongod => (self.os, self.arch) == ("linux", "x86_64"),
            Item::Kafka | Item::Java | Item::Minio => true,
        }
    }

    /// The word for it in the Postgres artifact's name.
    pub(crate) fn maven(self) -> Option<&'static str> {
        match (self.os, self.arch) {
            ("linux", "x86_64") => Some("linux-amd64"),
            ("linux", "aarch64") => Some("linux-arm64v8"),
            ("macos", "x86_64") => Some("darwin-amd64"),
            ("macos", "aarch64") => Some("darwin-arm64v8"),
            _ => None,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.os, self.arch)
    }
}

impl Machine {
    /// Looks at this machine. Takes as long as the programs need that are asked for their version.
    pub(crate) fn look(cache: &Path) -> Self {
        let mut it = Self {
            platform: Platform { os: std::env::consts::OS, arch: std::env::consts::ARCH },
            is_root: nix::unistd::geteuid().is_root(),
            unprivileged: None,
            tools: BTreeMap::new(),
            found: BTreeMap::new(),
            passed_over: BTreeMap::new(),
            java: find_java(),
            cached: Item::ALL.into_iter().filter(|item| cache.join(item.folder()).is_dir()).collect(),
        };
        if it.is_root {
            it.unprivileged = unprivileged_user();
        }
        it.find(Service::Postgres, postgres_folders(), |folder| {
            folder.join("initdb").is_file().then(|| version_of(&folder.join("postgres")))
        });
        it.find(Service::Mongodb, which("mongod").into_iter().collect(), |program| Some(version_of(program)));
        it.find(Service::Kafka, kafka_folders(), |folder| Some(kafka_version(folder)));
        it.find(Service::S3, which("minio").into_iter().collect(), |program| Some(version_of(program)));
        it
    }

    /// Looks for the package clients. Apart from [`Self::look`], as they are asked only when something is missing.
    pub(crate) fn look_for_tools(&mut self) {
        let candidates: [(Tool, &[&[&str]]); 3] = [
            (Tool::Maven, &[&["mvn"]]),
            (Tool::Pip, &[&["pip3"], &["pip"], &["python3", "-m", "pip"]]),
            (Tool::Go, &[&["go"]]),
        ];
        for (tool, commands) in candidates {
            let works = |command: &&&[&str]| {
                which(command[0]).is_some()
                    && (tool != Tool::Pip || output(command[0], [&command[1..], &["--version"]].concat()).is_some())
            };
            if let Some(command) = commands.iter().find(works) {
                self.tools.insert(tool, command.iter().map(|word| (*word).to_owned()).collect());
            }
        }
    }

    /// The programs to launch for the given services, from PATH or the cache.
    pub(crate) fn spec(&self, services: &[Service], cache: &Path) -> LaunchSpec {
        let program = |service: Service, below: &str| {
            let cached = || cache.join(Item::of(service).folder()).join(below);
            services.contains(&service).then(|| self.found.get(&service).cloned().unwrap_or_else(cached))
        };
        let java = || self.java.clone().unwrap_or_else(|| cache.join(Item::Java.folder()).join("bin/java"));
        LaunchSpec {
            run_as: self.unprivileged.clone(),
            postgres: program(Service::Postgres, "bin"),
            mongod: program(Service::Mongodb, "mongod"),
            kafka: program(Service::Kafka, "libs").map(|libs| KafkaPrograms { libs, java: java() }),
            minio: program(Service::S3, "minio"),
            ..LaunchSpec::default()
        }
    }

    /// Takes the first candidate that is new enough. A version nobody can read is taken: the server reports its own.
    fn find(&mut self, service: Service, candidates: Vec<PathBuf>, version: impl Fn(&Path) -> Option<Option<String>>) {
        let item = Item::of(service);
        for candidate in candidates {
            match version(&candidate) {
                Some(Some(version)) if !at_least(&version, item.minimum()) => {
                    let why = format!(
                        "{} at {} is {version}, older than {}",
                        item.program(),
                        candidate.display(),
                        item.minimum()
                    );
                    self.passed_over.insert(service, why);
                }
                Some(_) => {
                    self.found.insert(service, candidate);
                    self.passed_over.remove(&service);
                    return;
                }
                None => {}
            }
        }
    }
}

/// The program of this name on PATH.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|it| is_program(it))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// What a program writes, if it ends well.
fn output<S: AsRef<std::ffi::OsStr>>(program: impl AsRef<std::ffi::OsStr>, arguments: Vec<S>) -> Option<String> {
    let it = Command::new(program).args(arguments).stdin(std::process::Stdio::null()).output().ok()?;
    let text = [it.stdout, it.stderr].concat();
    it.status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

fn version_of(program: &Path) -> Option<String> {
    first_version(&output(program, vec!["--version"])?)
}

/// Folders with PostgreSQL's programs: that of the one on PATH, then the versioned ones of Linux distributions, newest first.
fn postgres_folders() -> Vec<PathBuf> {
    let on_path = which("postgres").and_then(|it| it.canonicalize().ok()).and_then(|it| Some(it.parent()?.to_owned()));
    let mut versioned: Vec<(String, PathBuf)> = Vec::new();
    for (root, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(version) = name.strip_prefix(prefix).filter(|it| it.starts_with(|c: char| c.is_ascii_digit())) {
                versioned.push((version.to_owned(), entry.path().join("bin")));
            }
        }
    }
    versioned.sort_by(|a, b| if at_least(&a.0, &b.0) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater });
    let versioned = versioned.into_iter().map(|(_, path)| path);
    on_path.into_iter().chain(versioned).filter(|it| is_program(&it.join("postgres"))).collect()
}

/// The jar folder beside Kafka's start script.
fn kafka_folders() -> Vec<PathBuf> {
    ["kafka-server-start.sh", "kafka-server-start"]
        .into_iter()
        .filter_map(which)
        .filter_map(|it| Some(it.canonicalize().ok()?.parent()?.parent()?.join("libs")))
        .filter(|it| kafka_version(it).is_some())
        .collect()
}

fn kafka_version(libs: &Path) -> Option<String> {
    std::fs::read_dir(libs).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let version = name.strip_prefix("kafka-clients-")?.strip_suffix(".jar")?;
        first_version(version)
    })
}

fn find_java() -> Option<PathBuf> {
    let home = std::env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin/java"));
    home.into_iter().chain(which("java")).find(|java| {
        is_program(java)
            && output(java, vec!["-version"])
                .and_then(|text| first_version(&text))
                .is_some_and(|version| at_least(&version, Item::Java.minimum()))
    })
}

fn unprivileged_user() -> Option<RunAs> {
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let user = nix::unistd::User::from_name(name).ok()??;
        Some(RunAs { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    })
}
