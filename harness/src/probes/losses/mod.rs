//! Each probe sees a loss: damages to a tenant that holds the `full` fixture, and what a probe must say of each.

mod damage;
mod list;

use std::fmt;

pub use self::{damage::Damage, list::ALL};
use super::{Finding, compare, probe};
use crate::{
    backends::{Backends, Result},
    fixtures::{Domain, Place, Space, TenantFixture},
    seeds,
};

/// A damage, and the findings that it must lead to.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    /// The domain that is damaged.
    pub domain: Domain,
    /// The kind of the damaged resource.
    pub kind: &'static str,
    /// What is done, for people.
    pub describe: &'static str,
    /// What is done.
    pub damage: Damage,
    /// Headlines of exactly the findings that must come, with `{schema}`, `{realm}`… for the space's names.
    pub findings: &'static [&'static str],
}

impl Loss {
    fn of_what_no_restore_brings(&self) -> bool {
        matches!(self.kind, "credential" | "consumer_group") || self.describe == "a role may no longer log in"
    }
}

/// What a probe said of a loss.
#[derive(Debug)]
pub struct LossResult {
    /// The loss.
    pub loss: &'static Loss,
    /// Headlines that should have come.
    pub expected: Vec<String>,
    /// The findings that came, or why there are none.
    pub found: Result<Vec<Finding>>,
}

impl LossResult {
    /// Whether the probe said exactly what it must.
    #[must_use]
    pub fn seen(&self) -> bool {
        let headlines = |found: &Vec<Finding>| found.iter().map(Finding::headline).collect::<Vec<_>>();
        self.found.as_ref().is_ok_and(|found| headlines(found) == self.expected)
    }
}

impl fmt::Display for LossResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.loss.domain, self.loss.kind, self.loss.describe)?;
        if !self.seen() {
            write!(f, "\n  expected: {}", self.expected.join("; "))?;
            match &self.found {
                Ok(found) => found.iter().try_for_each(|finding| write!(f, "\n  found: {finding}"))?,
                Err(error) => write!(f, "\n  failed: {error}")?,
            }
        }
        Ok(())
    }
}

/// Seeds a tenant with the `full` fixture, applies every loss to it, and removes it.
///
/// # Errors
/// When the tenant cannot be seeded, or not removed.
pub async fn run_all(backends: &Backends, seed: u64) -> Result<Vec<LossResult>> {
    let full = TenantFixture::load("full").and_then(|full| full.concretise(seed, Space::of(&format!("loss-{seed:x}"))));
    let tenant = full.map_err(|error| crate::backends::BackendError {
        backend: "fixtures",
        doing: "loading the full tenant".into(),
        cause: error.to_string(),
    })?;
    let seeded = seeds::seed(backends, &tenant, &Domain::ALL).await;
    let results = match seeded {
        Ok(()) => Ok(run_on(backends, &tenant.space, &Domain::ALL, false).await),
        Err(error) => Err(error),
    };
    match seeds::remove(backends, std::slice::from_ref(&tenant.space)).await.into_iter().next() {
        Some(error) => results.and(Err(error)),
        None => results,
    }
}

/// Applies every loss in these domains to a space that holds the `full` fixture, one after the other in each. With `restored`, the
/// losses of what no restore brings back (credentials, the right to log in, consumer groups) are left out.
pub async fn run_on(backends: &Backends, space: &Space, domains: &[Domain], restored: bool) -> Vec<LossResult> {
    let domains = domains.iter().copied().map(|domain| async move {
        let mut results = Vec::new();
        let mut before = probe(backends, space, domain).await;
        for loss in ALL.iter().filter(|loss| loss.domain == domain && !(restored && loss.of_what_no_restore_brings())) {
            let after = match loss.damage.apply(backends, space).await {
                Ok(()) => probe(backends, space, domain).await,
                Err(error) => Err(error),
            };
            let mut expected: Vec<_> = loss.findings.iter().map(|text| named(space, text)).collect();
            expected.sort_by(|a, b| a.split_once(' ').map(|it| it.1).cmp(&b.split_once(' ').map(|it| it.1)));
            let found = match (&before, after) {
                (Ok(was), Ok(is)) => {
                    let findings = compare(&was.resources, &is.resources);
                    before = Ok(is);
                    Ok(findings)
                }
                (_, Err(error)) => Err(error),
                (Err(error), _) => Err(crate::backends::BackendError {
                    backend: error.backend,
                    doing: error.doing.clone(),
                    cause: error.cause.clone(),
                }),
            };
            results.push(LossResult { loss, expected, found });
        }
        results
    });
    futures::future::join_all(domains).await.into_iter().flatten().collect()
}

/// A text with the space's names in place of `{schema}` and the like.
#[must_use]
pub fn named(space: &Space, text: &str) -> String {
    let fill = |text: String, place: &Place| text.replace(&format!("{{{}}}", place.key()), &space.get(*place));
    Place::ALL.iter().fold(text.to_owned(), fill)
}
