//! JUnit XML: a suite for each feature, a case for each scenario, each outcome also as a property of its own name,
//! because JUnit knows only four.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::{earlier, why};
use crate::{
    Manifest,
    schema::{Outcome, Scenario},
};

/// The whole document.
///
/// # Errors
/// When it cannot be put into words of XML.
pub fn xml(manifest: &Manifest) -> Result<String, SerializeError> {
    let mut report = Report::new("tenant restore conformance");
    report.timestamp = manifest.run.started_at.parse().ok();
    report.set_time(Duration::from_millis(manifest.run.duration_ms));
    for features in manifest.scenarios.chunk_by(|a, b| a.feature == b.feature) {
        report.add_test_suite(suite(manifest, features));
    }
    report.to_string()
}

fn suite(manifest: &Manifest, scenarios: &[Scenario]) -> TestSuite {
    let mut suite = TestSuite::new(scenarios.first().map_or("", |scenario| &scenario.feature));
    suite.add_property(("run", &*manifest.run.id));
    suite.add_property(("seed", &*manifest.run.seed.to_string()));
    suite.add_property(("verdict", manifest.verdict.as_str()));
    suite.set_time(Duration::from_millis(scenarios.iter().map(|scenario| scenario.duration_ms).sum()));
    suite.add_test_cases(scenarios.iter().map(case));
    suite
}

fn case(scenario: &Scenario) -> TestCase {
    let mut case = TestCase::new(&*scenario.title, status(scenario));
    case.set_classname(scenario.id.split("::").next().unwrap_or_default());
    case.set_time(Duration::from_millis(scenario.duration_ms));
    case.assertions = usize::try_from(scenario.assertions).ok();
    case.add_property(("id", &*scenario.id));
    case.add_property(("outcome", scenario.outcome.as_str()));
    let requirements = scenario.tags.iter().filter_map(|tag| tag.strip_prefix('@')).filter(|tag| tag.starts_with("R-"));
    case.add_properties(requirements.map(|id| ("requirement", id)));
    if let Some(failure) = scenario.failure.as_ref().filter(|failure| !failure.reproduce.is_empty()) {
        case.set_system_out(format!("again: {}", failure.reproduce));
    }
    if let Some(cleanup) = &scenario.cleanup_failure {
        case.set_system_err(format!("cleanup: {cleanup}"));
    }
    case
}

fn status(scenario: &Scenario) -> TestCaseStatus {
    let mut status = match scenario.outcome {
        Outcome::Pass => return TestCaseStatus::success(),
        Outcome::Flaky => return flaky(scenario),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::NotSupported | Outcome::Disabled | Outcome::PrerequisiteFailed | Outcome::KnownFail => {
            TestCaseStatus::skipped()
        }
    };
    let why = why(scenario);
    status.set_message(why.lines().next().unwrap_or_default());
    let step = scenario.failure.as_ref().and_then(|failure| failure.step.as_deref());
    if matches!(scenario.outcome, Outcome::Fail | Outcome::Error) {
        status.set_type(step.unwrap_or("after all steps"));
        status.set_description(step.map_or_else(|| why.clone(), |step| format!("at {step}\n{why}")));
    }
    status
}

/// A success with what failed before, as Surefire has it.
fn flaky(scenario: &Scenario) -> TestCaseStatus {
    let mut status = TestCaseStatus::success();
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun.set_message(earlier(scenario).unwrap_or_default());
    status.add_rerun(rerun);
    status
}
