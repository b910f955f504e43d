//! `certification.yaml`: an implementation, declared without any code.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Program, program::Address};
use crate::{
    capability::Capability,
    fixtures::Domain,
    manifest::schema::{Implementation, ImplementationOrigin},
};

/// An implementation as its authors declare it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// What it is, for the manifest.
    pub implementation: Identity,
    /// How the suite starts it, as often as it needs.
    pub start: Start,
    /// What it offers beyond what every implementation must. Scenarios that need something else are `not_supported`;
    /// what is declared and not so is a failure.
    pub capabilities: BTreeSet<Capability>,
    /// The domains that it serves; all five unless stated. Scenarios about another one are `not_supported`; in all others
    /// the tenants have resources in these domains alone, and no request names another one.
    #[serde(default = "Certification::all_domains")]
    #[schemars(length(min = 1))]
    pub domains: BTreeSet<Domain>,
    /// The folder of the file: programs are looked for there.
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
/// `${control.url}` or `${domains.kafka.password}`. A list is joined with commas.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The program and its arguments. A program with a `/` is looked for from the folder of this file, another one in
    /// PATH. It runs in that folder.
    pub command: Vec<String>,
    /// Variables of its environment, besides those of the suite.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What answers 200 once it is ready.
    #[serde(default = "Start::ready_path")]
    pub ready_path: String,
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
        let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        let mut it: Self = serde_yaml::from_str(&text).map_err(|error| told(error.to_string()))?;
        if it.start.command.is_empty() {
            return Err(told("`start.command` is empty: it is the program and its arguments".into()));
        }
        if it.domains.is_empty() {
            return Err(told("`domains` is empty: name those that it serves, or leave it out for all".into()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        it.folder = folder.canonicalize().map_err(|error| told(error.to_string()))?;
        Ok(it)
    }

    /// The capabilities that it does not declare.
    #[must_use]
    pub fn withheld(&self) -> BTreeSet<Capability> {
        Capability::ALL.into_iter().filter(|it| !self.capabilities.contains(it)).collect()
    }

    /// The domains that it does not serve.
    #[must_use]
    pub fn unserved(&self) -> BTreeSet<Domain> {
        Domain::ALL.into_iter().filter(|it| !self.domains.contains(it)).collect()
    }

    /// How to start it, and what the manifest says of it.
    ///
    /// # Errors
    /// When its program is not to be found.
    pub fn program(&self) -> Result<(Program, Implementation), String> {
        let (name, arguments) = self.start.command.split_first().ok_or("`start.command` is empty")?;
        let executable = self.find(name)?;
        let content =
            std::fs::read(&executable).map_err(|error| format!("cannot read {}: {error}", executable.display()))?;
        let facts = Implementation {
            name: self.implementation.name.clone(),
            version: Some(self.implementation.version.clone()),
            organisation: self.implementation.organisation.clone(),
            capabilities: self.capabilities.iter().map(ToString::to_string).collect(),
            domains: self.domains.iter().map(ToString::to_string).collect(),
            sha256: hex::encode(Sha256::digest(&content)),
            commit: None,
            origin: ImplementationOrigin::Given,
        };
        let program = Program {
            executable,
            arguments: arguments.to_vec(),
            environment: self.start.env.clone(),
            folder: Some(self.folder.clone()),
            address: Address::Chosen { ready_path: self.start.ready_path.clone() },
        };
        Ok((program, facts))
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

/// The JSON Schema of the file.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Certification).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "implementation: { name: x, version: '1' }
start: { command: [./run.sh, --port, '${port}'] }
capabilities: [older_formats]
";

    #[test]
    fn a_declared_program_is_found_beside_its_file_and_what_it_lacks_is_withheld() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certification.yaml");
        std::fs::write(&file, WHOLE).unwrap();
        std::fs::write(folder.path().join("run.sh"), "#!/bin/sh\n").unwrap();
        let it = Certification::load(&file).unwrap();
        let (program, facts) = it.program().unwrap();
        assert_eq!(program.executable, folder.path().canonicalize().unwrap().join("./run.sh"));
        assert_eq!((facts.version.as_deref(), &*facts.capabilities), (Some("1"), &["older_formats".to_owned()][..]));
        assert_eq!(it.unserved(), BTreeSet::new(), "all domains unless stated");
        std::fs::write(&file, format!("{WHOLE}domains: [storage, iam]\n")).unwrap();
        let some = Certification::load(&file).unwrap();
        assert_eq!(some.program().unwrap().1.domains, ["iam", "storage"]);
        assert_eq!(some.unserved(), [Domain::PostgresMetadata, Domain::MongoMetadata, Domain::Kafka].into());
        assert!(it.withheld().contains(&Capability::Faults) && !it.withheld().contains(&Capability::OlderFormats));
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certification.yaml");
        let told = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let told = Certification::load(&file).and_then(|it| it.program().map(drop)).unwrap_err();
            let at = |path: &Path| path.display().to_string();
            told.replace(&at(&folder.path().canonicalize().unwrap()), "DIR").replace(&at(folder.path()), "DIR")
        };
        insta::assert_snapshot!([
            told(&WHOLE.replace("older_formats", "older_format")),
            told(&WHOLE.replace("start", "run")),
            told(&WHOLE.replace("[./run.sh, --port, '${port}']", "[]")),
            told(&format!("{WHOLE}domains: [storage, buckets]\n")),
            told(&format!("{WHOLE}domains: []\n")),
            told(WHOLE),
            told(&WHOLE.replace("./run.sh", "no-such-program")),
        ].join("\n"), @"
        DIR/certification.yaml: capabilities[0]: unknown variant `older_format`, expected one of `older_formats`, `preflight_digest`, `runs`, `faults`, `replicas`, `process_control` at line 3 column 16
        DIR/certification.yaml: unknown field `run`, expected one of `implementation`, `start`, `capabilities`, `domains` at line 2 column 1
        DIR/certification.yaml: `start.command` is empty: it is the program and its arguments
        DIR/certification.yaml: domains[1]: unknown variant `buckets`, expected one of `iam`, `postgres_metadata`, `mongo_metadata`, `kafka`, `storage` at line 4 column 20
        DIR/certification.yaml: `domains` is empty: name those that it serves, or leave it out for all
        there is no program DIR/./run.sh
        there is no program `no-such-program` in PATH; one beside the file is `./no-such-program`
        ");
    }
}
