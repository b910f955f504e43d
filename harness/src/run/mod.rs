//! One run: servers, implementation, scenarios side by side, cleanup, manifest.

mod cleanup;
mod configuration;
mod engines;
mod events;
mod hooks;
mod ledger;
mod order;
mod prepare;
mod progress;
mod redact;
mod session;
mod shared;

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use cucumber::{Cucumber, World as _, cli, gherkin::Feature};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio_util::task::AbortOnDropHandle;

pub use configuration::{EXTENSIONS, configuration};
pub use engines::{Engines, Proxied};
pub use progress::Style;
pub use session::{Session, Source, State, bystander_of, changes, differences, foresee, tenant_path};

use crate::{
    features::{self, Selection},
    fixtures::{Kept, Library},
    implementation::Certification,
    manifest::{Declared, KnownFailures, Manifest, Recorder, RunFolder, schema},
    report::{self, Format},
    stack::StackRequest,
    timeouts,
    world::RestoreWorld,
};
use events::Events;
use ledger::Ledger;
use order::Loaded;
use prepare::Prepared;

/// Every selected scenario passed.
pub const EXIT_PASSED: u8 = 0;
/// A scenario did not pass.
pub const EXIT_FAILED: u8 = 1;
/// No stack, no implementation, or no place for the manifest.
pub const EXIT_UNAVAILABLE: u8 = crate::stack::EXIT_UNAVAILABLE;
/// A wrong invocation.
pub const EXIT_USAGE: u8 = crate::stack::EXIT_USAGE;
/// Ended by Ctrl-C, as shells have it.
pub const EXIT_INTERRUPTED: u8 = 130;

/// What to run, and how.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which scenarios.
    pub selection: Selection,
    /// The same as it was typed, for the manifest.
    pub selection_text: Vec<String>,
    /// Where all tenant data comes from; fresh by default.
    pub seed: Option<u64>,
    /// Scenarios side by side.
    pub jobs: usize,
    /// Whether to start no further scenario once one failed.
    pub fail_fast: bool,
    /// How often to try a scenario again that did not pass.
    pub retries: usize,
    /// Whether to start scenarios in an order that follows from the seed, instead of that of the features.
    pub shuffle: bool,
    /// The folder of features that the user brings along.
    pub features: Option<PathBuf>,
    /// The artifacts that the implementer kept, each of which has a scenario.
    pub kept: Vec<Kept>,
    /// The fixtures that scenarios may name.
    pub fixtures: Library,
    /// SHA-256 over both.
    pub custom_digest: Option<String>,
    /// Failures that were announced.
    pub known_failures: KnownFailures,
    /// An engine instead of the one of this workspace.
    pub engine: Option<PathBuf>,
    /// An implementation as its authors declare it, instead of either.
    pub certification: Option<Certification>,
    /// The servers.
    pub stack: StackRequest,
    /// How progress is told.
    pub style: Style,
    /// Where the run's folder is made; [`base_folder`] by default.
    pub output: Option<PathBuf>,
    /// What is written beside the manifest at the end.
    pub reports: Vec<Format>,
    /// Where the public report is written as well.
    pub public_report: Option<PathBuf>,
    /// Options that repeat this run's circumstances, for the command that repeats a failed scenario.
    pub repeat: Vec<String>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// Its manifest.
    pub manifest: Manifest,
    /// Where it lies.
    pub path: PathBuf,
    /// The exit code.
    pub exit: u8,
}

/// Runs the selected scenarios.
///
/// # Errors
/// When the features are broken or there is no place for the manifest; everything else is in the manifest.
pub async fn run(request: Request) -> Result<Finished, String> {
    let features = features::load_with(request.features.as_deref(), &request.kept)?;
    let declared = features::declare(&features, &request.selection)?;
    let seed = request.seed.unwrap_or_else(|| rand::random::<u32>().into());
    let tag = hex::encode(rand::random::<[u8; 3]>());
    let run_id = format!("{}-{tag}", stamp());
    let base = request.output.clone().unwrap_or_else(base_folder);
    let folder = RunFolder::create(&base, &run_id)
        .map_err(|error| format!("cannot create the run's folder in {}: {error}", base.display()))?;
    let run = schema::Run {
        id: run_id,
        seed,
        started_at: now(),
        selection: request.selection_text.clone(),
        jobs: request.jobs,
        shuffled: request.shuffle,
        retries: request.retries,
        fail_fast: request.fail_fast,
        data_digest: crate::fixtures::data_digest(seed).map_err(|error| error.to_string())?,
        ..schema::Run::default()
    };
    let digest = features::digest(crate::fixtures::TenantFixture::embedded());
    let suite = schema::Suite {
        version: env!("CARGO_PKG_VERSION").into(),
        digest,
        custom_digest: request.custom_digest.clone(),
    };
    let recorder = Recorder::new(run, suite, declared.clone()).with_known_failures(request.known_failures.clone());
    let ledger = Arc::new(Ledger::new(recorder, folder));
    ledger.write()?;
    request.style.begin(&declared, seed, request.shuffle);
    ledger.update(|recorder| recorder.undefined().for_each(|scenario| request.style.ended(&scenario)));
    let interrupted = work(&request, &features, &declared, seed, tag, &ledger).await;
    finish(&request, &ledger, interrupted)
}

/// Where runs leave what they made: `conformance` in the target folder of this program, and where it was installed, in the
/// current folder.
#[must_use]
pub fn base_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.or_else(crate::implementation::target_folder).unwrap_or_default().join("conformance")
}

fn finish(request: &Request, ledger: &Ledger, interrupted: bool) -> Result<Finished, String> {
    ledger.update(|recorder| {
        recorder.run_mut().finished = true;
        recorder.run_mut().interrupted = interrupted;
    });
    let manifest = ledger.write()?;
    let exit = if manifest.run.problem.is_some() {
        EXIT_UNAVAILABLE
    } else if interrupted {
        EXIT_INTERRUPTED
    } else if manifest.counts.plus(manifest.custom_counts).all_went_well() {
        EXIT_PASSED
    } else {
        EXIT_FAILED
    };
    let path = ledger.folder.manifest();
    let reports = write_reports(request, ledger, &manifest);
    request.style.end(&manifest, &path, &reports);
    Ok(Finished { manifest, path, exit })
}

/// Says where the reports are. They say what the manifest says: one that cannot be written changes no exit code.
fn write_reports(request: &Request, ledger: &Ledger, manifest: &Manifest) -> Vec<PathBuf> {
    let mut paths = report::write(manifest, ledger.folder.path(), &request.reports).unwrap_or_else(|error| {
        request.style.note(&format!("cannot write the reports: {error}"));
        Vec::new()
    });
    if let Some(path) = &request.public_report {
        match report::write_public(manifest, path) {
            Ok(()) => paths.push(path.clone()),
            Err(error) => request.style.note(&format!("cannot write the public report: {error}")),
        }
    }
    paths
}

/// Everything between the first and the last manifest. Says whether it was interrupted.
async fn work(
    request: &Request,
    features: &[Feature],
    declared: &[Declared],
    seed: u64,
    tag: String,
    ledger: &Arc<Ledger>,
) -> bool {
    if !declared.iter().any(Declared::runs) {
        request.style.note("nothing is left to run: no server is started");
        return false;
    }
    let prepared = tokio::select! {
        prepared = prepare::prepare(request, declared, ledger, seed, tag) => prepared,
        () = asked_to_end() => return true,
    };
    let mut prepared = match prepared {
        Ok(prepared) => prepared,
        Err(problem) => {
            ledger.update(|recorder| recorder.run_mut().problem = Some(problem));
            return false;
        }
    };
    let session = prepared.session.clone();
    // As a task: else all that it waits with is looked at whenever anything happens in a scenario.
    let mut asked = AbortOnDropHandle::new(tokio::spawn(asked_to_end()));
    let written = AbortOnDropHandle::new(tokio::spawn(ledger.clone().keep_written(request.style)));
    let interrupted = tokio::select! {
        () = try_scenarios(request, features, declared, &prepared, ledger) => false,
        _ = &mut asked => true,
    };
    drop((asked, written));
    if interrupted {
        // The runner of the scenarios silences panics while it runs and was dropped on its way.
        drop(std::panic::take_hook());
        request.style.note("interrupted: removing what the run created");
    }
    let leftovers = tokio::select! {
        leftovers = tokio::time::timeout(timeouts::CLEANUP, session.forget_all()) => leftovers
            .unwrap_or_else(|_| vec![format!("cleanup took longer than {}", told(timeouts::CLEANUP))]),
        () = asked_to_end() => vec!["cleanup was interrupted".to_owned()],
    };
    let ended = prepared.subject.ended();
    ledger.update(|recorder| {
        let run = recorder.run_mut();
        run.leftovers = leftovers;
        run.leftovers.extend(ended.map(|status| format!("the implementation had ended by itself: {status}")));
    });
    prepared.subject.stop().await;
    interrupted
}

/// Runs the scenarios, and again those that did not pass, as often as was asked for.
async fn try_scenarios(
    request: &Request,
    features: &[Feature],
    declared: &[Declared],
    prepared: &Prepared,
    ledger: &Arc<Ledger>,
) {
    for retry in 0..=request.retries {
        let mut open = BTreeSet::new();
        ledger.update(|recorder| open = recorder.open());
        if open.is_empty() {
            return;
        }
        if retry > 0 {
            request.style.note(&format!("trying {} again", open.len()));
            prepared.session.renew();
        }
        let features = order::ordered(features, &open, request.shuffle.then_some(prepared.session.seed));
        run_scenarios(request, features, declared, prepared, ledger, retry).await;
    }
}

async fn run_scenarios(
    request: &Request,
    features: Vec<Feature>,
    declared: &[Declared],
    prepared: &Prepared,
    ledger: &Arc<Ledger>,
    retry: usize,
) {
    let numbers: Vec<String> = declared.iter().map(|scenario| scenario.id.clone()).collect();
    let session = prepared.session.clone();
    let mut runner = cucumber::runner::Basic::<RestoreWorld>::default()
        .steps(RestoreWorld::collection())
        .max_concurrent_scenarios(request.jobs)
        .before({
            let session = session.clone();
            move |feature, _, scenario, world| {
                let id = features::id(feature, scenario);
                let number = numbers.iter().position(|known| *known == id).unwrap_or_default();
                world.enter(session.clone(), name(number, retry), id);
                Box::pin(std::future::ready(()))
            }
        })
        .after({
            let hook = hooks::After::new(session.clone(), prepared, ledger.folder.clone(), request);
            move |feature, _, scenario, ended, world| {
                let hook = hook.clone();
                let id = features::id(feature, scenario);
                Box::pin(async move { hook.run(&id, ended, world).await })
            }
        });
    if request.fail_fast {
        runner = runner.fail_fast();
    }
    let events = Events::new(ledger.clone(), session, request.style);
    Cucumber::<_, _, _, _, _, cli::Empty>::custom(Loaded, runner, events).with_default_cli().run(features).await;
}

/// What the tenants of a scenario are named after. Those of an earlier try may still be there.
fn name(number: usize, retry: usize) -> String {
    if retry == 0 { format!("{number:02}") } else { format!("r{retry}x{number:02}") }
}

/// What a test program says when nothing is selected.
#[must_use]
pub fn nothing_selected(left_out: usize) -> String {
    progress::result_line([0, 0, 0, left_out], 0)
}

/// Ctrl-C, or the polite end that service managers ask for.
async fn asked_to_end() {
    let terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let terminated = async {
        match terminated {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

/// `20260504T093000Z`.
fn stamp() -> String {
    now().replace(['-', ':'], "")
}

/// For people: `1.2 s`.
fn told(duration: Duration) -> String {
    crate::manifest::summary::seconds(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
