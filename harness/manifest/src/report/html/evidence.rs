//! What there is to see of a failure, ready to be shown.

use serde::Serialize;
use serde_json::Value;

use super::{
    changed::{self, Marked},
    view::Requirement,
    words::{label, tone},
};
use crate::{
    report::why,
    schema::{BackendLog, Difference, DifferenceKind, Exchange, Failure, Scenario},
    summary,
};

/// One scenario that did not pass, with its evidence.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    id: String,
    title: String,
    feature: String,
    outcome: &'static str,
    tone: &'static str,
    /// The first line of `why`.
    headline: String,
    why: String,
    step: String,
    requirements: Vec<Requirement>,
    reproduce: String,
    differences: Vec<Shown>,
    exchanges: Vec<Said>,
    log_tail: Vec<String>,
    backend_logs: Vec<BackendLog>,
    state: String,
    earlier: Vec<Earlier>,
    cleanup: String,
}

/// A try before the last one.
#[derive(Debug, Serialize)]
struct Earlier {
    outcome: &'static str,
    duration: String,
    why: String,
}

/// One resource that is not as it should be.
#[derive(Debug, Serialize)]
struct Shown {
    domain: String,
    resource: String,
    /// `missing`, `extra` or `differs`.
    kind: &'static str,
    members: Vec<Member>,
    desired: String,
    observed: String,
}

/// One value that differs.
#[derive(Debug, Serialize)]
struct Member {
    path: String,
    desired: Marked,
    observed: Marked,
}

/// One request and its answer.
#[derive(Debug, Serialize)]
struct Said {
    method: String,
    path: String,
    status: String,
    duration: String,
    request: String,
    response: String,
}

impl Finding {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let nothing = Failure::default();
        let failure = scenario.failure.as_ref().unwrap_or(&nothing);
        let why = why(scenario);
        let earlier = scenario.earlier_tries.iter().map(|earlier| Earlier {
            outcome: label(earlier.outcome),
            duration: summary::seconds(earlier.duration_ms),
            why: earlier.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default(),
        });
        Self {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            feature: scenario.feature.clone(),
            outcome: label(scenario.outcome),
            tone: tone(scenario.outcome),
            headline: why.lines().next().unwrap_or_default().to_owned(),
            why,
            step: failure.step.clone().unwrap_or_default(),
            requirements: Requirement::all_of(scenario),
            reproduce: failure.reproduce.clone(),
            differences: failure.differences.iter().map(shown).collect(),
            exchanges: failure.exchanges.iter().map(said).collect(),
            log_tail: failure.log_tail.clone(),
            backend_logs: failure.backend_logs.clone(),
            state: failure.state.clone().unwrap_or_default(),
            earlier: earlier.collect(),
            cleanup: scenario.cleanup_failure.clone().unwrap_or_default(),
        }
    }
}

fn shown(difference: &Difference) -> Shown {
    let members = difference.members.iter().map(|member| {
        let (desired, observed) =
            changed::mark(&changed::line(member.desired.as_ref()), &changed::line(member.observed.as_ref()));
        Member { path: member.path.clone(), desired, observed }
    });
    Shown {
        domain: difference.domain.clone(),
        resource: difference.resource.clone(),
        kind: match difference.kind {
            DifferenceKind::Missing => "missing",
            DifferenceKind::Extra => "extra",
            DifferenceKind::Differs => "differs",
        },
        members: members.collect(),
        desired: difference.desired.as_ref().map(changed::block).unwrap_or_default(),
        observed: difference.observed.as_ref().map(changed::block).unwrap_or_default(),
    }
}

fn said(exchange: &Exchange) -> Said {
    Said {
        method: exchange.method.clone(),
        path: exchange.path.clone(),
        status: exchange.status.map_or_else(|| "no answer".into(), |status| status.to_string()),
        duration: format!("{} ms", exchange.duration_ms),
        request: exchange.request.as_deref().map(readable).unwrap_or_default(),
        response: readable(&exchange.response),
    }
}

/// JSON on lines of its own; what was cut, or is none, as it is.
fn readable(body: &str) -> String {
    serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |value| changed::block(&value))
}
