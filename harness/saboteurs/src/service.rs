//! The engine with its fault, served until SIGTERM.

use std::{io::Write as _, path::Path, sync::Arc};

use futures::FutureExt as _;
use restore_engine::{
    Engine, Error, ErrorKind, Result,
    config::Config,
    domains::Registry,
    http::{self, App},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Saboteur,
    seams::{Claims, Operation, around, put_between, sabotaged},
};

/// Serves like `restore-engine serve`, with this saboteur's fault.
///
/// # Errors
/// As the engine's own service.
pub async fn serve(saboteur: Saboteur, file: &Path) -> Result<()> {
    let claims = Claims::default();
    // Whoever removes a tenant has emptied its space: what was claimed to be there is not.
    let forgetful = claims.clone();
    let saboteur = saboteur.serves(Operation::RemoveTenant, move |asked, beyond| {
        forgetful.forget(&asked.tenant());
        async move { beyond.ask(asked).await }
    });
    let mut config = Config::load(file)?;
    saboteur.at.builder.configure(&mut config);
    let unusable = |error: std::io::Error| {
        Error::new(ErrorKind::Configuration, format!("cannot serve as {}", saboteur.name)).caused_by(error)
    };
    let listen = config.listen;
    // The wire is between the engine and its backends, so that only its drivers are led over it.
    let mut over_wire = config.clone();
    put_between(&mut over_wire, &saboteur.at.wire).await.map_err(unusable)?;
    let registry = sabotaged(&Registry::connect(&over_wire.domains).await?, &saboteur.at.domain, &claims);
    let engine = saboteur.at.builder.build(Engine::builder(config).registry(registry)).connect().await?;
    let router = around(http::router(Arc::new(App::new(engine.clone())?)), &saboteur.at.http);
    let listener = TcpListener::bind(listen).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let stop = CancellationToken::new();
    let (mut terminated, ended) = (signal(SignalKind::terminate()).map_err(unusable)?, stop.clone());
    tokio::spawn(async move { terminated.recv().map(|_| ended.cancel()).await });
    // Whoever starts the service waits for this line.
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush()).map_err(unusable)?;
    http::serve_router(engine, router, listener, stop).await
}
