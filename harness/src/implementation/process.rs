//! The implementation as a process of its own, with a configuration file made for this run.

use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, ChildStdin, Command},
    sync::watch,
};

use super::{
    Program,
    program::{self, Address},
};
use crate::timeouts;

/// What the implementation writes once it accepts connections, before its address.
const LISTENING: &str = "listening on ";

/// Lines of the log that evidence shows.
const TAIL: usize = 30;

/// A running implementation. Dropping it kills it, and so does the end of this program, however it ends.
#[derive(Debug)]
pub struct Process {
    child: Child,
    watcher: Watcher,
    base: String,
    log: PathBuf,
}

impl Process {
    /// Writes `configuration` into `folder`, starts the program and waits until it says that it is ready. All output goes to
    /// `engine.log` in `folder`; the configuration is removed once it was read. `environment` is added to that of
    /// the program. It may take as long as `patience` until it is ready.
    ///
    /// # Errors
    /// With the end of the log when it ends or is not ready in time.
    pub async fn start(
        program: &Program,
        folder: &Path,
        configuration: &Value,
        environment: &[(&str, &str)],
        client: &reqwest::Client,
        patience: Duration,
    ) -> Result<Self, String> {
        // It may be started in another folder than this program was: a relative path would name nothing there.
        let file = std::path::absolute(folder.join("engine.yaml")).map_err(|error| error.to_string())?;
        let mut configuration = configuration.clone();
        let chosen = match program.address {
            Address::Told => None,
            Address::Chosen { .. } => Some(free_port()?),
        };
        if let Some(port) = chosen {
            configuration["listen"] = json!(format!("127.0.0.1:{port}"));
        }
        let yaml = serde_yaml::to_string(&configuration).map_err(|error| error.to_string())?;
        File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .and_then(|mut file| file.write_all(yaml.as_bytes()))
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        let log = folder.join("engine.log");
        // The port beside the rest: it is no part of what the reference engine reads.
        configuration["port"] = json!(chosen);
        let fill = |text: &String| program::fill(text, &configuration, Some(&file));
        let mut command = Command::new(&program.executable);
        command.args(program.arguments.iter().map(fill).collect::<Result<Vec<_>, _>>()?).kill_on_drop(true);
        for (name, value) in &program.environment {
            command.env(name, fill(value)?);
        }
        command.envs(environment.iter().copied());
        if let Some(folder) = &program.folder {
            command.current_dir(folder);
        }
        // A Ctrl-C at the terminal reaches a whole process group: the suite ends the implementation itself.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| format!("cannot start {}: {error}", program.executable.display()))?;
        let watcher = Watcher::of(&child)?;
        let (found, mut address) = watch::channel(None);
        let found = std::sync::Arc::new(found);
        let sink = std::sync::Arc::new(File::create(&log).map_err(|error| error.to_string())?);
        if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            tokio::spawn(drain(out, sink.clone(), found.clone()));
            tokio::spawn(drain(err, sink, found));
        }
        let listening = async {
            address.wait_for(Option::is_some).await.ok()?;
            address.borrow().clone()
        };
        let base = match chosen {
            Some(port) => Some(format!("http://127.0.0.1:{port}")),
            None => tokio::time::timeout(timeouts::IMPLEMENTATION_START, listening).await.ok().flatten(),
        };
        let mut process = Self { child, watcher, base: base.unwrap_or_default(), log };
        if process.base.is_empty() {
            return Err(process.described("the implementation did not say where it listens"));
        }
        process.ready(client, program.address.ready_path(), patience).await?;
        // It was read, and it holds passwords.
        std::fs::remove_file(&file).map_err(|error| format!("cannot remove {}: {error}", file.display()))?;
        Ok(process)
    }

    /// Where it listens, for example `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where its output goes.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// Sends it a signal. Returns false when it has ended.
    pub fn signal(&self, signal: Signal) -> bool {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        id.is_some_and(|id| nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), signal).is_ok())
    }

    /// The most memory that it had so far, in bytes. `None` where the system does not tell, or once it has ended.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        peak_in(&status)
    }

    /// Ends it: asks first, then kills it.
    pub async fn stop(mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.signal(Signal::SIGTERM);
        if tokio::time::timeout(timeouts::IMPLEMENTATION_STOP, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
        self.watcher.dismiss().await;
    }

    async fn ready(&mut self, client: &reqwest::Client, path: &str, patience: Duration) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let last = match client.get(format!("{}{path}", self.base)).send().await {
                Ok(response) if response.status().is_success() => return Ok(()),
                Ok(response) if response.status() == reqwest::StatusCode::NOT_FOUND => {
                    format!("GET {path} answered 404: is `start.ready_path` right?")
                }
                Ok(response) => {
                    format!("GET {path} answered {}: {}", response.status(), response.text().await.unwrap_or_default())
                }
                Err(error) => error.to_string(),
            };
            if let Some(status) = self.ended() {
                return Err(
                    self.described(&format!("the implementation ended by itself before it was ready: {status}"))
                );
            }
            if started.elapsed() > patience {
                return Err(self.described(&format!("the implementation is not ready: {last}")));
            }
            tokio::time::sleep(timeouts::POLL).await;
        }
    }

    fn described(&self, what: &str) -> String {
        let tail = log_tail(&self.log);
        if tail.is_empty() {
            format!("{what}; it wrote nothing")
        } else {
            format!("{what}; it wrote:\n{}", tail.join("\n"))
        }
    }
}

/// Kills a process once this program is gone: then its standard input ends.
#[derive(Debug)]
struct Watcher {
    shell: Child,
    /// Held open for as long as the process may live.
    _line: Option<ChildStdin>,
}

impl Watcher {
    fn of(child: &Child) -> Result<Self, String> {
        let id = child.id().ok_or("the implementation ended at once")?.to_string();
        let mut command = Command::new("sh");
        command.args(["-c", "read -r _; kill -KILL \"$0\"", &id]).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell =
            command.spawn().map_err(|error| format!("cannot start sh to watch the implementation: {error}"))?;
        let line = shell.stdin.take();
        Ok(Self { shell, _line: line })
    }

    /// Ends the watch; the process has ended, and its number may soon be another's.
    async fn dismiss(mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.shell.kill().await;
    }
}

/// The end of a log.
#[must_use]
pub fn log_tail(log: &Path) -> Vec<String> {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].iter().map(|line| (*line).to_owned()).collect()
}

/// Copies lines into the log and looks for the address.
async fn drain(
    output: impl AsyncRead + Unpin,
    log: std::sync::Arc<File>,
    found: std::sync::Arc<watch::Sender<Option<String>>>,
) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // A full disk must not stop the implementation.
        let _ = writeln!(&*log, "{line}");
        if let Some(address) = address_in(&line) {
            found.send_replace(Some(address));
        }
    }
}

/// The peak of the resident set, which Linux gives in units of 1,024 bytes.
fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A port that nobody listens at. Another process may take it first; then the implementation says so and ends.
fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("there is no free port: {error}"))
}

fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(LISTENING)?;
    let address: String = rest.chars().take_while(|c| !c.is_whitespace() && !"\"',".contains(*c)).collect();
    address.starts_with("http").then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_text_and_in_json_lines() {
        assert_eq!(address_in("listening on http://127.0.0.1:4000").as_deref(), Some("http://127.0.0.1:4000"));
        let json = r#"{"message":"listening on http://[::1]:4000","level":"INFO"}"#;
        assert_eq!(address_in(json).as_deref(), Some("http://[::1]:4000"));
        assert_eq!(address_in("listening on port 4000"), None);
        assert_eq!(address_in("ready"), None);
    }

    #[test]
    fn the_peak_is_that_of_the_resident_set() {
        let status = "Name:\tengine\nVmPeak:\t  900000 kB\nVmHWM:\t  123456 kB\nVmRSS:\t   99999 kB\n";
        assert_eq!(peak_in(status), Some(123_456 * 1024));
        assert_eq!(peak_in("Name:\tengine\n"), None);
    }

    #[tokio::test]
    async fn what_is_watched_ends_with_the_watchers_line() {
        let mut child = Command::new("sh").args(["-c", "read -r _"]).stdin(Stdio::piped()).spawn().unwrap();
        let line = child.stdin.take();
        let Watcher { mut shell, _line } = Watcher::of(&child).unwrap();
        drop(_line);
        assert!(!child.wait().await.unwrap().success(), "killed although its own input is still open");
        assert!(shell.wait().await.unwrap().success());
        drop(line);
    }

    /// A program that is this shell script.
    fn script(folder: &Path, text: &str) -> Program {
        let program = folder.join("engine");
        std::fs::write(&program, format!("#!/bin/sh\n{text}")).unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        program.into()
    }

    async fn end(program: &Program, folder: &Path) -> String {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = crate::implementation::Api::http_client().unwrap();
        let (none, patience) = (json!({}), timeouts::IMPLEMENTATION_READY);
        Process::start(program, folder, &none, &[], &client, patience).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_process_that_ends_at_once_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let error = end(&script(folder.path(), "echo no such database >&2\nexit 1\n"), folder.path()).await;
        assert!(error.contains("no such database"), "{error}");
    }

    #[tokio::test]
    async fn a_process_in_another_folder_finds_its_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let mut program = script(folder.path(), "test -f \"$1\" && echo it is there\nexit 1\n");
        program.arguments = vec!["${config}".into()];
        program.folder = Some("/".into());
        let up: PathBuf = std::env::current_dir().unwrap().ancestors().skip(1).map(|_| "..").collect();
        let relative = up.join(folder.path().strip_prefix("/").unwrap());
        assert!(relative.is_relative());
        let error = end(&program, &relative).await;
        assert!(error.contains("it is there"), "{error}");
    }
}
