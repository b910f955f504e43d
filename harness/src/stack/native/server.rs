//! Running one server process: launch, wait until it is ready, stop.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::stack::endpoints::{KafkaEndpoint, MongodbEndpoint, PostgresEndpoint, S3Endpoint, Service};
use crate::stack::spec::RunAs;
use crate::timeouts;

/// How many of the last lines of a log an error shows.
const TAIL: usize = 20;

/// How often a server is launched on other ports, when a port that was free a moment ago was taken.
const PORT_ATTEMPTS: u32 = 3;

/// A server that runs and is ready.
pub(crate) struct Started {
    pub(crate) running: Running,
    pub(crate) endpoint: StartedEndpoint,
}

/// Where a server that was started is.
pub(crate) enum StartedEndpoint {
    Postgres(PostgresEndpoint),
    Mongodb(MongodbEndpoint),
    Kafka(KafkaEndpoint),
    S3(S3Endpoint),
}

/// A server process.
pub(crate) struct Running {
    pub(crate) service: Service,
    pub(crate) child: Child,
    /// Its process group, which ends as a whole.
    group: Pid,
    stop: Signal,
    pub(crate) log: PathBuf,
    again: Again,
    halted: bool,
}

/// What launches a server as it was launched at first.
struct Again {
    program: OsString,
    arguments: Vec<OsString>,
    run_as: Option<RunAs>,
}

impl Again {
    fn of(command: &Command, run_as: Option<&RunAs>) -> Self {
        let command = command.as_std();
        let arguments = command.get_args().map(OsStr::to_owned).collect();
        Self { program: command.get_program().to_owned(), arguments, run_as: run_as.cloned() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }
}

/// Why a server did not become ready.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) service: Service,
    pub(crate) why: String,
    pub(crate) log_tail: Vec<String>,
}

impl Failed {
    pub(super) fn new(service: Service, why: impl Into<String>, log: &Path) -> Self {
        Self { service, why: why.into(), log_tail: tail(log, TAIL) }
    }

    fn is_port_clash(&self) -> bool {
        let text = self.log_tail.join("\n").to_lowercase();
        ["address already in use", "address in use", "port is already", "could not bind", "port may already"]
            .iter()
            .any(|it| text.contains(it))
    }
}

/// Starts a server, again on other ports if one of its ports was taken in between.
pub(super) async fn with_fresh_ports<F, T>(start: impl Fn(u32) -> F) -> Result<T, Failed>
where
    F: Future<Output = Result<T, Failed>>,
{
    let mut attempt = 1;
    loop {
        match start(attempt).await {
            Err(failed) if failed.is_port_clash() && attempt < PORT_ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

/// Ports of 127.0.0.1 that are free now; all different.
pub(super) fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

impl Running {
    /// Launches a server in a process group of its own. Its output goes to `log`.
    ///
    /// It dies with the thread that launches it, so that one must live as long as the guardian: its main thread.
    pub(super) fn launch(
        service: Service,
        command: Command,
        run_as: Option<&RunAs>,
        stop: Signal,
        log: &Path,
    ) -> Result<Self, Failed> {
        let failed = |why: String| Failed::new(service, why, log);
        let output = File::create(log).map_err(|error| failed(format!("create {}: {error}", log.display())))?;
        let again = Again::of(&command, run_as);
        let (child, group) = spawn(command, run_as, output).map_err(failed)?;
        Ok(Self { service, child, group, stop, log: log.to_owned(), again, halted: false })
    }

    /// Kills it, as a failure would. Its data and its log stay.
    pub(crate) async fn halt(&mut self) {
        self.halted = true;
        // It fails only when the group is gone already.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
    }

    /// Whether it was ended on purpose, and not launched again.
    pub(crate) const fn is_halted(&self) -> bool {
        self.halted
    }

    /// Launches it again after [`Running::halt`]: on its ports, with its data, and at the end of its log.
    pub(crate) fn launch_again(&mut self) -> Result<(), String> {
        if !self.halted {
            return Err(format!("{} runs", self.service));
        }
        let log = File::options().append(true).open(&self.log).map_err(|error| error.to_string())?;
        (self.child, self.group) = spawn(self.again.command(), self.again.run_as.as_ref(), log)?;
        self.halted = false;
        Ok(())
    }

    /// Tries `attempt` until it succeeds. Ends early when the process does.
    pub(super) async fn until_ready<F, T>(&mut self, attempt: impl Fn() -> F) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, String>>,
    {
        let mut last = String::from("no attempt ended");
        let poll = async {
            loop {
                match tokio::time::timeout(timeouts::READY_ATTEMPT, attempt()).await {
                    Ok(Ok(value)) => return value,
                    Ok(Err(why)) => last = why,
                    Err(_) => last = format!("no answer within {} s", timeouts::READY_ATTEMPT.as_secs()),
                }
                tokio::time::sleep(timeouts::POLL).await;
            }
        };
        let why = tokio::select! {
            value = tokio::time::timeout(timeouts::SERVER_READY, poll) => match value {
                Ok(value) => return Ok(value),
                Err(_) => format!("is not ready after {} s: {last}", timeouts::SERVER_READY.as_secs()),
            },
            status = self.child.wait() => match status {
                Ok(status) => format!("ended before it was ready ({status})"),
                Err(error) => format!("cannot be waited for: {error}"),
            },
        };
        let failed = Failed::new(self.service, why, &self.log);
        self.stop().await;
        Err(failed)
    }

    /// Ends the process group: politely, then at once.
    pub(crate) async fn stop(&mut self) {
        // Either signal fails only when the group is gone already.
        let _ = killpg(self.group, self.stop);
        if tokio::time::timeout(timeouts::SERVER_STOP, self.child.wait()).await.is_err() {
            let _ = killpg(self.group, Signal::SIGKILL);
            let _ = self.child.wait().await;
        }
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}

/// Launches a process in a group of its own.
fn spawn(mut command: Command, run_as: Option<&RunAs>, output: File) -> Result<(Child, Pid), String> {
    let errors = output.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    drop_privileges(&mut command, run_as);
    die_with_launcher(&mut command);
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    let id = child.id().and_then(|id| i32::try_from(id).ok()).ok_or("has no process id")?;
    Ok((child, Pid::from_raw(id)))
}

/// Runs a preparation step of a server to its end.
pub(super) async fn prepare(
    service: Service,
    mut command: Command,
    run_as: Option<&RunAs>,
    log: &Path,
) -> Result<(), Failed> {
    drop_privileges(&mut command, run_as);
    die_with_launcher(&mut command);
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let run = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(timeouts::SERVER_PREPARE, run)
        .await
        .map_err(|_| Failed::new(service, format!("{program} did not end in time"), log))?
        .map_err(|error| Failed::new(service, format!("{program}: {error}"), log))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    Err(Failed {
        service,
        why: format!("{program} ended with {}", output.status),
        log_tail: lines[lines.len().saturating_sub(TAIL)..].to_vec(),
    })
}

fn drop_privileges(command: &mut Command, run_as: Option<&RunAs>) {
    if let Some(user) = run_as {
        command.uid(user.uid).gid(user.gid);
    }
}

/// Lets the kernel end the process when the thread that launches it ends, be it by a signal nobody can handle.
#[cfg(target_os = "linux")]
fn die_with_launcher(command: &mut Command) {
    #[expect(
        unsafe_code,
        reason = "the closure makes one system call and allocates nothing, as it must between fork and exec"
    )]
    unsafe {
        command.as_std_mut().pre_exec(|| nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(Into::into));
    }
}

/// Elsewhere there is no such signal.
#[cfg(not(target_os = "linux"))]
fn die_with_launcher(_command: &mut Command) {}

/// The last lines of a file; none if it cannot be read.
pub(crate) fn tail(path: &Path, lines: usize) -> Vec<String> {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut last: Vec<String> = text.lines().rev().take(lines).map(str::to_owned).collect();
    last.reverse();
    last
}

/// A server that reads another's data could be fooled by it: creates a folder that is only its user's.
pub(super) fn create_private(service: Service, path: &Path, owner: Option<&RunAs>) -> Result<(), Failed> {
    use std::os::unix::fs::DirBuilderExt;

    let create = || {
        std::fs::DirBuilder::new().mode(0o700).create(path)?;
        owner.map_or(Ok(()), |user| std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid)))
    };
    create().map_err(|error| Failed::new(service, format!("create {}: {error}", path.display()), Path::new("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(line: &str) -> Failed {
        Failed { service: Service::S3, why: String::new(), log_tail: vec![line.to_owned()] }
    }

    #[test]
    fn free_ports_differ() {
        let [a, b, c] = free_ports::<3>().unwrap();
        assert!(a != b && b != c && a != c);
    }

    #[tokio::test]
    async fn a_taken_port_is_tried_again_and_another_failure_is_not() {
        let attempts = std::cell::Cell::new(0);
        let start = |attempt| {
            attempts.set(attempt);
            async move { if attempt < 3 { Err(failed("bind: Address already in use")) } else { Ok(()) } }
        };
        with_fresh_ports(start).await.unwrap();
        assert_eq!(attempts.get(), 3);
        let start = |attempt| {
            attempts.set(attempt);
            async { Err::<(), _>(failed("out of memory")) }
        };
        with_fresh_ports(start).await.unwrap_err();
        assert_eq!(attempts.get(), 1);
    }

    #[tokio::test]
    async fn a_server_that_ends_early_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo no memory left; exit 7"]);
        let mut it = Running::launch(Service::Kafka, command, None, Signal::SIGTERM, &log).unwrap();
        let never = it.until_ready(|| async { Err::<(), _>("not yet".to_owned()) }).await;
        let failed = never.unwrap_err();
        assert_eq!(failed.why, "ended before it was ready (exit status: 7)");
        assert_eq!(failed.log_tail, ["no memory left"]);
    }

    #[tokio::test]
    async fn stop_ends_the_whole_group() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' TERM; sleep 600 & echo $!; wait"]);
        let log = folder.path().join("log");
        let mut it = Running::launch(Service::Kafka, command, None, Signal::SIGKILL, &log).unwrap();
        let grandchild = loop {
            if let Some(line) = tail(&log, 1).pop() {
                break Pid::from_raw(line.parse().unwrap());
            }
            tokio::task::yield_now().await;
        };
        it.stop().await;
        let gone = || nix::sys::signal::kill(grandchild, None).is_err() || is_zombie(grandchild);
        tokio::time::timeout(timeouts::SERVER_STOP, async {
            while !gone() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_server_that_was_halted_is_launched_again_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo $0; sleep 600", "here"]);
        let mut it = Running::launch(Service::Kafka, command, None, Signal::SIGTERM, &log).unwrap();
        let words = async |count| {
            while tail(&log, 9).len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(timeouts::SERVER_STOP, words(1)).await.unwrap();
        assert_eq!(it.launch_again().unwrap_err(), "kafka runs");
        it.halt().await;
        assert!(it.is_halted());
        it.launch_again().unwrap();
        tokio::time::timeout(timeouts::SERVER_STOP, words(2)).await.unwrap();
        assert_eq!(tail(&log, 9), ["here", "here"], "the same command, and the log goes on");
        assert!(it.child.try_wait().unwrap().is_none() && !it.is_halted());
        it.stop().await;
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_server_does_not_outlive_its_launcher() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let launcher = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut command = Command::new("sleep");
                command.arg("600");
                let it = Running::launch(Service::S3, command, None, Signal::SIGTERM, &log).unwrap();
                assert!(!is_zombie(it.group));
                it.group
            })
        });
        let server = launcher.join().unwrap();
        let deadline = std::time::Instant::now() + timeouts::SERVER_STOP;
        while nix::sys::signal::kill(server, None).is_ok() && !is_zombie(server) {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
    }

    fn is_zombie(pid: Pid) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    }
}
