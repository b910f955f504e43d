//! Running one container: launch, follow its log, learn of its end, remove.

use std::path::Path;

use async_trait::async_trait;
use futures::StreamExt as _;
use testcontainers::ContainerAsync;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error as DockerError;
use testcontainers::bollard::query_parameters::LogsOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner as _;
use time::OffsetDateTime;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::docker::{self, start_error};
use super::request::{Placement, ServerImage, request};
use crate::stack::endpoints::Service;
use crate::stack::ready::chain;
use crate::stack::server::{Failed, Runner, Running};

/// A container that was started.
struct Container {
    /// `None` once it is removed.
    container: Option<ContainerAsync<ServerImage>>,
    /// How it ended, once it has and its log is whole.
    ended: watch::Receiver<Option<String>>,
    follower: JoinHandle<()>,
}

/// Launches a container. What it writes goes to `log`.
pub(super) async fn launch(
    service: Service,
    image: ServerImage,
    at: Placement<'_>,
    log: &Path,
) -> Result<Running, Failed> {
    let subject = image.subject();
    let failed = |why: String| Failed::new(service, why, log);
    let file = File::create(log).await;
    let file = file.map_err(|error| failed(format!("create {}: {error}", log.display())))?;
    let docker = docker_client_instance().await.map_err(|error| failed(error.to_string()))?;
    let container = match request(service, image, at).start().await {
        Ok(container) => container,
        Err(error) => {
            // One that was created and did not start is still there, and known by its labels only.
            let removed = docker::remove(at.mark, Some(service)).await;
            let left = removed.err().map_or_else(String::new, |why| format!("; {why}"));
            return Err(failed(format!("{subject} cannot be started: {}{left}", start_error(&error))));
        }
    };
    let (tell, ended) = watch::channel(None);
    let follower = tokio::spawn(follow(docker, container.id().to_owned(), file, 0, tell));
    let container = Container { container: Some(container), ended, follower };
    Ok(Running::new(service, subject, log, Box::new(container)))
}

/// Copies the log of a container since a time, in seconds, until it ends, and tells how it did.
async fn follow(docker: Docker, id: String, mut file: File, since: i32, tell: watch::Sender<Option<String>>) {
    let options = LogsOptionsBuilder::new().follow(true).stdout(true).stderr(true).since(since).build();
    let mut output = docker.logs(&id, Some(options));
    while let Some(Ok(piece)) = output.next().await {
        // A full disk must not keep the end of the container from being noticed.
        let _ = file.write_all(&piece.into_bytes()).await;
        let _ = file.flush().await;
    }
    let how = match docker.wait_container(&id, None).next().await {
        Some(Ok(it)) => format!("exit code {}", it.status_code),
        Some(Err(DockerError::DockerContainerWaitError { code, error })) if error.is_empty() => {
            format!("exit code {code}")
        }
        Some(Err(error)) => chain(&error),
        None => "Docker does not tell how".to_owned(),
    };
    tell.send_replace(Some(how));
}

impl Container {
    fn get(&self) -> Result<&ContainerAsync<ServerImage>, String> {
        self.container.as_ref().ok_or_else(|| "its container was removed".to_owned())
    }
}

#[async_trait]
impl Runner for Container {
    async fn ended(&mut self) -> String {
        match self.ended.wait_for(Option::is_some).await {
            Ok(how) => how.clone().unwrap_or_default(),
            Err(_) => "its log is not followed any more".to_owned(),
        }
    }

    async fn stop(&mut self) {
        if let Some(container) = self.container.take() {
            // Who removes the stack removes what is left by its labels, and tells if that fails.
            let _ = container.rm().await;
        }
        self.follower.abort();
    }

    async fn halt(&mut self) -> Result<(), String> {
        self.get()?.stop_with_timeout(Some(0)).await.map_err(|error| start_error(&error))?;
        self.ended().await;
        Ok(())
    }

    async fn launch_again(&mut self, log: &Path) -> Result<(), String> {
        let file = File::options().append(true).open(log).await.map_err(|error| error.to_string())?;
        let docker = docker_client_instance().await.map_err(|error| error.to_string())?;
        let since = i32::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default();
        let container = self.get()?;
        container.start().await.map_err(|error| start_error(&error))?;
        let (tell, ended) = watch::channel(None);
        self.follower = tokio::spawn(follow(docker, container.id().to_owned(), file, since, tell));
        self.ended = ended;
        Ok(())
    }
}
