//! Log lines, on the error output.

use tracing_subscriber::EnvFilter;

use super::LogFormat;

/// Starts logging. `RUST_LOG` decides what is written; by default the service tells what it does, and other commands
/// only what is wrong.
pub(super) fn start(format: LogFormat, service: bool) {
    let default = if service { "info" } else { "error" };
    let filter = EnvFilter::builder().try_from_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
