//! `serve`.

use std::io::Write;

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::{arguments::Serve, exit};
use crate::{
    Engine, Error, ErrorKind, Result,
    config::Config,
    http::{self, App},
};

/// Serves until SIGTERM or Ctrl-C. A second one ends the process at once.
pub(super) async fn run(config: Config, arguments: &Serve) -> Result<u8> {
    let address = arguments.listen.unwrap_or(config.listen);
    let stop = stop_on_signals()?;
    let app = App::new(Engine::connect(config).await?)?;
    let unusable = |error: std::io::Error| {
        Error::new(ErrorKind::Configuration, format!("cannot listen on {address}")).caused_by(error)
    };
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let real = listener.local_addr().map_err(unusable)?;
    // Whoever starts the service waits for this line.
    let mut stdout = std::io::stdout();
    let told = writeln!(stdout, "listening on http://{real}").and_then(|()| stdout.flush());
    told.map_err(|error| Error::new(ErrorKind::OutputUnwritable, "cannot tell the address").caused_by(error))?;
    http::serve(app, listener, stop).await?;
    Ok(exit::SUCCESS)
}

fn stop_on_signals() -> Result<CancellationToken> {
    let unavailable =
        |error: std::io::Error| Error::new(ErrorKind::Internal, "signals cannot be received").caused_by(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if told.is_cancelled() {
                tracing::warn!("stopped at once; locks run out by themselves, and a retry completes what was begun");
                std::process::exit(i32::from(exit::INTERRUPTED));
            }
            told.cancel();
        }
    });
    Ok(stop)
}
