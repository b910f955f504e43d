//! The command line: what can be said, and what `--help` tells.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use restore_model::DomainKey;

/// What `--help` says about exit codes. Errors exit with the code of their kind; see [`crate::ErrorKind`].
const EXIT_CODES: &str = "\
Exit codes:
  0    done; a restore: success
  1    a restore failed: nothing stands
  3    a restore is partial: something failed, or was kept although it differs; an export lacks a domain; a preflight found something in the way; a backend does not answer `config check`
  4    no such tenant or run
  5    refused because of the state of the tenant or of its space: suspended, conflicts, changed since the preflight
  64   wrong usage, unknown domain
  65   the artifact or the identifier map cannot be used
  69   a backend or the control database does not answer
  70   a defect of the engine
  73   a file cannot be written
  75   another restore holds the lock; try again later
  78   the configuration is unusable
  130  interrupted; the current batch was ended and the lock released";

/// Exports tenants of a multi-domain platform into one artifact, and restores them.
#[derive(Debug, Parser)]
#[command(name = "restore-engine", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// The YAML configuration; each key also by RESTORE_ENGINE__SECTION__KEY.
    #[arg(long, global = true, env = "RESTORE_ENGINE_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
    /// How to write the log, which goes to the error output.
    #[arg(long, global = true, env = "RESTORE_ENGINE_LOG_FORMAT", hide_env_values = true)]
    #[arg(value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP interface until SIGTERM or Ctrl-C.
    Serve(Serve),
    /// Register tenants, look at them, change their state.
    #[command(subcommand)]
    Tenants(Tenants),
    /// Export a tenant into one artifact.
    Export(Export),
    /// Propose the identifier map that leads from an artifact into a tenant.
    IdentifierMap(IdentifierMap),
    /// Tell what a restore would find in a tenant, before anything is written.
    Preflight(Preflight),
    /// Restore an artifact into a tenant.
    Restore(Restore),
    /// Judge an artifact: all its flaws at once, each with its path.
    Validate(Validate),
    /// Bring an artifact to the current format version; a restore does so by itself.
    Migrate(Migrate),
    /// Look at restores.
    #[command(subcommand)]
    Runs(Runs),
    /// Check the configuration, or print its JSON Schema.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the OpenAPI description of the HTTP interface.
    Openapi,
    /// Print the JSON Schema of artifacts.
    ArtifactSchema,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port, instead of the configured one; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

/// `tenants`.
#[derive(Debug, Subcommand)]
pub enum Tenants {
    /// List all tenants.
    List,
    /// Register a tenant. Its space in the backends is derived from its id.
    Add {
        /// For example acme-prod.
        id: String,
        /// For people; the id if left out.
        #[arg(long)]
        name: Option<String>,
        /// Register it as suspended: nothing can be restored into it.
        #[arg(long)]
        suspended: bool,
    },
    /// Show one tenant and its space.
    Show {
        /// The tenant.
        id: String,
    },
    /// Change a tenant's state.
    SetState {
        /// The tenant.
        id: String,
        /// Only active tenants can be restored into.
        state: State,
    },
    /// Remove a tenant's registration, if its space is empty. Resources are never deleted.
    Remove {
        /// The tenant.
        id: String,
    },
}

/// The states of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// In use.
    Active,
    /// Exported, never restored into.
    Suspended,
    /// On its way out; never restored into.
    Deleting,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The tenant to export.
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// Only these domains, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "DOMAINS", value_parser = parse_domain)]
    pub domains: Option<Vec<DomainKey>>,
    /// Where to write the artifact; standard output if left out. An existing file is replaced once the export is done.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `identifier-map`.
#[derive(Debug, Args)]
pub struct IdentifierMap {
    /// The tenant to restore into.
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// The artifact; `-` reads standard input.
    pub artifact: PathBuf,
}

/// `preflight`.
#[derive(Debug, Args)]
pub struct Preflight {
    /// The tenant to restore into.
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// The artifact; `-` reads standard input.
    pub artifact: PathBuf,
    /// Only these domains, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "DOMAINS", value_parser = parse_domain)]
    pub domains: Option<Vec<DomainKey>>,
    /// An identifier map, as `identifier-map --json` prints it; the proposal is used if left out.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
}

/// `validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// The artifact; `-` reads standard input.
    pub artifact: PathBuf,
}

/// `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// The artifact; `-` reads standard input.
    pub artifact: PathBuf,
    /// Where to write it in the current version. An existing file is replaced once it is done.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The tenant to restore into.
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// The artifact; `-` reads standard input.
    pub artifact: PathBuf,
    /// Only these domains, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "DOMAINS", value_parser = parse_domain)]
    pub domains: Option<Vec<DomainKey>>,
    /// Show what would be done and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// An identifier map, as `identifier-map --json` prints it; the proposal is used if left out.
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Do not ask before restoring into another tenant than the artifact was taken from. The map and a preflight are
    /// shown all the same.
    #[arg(long)]
    pub yes: bool,
    /// Write nothing unless all is as an earlier preflight saw it, whose `preflight_digest` this is.
    #[arg(long, value_name = "DIGEST")]
    pub preflight_digest: Option<String>,
    /// What to do about resources that are there and differ.
    #[arg(long, value_enum, default_value_t = Policy::Keep)]
    pub conflict_policy: Policy,
    /// List every resource, not only those that need attention.
    #[arg(long)]
    pub all: bool,
}

/// Conflict policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// Keep what is there, and report the difference.
    Keep,
    /// Write nothing at all if anything differs or cannot be read.
    Fail,
}

/// `runs`.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// Show one restore.
    Show {
        /// The tenant that was restored into.
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// The run id, as the report states it.
        run: String,
        /// List every resource, not only those that need attention.
        #[arg(long)]
        all: bool,
    },
}

/// `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read the configuration and ask every backend whether it answers.
    Check,
    /// Print the configuration's JSON Schema.
    Schema,
}

fn parse_domain(text: &str) -> Result<DomainKey, String> {
    text.parse().map_err(|error: restore_model::domain::UnknownDomain| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn help_of(command: &mut clap::Command, path: &str, all: &mut String) {
        let help = command.render_long_help();
        all.push_str(&format!("$ {path} --help\n{help}\n"));
        for child in command.get_subcommands_mut() {
            let path = format!("{path} {}", child.get_name());
            help_of(child, &path, all);
        }
    }

    #[test]
    fn the_help_of_every_command() {
        let mut command = Cli::command();
        command.build();
        let mut all = String::new();
        for child in command.get_subcommands_mut().filter(|child| child.get_name() == "help") {
            *child = child.clone().subcommand_required(false);
        }
        help_of(&mut command, "restore-engine", &mut all);
        insta::assert_snapshot!(all);
    }

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
