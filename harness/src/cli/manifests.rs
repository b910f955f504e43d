//! `conformance report`, `verify` and `diff`: what can be done with a manifest once the run is over.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    implementation::invocation,
    manifest::{Manifest, diff, summary, verify},
    report::{self, Format},
    run::{EXIT_FAILED, EXIT_PASSED, EXIT_USAGE},
};

/// Write the reports of a run anew, from its manifest alone
///
/// Exit codes: 0 written, 1 a report cannot be written, 64 there is no such manifest.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// A manifest, or the folder of a run
    manifest: PathBuf,
    /// Which reports
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Format::ALL)]
    format: Vec<Format>,
    /// Where to write them; beside the manifest by default
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Tell whether a manifest can be believed: schema, digests, counts, verdict, evidence
///
/// Exit codes: 0 it can, 1 it cannot, each flaw is named, 64 there is no such manifest.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// A manifest, or the folder of a run
    manifest: PathBuf,
}

/// Tell what changed from one run to another, regressions first
///
/// Exit codes: 0 no regression, 1 regressions, 64 there is no such manifest.
#[derive(Debug, Args)]
pub struct DiffOptions {
    /// The manifest of the older run, or its folder
    old: PathBuf,
    /// The manifest of the newer run, or its folder
    new: PathBuf,
}

impl ReportOptions {
    pub(super) fn run(self) -> u8 {
        let file = file(&self.manifest);
        let manifest = match read(&file) {
            Ok(manifest) => manifest,
            Err(problem) => return usage(&problem),
        };
        let folder = self.output.as_deref().unwrap_or_else(|| beside(&file));
        let written = fs::create_dir_all(folder).and_then(|()| report::write(&manifest, folder, &self.format));
        match written {
            Ok(paths) => {
                for path in paths {
                    println!("{}", path.display());
                }
                EXIT_PASSED
            }
            Err(error) => {
                eprintln!("cannot write the reports into {}: {error}", folder.display());
                EXIT_FAILED
            }
        }
    }
}

impl VerifyOptions {
    pub(super) fn run(self) -> u8 {
        let file = file(&self.manifest);
        let text = match text(&file) {
            Ok(text) => text,
            Err(problem) => return usage(&problem),
        };
        let (flaws, manifest) = verify::verify(&text, beside(&file));
        for flaw in &flaws {
            println!("flaw: {flaw}");
        }
        if let Some(manifest) = &manifest {
            println!("{}", told(manifest));
        }
        if flaws.is_empty() {
            println!("consistent");
            EXIT_PASSED
        } else {
            println!("not consistent: {}", file.display());
            EXIT_FAILED
        }
    }
}

impl DiffOptions {
    pub(super) fn run(self) -> u8 {
        let (old, new) = match (load(&self.old), load(&self.new)) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(problem), _) | (_, Err(problem)) => return usage(&problem),
        };
        println!("old  {}\nnew  {}\n", told(&old), told(&new));
        if old.suite.digest != new.suite.digest {
            println!("the runs had different features or fixtures: what a scenario demands may differ\n");
        }
        let changes = diff::diff(&old, &new);
        print!("{}", changes.text());
        if changes.regressions.is_empty() { EXIT_PASSED } else { EXIT_FAILED }
    }
}

/// A run in one line.
pub(super) fn told(manifest: &Manifest) -> String {
    let run = &manifest.run;
    let end = match (run.finished, run.interrupted) {
        (false, _) => ", which did not come to its end",
        (true, true) => ", which was interrupted",
        (true, false) => "",
    };
    format!("run {}{end}: {}, verdict {}", run.id, summary::counts(&manifest.counts), manifest.verdict.as_str())
}

/// A folder means the manifest in it.
fn file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("manifest.json") } else { path.to_owned() }
}

fn beside(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn text(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{}: there is no such manifest", file.display()),
        _ => format!("{}: {error}", file.display()),
    })
}

/// The manifest at a path, or in a folder.
pub(super) fn load(path: &Path) -> Result<Manifest, String> {
    read(&file(path))
}

fn read(file: &Path) -> Result<Manifest, String> {
    serde_json::from_str(&text(file)?).map_err(|error| {
        format!("{}: it is no manifest: {error}; `{} verify` tells more", file.display(), invocation())
    })
}

fn usage(problem: &str) -> u8 {
    eprintln!("{problem}");
    EXIT_USAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_told_to_be_no_manifest() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(Path::new("no/nix")).unwrap_err(), "no/nix: there is no such manifest");
        let empty = load(folder.path()).unwrap_err();
        assert!(empty.ends_with("/manifest.json: there is no such manifest"), "{empty}");
        assert_eq!(VerifyOptions { manifest: "no/nix".into() }.run(), EXIT_USAGE);
    }
}
