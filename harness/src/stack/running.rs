//! The stacks of this user that run: told, and ended.

use std::time::Instant;

use super::containers;
use super::error::StackError;
use super::guardian::protocol::{Ask, StackStatus, Tell};
use super::guardian::{RunFolder, run_root};
use super::talk::{connect, converse, guardian_error, unexpected};
use crate::timeouts;

/// The stacks of this user that run.
///
/// # Errors
/// When the folder of stacks cannot be read.
pub async fn status() -> Result<Vec<StackStatus>, StackError> {
    let mut all = Vec::new();
    for folder in RunFolder::all(&run_root()?) {
        let told = match connect(&folder).await {
            Some(mut line) => Some(converse(&mut line, &Ask::Status).await),
            None => None,
        };
        match told {
            Some(Ok(Tell::Status(status))) => all.push(status),
            Some(Ok(other)) => return Err(unexpected(&other)),
            // A connection that breaks is a guardian that ends at this moment.
            None | Some(Err(StackError::Io { .. })) => {
                sweep(&folder).await?;
            }
            Some(Err(error)) => return Err(error),
        }
    }
    Ok(all)
}

/// Ends the stacks of this user; with `force` also those in use. Answers how many there were, once they are gone.
///
/// # Errors
/// When one is in use, or does not end in time.
pub async fn down(force: bool) -> Result<usize, StackError> {
    let mut ended = 0;
    for folder in RunFolder::all(&run_root()?) {
        if let Some(mut line) = connect(&folder).await {
            match converse(&mut line, &Ask::Down { force }).await? {
                Tell::Done => ended += 1,
                Tell::InUse(users) => return Err(StackError::InUse(users)),
                other => return Err(unexpected(&other)),
            }
        }
        let deadline = Instant::now() + timeouts::STACK_DOWN;
        while folder.path().exists() && !sweep(&folder).await? {
            if Instant::now() > deadline {
                return Err(guardian_error(&folder, "does not end"));
            }
            tokio::time::sleep(timeouts::POLL).await;
        }
    }
    Ok(ended)
}

/// Removes what a guardian left that was killed; `false` while one is there.
pub(super) async fn sweep(folder: &RunFolder) -> Result<bool, StackError> {
    let io = || StackError::io(format!("remove {}", folder.path().display()));
    let Some(_lock) = folder.try_lock().map_err(io())? else { return Ok(false) };
    // The traces of a stack stay for who looks next if its containers may be left: nobody else's stack depends on them.
    if let Some(docker_host) = folder.noted_containers() {
        if docker_host != std::env::var("DOCKER_HOST").unwrap_or_default() {
            tracing::warn!(
                stack = folder.key(),
                docker_host,
                "containers of a killed stack may be left at that DOCKER_HOST"
            );
            return Ok(true);
        }
        if let Err(why) = containers::remove(&folder.mark(), None).await {
            tracing::warn!(stack = folder.key(), why, "containers of a killed stack may be left");
            return Ok(true);
        }
    }
    folder.remove_traces().map_err(io()).map(|()| true)
}
