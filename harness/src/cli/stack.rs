//! `stack install|up|status|down`, and the options by which any command chooses its stack.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde_json::json;

use crate::implementation::Certification;
use crate::stack::{
    self, Endpoints, Origin, Resolution, Service, Stack, StackError, StackFile, StackRequest, StackStatus,
    parse_origins,
};

/// Which servers to use. Variables say the same: `RESTORE_CONFORMANCE_STACK_FILE`, `…_ORIGIN`, `…_IMAGE_<SERVICE>`.
#[derive(Debug, Clone, Default, Args)]
pub struct StackOptions {
    /// Services given by their address, and images (YAML); the services must be disposable
    #[arg(long, value_name = "FILE")]
    stack_file: Option<PathBuf>,
    /// Name the origin of a service, or of all: external, containers or native; it then never falls back
    #[arg(long = "origin", value_name = "[SERVICE=]ORIGIN", value_parser = NamedOrigins::from_str)]
    origins: Vec<NamedOrigins>,
    /// Start servers of one's own, beside those that run
    #[arg(long)]
    isolated: bool,
}

/// What one `--origin` says.
#[derive(Debug, Clone)]
struct NamedOrigins {
    text: String,
    origins: Vec<(Service, Origin)>,
}

impl FromStr for NamedOrigins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), origins: parse_origins(text)? })
    }
}

impl StackOptions {
    /// What these options, and the environment, ask for.
    ///
    /// # Errors
    /// When the stack file or the environment describes a stack wrongly.
    pub fn request(&self, holder: &str) -> Result<StackRequest, StackError> {
        let file = self.stack_file.as_deref();
        let mut request = StackRequest::from_variables(|name| std::env::var(name).ok(), file)?;
        request.origins.extend(self.origins.iter().flat_map(|it| it.origins.iter().copied()));
        request.isolated = self.isolated;
        holder.clone_into(&mut request.holder);
        Ok(request)
    }

    /// The same for an implementation that may give its backends itself. What is said here, or by variables, goes before that.
    ///
    /// # Errors
    /// When any of them is wrong.
    pub(super) fn request_for(&self, holder: &str, it: Option<&Certification>) -> Result<StackRequest, String> {
        let mut request = self.request(holder).map_err(|error| error.to_string())?;
        let Some(certification) = it else { return Ok(request) };
        let mut given_in = self.stack_file.as_ref().map(|file| file.display().to_string());
        if request.external.is_none() {
            request.external = certification.backends()?;
            given_in = certification.backends_in();
        }
        // Copies that the suite starts use whatever servers it has; one that runs already has its own.
        request.given_in = given_in.filter(|_| certification.base_url.is_some());
        Ok(request)
    }

    /// The options as they were written, to repeat them.
    pub(super) fn words(&self) -> Vec<String> {
        let file = self.stack_file.iter().map(|it| format!("--stack-file '{}'", it.display()));
        let origins = self.origins.iter().map(|it| format!("--origin {}", it.text));
        let isolated = self.isolated.then(|| "--isolated".to_owned());
        file.chain(origins).chain(isolated).collect()
    }
}

/// `30m`, `90s`, `2h`, or seconds.
fn parse_time(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(format!("no time unit `{unit}`: s, m, h")),
    };
    let number: u64 = number.parse().map_err(|_| "write a time such as 30m")?;
    number.checked_mul(factor).map(Duration::from_secs).ok_or_else(|| "that is too long".to_owned())
}

/// A file in a folder that is there: before servers are started, not after.
fn parse_new_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(format!("there is no folder {}: make it first", folder.display())),
        _ if path.is_dir() => Err("that is a folder: name a file".to_owned()),
        _ => Ok(path),
    }
}

/// Install, start, show and end the servers.
#[derive(Debug, Args)]
pub struct StackCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the native servers need into the cache; start nothing
    Install {
        #[command(flatten)]
        options: StackOptions,
    },
    /// Start the servers and hold them until Ctrl-C
    Up {
        #[command(flatten)]
        options: StackOptions,
        /// Return at once and keep the servers for the time of --ttl
        #[arg(long)]
        detach: bool,
        /// How long --detach keeps them
        #[arg(long, value_name = "TIME", default_value = "30m", value_parser = parse_time, requires = "detach")]
        ttl: Duration,
        /// Print the endpoints as JSON, credentials included
        #[arg(long)]
        json: bool,
        /// Write a stack file, credentials included, for --stack-file and for `stack_file` in a certification
        #[arg(long, value_name = "FILE", value_parser = parse_new_file)]
        write: Option<PathBuf>,
    },
    /// Show the stacks that run, and who uses them
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End the stacks that run
    Down {
        /// Also those in use
        #[arg(long)]
        force: bool,
    },
    /// Own the servers of a stack (started by the suite itself)
    #[command(hide = true)]
    Guardian {
        #[arg(long)]
        root: PathBuf,
        #[arg(long)]
        key: String,
    },
}

impl StackCommand {
    /// Runs it.
    pub(crate) fn run(self) -> ExitCode {
        if let Command::Guardian { root, key } = &self.command {
            return match stack::run_guardian(root, key) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("guardian of {key}: {error}");
                    ExitCode::FAILURE
                }
            };
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        match runtime.map_err(|source| StackError::Io { what: "start the runtime".to_owned(), source }) {
            Ok(runtime) => match runtime.block_on(self.execute()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error),
            },
            Err(error) => fail(&error),
        }
    }

    async fn execute(self) -> Result<(), StackError> {
        match self.command {
            Command::Install { options } => {
                let it = stack::install(&options.request("stack install")?).await?;
                println!("{}cache: {}", without_installs(&it.resolution), it.cache.display());
            }
            Command::Up { options, detach, ttl, json, write } => {
                up(&options, detach.then_some(ttl), json, write.as_deref()).await?;
            }
            Command::Status { json } => {
                let all = stack::status().await?;
                if json {
                    println!("{:#}", json!(all));
                } else {
                    print!("{}", status_text(&all));
                }
            }
            Command::Down { force } => match stack::down(force).await? {
                0 => println!("no stack runs"),
                1 => println!("ended 1 stack"),
                n => println!("ended {n} stacks"),
            },
            Command::Guardian { .. } => {}
        }
        Ok(())
    }
}

async fn up(
    options: &StackOptions,
    keep: Option<Duration>,
    json: bool,
    write: Option<&Path>,
) -> Result<(), StackError> {
    let began = std::time::Instant::now();
    // Until the stack is held, an interruption ends this process, and the guardian finds itself without a user.
    let mut stack = stack::acquire(&options.request("stack up")?).await?;
    if json {
        println!("{:#}", json!(stack.endpoints()));
    } else {
        print!("{}", up_text(&stack));
        eprintln!("ready after {:.1} s", began.elapsed().as_secs_f64());
    }
    if let Some(path) = write {
        StackFile::from(stack.endpoints()).write(path)?;
        eprintln!("stack file: {}", path.display());
    }
    match keep {
        Some(time) => {
            stack.keep_for(time).await?;
            eprintln!("kept for {} min; `stack down` ends it sooner", time.as_secs().div_ceil(60));
        }
        None => {
            eprintln!("held until Ctrl-C");
            tokio::signal::ctrl_c()
                .await
                .map_err(|source| StackError::Io { what: "wait for Ctrl-C".into(), source })?;
        }
    }
    Ok(())
}

fn fail(error: &StackError) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(error.exit_code())
}

fn without_installs(resolution: &Resolution) -> String {
    let text = resolution.to_string();
    text.lines().filter(|line| !line.starts_with("to install")).map(|line| format!("{line}\n")).collect()
}

fn up_text(stack: &Stack) -> String {
    let warm = if stack.was_warm() { "warm stack, ran already\n" } else { "" };
    format!("{}\n{warm}{}", endpoints_table(stack.endpoints()), without_installs(stack.resolution()))
}

/// The servers as a table, without credentials.
#[must_use]
pub fn endpoints_table(endpoints: &Endpoints) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(["SERVICE", "VERSION", "ORIGIN", "ADDRESS"]);
    for it in endpoints.summary() {
        table.add_row([it.service.as_str(), &it.version, it.origin.as_str(), &it.address]);
    }
    table.lines().map(|line| format!("{}\n", line.trim())).collect()
}

fn status_text(all: &[StackStatus]) -> String {
    if all.is_empty() {
        return "no stack runs\n".to_owned();
    }
    all.iter()
        .map(|it| {
            let users = if it.users.is_empty() { "nobody".to_owned() } else { it.users.join(", ") };
            let kept = it.kept_seconds.map_or_else(String::new, |time| format!("; kept for {time} s more"));
            format!(
                "{} {} for {} s, guardian pid {}; used by {users}{kept}\n",
                it.key, it.phase, it.age_seconds, it.guardian
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_file_goes_into_a_folder_that_is_there() {
        let told = |text: &str| parse_new_file(text).map(|it| it.display().to_string()).unwrap_or_else(|it| it);
        insta::assert_snapshot!(
            [told("stack.yaml"), told("/nowhere/stack.yaml"), told("/")].join("\n"),
            @"
        stack.yaml
        there is no folder /nowhere: make it first
        that is a folder: name a file
        "
        );
    }

    #[test]
    fn times() {
        assert_eq!(parse_time("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(parse_time("7"), Ok(Duration::from_secs(7)));
        assert!(parse_time("7d").is_err());
        assert!(parse_time("m").is_err());
    }

    #[test]
    fn status_is_readable() {
        let one = StackStatus {
            key: "0a1b2c".into(),
            guardian: 41,
            phase: "ready".into(),
            age_seconds: 90,
            users: vec!["run 7 (pid 42)".into()],
            kept_seconds: Some(30),
        };
        insta::assert_snapshot!(status_text(&[one.clone(), StackStatus { users: vec![], kept_seconds: None, ..one }]));
    }
}
