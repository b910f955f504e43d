//! What the page says, as plain values: the template only places them.

use serde::Serialize;

use super::{
    evidence::Finding,
    matrix::{Matrix, domains_of, requirements_of},
    words::{OUTCOMES, count, label, sentence, tone, verdict_tone},
};
use crate::{
    Manifest, Mode,
    profiles::Standing,
    report::{feature_id, why},
    requirements,
    schema::{Counts, ImplementationOrigin, Outcome, Scenario, StepOutcome},
    summary::{self, seconds},
};

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    subject: String,
    /// When, how long and on what, in one line.
    circumstances: String,
    verdict: &'static str,
    tone: &'static str,
    sentence: String,
    counts: Vec<Count>,
    facts: Vec<(&'static str, String)>,
    backends: Vec<(String, String, String)>,
    notes: Vec<String>,
    repeat: String,
    features: Vec<Feature>,
    matrix: Matrix,
    findings: Vec<Finding>,
    declared: usize,
}

/// How many scenarios ended in one way.
#[derive(Debug, Serialize)]
struct Count {
    key: &'static str,
    label: &'static str,
    tone: &'static str,
    count: usize,
}

/// One feature and its scenarios.
#[derive(Debug, Serialize)]
struct Feature {
    id: String,
    title: String,
    told: String,
    tone: &'static str,
    duration: String,
    scenarios: Vec<Row>,
}

/// One scenario.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    title: String,
    key: &'static str,
    label: &'static str,
    tone: &'static str,
    custom: bool,
    duration: String,
    /// Of the longest scenario, in percent.
    share: u64,
    assertions: u64,
    requirements: Vec<Requirement>,
    domains: Vec<&'static str>,
    steps: Vec<Step>,
    /// Empty when it passed at once.
    why: String,
    /// Whether its evidence stands among the findings.
    finding: bool,
}

/// One requirement.
#[derive(Debug, Serialize)]
pub(super) struct Requirement {
    id: String,
    /// Empty when this program's specification does not know it.
    sentence: String,
}

#[derive(Debug, Serialize)]
struct Step {
    keyword: String,
    text: String,
    tone: &'static str,
    label: &'static str,
    duration: String,
}

impl Page {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let longest = manifest.scenarios.iter().map(|scenario| scenario.duration_ms).max().unwrap_or_default();
        let features = manifest.scenarios.chunk_by(|a, b| a.feature == b.feature);
        let subject = manifest.implementation.as_ref().map_or_else(
            || "nothing: there was no implementation".to_owned(),
            |it| format!("{} {}", it.name, it.version.as_deref().unwrap_or_default()).trim().to_owned(),
        );
        let verdict = manifest.verdict.as_str();
        Self {
            title: format!("{}: {}", subject, verdict.replace('_', " ")),
            subject,
            circumstances: circumstances(manifest),
            verdict,
            tone: verdict_tone(manifest),
            sentence: sentence(manifest),
            counts: counts(&manifest.counts),
            facts: facts(manifest),
            backends: manifest
                .backends
                .iter()
                .map(|backend| (backend.name.clone(), backend.version.clone(), backend.origin_told()))
                .collect(),
            notes: notes(manifest),
            repeat: repeat(manifest),
            features: features.map(|scenarios| Feature::of(scenarios, longest)).collect(),
            matrix: Matrix::of(&manifest.scenarios),
            findings: manifest.scenarios.iter().filter(|it| has_evidence(it)).map(Finding::of).collect(),
            declared: manifest.scenarios.len(),
        }
    }
}

impl Feature {
    fn of(scenarios: &[Scenario], longest: u64) -> Self {
        let first = scenarios.first();
        let whole = first.map_or("", |scenario| &scenario.feature);
        let id = feature_id(whole);
        let title = whole.strip_prefix(id).unwrap_or(whole).trim_start_matches([' ', ':']);
        let counts = Counts::of(scenarios.iter().map(|scenario| scenario.outcome));
        let worst = OUTCOMES.into_iter().find(|outcome| count(&counts, *outcome) > 0);
        Self {
            id: id.into(),
            title: title.into(),
            told: told(&counts),
            tone: worst.map_or("mute", tone),
            duration: spent(scenarios.iter().map(|scenario| scenario.duration_ms).sum()),
            scenarios: scenarios.iter().map(|scenario| Row::of(scenario, longest)).collect(),
        }
    }
}

impl Row {
    fn of(scenario: &Scenario, longest: u64) -> Self {
        let step = |step: &crate::schema::Step| {
            let (keyword, text) = step.text.split_once(' ').unwrap_or(("", &step.text));
            let (tone, label) = match step.outcome {
                StepOutcome::Pass => ("good", "held"),
                StepOutcome::Fail => ("bad", "did not hold"),
                StepOutcome::NotReached => ("mute", "not reached"),
            };
            let duration = if step.duration_ms == 0 { String::new() } else { format!("{} ms", step.duration_ms) };
            Step { keyword: keyword.into(), text: text.into(), tone, label, duration }
        };
        Self {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            key: scenario.outcome.as_str(),
            label: label(scenario.outcome),
            tone: tone(scenario.outcome),
            custom: scenario.custom,
            duration: spent(scenario.duration_ms),
            share: (scenario.duration_ms * 100).checked_div(longest).unwrap_or_default(),
            assertions: scenario.assertions,
            requirements: Requirement::all_of(scenario),
            domains: domains_of(scenario),
            steps: scenario.steps.iter().map(step).collect(),
            why: why(scenario),
            finding: has_evidence(scenario),
        }
    }
}

impl Requirement {
    pub(super) fn all_of(scenario: &Scenario) -> Vec<Self> {
        requirements_of(scenario)
            .map(|id| Self { id: id.into(), sentence: requirements::sentence(id).unwrap_or_default() })
            .collect()
    }
}

/// Nothing for what did not run.
fn spent(millis: u64) -> String {
    if millis == 0 { String::new() } else { seconds(millis) }
}

/// Whether there is more to see of it than why it did not run.
fn has_evidence(scenario: &Scenario) -> bool {
    let seen = scenario.failure.as_ref().is_some_and(|it| it.step.is_some() || !it.exchanges.is_empty());
    match scenario.outcome {
        Outcome::Fail | Outcome::Flaky => true,
        Outcome::Error | Outcome::KnownFail => seen,
        _ => scenario.cleanup_failure.is_some(),
    }
}

fn circumstances(manifest: &Manifest) -> String {
    let servers = manifest.backends.iter().map(|it| format!("{} {}", it.name, first_word(&it.version)));
    let parts = [readable_time(&manifest.run.started_at), seconds(manifest.run.duration_ms)];
    parts.into_iter().chain(servers).collect::<Vec<_>>().join(" · ")
}

/// Of `15.18 (Debian 15.18-0+deb12u1)`, what counts; of `MinIO 2026-…`, all.
fn first_word(version: &str) -> &str {
    version.split(" (").next().unwrap_or(version)
}

fn readable_time(rfc3339: &str) -> String {
    rfc3339.replace('T', " ").replace('Z', " UTC")
}

fn counts(counts: &Counts) -> Vec<Count> {
    OUTCOMES
        .into_iter()
        .map(|outcome| Count {
            key: outcome.as_str(),
            label: label(outcome),
            tone: tone(outcome),
            count: count(counts, outcome),
        })
        .filter(|it| it.count > 0)
        .collect()
}

fn told(counts: &Counts) -> String {
    let parts: Vec<String> =
        self::counts(counts).iter().map(|count| format!("{} {}", count.count, count.label)).collect();
    parts.join(", ")
}

fn facts(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let run = &manifest.run;
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    let standing = |standing: Standing| {
        let own = manifest.profiles.iter().filter(|it| it.standing == standing).map(|it| &*it.name);
        own.collect::<Vec<_>>().join(", ")
    };
    let unproved: Vec<String> =
        summary::unproved_told(manifest).into_iter().map(|(ids, why)| format!("{ids}: {why}")).collect();
    let standings = [
        ("Conformant", standing(Standing::Conformant)),
        ("Partial", standing(Standing::Partial)),
        ("Not conformant", standing(Standing::NonConformant)),
        ("Undeclared", standing(Standing::Undeclared)),
        ("Unproved", unproved.join("; ")),
    ];
    facts.extend(standings.into_iter().filter(|(_, names)| !names.is_empty()));
    facts.extend([
        ("Run", run.id.clone()),
        ("Seed", run.seed.to_string()),
        ("Started", readable_time(&run.started_at)),
        ("Took", format!("{}, {} side by side", seconds(run.duration_ms), run.jobs)),
    ]);
    if !run.selection.is_empty() {
        facts.push(("Chosen", run.selection.join(" ")));
    }
    let suite = &manifest.suite;
    facts.push(("Suite", format!("{} ({})", suite.version, summary::short(&suite.digest))));
    if let Some(implementation) = &manifest.implementation {
        let sha256 = implementation.sha256.as_deref().map(|it| format!("sha256 {}", summary::short(it)));
        facts.push(("Executable", sha256.unwrap_or_else(|| "it ran already, at an address".into())));
        if implementation.mode == Mode::Compatible {
            facts.push(("Mode", "compatible: answers may lack what the specification says".into()));
        }
        facts.extend(implementation.commit.clone().map(|commit| ("Commit", commit)));
        let stated =
            [("By", &implementation.organisation), ("More", &implementation.url), ("Contact", &implementation.contact)];
        facts.extend(stated.into_iter().filter_map(|(name, told)| Some((name, told.clone()?))));
    }
    facts
}

/// What a reader must know beside the scenarios.
fn notes(manifest: &Manifest) -> Vec<String> {
    let run = &manifest.run;
    let problem = run.problem.iter().map(|problem| format!("The run could not be made: {problem}"));
    let leftovers = run.leftovers.iter().map(|leftover| format!("Left behind: {leftover}"));
    let custom = (manifest.custom_counts.declared > 0).then(|| {
        format!(
            "The verdict leaves out scenarios that were brought along: {}",
            summary::counts(&manifest.custom_counts)
        )
    });
    problem.chain(leftovers).chain(custom).collect()
}

/// The command that repeats the run with the same data. Empty when a manifest does not hold all that it would take: where a
/// given executable is, or the options of something else than `run`.
fn repeat(manifest: &Manifest) -> String {
    let run = &manifest.run;
    let given = manifest.implementation.as_ref().is_some_and(|it| it.origin != ImplementationOrigin::Built);
    if given || run.selection.iter().any(|word| !(word.starts_with("--tags ") || word.starts_with("--scenario "))) {
        return String::new();
    }
    let words = ["cargo conformance run --seed".to_owned(), run.seed.to_string()];
    words.into_iter().chain(run.selection.iter().cloned()).collect::<Vec<_>>().join(" ")
}
