//! How an implementation is started: its command line and environment, filled in with what the suite gives it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::nearest;

/// A program that serves.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable file.
    pub executable: PathBuf,
    /// Its arguments, with placeholders.
    pub arguments: Vec<String>,
    /// Its variables besides those of the suite, with placeholders.
    pub environment: BTreeMap<String, String>,
    /// Where it runs; where the suite runs unless told otherwise.
    pub folder: Option<PathBuf>,
    /// How its address is known.
    pub address: Address,
}

/// How the suite knows where an implementation listens, and when it is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// It says `listening on URL`, and is ready once `/readyz` says 200.
    Told,
    /// The suite chose the port.
    Chosen {
        /// What says 200 once it is ready.
        ready_path: String,
    },
}

impl Address {
    pub(super) fn ready_path(&self) -> &str {
        match self {
            Self::Told => "/readyz",
            Self::Chosen { ready_path } => ready_path,
        }
    }
}

/// An executable that understands what the reference engine does: `serve --config FILE`.
impl From<PathBuf> for Program {
    fn from(executable: PathBuf) -> Self {
        Self {
            executable,
            arguments: ["serve", "--config", "${config}"].map(str::to_owned).into(),
            environment: BTreeMap::new(),
            folder: None,
            address: Address::Told,
        }
    }
}

/// Replaces each `${path}` by what `configuration` has at that path, and `${config}` by the file that holds it, if one does.
///
/// # Errors
/// Names a placeholder that stands for nothing, and those that there are.
pub(super) fn fill(text: &str, configuration: &Value, file: Option<&Path>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has a `${{` without its `}}`"))?;
        filled.push_str(before);
        filled.push_str(&value(name, configuration, file).ok_or_else(|| {
            let mut known: Vec<String> = file.map(|_| "config".to_owned()).into_iter().collect();
            paths(configuration, "", &mut known);
            match nearest::nearest(name, known.iter().map(String::as_str)) {
                Some(it) => format!("`{text}`: there is no `${{{name}}}`; did you mean `${{{it}}}`?"),
                None => format!("`{text}`: there is no `${{{name}}}`; there are {}", known.join(", ")),
            }
        })?);
        rest = after;
    }
    Ok(filled + rest)
}

fn value(name: &str, configuration: &Value, file: Option<&Path>) -> Option<String> {
    if let ("config", Some(file)) = (name, file) {
        return Some(file.display().to_string());
    }
    let found = name.split('.').try_fold(configuration, |value, part| value.get(part))?;
    scalar(found).or_else(|| Some(found.as_array()?.iter().map(scalar).collect::<Option<Vec<_>>>()?.join(",")))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn paths(value: &Value, path: &str, known: &mut Vec<String>) {
    match value.as_object() {
        Some(members) => {
            for (name, member) in members {
                paths(member, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, known);
            }
        }
        None => known.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::{
        run::configuration,
        stack::{Endpoints, StackFile},
    };

    #[test]
    fn the_documentation_names_all_that_copies_are_handed_and_nothing_else() {
        let given = StackFile::parse(
            "{disposable: true, postgres: {suite_url: 'postgres://s:s@h/p', engine_url: 'postgres://e:e@h/p'},
              mongodb: {suite_url: 'mongodb://s:s@h', engine_url: 'mongodb://e:e@h'},
              kafka: {bootstrap_servers: 'h:1', suite: {username: s, password: s}, engine: {username: e, password: e}},
              s3: {endpoint: 'http://h', access_key_id: a, secret_access_key: b}}",
        )
        .unwrap();
        let endpoints = Endpoints {
            postgres: given.postgres.unwrap().endpoint().unwrap(),
            mongodb: given.mongodb.unwrap().endpoint().unwrap(),
            kafka: given.kafka.unwrap().endpoint(),
            s3: given.s3.unwrap().endpoint(),
        };
        let mut handed = configuration(&endpoints, "key");
        handed["port"] = json!(4000);
        let mut known = vec!["config".to_owned()];
        paths(&handed, "", &mut known);
        let table = include_str!("../../../docs/certify.md").lines().filter_map(|line| line.strip_prefix("| `${"));
        let told: BTreeSet<&str> = table.filter_map(|line| line.split_once("}`")).map(|(name, _)| name).collect();
        assert_eq!(told, known.iter().map(String::as_str).collect());
    }

    #[test]
    fn placeholders_stand_for_what_the_suite_gives() {
        let configuration =
            json!({"port": 4000, "domains": {"kafka": {"password": "p"}, "pg": {"extensions": ["a", "b"]}}});
        let filled = |text| fill(text, &configuration, Some(Path::new("/run/engine.yaml")));
        assert_eq!(filled("--port=${port}").unwrap(), "--port=4000");
        assert_eq!(filled("${config}:${domains.kafka.password}!").unwrap(), "/run/engine.yaml:p!");
        assert_eq!(filled("[${domains.pg.extensions}]").unwrap(), "[a,b]");
        assert_eq!(filled("$HOME {} $").unwrap(), "$HOME {} $");
        insta::assert_snapshot!(
            ["${domains.kafak.password}", "${domains.kafka}", "${confg}", "${moon}", "${port"].map(filled)
                .map(Result::unwrap_err)
                .join("\n"),
            @r"
        `${domains.kafak.password}`: there is no `${domains.kafak.password}`; did you mean `${domains.kafka.password}`?
        `${domains.kafka}`: there is no `${domains.kafka}`; did you mean `${domains.kafka.password}`?
        `${confg}`: there is no `${confg}`; did you mean `${config}`?
        `${moon}`: there is no `${moon}`; there are config, port, domains.kafka.password, domains.pg.extensions
        `${port` has a `${` without its `}`
        "
        );
    }
}
