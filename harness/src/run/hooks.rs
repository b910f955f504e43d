//! After each scenario: the bystander, the evidence, the cleanup.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cucumber::event::ScenarioFinished;
use serde_json::json;

use super::{Request, Session, prepare::Prepared, session::changes};
use crate::{
    implementation::{invocation, log_tail},
    manifest::{
        Evidence, RunFolder,
        schema::{self, BackendLog},
    },
    stack::{Service, Stack},
    world::{Failure, RestoreWorld},
};

/// What runs after each scenario.
#[derive(Clone)]
pub(super) struct After {
    session: Arc<Session>,
    log: Option<PathBuf>,
    stack: Arc<Stack>,
    folder: RunFolder,
    repeat: String,
}

/// Lines of a server's log that evidence shows.
const BACKEND_LOG_LINES: usize = 30;

impl After {
    pub(super) fn new(session: Arc<Session>, prepared: &Prepared, folder: RunFolder, request: &Request) -> Self {
        let options: String = request.repeat.iter().map(|option| format!(" {option}")).collect();
        let repeat = format!("{} run --seed {}{options} --scenario", invocation(), session.seed);
        let (log, stack) = (prepared.subject.log().map(Path::to_owned), prepared.stack.clone());
        Self { session, log, stack, folder, repeat }
    }

    /// Looks first, removes last; what cannot be removed stands beside the verdict and never changes it.
    pub(super) async fn run(&self, id: &str, ended: &ScenarioFinished, world: Option<&mut RestoreWorld>) {
        let Some(world) = world else { return };
        let mut evidence =
            Evidence { assertions: world.assertions(), peak_memory_bytes: world.peak_memory, ..Evidence::default() };
        match self.bystander(world).await {
            Ok(None) => {}
            Ok(Some(finding)) => evidence.hook_findings.push(finding.to_string()),
            Err(failure) => {
                evidence.infrastructure = true;
                evidence.hook_findings.push(failure.to_string());
            }
        }
        let own = world.leave_own();
        let passed = matches!(ended, ScenarioFinished::StepPassed) && evidence.hook_findings.is_empty();
        if !passed {
            let state = self.state(id, world).await;
            evidence.failure = schema::Failure {
                reproduce: format!("{} {id}", self.repeat),
                exchanges: world.api().map(|api| api.transcript()).unwrap_or_default(),
                differences: world.take_differences(),
                log_tail: own
                    .as_ref()
                    .map(|own| own.process.log())
                    .or(self.log.as_deref())
                    .map(log_tail)
                    .unwrap_or_default(),
                backend_logs: self.backend_logs(),
                state: state.as_ref().map(|it| it.0.clone()),
                state_sha256: state.map(|it| it.1),
                ..schema::Failure::default()
            };
            self.session.redactor().failure(&mut evidence.failure);
        }
        if let Some(own) = own {
            own.process.stop().await;
        }
        evidence.cleanup_failure = self.clean(world).await.err();
        self.session.leave(id.to_owned(), evidence);
    }

    /// What changed in the tenant beside the target.
    async fn bystander(&self, world: &mut RestoreWorld) -> Result<Option<Failure>, Failure> {
        let Some((tenant, before)) = world.bystander.take() else { return Ok(None) };
        let changes = changes(&before, &self.session.state(&tenant.space).await?);
        Ok(world.same(format!("the bystander {} changed", tenant.space.tenant_id), changes).err())
    }

    fn backend_logs(&self) -> Vec<BackendLog> {
        let logs = Service::ALL.into_iter().map(|service| {
            let lines = self.stack.log_tail(service, BACKEND_LOG_LINES);
            BackendLog { name: service.as_str().to_owned(), lines }
        });
        logs.filter(|log| !log.lines.is_empty()).collect()
    }

    /// What the target holds before cleanup, as a file beside the manifest: its name and its digest.
    async fn state(&self, id: &str, world: &RestoreWorld) -> Option<(String, String)> {
        let target = world.target.as_ref()?;
        let state = match self.session.state(&target.space).await {
            Ok(state) => {
                state.iter().map(|(domain, probed)| (domain.key().to_owned(), json!(probed.resources))).collect()
            }
            Err(failure) => json!({ "unreadable": failure.to_string() }),
        };
        let name = format!("{}.state.json", id.replace("::", "."));
        let text = self.session.redactor().text(&format!("{state:#}\n"));
        let digest = self.folder.write_evidence(&name, &text).ok()?;
        Some((name, digest))
    }

    async fn clean(&self, world: &RestoreWorld) -> Result<(), String> {
        // Not the scenario's own client: its implementation may be gone, and the run's knows the same tenants.
        let api = self.session.api("cleanup");
        let base = world.base_id().map_err(|failure| failure.to_string())?;
        let problems = self.session.forget_within(&api, &base).await;
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    }
}
