//! A server as a process of this machine: launched in a group of its own, which ends as a whole.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use async_trait::async_trait;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::stack::endpoints::Service;
use crate::stack::server::{Failed, Runner, Running};
use crate::stack::spec::RunAs;
use crate::timeouts;

/// A server process.
struct Process {
    child: Child,
    /// Its process group, which ends as a whole.
    group: Pid,
    stop: Signal,
    again: Again,
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

/// Launches a server in a process group of its own. Its output goes to `log`.
///
/// It dies with the thread that launches it, so that one must live as long as the guardian: its main thread.
pub(super) fn launch(
    service: Service,
    command: Command,
    run_as: Option<&RunAs>,
    stop: Signal,
    log: &Path,
) -> Result<Running, Failed> {
    let process = Process::launch(command, run_as, stop, log).map_err(|why| Failed::new(service, why, log))?;
    Ok(Running::new(service, String::new(), log, Box::new(process)))
}

impl Process {
    fn launch(command: Command, run_as: Option<&RunAs>, stop: Signal, log: &Path) -> Result<Self, String> {
        let output = File::create(log).map_err(|error| format!("create {}: {error}", log.display()))?;
        let again = Again::of(&command, run_as);
        let (child, group) = spawn(command, run_as, output)?;
        Ok(Self { child, group, stop, again })
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

#[async_trait]
impl Runner for Process {
    async fn ended(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Politely, then at once.
    async fn stop(&mut self) {
        // Either signal fails only when the group is gone already.
        let _ = killpg(self.group, self.stop);
        if tokio::time::timeout(timeouts::SERVER_STOP, self.child.wait()).await.is_err() {
            let _ = killpg(self.group, Signal::SIGKILL);
            let _ = self.child.wait().await;
        }
        let _ = killpg(self.group, Signal::SIGKILL);
    }

    async fn halt(&mut self) -> Result<(), String> {
        // It fails only when the group is gone already.
        let _ = killpg(self.group, Signal::SIGKILL);
        self.child.wait().await.map(drop).map_err(|error| error.to_string())
    }

    async fn launch_again(&mut self, log: &Path) -> Result<(), String> {
        let log = File::options().append(true).open(log).map_err(|error| error.to_string())?;
        (self.child, self.group) = spawn(self.again.command(), self.again.run_as.as_ref(), log)?;
        Ok(())
    }
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
    Err(Failed::with_output(service, format!("{program} ended with {}", output.status), &text))
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
    use crate::stack::server::tail;

    #[tokio::test]
    async fn a_server_that_ends_early_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo no memory left; exit 7"]);
        let mut it = launch(Service::Kafka, command, None, Signal::SIGTERM, &log).unwrap();
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
        let mut it = Process::launch(command, None, Signal::SIGKILL, &log).unwrap();
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
        let mut it = launch(Service::Kafka, command, None, Signal::SIGTERM, &log).unwrap();
        let words = async |count| {
            while tail(&log, 9).len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(timeouts::SERVER_STOP, words(1)).await.unwrap();
        assert_eq!(it.launch_again().await.unwrap_err(), "kafka runs");
        it.halt().await.unwrap();
        assert!(it.is_halted());
        it.launch_again().await.unwrap();
        tokio::time::timeout(timeouts::SERVER_STOP, words(2)).await.unwrap();
        assert_eq!(tail(&log, 9), ["here", "here"], "the same command, and the log goes on");
        assert!(!it.is_halted());
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
                let it = Process::launch(command, None, Signal::SIGTERM, &log).unwrap();
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
