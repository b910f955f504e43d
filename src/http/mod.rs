//! The HTTP service: the engine's operations for callers with a token.

pub mod auth;
pub mod body;
pub mod correlation;
pub mod handlers;
mod problem;
pub mod requests;
mod router;
mod unread;

use std::{future::Future, io, sync::Arc, time::Duration};

pub use correlation::CorrelationId;
pub use problem::{ErrorBody, Problem};
pub use router::{openapi, router};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{Engine, Error, ErrorKind, Result};

/// Once asked to stop, how long answers to requests in flight may still take after all restores have ended.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// What handlers share.
pub struct App {
    /// Does the work.
    pub engine: Engine,
    /// Checks tokens.
    pub verifier: auth::Verifier,
}

impl App {
    /// # Errors
    /// [`ErrorKind::Configuration`] when nothing says whose tokens are trusted.
    pub fn new(engine: Engine) -> Result<Self> {
        let auth = engine.config().auth.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "`serve` needs `auth`: give one of auth.jwks_url, auth.public_key_file, auth.public_key",
            )
        })?;
        let verifier = auth::Verifier::new(auth)?;
        Ok(Self { engine, verifier })
    }
}

/// Serves until `stop`; then restores end their current batches, release their locks and answer.
///
/// # Errors
/// When the socket fails.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> Result<()> {
    let engine = app.engine.clone();
    serve_router(engine, router(Arc::new(app)), listener, stop).await
}

/// The same with a router that whoever embeds the engine has put something around.
///
/// # Errors
/// When the socket fails.
pub async fn serve_router(
    engine: Engine,
    router: axum::Router,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<()> {
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let ended = until_stopped(tokio::spawn(server.into_future()), &stop, engine.shutdown()).await;
    ended.map_err(|error| Error::new(ErrorKind::Internal, "the HTTP service failed").caused_by(error))
}

/// Waits for the stop, or for a server that ends by itself; either way `shutdown` comes before the end: an idle server
/// ends as soon as it is asked to, and may well leave runs behind.
async fn until_stopped(
    mut server: JoinHandle<io::Result<()>>,
    stop: &CancellationToken,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let ended = tokio::select! {
        ended = &mut server => Some(ended),
        () = stop.cancelled() => None,
    };
    tracing::info!("stopping: restores end their current batches");
    shutdown.await;
    let ended = match ended {
        Some(ended) => ended,
        None => match tokio::time::timeout(LAST_ANSWERS, &mut server).await {
            Ok(ended) => ended,
            Err(_) => {
                tracing::warn!("some connections are still open; they are cut off");
                server.abort();
                return Ok(());
            }
        },
    };
    ended.map_err(io::Error::other).and_then(|result| result)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    async fn ends_runs(server: io::Result<()>, stopped: bool) -> (bool, io::Result<()>) {
        let stop = CancellationToken::new();
        if stopped {
            stop.cancel();
        }
        let server = tokio::spawn(async { server });
        while !server.is_finished() {
            tokio::task::yield_now().await;
        }
        let ended = AtomicBool::new(false);
        let result = until_stopped(server, &stop, async { ended.store(true, Ordering::SeqCst) }).await;
        (ended.load(Ordering::SeqCst), result)
    }

    #[tokio::test]
    async fn a_server_that_ends_first_leaves_no_run_behind() {
        // The two branches of the race are taken at random.
        for _ in 0..50 {
            assert!(ends_runs(Ok(()), true).await.0, "an idle server");
        }
        let (ended, result) = ends_runs(Err(io::Error::other("the socket is gone")), false).await;
        assert!(ended, "a failed server");
        assert_eq!(result.unwrap_err().to_string(), "the socket is gone");
    }
}
