//! `certification.yaml`: an implementation, declared without any code.

mod iam;
mod older;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

pub use self::{iam::IamDriver, older::OlderArtifact};
use super::{Dialect, Mode, Program, Tenants, TokenSource, Tokens, program::Address};
use crate::{
    capability::Capability,
    fixtures::{Domain, Naming},
    manifest::schema::{Implementation, ImplementationOrigin},
    nearest,
    stack::{Service, StackError, StackFile},
    timeouts,
};

/// An implementation as its authors declare it. It has either `base_url` or `start`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// What it is, for the manifest.
    pub implementation: Identity,
    /// The address of one that runs already. What takes a copy that the suite starts (faults, replicas, signals) is then
    /// `not_supported`.
    pub base_url: Option<String>,
    /// How the suite starts it, as often as it needs.
    pub start: Option<Start>,
    /// Where tokens come from. Left out, the suite signs them with a key of its own, which only copies can trust that it starts.
    pub token: Option<TokenSource>,
    /// The file with the addresses of the backends, as `--stack-file` reads it, seen from the folder of this file.
    pub stack_file: Option<PathBuf>,
    /// The same, in this file. One of both is needed with `base_url`: the suite looks into the backends that the
    /// implementation writes into.
    pub backends: Option<StackFile>,
    /// What it offers beyond what every implementation must. Scenarios that need something else are `not_supported`;
    /// what is declared and not so is a failure. `minted_tokens` is a matter of `token`, and need not be named.
    #[serde(default)]
    pub capabilities: BTreeSet<Capability>,
    /// The domains that it serves; all five unless stated. Scenarios about another one are `not_supported`; in all others
    /// the tenants have resources in these domains alone, and no request names another one.
    #[serde(default = "Certification::all_domains")]
    #[schemars(length(min = 1))]
    pub domains: BTreeSet<Domain>,
    /// How strictly its answers are judged.
    #[serde(default)]
    pub mode: Mode,
    /// How its tenants are administered, where it is not as SPEC.md has it.
    #[serde(default)]
    pub tenants: Tenants,
    /// What it calls the things of a tenant, where it is not as SPEC.md has it.
    #[serde(default)]
    pub naming: Naming,
    /// How the suite looks into its `iam` backend, where that is not the tenant directory.
    #[serde(default)]
    pub iam: IamDriver,
    /// Artifacts that it wrote in earlier days, and must restore still: each gets a scenario of E5.
    #[serde(default)]
    pub older_artifacts: Vec<OlderArtifact>,
    /// How long it is waited for.
    #[serde(default)]
    pub time_outs: TimeOuts,
    /// The folder of the file: programs and files are looked for there.
    #[serde(skip)]
    folder: PathBuf,
}

/// What an implementation is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who makes it.
    pub organisation: Option<String>,
    /// Where there is more to know.
    pub url: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
}

/// How an implementation is started. It must serve HTTP on 127.0.0.1 at the port `${port}` (or at `${listen}`) until it
/// gets SIGTERM.
///
/// In `command` and `env`, `${NAME}` stands for what the suite gives it: `${port}`, `${config}` (a YAML file that holds all of
/// this, as the reference engine reads it; it is removed once the implementation is ready), and every value of that file by its path, such as
/// `${control.url}` or `${domains.kafka.password}`. A list is joined with commas. `docs/certify.md` has them all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The program and its arguments. A program with a `/` is looked for from the folder of this file, another one in
    /// PATH. It runs in that folder.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// Variables of its environment, besides those of the suite.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What answers 200 once it is ready.
    #[serde(default = "Start::ready_path")]
    pub ready_path: String,
}

/// How long an implementation is waited for, in seconds, where it is not as the suite has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeOuts {
    /// An answer; 120 unless stated.
    #[schemars(range(min = 1, max = 3600))]
    pub request_seconds: Option<u64>,
    /// A copy that was started, until it is ready; 30 unless stated.
    #[schemars(range(min = 1, max = 3600))]
    pub ready_seconds: Option<u64>,
}

/// How an implementation is reached.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Started, as often as needed.
    Start(Program),
    /// At this address, without a slash at its end.
    At(String),
}

impl Start {
    fn ready_path() -> String {
        "/readyz".to_owned()
    }
}

impl Certification {
    fn all_domains() -> BTreeSet<Domain> {
        Domain::ALL.into()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Names the file, the place and what is wrong.
    pub fn load(path: &Path) -> Result<Self, String> {
        let told = |problem: String| format!("{}: {problem}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => told("there is no such certification file".to_owned()),
            _ => told(error.to_string()),
        })?;
        let mut it: Self = serde_yaml::from_str(&text).map_err(|error| told(nearest::suggested(&error.to_string())))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        it.folder = folder.canonicalize().map_err(|error| told(error.to_string()))?;
        match it.flaw() {
            Some(flaw) => Err(told(flaw)),
            None => Ok(it),
        }
    }

    /// What is wrong with it, though each member is well formed.
    fn flaw(&self) -> Option<String> {
        let reach = match (&self.base_url, &self.start) {
            (Some(_), Some(_)) => Some("it has both `base_url` and `start`: it takes exactly one".to_owned()),
            (None, None) => Some(
                "it has neither `base_url` (one that runs already) nor `start` (how the suite starts it): it takes \
                 exactly one"
                    .to_owned(),
            ),
            (Some(url), None) => address(url).err().or_else(|| self.lacks_for_url()),
            (None, Some(start)) => start
                .command
                .is_empty()
                .then(|| "`start.command` is empty: it is the program and its arguments".to_owned()),
        };
        let domains = self
            .domains
            .is_empty()
            .then(|| "`domains` is empty: name those that it serves, or leave it out for all".to_owned());
        let backends = (self.stack_file.is_some() && self.backends.is_some())
            .then(|| "it has both `stack_file` and `backends`: it takes one".to_owned());
        reach
            .or(domains)
            .or(backends)
            .or_else(|| self.token.as_ref().and_then(TokenSource::flaw))
            .or_else(|| self.undeclarable())
            .or_else(|| self.tenants.flaw())
            .or_else(|| self.naming.flaw())
            .or_else(|| self.iam.flaw())
            .or_else(|| self.time_outs.flaw())
    }

    /// What one that runs already cannot do without.
    fn lacks_for_url(&self) -> Option<String> {
        if self.token.is_none() {
            return Some(
                "`base_url` needs `token`: one that runs already trusts no key that the suite makes; `env`, `file` or \
                 `command` give a token, `signing_key` a key that it trusts"
                    .to_owned(),
            );
        }
        if self.stack_file.is_none() && self.backends.is_none() {
            return Some(
                "`base_url` needs `backends`, or `stack_file`: the suite looks into the backends that the implementation \
                 writes into"
                    .to_owned(),
            );
        }
        None
    }

    fn undeclarable(&self) -> Option<String> {
        (self.capabilities.contains(&Capability::MintedTokens) && !self.mints())
            .then(|| "`minted_tokens` is declared, but `token` gives tokens that the suite does not sign".to_owned())
    }

    fn mints(&self) -> bool {
        self.token.as_ref().is_none_or(TokenSource::is_minted)
    }

    /// The services that it gives by their address, checked to be all that its domains live in where it runs already.
    ///
    /// # Errors
    /// When the file is wrong, or a service is missing.
    pub fn backends(&self) -> Result<Option<StackFile>, String> {
        let given = match (&self.stack_file, &self.backends) {
            (Some(path), _) => Some(StackFile::read(&self.folder.join(path)).map_err(|error| match error {
                StackError::External(what) => format!("`stack_file`: {what}"),
                other => format!("`stack_file`: {other}"),
            })?),
            (None, Some(inline)) => Some(inline.clone().checked().map_err(|error| format!("`backends`: {error}"))?),
            (None, None) => None,
        };
        if let (Some(given), Some(_)) = (&given, &self.base_url) {
            let services = given.services();
            let homes = self.domains.iter().filter_map(|domain| Some((domain, self.home(*domain)?)));
            if let Some((domain, service)) = homes.into_iter().find(|(_, home)| !services.contains(home)) {
                return Err(format!(
                    "the domain `{domain}` of an implementation at a `base_url` lives in a {service} whose address is not \
                     given: add `{service}` to `backends`, or leave the domain out of `domains`"
                ));
            }
        }
        Ok(given)
    }

    /// Where its backends are written, for people.
    #[must_use]
    pub fn backends_in(&self) -> Option<String> {
        let inline = self.backends.as_ref().map(|_| "`backends`".to_owned());
        self.stack_file.as_ref().map(|file| self.folder.join(file).display().to_string()).or(inline)
    }

    /// The capabilities that it does not declare, or that cannot be tried on it, each with why.
    #[must_use]
    pub fn withheld(&self) -> BTreeMap<Capability, String> {
        let why = |it: Capability| match it {
            Capability::MintedTokens => (!self.mints())
                .then(|| "the tokens are given: the suite can make none of another scope or age".to_owned()),
            _ if self.base_url.is_some() && Capability::OF_STARTED.contains(&it) => {
                Some(format!("`{it}` takes copies that the suite starts, and this one is given by its `base_url`"))
            }
            _ => (!self.capabilities.contains(&it)).then(|| it.undeclared()),
        };
        Capability::ALL.into_iter().filter_map(|it| Some((it, why(it)?))).collect()
    }

    /// The domains that it does not serve.
    #[must_use]
    pub fn unserved(&self) -> BTreeSet<Domain> {
        Domain::ALL.into_iter().filter(|it| !self.domains.contains(it)).collect()
    }

    /// The domains that no proxy can stand before: the suite does not know how their backends are spoken to.
    #[must_use]
    pub fn unproxied(&self) -> BTreeSet<Domain> {
        self.has_iam_driver().then_some(Domain::Iam).into_iter().collect()
    }

    /// How to reach it, and what the manifest says of it.
    ///
    /// # Errors
    /// When its program is not to be found.
    pub fn reach(&self) -> Result<(Reach, Implementation), String> {
        let (reach, sha256, origin) = match (&self.start, &self.base_url) {
            (Some(start), _) => {
                let (program, sha256) = self.program(start)?;
                (Reach::Start(program), Some(sha256), ImplementationOrigin::Given)
            }
            (None, url) => {
                (Reach::At(address(url.as_deref().unwrap_or_default())?), None, ImplementationOrigin::Running)
            }
        };
        let withheld = self.withheld();
        let capabilities = Capability::ALL.into_iter().filter(|it| !withheld.contains_key(it));
        let facts = Implementation {
            name: self.implementation.name.clone(),
            version: Some(self.implementation.version.clone()),
            organisation: self.implementation.organisation.clone(),
            url: self.implementation.url.clone(),
            contact: self.implementation.contact.clone(),
            capabilities: capabilities.map(|it| it.as_str().to_owned()).collect(),
            domains: self.domains.iter().map(ToString::to_string).collect(),
            mode: self.mode,
            sha256,
            commit: None,
            origin,
        };
        Ok((reach, facts))
    }

    fn program(&self, start: &Start) -> Result<(Program, String), String> {
        let (name, arguments) = start.command.split_first().ok_or("`start.command` is empty")?;
        let executable = self.find(name)?;
        let sha256 = sha256_of(&executable)?;
        let program = Program {
            executable,
            arguments: arguments.to_vec(),
            environment: start.env.clone(),
            folder: Some(self.folder.clone()),
            address: Address::Chosen { ready_path: start.ready_path.clone() },
        };
        Ok((program, sha256))
    }

    /// How it is spoken to.
    ///
    /// # Errors
    /// When its tokens are not to be had.
    pub fn dialect(&self) -> Result<Dialect, String> {
        let tokens = match &self.token {
            Some(source) => source.open(&self.folder)?,
            None => Tokens::default(),
        };
        let seconds = |stated: Option<u64>, usual| stated.map_or(usual, Duration::from_secs);
        Ok(Dialect {
            tokens,
            tenants: self.tenants.clone(),
            naming: self.naming.clone().into(),
            mode: self.mode,
            patience: seconds(self.time_outs.request_seconds, timeouts::REQUEST),
            ready_within: seconds(self.time_outs.ready_seconds, timeouts::IMPLEMENTATION_READY),
        })
    }

    /// The server that the resources of a domain are in. The directory of `iam` is in Postgres; where a driver's `iam` is, only the
    /// driver knows.
    const fn home(&self, domain: Domain) -> Option<Service> {
        match domain {
            Domain::Iam if self.has_iam_driver() => None,
            Domain::Iam | Domain::PostgresMetadata => Some(Service::Postgres),
            Domain::MongoMetadata => Some(Service::Mongodb),
            Domain::Kafka => Some(Service::Kafka),
            Domain::Storage => Some(Service::S3),
        }
    }

    fn find(&self, name: &str) -> Result<PathBuf, String> {
        if name.contains('/') {
            let path = self.folder.join(name);
            return if path.is_file() { Ok(path) } else { Err(format!("there is no program {}", path.display())) };
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
        found.ok_or_else(|| format!("there is no program `{name}` in PATH; one beside the file is `./{name}`"))
    }
}

impl TimeOuts {
    fn flaw(&self) -> Option<String> {
        let all = [("request_seconds", self.request_seconds), ("ready_seconds", self.ready_seconds)];
        all.into_iter().find_map(|(name, seconds)| {
            let seconds = seconds.filter(|it| !(1..=3600).contains(it))?;
            Some(format!("`time_outs.{name}` is {seconds}: from 1 to 3600 seconds"))
        })
    }
}

fn sha256_of(file: &Path) -> Result<String, String> {
    let content = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(hex::encode(Sha256::digest(&content)))
}

/// The address, without a slash at its end.
fn address(text: &str) -> Result<String, String> {
    let wrong = |what: &str| format!("`base_url` {what}: it is as `https://restore.example/base`");
    let url = reqwest::Url::parse(text).map_err(|error| wrong(&format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&format!("has the scheme `{}`, not http or https", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("`base_url` holds credentials: they belong into `token`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The JSON Schema of the file.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Certification).to_value();
    schema["oneOf"] = serde_json::json!([{ "required": ["base_url"] }, { "required": ["start"] }]);
    schema
}

#[cfg(test)]
mod tests;
