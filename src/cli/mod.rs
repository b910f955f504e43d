//! The command line. It drives the engine directly, without HTTP.

mod arguments;
mod artifact;
mod configuration;
mod confirm;
mod export;
mod formats;
mod interrupt;
mod logging;
mod output;
mod preflight;
mod render;
mod restore;
mod serve;
mod table;
mod tenants;

use std::{num::NonZero, path::Path, process::ExitCode};

pub use arguments::Cli;
use arguments::{Command, LogFormat};
use clap::Parser;
use interrupt::Interrupt;
use output::Output;
use restore_model::DomainKey;

use crate::{Engine, Error, ErrorKind, Result, config::Config, control, http::CorrelationId};

/// What commands exit with besides the codes of [`ErrorKind`].
mod exit {
    /// Done.
    pub(super) const SUCCESS: u8 = 0;
    /// A restore of which nothing stands.
    pub(super) const FAILED: u8 = 1;
    /// Some of what was asked for is not there.
    pub(super) const PARTIAL: u8 = 3;
    /// By Ctrl-C.
    pub(super) const INTERRUPTED: u8 = 130;
}

/// Parses the arguments, does what they say, and tells how it went.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe must not become a panic.
            let _ = error.print();
            let usage = error.use_stderr();
            return ExitCode::from(if usage { ErrorKind::InvalidRequest.exit_code() } else { exit::SUCCESS });
        }
    };
    logging::start(cli.log_format, matches!(cli.command, Command::Serve(_)));
    let correlation_id = CorrelationId::mint().0;
    let output = Output { json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::from(ErrorKind::Internal.exit_code());
        }
    };
    let code = runtime.block_on(run(cli, output, &correlation_id)).unwrap_or_else(|error| {
        output.error(&error, &correlation_id);
        error.kind().exit_code()
    });
    // A read of standard input that nobody answers must not hold the process.
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// One thread for each domain beside the usual ones: to read a large tenant is computing, and five domains that compute
/// would keep leases, heartbeats and the answers of backends waiting until they count as late.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get) + DomainKey::ALL.len()
}

async fn run(cli: Cli, output: Output, correlation_id: &str) -> Result<u8> {
    let config = cli.config.as_deref();
    let caller = control::Caller {
        actor_id: format!("cli:{}", std::env::var("USER").unwrap_or_else(|_| "unknown".into())),
        actor_type: control::ActorType::Superadmin,
        correlation_id: correlation_id.to_owned(),
    };
    match cli.command {
        Command::Serve(arguments) => serve::run(load(config)?, &arguments).await,
        Command::Tenants(command) => tenants::run(&connect(config).await?, &caller, command, output).await,
        Command::Export(arguments) => export::run(&connect(config).await?, &caller, arguments, output).await,
        Command::IdentifierMap(arguments) => {
            restore::identifier_map(&connect(config).await?, &caller, &arguments, output).await
        }
        Command::Preflight(arguments) => preflight::run(&connect(config).await?, &caller, arguments, output).await,
        Command::Restore(arguments) => {
            let interrupt = Interrupt::listen()?;
            restore::run(&connect(config).await?, &caller, arguments, output, &interrupt).await
        }
        Command::Validate(arguments) => formats::validate(config, &arguments, output),
        Command::Migrate(arguments) => formats::migrate(config, &arguments, output),
        Command::Runs(command) => restore::runs(&connect(config).await?, command, output).await,
        Command::Config(command) => configuration::run(config, command, output).await,
        Command::Openapi => output.text(&crate::schemas::openapi()),
        Command::ArtifactSchema => output.text(&crate::schemas::artifact()),
    }
}

fn load(path: Option<&Path>) -> Result<Config> {
    let path = path.ok_or_else(|| {
        Error::new(ErrorKind::Configuration, "say --config FILE, or set RESTORE_ENGINE_CONFIG; `restore-engine config schema` prints what may stand in it")
    })?;
    Config::load(path)
}

async fn connect(path: Option<&Path>) -> Result<Engine> {
    Engine::connect(load(path)?).await
}
