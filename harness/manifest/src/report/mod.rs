//! A manifest in the forms that people and tools read: a page, JUnit, Cucumber and the public report.
//!
//! All of them are made from one [`Manifest`] and nothing else, so that they cannot tell different stories, and an old
//! manifest can be told anew.

pub mod cucumber;
pub mod html;
pub mod junit;
pub mod public;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    Manifest,
    schema::{Outcome, Scenario, StepOutcome},
    store::replace,
};

/// One form of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One page for people, `report.html`: needs no network
    Html,
    /// `junit.xml`, for CI systems
    Junit,
    /// `cucumber.json`, for readers of Cucumber's reports
    Cucumber,
    /// `restore-test-report.json` and its text, as the public restore suite writes them
    Public,
}

impl Format {
    /// All of them, the one for people first.
    pub const ALL: [Self; 4] = [Self::Html, Self::Junit, Self::Cucumber, Self::Public];

    /// The name of its file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Html => "report.html",
            Self::Junit => "junit.xml",
            Self::Cucumber => "cucumber.json",
            Self::Public => "restore-test-report.json",
        }
    }

    fn render(self, manifest: &Manifest) -> io::Result<String> {
        match self {
            Self::Html => html::page(manifest).map_err(io::Error::other),
            Self::Junit => junit::xml(manifest).map_err(io::Error::other),
            Self::Cucumber => Ok(format!("{:#}\n", serde_json::to_value(cucumber::features(manifest))?)),
            Self::Public => Ok(format!("{:#}\n", serde_json::to_value(public::report(manifest))?)),
        }
    }
}

/// Writes these forms into `folder`, each in one step, and says where they are.
///
/// # Errors
/// Names the file that cannot be made or written.
pub fn write(manifest: &Manifest, folder: &Path, formats: &[Format]) -> io::Result<Vec<PathBuf>> {
    let write = |format: &Format| {
        let path = folder.join(format.file());
        match format {
            Format::Public => write_public(manifest, &path)?,
            _ => replace(&path, &format.render(manifest).map_err(|error| named(&path, &error))?)?,
        }
        Ok(path)
    };
    formats.iter().map(write).collect()
}

/// Writes the public report to `path`, and its text to `path` with `.txt` behind it.
///
/// # Errors
/// Names the file that cannot be written.
pub fn write_public(manifest: &Manifest, path: &Path) -> io::Result<()> {
    replace(path, &Format::Public.render(manifest)?)?;
    let mut text = path.as_os_str().to_owned();
    text.push(".txt");
    replace(Path::new(&text), &public::text(&public::report(manifest)))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

/// The feature's id: `E1` of `E1 A whole tenant is restored`.
pub fn feature_id(feature: &str) -> &str {
    feature.split([' ', ':']).next().unwrap_or(feature)
}

/// Why a scenario did not pass, on as many lines as it takes. Empty when it passed.
fn why(scenario: &Scenario) -> String {
    let failure = scenario.failure.as_ref().map(|failure| failure.message.clone());
    let parts: Vec<String> = scenario.reason.clone().into_iter().chain(failure).collect();
    if parts.is_empty() && scenario.outcome != Outcome::Pass {
        return earlier(scenario).unwrap_or_else(|| scenario.outcome.as_str().replace('_', " "));
    }
    parts.join("\n")
}

/// What the first try of a scenario that passed later said.
fn earlier(scenario: &Scenario) -> Option<String> {
    let first = scenario.earlier_tries.first()?.failure.as_ref()?;
    Some(format!("an earlier try did not pass: {}", first.message))
}

/// Whether a step of it did not hold; otherwise what is wrong was noticed around the steps.
fn a_step_failed(scenario: &Scenario) -> bool {
    scenario.steps.iter().any(|step| step.outcome == StepOutcome::Fail)
}
