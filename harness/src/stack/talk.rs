//! Finds, starts and asks the guardian of a stack.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use tokio::net::UnixStream;

use super::error::StackError;
use super::guardian::RunFolder;
use super::guardian::protocol::{Ask, Line, Tell};
use super::spec::LaunchSpec;
use crate::timeouts;

pub(super) async fn connect(folder: &RunFolder) -> Option<Line> {
    UnixStream::connect(folder.socket()).await.ok().map(Line::new)
}

/// A connection to the stack's guardian, and whether it ran before.
pub(super) async fn connect_or_start(
    folder: &RunFolder,
    spec: &LaunchSpec,
    program: Option<&Path>,
) -> Result<(Line, bool), StackError> {
    if let Some(line) = connect(folder).await {
        return Ok((line, true));
    }
    let mut child = launch(folder, spec, program)?;
    let deadline = Instant::now() + timeouts::GUARDIAN_ANSWERS;
    loop {
        if let Some(line) = connect(folder).await {
            // Reaps the guardian if it ends before this process does.
            std::thread::spawn(move || child.wait());
            return Ok((line, false));
        }
        if let Ok(Some(status)) = child.try_wait()
            && !status.success()
        {
            return Err(guardian_error(folder, &format!("ended before it answered ({status})")));
        }
        if Instant::now() > deadline {
            return Err(guardian_error(folder, "does not answer"));
        }
        tokio::time::sleep(timeouts::POLL).await;
    }
}

/// The words by which a program is told to own a stack.
const GUARDIAN: [&str; 2] = ["stack", "guardian"];

/// Whether this program was started, with these arguments, to own a stack.
#[must_use]
pub fn is_guardian(arguments: impl IntoIterator<Item = String>) -> bool {
    arguments.into_iter().skip(1).take(GUARDIAN.len() + 1).eq([GUARDIAN[0], GUARDIAN[1], "--key"])
}

fn launch(folder: &RunFolder, spec: &LaunchSpec, program: Option<&Path>) -> Result<std::process::Child, StackError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;

    let io = |what: &str| StackError::io(format!("{what} the guardian of the stack"));
    let program = match program {
        Some(program) => program.to_owned(),
        None => std::env::current_exe().map_err(io("find the program of"))?,
    };
    let log = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(folder.log());
    let log = log.map_err(io("open the log of"))?;
    let mut child = Command::new(program)
        .args(GUARDIAN)
        .args(["--key", folder.key(), "--root"])
        .arg(folder.path().parent().unwrap_or(Path::new("/")))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(log.try_clone().map_err(io("open the log of"))?)
        .stderr(log)
        .spawn()
        .map_err(io("start"))?;
    let text = serde_json::to_vec(spec).expect("paths and names are JSON");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&text).map_err(io("instruct"))?;
    Ok(child)
}

/// Holds the stack and waits until it is ready.
///
/// `None` when the guardian ended instead: it may have been about to when the connection was made.
pub(super) async fn converse(line: &mut Line, ask: &Ask) -> Result<Tell, StackError> {
    let talk = async {
        line.send(ask).await?;
        line.receive().await?.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    };
    let silent = || StackError::Guardian { why: "does not answer".to_owned(), log: None };
    let told = tokio::time::timeout(timeouts::GUARDIAN_ANSWERS, talk).await.map_err(|_| silent())?;
    told.map_err(StackError::io("talk to the guardian"))
}

pub(super) fn unexpected(tell: &Tell) -> StackError {
    let kind = match tell {
        Tell::Progress { .. } => "progress",
        Tell::Ready(_) => "readiness",
        Tell::Failed { .. } => "a failure",
        Tell::Done => "an end",
        Tell::Status(_) => "a status",
        Tell::InUse(_) => "that it is in use",
        Tell::Refused(_) => "a refusal",
    };
    StackError::Guardian { why: format!("told {kind} when asked for something else"), log: None }
}

pub(super) fn guardian_error(folder: &RunFolder, why: &str) -> StackError {
    StackError::Guardian { why: why.to_owned(), log: Some(folder.log()) }
}

#[cfg(test)]
mod tests {
    use super::is_guardian;

    #[test]
    fn a_guardian_is_told_from_a_test_that_is_called_like_one() {
        let started = |words: &str| is_guardian(words.split(' ').map(str::to_owned));
        assert!(started("program stack guardian --key 0 --root /"));
        assert!(!started("program stack guardian"), "these are two filters");
        assert!(!started("program"));
    }
}
