//! Runs saboteurs, several side by side on one stack, each with a session of its own.

use std::{
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Instant,
};

use futures::{StreamExt as _, stream};

use super::{
    judge::{End, Row, judge, not_judged},
    listing::{Listed, list},
    matrix::Matrix,
};
use crate::{
    features::{self, Selection},
    fixtures::TenantFixture,
    implementation,
    manifest::Declared,
    run::{self, Request, Style},
    stack::{self, StackRequest},
};

/// The program that is all saboteurs.
const PROGRAM: &str = "restore-saboteur";

/// What to run, and how.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Names; all when there are none.
    pub only: Vec<String>,
    /// Scenarios side by side: each of a saboteur of its own, and in the end those of one variant after the other.
    pub jobs: usize,
    /// Where all tenant data comes from; fresh by default.
    pub seed: Option<u64>,
    /// Where its runs and the matrix go.
    pub folder: PathBuf,
}

/// Why there is no matrix.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// A name that no saboteur has, or an expectation about no scenario.
    #[error("{0}")]
    Usage(String),
    /// No servers, no program, or no place to write.
    #[error("{0}")]
    Unavailable(String),
}

/// Builds the saboteurs, runs them, and judges what the suite says of each. `told` hears of each one that ended.
///
/// # Errors
/// When the saboteurs cannot be built or chosen, or the servers cannot be had.
pub async fn run(campaign: &Campaign, told: impl Fn(&[Row], f64)) -> Result<Matrix, CampaignError> {
    let program = implementation::build(PROGRAM).await.map_err(CampaignError::Unavailable)?;
    let listed = list(&program).await.map_err(CampaignError::Unavailable)?;
    let features = features::load().map_err(CampaignError::Unavailable)?;
    let declared = features::declare(&features, &Selection::default()).map_err(CampaignError::Unavailable)?;
    let chosen = choose(listed, &campaign.only, &declared).map_err(CampaignError::Usage)?;
    // Held for all runs, so that the servers outlive each of them.
    let stack = stack::acquire(&StackRequest::default()).await;
    let _stack = stack.map_err(|error| CampaignError::Unavailable(error.to_string()))?;
    let launchers = campaign.folder.join("launchers");
    std::fs::create_dir_all(&launchers)
        .map_err(|error| CampaignError::Unavailable(format!("cannot create {}: {error}", launchers.display())))?;
    let seed = campaign.seed.unwrap_or_else(|| rand::random::<u32>().into());
    // Each run silences panics while it runs, which are how steps fail; of several side by side, one would undo that for
    // the others.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let jobs = campaign.jobs.max(1);
    let mut rows: Vec<Row> = Vec::new();
    // Saboteurs have a scenario or two, variants many.
    for variants in [false, true] {
        let (at_once, each) = if variants { (1, jobs) } else { (jobs, 1) };
        let of_kind = chosen.iter().filter(|(listed, _)| listed.passes.is_some() == variants);
        let runs = stream::iter(of_kind.map(|(listed, selection)| async {
            let started = Instant::now();
            let ended = judged(listed, selection.clone(), &program, &launchers, campaign, (seed, each)).await;
            told(&ended, started.elapsed().as_secs_f64());
            ended
        }));
        rows.extend(runs.buffer_unordered(at_once).collect::<Vec<_>>().await.into_iter().flatten());
    }
    std::panic::set_hook(hook);
    let digest = features::digest(TenantFixture::embedded());
    Ok(Matrix::new(digest, seed, rows))
}

fn choose(listed: Vec<Listed>, only: &[String], declared: &[Declared]) -> Result<Vec<(Listed, Selection)>, String> {
    if let Some(unknown) = only.iter().find(|name| !listed.iter().any(|it| it.name == **name)) {
        return Err(format!("there is no saboteur `{unknown}`; `{PROGRAM} list` shows them all"));
    }
    let wanted = listed.into_iter().filter(|it| only.is_empty() || only.contains(&it.name));
    wanted
        .map(|it| {
            let selection = it.selection(declared)?;
            Ok((it, selection))
        })
        .collect()
}

async fn judged(
    listed: &Listed,
    selection: Selection,
    program: &Path,
    launchers: &Path,
    campaign: &Campaign,
    (seed, jobs): (u64, usize),
) -> Vec<Row> {
    let engine = match launcher(program, launchers, &listed.name) {
        Ok(engine) => engine,
        Err(error) => return not_judged(listed, &format!("cannot write its launcher: {error}")),
    };
    let request = || Request {
        selection: selection.clone(),
        selection_text: vec![format!("of the saboteur {}", listed.name)],
        seed: Some(seed),
        jobs,
        engine: Some(engine.clone()),
        style: Style::Silent,
        output: Some(campaign.folder.join("runs")),
        ..Request::default()
    };
    let once = || async {
        match run::run(request()).await {
            Ok(finished) => match &finished.manifest.run.problem {
                Some(problem) => not_judged(listed, problem),
                None => judge(listed, &finished.manifest),
            },
            Err(problem) => not_judged(listed, &problem),
        }
    };
    let rows = once().await;
    // Nothing was said of the saboteur: what broke, broke beside it. Twice is no accident.
    match rows.iter().find(|row| row.end == End::NotJudged) {
        None => rows,
        Some(row) => {
            eprintln!("… {} once more: {}", listed.name, row.words.as_deref().unwrap_or("it was not judged"));
            once().await
        }
    }
}

/// An executable that is one saboteur: a run starts `ENGINE serve --config FILE`.
fn launcher(program: &Path, folder: &Path, name: &str) -> std::io::Result<PathBuf> {
    let path = folder.join(name);
    let mut file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o755).open(&path)?;
    writeln!(file, "#!/bin/sh\nexec '{}' {name} \"$@\"", program.display())?;
    Ok(path)
}
