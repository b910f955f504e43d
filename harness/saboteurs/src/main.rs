//! The program of all saboteurs: `restore-saboteur list`, and `restore-saboteur NAME serve --config FILE`.

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use restore_saboteurs::{Saboteur, all, service};
use tracing_subscriber::EnvFilter;

/// Deliberately faulty restore engines, which the conformance suite must catch.
///
/// `restore-saboteur NAME serve --config FILE` is a complete engine with the fault of that name.
#[derive(Debug, Parser)]
#[command(name = "restore-saboteur", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all saboteurs: their fault, where it is put in, and which requirement must convict them
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What follows the name of a saboteur.
#[derive(Debug, Parser)]
#[command(name = "restore-saboteur NAME")]
struct Service {
    #[command(subcommand)]
    command: ServiceCommand,
}

#[derive(Debug, Subcommand)]
enum ServiceCommand {
    /// Serve the HTTP interface until SIGTERM
    Serve {
        /// The YAML configuration of the engine
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    // Fails only if a provider is there already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<_> = std::env::args_os().collect();
    let named = arguments.get(1).and_then(|name| name.to_str()).map(str::to_owned);
    match all().into_iter().find(|saboteur| Some(saboteur.name) == named.as_deref()) {
        Some(saboteur) => serve(saboteur, &arguments[1..]),
        None => {
            let Cli { command: Command::List { json } } = Cli::parse();
            list(json)
        }
    }
}

fn serve(saboteur: Saboteur, arguments: &[std::ffi::OsString]) -> ExitCode {
    let parsed = Service::command().get_matches_from(arguments);
    let ServiceCommand::Serve { config } =
        Service::from_arg_matches(&parsed).unwrap_or_else(|error| error.exit()).command;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    tracing::warn!(name = saboteur.name, fault = saboteur.fault, "this engine is faulty on purpose");
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(service::serve(saboteur, &config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn list(json: bool) -> ExitCode {
    let all = all();
    if json {
        println!("{}", serde_json::to_string_pretty(&all).expect("names and texts are JSON"));
        return ExitCode::SUCCESS;
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["name", "fault", "seam", "convicted by"]);
    for it in &all {
        let by: Vec<String> = it.expectations.iter().map(|it| format!("{} \"{}\"", it.requirement, it.words)).collect();
        let by = it.passes.map_or_else(|| by.join("\n"), |tags| format!("nothing: it must pass {tags}"));
        table.add_row([it.name.to_owned(), it.fault.to_owned(), it.seams.join(", "), by]);
    }
    println!("{table}");
    ExitCode::SUCCESS
}
