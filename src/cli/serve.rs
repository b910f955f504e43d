//! `serve`.

use std::io::Write;

use tokio::net::TcpListener;

use super::{arguments::Serve, exit, interrupt::Interrupt};
use crate::{
    Engine, Error, ErrorKind, Result,
    config::Config,
    http::{self, App},
};

/// Serves until SIGTERM or Ctrl-C. A second one ends the process at once.
pub(super) async fn run(config: Config, arguments: &Serve) -> Result<u8> {
    let address = arguments.listen.unwrap_or(config.listen);
    let interrupt = Interrupt::listen()?;
    interrupt.at_work();
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
    http::serve(app, listener, interrupt.stop().clone()).await?;
    Ok(exit::SUCCESS)
}
