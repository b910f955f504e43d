//! The guardian counts its users by their connections, is the only one of its stack, and leaves nothing.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A guardian of a stack without servers answers within milliseconds; this bounds a test that would hang.
const SOON: Duration = Duration::from_secs(15);

fn guardian(root: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_restore-conformance"))
        .args(["stack", "guardian", "--key", "test", "--root"])
        .arg(root)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{}").unwrap();
    child
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(it) = look() {
            return it;
        }
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

struct User(BufReader<UnixStream>);

impl User {
    fn connect(root: &Path) -> Self {
        Self(BufReader::new(until("the socket answers", || UnixStream::connect(root.join("test/guardian.sock")).ok())))
    }

    fn ask(&mut self, ask: &Value) -> Value {
        writeln!(self.0.get_mut(), "{ask}").unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn users(&mut self) -> Value {
        self.ask(&json!("status"))["status"]["users"].clone()
    }
}

#[test]
fn users_are_counted_by_their_connections() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut first = guardian(root);
    let mut holder = User::connect(root);
    let ready = holder.ask(&json!({"hold": {"label": "a run", "pid": 7}}));
    assert!(ready.get("ready").is_some(), "{ready}");

    let second = guardian(root).wait().unwrap();
    assert!(second.success(), "a second guardian of the same stack ends at once");

    let mut looker = User::connect(root);
    assert_eq!(looker.users(), json!(["a run (pid 7)"]));
    assert_eq!(looker.ask(&json!({"down": {"force": false}})), json!({"in_use": ["a run (pid 7)"]}));

    // However a process ends, the kernel closes its sockets: that is all a guardian relies on.
    drop(holder);
    until("the user is gone", || (looker.users() == json!([])).then_some(()));
    assert_eq!(looker.ask(&json!({"down": {"force": false}})), json!("done"));
    assert!(first.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(root).unwrap().count(), 0, "nothing is left");
}

#[test]
fn a_guardian_told_to_terminate_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = guardian(folder.path());
    let mut user = User::connect(folder.path());
    user.ask(&json!({"hold": {"label": "a run", "pid": 7}}));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}
