//! Log lines, on the error output.

use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::LogFormat;

/// Starts logging. `RUST_LOG` decides what is written; by default the service tells what it does, and other commands
/// only what is wrong.
pub(super) fn start(format: LogFormat, service: bool) {
    let default = if service { "info" } else { "error" };
    let filter = EnvFilter::builder().try_from_env().unwrap_or_else(|_| EnvFilter::new(default));
    let bodiless = filter_fn(|metadata| !tells_bodies(metadata));
    let subscriber = tracing_subscriber::registry().with(filter).with(bodiless);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            subscriber.with(lines.with_ansi(colours)).init();
        }
        LogFormat::Json => subscriber.with(lines.json().flatten_event(true)).init(),
    }
}

/// At its finest level the S3 client writes down whole answers, and with them what tenants keep in the tags of a bucket.
fn tells_bodies(metadata: &Metadata<'_>) -> bool {
    *metadata.level() == Level::TRACE && metadata.target().starts_with("aws_smithy_runtime")
}
