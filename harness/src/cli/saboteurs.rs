//! `conformance saboteurs`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    run::{EXIT_FAILED, EXIT_PASSED, EXIT_UNAVAILABLE, EXIT_USAGE, base_folder},
    saboteurs::{
        campaign::{self, Campaign, CampaignError},
        judge::Row,
        matrix::Matrix,
    },
};

/// Saboteurs side by side unless told otherwise: each has an engine of its own, and often a second one.
const JOBS: u16 = 4;

/// Run the suite against deliberately faulty engines, each of which it must find out.
///
/// Exit codes: 0 every saboteur was killed by the requirement and for the reason that it must be, and every variant
/// passed; 1 one was not; 3 a server or the saboteurs are not to be had; 64 wrong usage.
#[derive(Debug, Args)]
pub struct Options {
    /// Only these; repeatable
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// Scenarios side by side
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Where all tenant data comes from; fresh by default, and printed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print the matrix as JSON
    #[arg(long)]
    json: bool,
    /// Write the matrix as a Markdown table into this file, too
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl Options {
    /// Runs, and returns the exit code.
    pub(super) async fn run(self) -> u8 {
        let folder = base_folder().join("saboteurs");
        let campaign =
            Campaign { only: self.only.clone(), jobs: self.jobs.into(), seed: self.seed, folder: folder.clone() };
        let json = self.json;
        let matrix = match campaign::run(&campaign, |rows, seconds| tell(rows, seconds, json)).await {
            Ok(matrix) => matrix,
            Err(error) => {
                eprintln!("{error}");
                let usage = matches!(error, CampaignError::Usage(_));
                return if usage { EXIT_USAGE } else { EXIT_UNAVAILABLE };
            }
        };
        if let Err(problem) = self.write(&folder, &matrix) {
            eprintln!("{problem}");
            return EXIT_UNAVAILABLE;
        }
        if matrix.is_good() { EXIT_PASSED } else { EXIT_FAILED }
    }

    fn write(&self, folder: &Path, matrix: &Matrix) -> Result<(), String> {
        let json = serde_json::to_string_pretty(matrix).map_err(|error| error.to_string())?;
        let mut files =
            vec![(folder.join("matrix.json"), format!("{json}\n")), (folder.join("matrix.md"), matrix.markdown())];
        files.extend(self.markdown.iter().map(|file| (file.clone(), matrix.markdown())));
        for (file, text) in &files {
            std::fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        }
        if self.json {
            println!("{json}");
        } else {
            println!("\n{}\nseed {}, matrix {}", matrix.text(), matrix.seed, files[0].0.display());
        }
        Ok(())
    }
}

/// One line a row, as each saboteur ends; on the error output where the output is for a program.
fn tell(rows: &[Row], seconds: f64, json: bool) {
    for row in rows {
        let sign = if row.end.is_good() { "✓" } else { "✗" };
        let by = row.requirement.as_deref().unwrap_or_default();
        let line = format!("{sign} {} {} {by} ({seconds:.1} s)", row.saboteur, row.end.as_str());
        if json {
            eprintln!("{line}");
        } else {
            println!("{line}");
        }
    }
}
