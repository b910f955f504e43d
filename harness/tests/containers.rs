//! Containers on a real Docker: told when they fail, gone when nobody needs them.
//!
//! Ignored where Docker is not sure to be there; CI runs them, with `RESTORE_CONFORMANCE_IMAGE_…` naming its images:
//! `cargo test --workspace --test containers -- --ignored`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Four servers on two busy cores, or the end of a stack without users, take a minute at worst; this bounds a test that
/// would hang.
const LONG: Duration = Duration::from_secs(240);

/// Kills without a chance to clean up.
fn kill_hard(pid: u32) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).unwrap();
}

fn suite(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restore-conformance"));
    command.arg("stack").args(arguments);
    command
}

fn said(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Ids of the containers of a stack.
fn containers(key: &str) -> Vec<String> {
    let filter = format!("label=restore-conformance.stack={key}");
    let output = said(Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &filter]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Key and guardian of the stack that `user` started for itself.
fn stack_of(user: &Child) -> Option<(String, u32)> {
    let output = said(suite(&["status"]).arg("--json"));
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let own = all.into_iter().find(|it| it["key"].as_str().unwrap().contains(&format!("-{}-", user.id())))?;
    Some((own["key"].as_str()?.to_owned(), u32::try_from(own["guardian"].as_u64()?).unwrap()))
}

/// A user that holds four containers of its own.
fn hold() -> (Child, String, u32) {
    let mut user = suite(&["up", "--isolated", "--origin", "containers"]);
    let mut user = user.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(user.stderr.take().unwrap()).lines();
    let told: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.starts_with("held until")).collect();
    assert!(user.try_wait().unwrap().is_none(), "{}", told.join("\n"));
    let (key, guardian) = stack_of(&user).expect("a held stack is shown");
    assert_eq!(containers(&key).len(), 4);
    (user, key, guardian)
}

fn until_gone(key: &str) {
    let deadline = Instant::now() + LONG;
    while !containers(key).is_empty() {
        assert!(Instant::now() < deadline, "the containers of {key} are still there");
    }
}

/// A signal is on its way for a moment, in which a guardian still holds its lock.
fn until_dead(pid: u32) {
    let deadline = Instant::now() + LONG;
    while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|it| !it.contains(") Z ")) {
        assert!(Instant::now() < deadline, "process {pid} is still there");
    }
}

#[test]
#[ignore = "needs Docker, and images for it"]
fn a_user_that_was_killed_leaves_no_container() {
    let (mut user, key, _) = hold();
    kill_hard(user.id());
    user.wait().unwrap();
    until_gone(&key);
}

#[test]
#[ignore = "needs Docker, and images for it"]
fn containers_of_a_guardian_that_was_killed_are_removed_by_the_next_command() {
    let (mut user, key, guardian) = hold();
    kill_hard(guardian);
    kill_hard(user.id());
    user.wait().unwrap();
    until_dead(guardian);
    assert_eq!(containers(&key).len(), 4, "nobody was there to remove them");
    assert!(said(&mut suite(&["status"])).status.success());
    assert_eq!(containers(&key), Vec::<String>::new());
}

#[test]
#[ignore = "needs Docker, and images for it"]
fn a_container_that_ends_at_start_is_told_with_its_image_and_its_last_words() {
    // MinIO's image has no use for the environment of Kafka's: it prints its usage and ends.
    let image = std::env::var("RESTORE_CONFORMANCE_IMAGE_S3").expect("CI names the image");
    let mut up = suite(&["up", "--isolated", "--detach", "--origin", "containers"]);
    let output = said(up.env("RESTORE_CONFORMANCE_IMAGE_KAFKA", &image));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains(&format!("error: kafka: the container of {image} ended before it was ready (exit code")),
        "{text}"
    );
    assert!(text.contains("the server wrote last:\n    | "), "{text}");
    assert!(text.contains("name another image: RESTORE_CONFORMANCE_IMAGE_KAFKA=NAME:TAG"), "{text}");
}
