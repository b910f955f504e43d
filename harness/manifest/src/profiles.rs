//! What a run says about parts of an implementation: the core, each domain, and each MUST. Pure.
//!
//! A scenario is about the domains that its sentences name; one that names none is of the core. A domain builds on the core:
//! it is conformant where its own scenarios and those of the core all passed. Scenarios that take a domain that is not served say
//! nothing about those that are.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{Counts, Implementation, Outcome, Run, Scenario, Verdict};
use crate::{Domain, requirements, scope::Scope};

/// What all implementations share.
pub const CORE: &str = "core";

/// A part of an implementation, and what the run says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `core`, or the key of a domain.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// Its own scenarios, those of the core left out.
    pub counts: Counts,
}

/// How a profile stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// All that is demanded of it was seen to hold.
    Conformant,
    /// Nothing failed, but not all was seen.
    Partial,
    /// A scenario failed.
    NonConformant,
    /// The implementation does not serve it.
    Undeclared,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Partial => "partial",
            Self::NonConformant => "non_conformant",
            Self::Undeclared => "undeclared",
        }
    }

    fn of(scenarios: &[&Scenario]) -> Self {
        match Verdict::of(scenarios.iter().copied(), false) {
            Verdict::Conformant => Self::Conformant,
            Verdict::NonConformant => Self::NonConformant,
            Verdict::Partial | Verdict::Error | Verdict::NotEvaluated => Self::Partial,
        }
    }
}

/// A scenario of the suite and what it is about.
struct Placed<'a> {
    scenario: &'a Scenario,
    domains: BTreeSet<Domain>,
}

/// The core and every domain. Nothing for a run that says nothing about the whole.
#[must_use]
pub fn profiles(run: &Run, implementation: Option<&Implementation>, scenarios: &[Scenario]) -> Vec<Profile> {
    let Some(implementation) = implementation.filter(|_| says_something(run)) else { return Vec::new() };
    let served = served(implementation);
    let placed = placed(scenarios, &served);
    let of = |wanted: &dyn Fn(&Placed<'_>) -> bool| -> Vec<&Scenario> {
        placed.iter().filter(|it| wanted(it)).map(|it| it.scenario).collect()
    };
    let core = of(&|it| it.domains.is_empty());
    let counts = |scenarios: &[&Scenario]| Counts::of(scenarios.iter().map(|it| it.outcome));
    let base = Standing::of(&core);
    let mut profiles = vec![Profile { name: CORE.into(), standing: base, counts: counts(&core) }];
    for domain in Domain::ALL {
        let own = of(&|it| it.domains.contains(&domain));
        let standing = if served.contains(&domain) { Standing::of(&own).max(base) } else { Standing::Undeclared };
        let counts = if served.contains(&domain) { counts(&own) } else { Counts::default() };
        profiles.push(Profile { name: domain.key().into(), standing, counts });
    }
    profiles
}

/// The MUSTs of which nothing failed, but which were not seen to hold: not all scenarios about them passed, or none could be
/// tried. Nothing for a run that says nothing about the whole.
#[must_use]
pub fn unproved(run: &Run, implementation: Option<&Implementation>, scenarios: &[Scenario]) -> Vec<String> {
    let Some(implementation) = implementation.filter(|_| says_something(run)) else { return Vec::new() };
    let placed = placed(scenarios, &served(implementation));
    let tagged: BTreeSet<&str> =
        scenarios.iter().filter(|it| !it.custom).flat_map(|it| &it.tags).map(|it| &**it).collect();
    let open = |id: &String| {
        let tag = format!("@{id}");
        let own = placed.iter().filter(|it| it.scenario.tags.contains(&tag));
        let outcomes: Vec<Outcome> = own.map(|it| it.scenario.outcome).collect();
        let refuted = outcomes.iter().any(|it| matches!(it, Outcome::Fail | Outcome::KnownFail));
        let held = !outcomes.is_empty() && outcomes.iter().all(|it| matches!(it, Outcome::Pass | Outcome::Flaky));
        tagged.contains(&*tag) && !refuted && !held
    };
    requirements::ids().filter(|id| requirements::is_must(id)).filter(open).collect()
}

/// A filtered run says nothing about the whole, and neither does one that did not come to its end.
const fn says_something(run: &Run) -> bool {
    run.selection.is_empty() && run.finished && !run.interrupted && run.problem.is_none()
}

fn served(implementation: &Implementation) -> BTreeSet<Domain> {
    if implementation.domains.is_empty() {
        return Domain::ALL.into();
    }
    implementation.domains.iter().filter_map(|key| key.parse().ok()).collect()
}

/// The suite's scenarios that the served domains suffice for.
fn placed<'a>(scenarios: &'a [Scenario], served: &BTreeSet<Domain>) -> Vec<Placed<'a>> {
    let place = |scenario: &'a Scenario| {
        let scope = Scope::of_scenario(scenario);
        scope.lacking(served).is_none().then_some(Placed { scenario, domains: scope.domains })
    };
    scenarios.iter().filter(|it| !it.custom).filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Manifest;

    /// A real run of the suite in which all passed.
    fn conformant() -> Manifest {
        serde_json::from_str(include_str!("../../tests/manifests/conformant/manifest.json")).unwrap()
    }

    fn told(manifest: &Manifest) -> String {
        let implementation = manifest.implementation.as_ref();
        let profiles = profiles(&manifest.run, implementation, &manifest.scenarios);
        let profiles: Vec<String> = profiles
            .iter()
            .map(|it| format!("{} {} of {}", it.name, it.standing.as_str(), it.counts.declared))
            .collect();
        let unproved = unproved(&manifest.run, implementation, &manifest.scenarios);
        format!("{}\nunproved: {}", profiles.join("\n"), unproved.join(", "))
    }

    fn outcome(manifest: &mut Manifest, title: &str, outcome: Outcome) {
        let found = manifest.scenarios.iter_mut().filter(|it| it.title.contains(title));
        found.for_each(|it| it.outcome = outcome);
    }

    #[test]
    fn all_profiles_of_a_run_in_which_all_passed_are_conformant() {
        let told = told(&conformant());
        assert!(told.contains("core conformant") && told.contains("storage conformant"), "{told}");
        assert!(!told.contains("partial") && told.ends_with("unproved: "), "{told}");
    }

    #[test]
    fn a_domain_stands_by_its_own_scenarios_and_those_of_the_core() {
        let mut one = conformant();
        outcome(&mut one, "Only kafka is restored", Outcome::Fail);
        insta::assert_snapshot!(told(&one), @"
        core conformant of 21
        iam conformant of 6
        postgres_metadata conformant of 7
        mongo_metadata conformant of 6
        kafka non_conformant of 7
        storage conformant of 6
        unproved:
        ");
        let mut core = conformant();
        outcome(&mut core, "A second restore finds", Outcome::Fail);
        assert_eq!(told(&core).matches("non_conformant").count(), 6);
    }

    #[test]
    fn what_is_not_served_stands_beside_and_spoils_nothing() {
        let mut manifest = conformant();
        manifest.implementation.as_mut().unwrap().domains = vec!["storage".into()];
        for scenario in &mut manifest.scenarios {
            if Scope::of_scenario(scenario).lacking(&[Domain::Storage].into()).is_some() {
                scenario.outcome = Outcome::NotSupported;
            }
        }
        insta::assert_snapshot!(told(&manifest), @"
        core conformant of 21
        iam undeclared of 0
        postgres_metadata undeclared of 0
        mongo_metadata undeclared of 0
        kafka undeclared of 0
        storage conformant of 1
        unproved: R-E2-2, R-E2-3, R-E2-4
        ");
    }

    #[test]
    fn a_must_that_could_not_be_tried_is_unproved_and_one_that_failed_is_not() {
        let mut manifest = conformant();
        outcome(&mut manifest, "A second restore finds", Outcome::NotSupported);
        outcome(&mut manifest, "A dry run tells what would be created", Outcome::Fail);
        assert!(told(&manifest).ends_with("unproved: R-E1-3"), "{}", told(&manifest));
    }

    #[test]
    fn a_filtered_or_broken_run_has_no_profiles() {
        let mut manifest = conformant();
        manifest.run.selection = vec!["--tags @E1".into()];
        assert_eq!(told(&manifest), "\nunproved: ");
        let mut manifest = conformant();
        manifest.run.finished = false;
        assert_eq!(told(&manifest), "\nunproved: ");
    }
}
