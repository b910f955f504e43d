//! How the suite looks into the `iam` backend of an implementation.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Certification, sha256_of};
use crate::{
    backends::iam::{Command, Driver},
    implementation::program::fill,
    manifest::schema,
    stack::Endpoints,
};

/// How the suite looks into the `iam` backend, and writes into it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "driver", rename_all = "snake_case", deny_unknown_fields)]
pub enum IamDriver {
    /// It is the tenant directory in Postgres (`schemas/iam_directory.sql`).
    // With braces: else serde lets other members pass.
    Directory {},
    /// A program of yours knows it. It is asked by lines of JSON on its standard input (`schemas/iam-driver.json`), and the manifest
    /// names it: what the verdict says of `iam` is as good as this program. What takes an `iam` backend that fails is
    /// `not_supported`.
    Exec {
        /// The program and its arguments, as in `start.command`. `${directory_url}` stands for the tenant directory in Postgres.
        #[schemars(length(min = 1))]
        command: Vec<String>,
        /// Variables of its environment, besides those of the suite. `${directory_url}` as before.
        #[serde(default)]
        env: BTreeMap<String, String>,
    },
}

impl Default for IamDriver {
    fn default() -> Self {
        Self::Directory {}
    }
}

impl IamDriver {
    pub(super) fn flaw(&self) -> Option<String> {
        let empty = matches!(self, Self::Exec { command, .. } if command.is_empty());
        empty.then(|| "`iam.command` is empty: it is the program and its arguments".to_owned())
    }
}

impl Certification {
    /// Whether a program of the implementer's looks into the `iam` backend.
    #[must_use]
    pub const fn has_iam_driver(&self) -> bool {
        matches!(self.iam, IamDriver::Exec { .. })
    }

    /// How the program is started that looks into the `iam` backend, if there is one.
    ///
    /// # Errors
    /// When it is not to be found, or has a placeholder that stands for nothing.
    pub fn iam_command(&self, directory_url: &str) -> Result<Option<Command>, String> {
        let IamDriver::Exec { command, env } = &self.iam else { return Ok(None) };
        let (name, arguments) = command.split_first().ok_or("`iam.command` is empty")?;
        let executable = self.find(name).map_err(|problem| format!("`iam.command`: {problem}"))?;
        let known = json!({ "directory_url": directory_url });
        let filled = |text: &String| fill(text, &known, None).map_err(|problem| format!("`iam`: {problem}"));
        let variables = env.iter().map(|(name, text)| Ok((name.clone(), filled(text)?)));
        Ok(Some(Command {
            executable,
            arguments: arguments.iter().map(filled).collect::<Result<_, _>>()?,
            environment: variables.collect::<Result<_, String>>()?,
            folder: self.folder.clone(),
        }))
    }

    /// Starts that program, and says what the manifest tells of it.
    ///
    /// # Errors
    /// As [`Certification::iam_command`], and when it does not speak the protocol.
    pub async fn iam_driver(&self, endpoints: &Endpoints) -> Result<Option<(Driver, schema::Driver)>, String> {
        let postgres = &endpoints.postgres;
        let Some(command) = self.iam_command(&postgres.suite_url(&postgres.directory_database))? else {
            return Ok(None);
        };
        let file_name = command.executable.file_name().unwrap_or_default();
        let program = file_name.to_string_lossy().into_owned();
        let told = schema::Driver { program, sha256: sha256_of(&command.executable)? };
        let driver = Driver::start(&command).await.map_err(|error| error.to_string())?;
        Ok(Some((driver, told)))
    }
}
