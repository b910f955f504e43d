//! The HTTP service: the engine's operations for callers with a token.

pub mod auth;
pub mod body;
pub mod correlation;
pub mod handlers;
mod problem;
pub mod requests;
mod router;
mod unread;

use std::{sync::Arc, time::Duration};

pub use correlation::CorrelationId;
pub use problem::{ErrorBody, Problem};
pub use router::{openapi, router};
use tokio::net::TcpListener;
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
    let failed = |error: std::io::Error| Error::new(ErrorKind::Internal, "the HTTP service failed").caused_by(error);
    let server = axum::serve(listener, router(Arc::new(app))).with_graceful_shutdown(stop.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => return ended.map_err(std::io::Error::other).and_then(|result| result).map_err(failed),
        () = stop.cancelled() => {}
    }
    tracing::info!("stopping: restores end their current batches");
    engine.shutdown().await;
    match tokio::time::timeout(LAST_ANSWERS, &mut server).await {
        Ok(ended) => ended.map_err(std::io::Error::other).and_then(|result| result).map_err(failed),
        Err(_) => {
            tracing::warn!("some connections are still open; they are cut off");
            server.abort();
            Ok(())
        }
    }
}
