//! The runner's events, written into the manifest as they come.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use cucumber::{
    Event, Writer, cli,
    event::{Cucumber, Feature, Hook, HookType, RetryableScenario, Scenario, Step, StepError},
    parser,
};

use super::{Ledger, Session, Style};
use crate::{
    features,
    manifest::Evidence,
    secrets::scrubbed,
    world::{PREREQUISITE, RestoreWorld, SUITE},
};

/// An undefined step fails its scenario: whoever wrote the scenario believed that it proves something.
const UNDEFINED: &str = "this step is not defined; `conformance steps` prints those that are";

/// Writes the manifest and tells progress. Takes events in any order of scenarios.
pub(super) struct Events {
    ledger: Arc<Ledger>,
    session: Arc<Session>,
    style: Style,
    running: BTreeMap<String, Running>,
}

struct Running {
    started: Instant,
    step: Instant,
    infrastructure: bool,
    prerequisite: Option<String>,
    hook_findings: Vec<String>,
}

impl Events {
    pub(super) const fn new(ledger: Arc<Ledger>, session: Arc<Session>, style: Style) -> Self {
        Self { ledger, session, style, running: BTreeMap::new() }
    }

    fn scenario(&mut self, id: String, event: Scenario<RestoreWorld>) {
        let now = Instant::now();
        let running = self.running.entry(id.clone()).or_insert_with(|| Running {
            started: now,
            step: now,
            infrastructure: false,
            prerequisite: None,
            hook_findings: Vec::new(),
        });
        match event {
            Scenario::Background(_, step) | Scenario::Step(_, step) => {
                let finding = match step {
                    Step::Started => {
                        running.step = now;
                        return;
                    }
                    Step::Passed(..) => None,
                    Step::Skipped => Some(UNDEFINED.into()),
                    Step::Failed(_, _, _, error) => Some(scrubbed(&self.session.redactor().text(&told(&error)))),
                };
                let prerequisite = finding.as_deref().and_then(|finding| finding.strip_prefix(PREREQUISITE));
                running.prerequisite = prerequisite.map(str::to_owned);
                running.infrastructure |= finding.as_deref().is_some_and(|finding| finding.starts_with(SUITE));
                let duration = now - running.step;
                self.ledger.update(|recorder| recorder.step(&id, duration, finding));
            }
            Scenario::Hook(which, Hook::Failed(_, info)) => {
                let name = if matches!(which, HookType::Before) { "before" } else { "after" };
                running.hook_findings.push(format!("{SUITE}the {name} hook failed: {}", text(&info)));
                running.infrastructure = true;
            }
            Scenario::Started => self.ledger.update(|recorder| recorder.start(&id)),
            Scenario::Finished => self.finished(&id),
            Scenario::Hook(..) | Scenario::Log(_) => {}
        }
    }

    fn finished(&mut self, id: &str) {
        let Some(running) = self.running.remove(id) else { return };
        let mut evidence: Evidence = self.session.take(id).unwrap_or_default();
        evidence.infrastructure |= running.infrastructure;
        evidence.prerequisite = running.prerequisite;
        evidence.hook_findings.extend(running.hook_findings);
        let duration = running.started.elapsed();
        let style = self.style;
        self.ledger.update(|recorder| {
            if let Some(scenario) = recorder.finish(id, duration, evidence) {
                style.ended(scenario);
            }
        });
        self.ledger.write_soon();
    }
}

impl Writer<RestoreWorld> for Events {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, event: parser::Result<Event<Cucumber<RestoreWorld>>>, _: &cli::Empty) {
        let Ok(event) = event else { return };
        if let Cucumber::Feature(feature, Feature::Scenario(scenario, RetryableScenario { event, .. })) =
            event.into_inner()
        {
            self.scenario(features::id(&feature, &scenario), event);
        }
    }
}

impl cucumber::writer::Normalized for Events {}

fn told(error: &StepError) -> String {
    match error {
        StepError::Panic(info) => text(info),
        StepError::NotFound => UNDEFINED.into(),
        StepError::AmbiguousMatch(error) => format!("{SUITE}{error}"),
    }
}

/// The text of a panic.
fn text(info: &cucumber::event::Info) -> String {
    let text = info.downcast_ref::<String>().cloned();
    text.or_else(|| info.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| format!("{SUITE}a panic without text"))
}
