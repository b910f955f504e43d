//! Tenants that hold something else than the source under the same name: what a restore must find, tell and keep.
//!
//! The target's domain is seeded like the source's; then one thing is made to differ, and a few others are taken away, so
//! that there is something to restore beside what is kept.

mod list;

use std::collections::BTreeSet;

pub use self::list::ALL;
use super::seed;
use crate::{
    backends::{BackendError, Backends, Result},
    fixtures::{Domain, Tenant},
    probes::{
        Resources, compare,
        losses::{Damage, named},
        probe,
    },
};

/// One thing that differs from the `full` fixture.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// In which domain.
    pub domain: Domain,
    /// For people, and for features.
    pub describe: &'static str,
    /// What makes it differ, one after the other.
    pub plant: &'static [Damage],
    /// The resources that then differ, with `{schema}`, `{realm}`… for the space's names.
    pub differing: &'static [&'static str],
    /// Parts of them that are then missing, which no restore may add.
    pub withheld: &'static [&'static str],
}

/// What is taken away from a domain, and words that the names of the missing resources hold.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    /// In which domain.
    pub domain: Domain,
    /// What takes it away.
    pub damage: &'static [Damage],
    /// A word for each.
    pub words: &'static [&'static str],
}

/// What was planted in a tenant.
#[derive(Debug, Clone)]
pub struct Planted {
    /// What differs.
    pub difference: Difference,
    /// What is missing and must come back.
    pub gap: Gap,
    /// What is missing and must not.
    pub withheld: BTreeSet<String>,
}

impl Difference {
    /// The difference of this description.
    #[must_use]
    pub fn find(domain: Domain, describe: &str) -> Option<&'static Self> {
        ALL.iter().find(|it| it.domain == domain && it.describe == describe)
    }

    /// Makes it so in a tenant that is as the fixture says.
    ///
    /// # Errors
    /// When a backend refuses.
    pub async fn make(&self, backends: &Backends, tenant: &Tenant) -> Result<()> {
        for damage in self.plant {
            damage.apply(backends, &tenant.space).await?;
        }
        Ok(())
    }

    /// Seeds the domain, makes it differ, and takes the gap away.
    ///
    /// # Errors
    /// When a backend refuses, or the probe does not see exactly what was planted.
    pub async fn plant(&'static self, backends: &Backends, tenant: &Tenant) -> Result<Planted> {
        seed(backends, tenant, &[self.domain]).await?;
        let whole = probe(backends, &tenant.space, self.domain).await?.resources;
        self.make(backends, tenant).await?;
        let differing = probe(backends, &tenant.space, self.domain).await?.resources;
        let names = |texts: &[&str]| texts.iter().map(|text| named(&tenant.space, text)).collect::<BTreeSet<_>>();
        let withheld = names(self.withheld);
        self.check(&whole, &differing, &names(self.differing), &withheld)?;
        let gap = list::GAPS.iter().find(|gap| gap.domain == self.domain);
        let gap = *gap.ok_or_else(|| self.failed("finding its gap", "there is none".into()))?;
        for damage in gap.damage {
            damage.apply(backends, &tenant.space).await?;
        }
        Ok(Planted { difference: *self, gap, withheld })
    }

    /// Nothing may differ but what should.
    fn check(
        &self,
        whole: &Resources,
        now: &Resources,
        differing: &BTreeSet<String>,
        withheld: &BTreeSet<String>,
    ) -> Result<()> {
        let wanted: BTreeSet<String> = differing
            .iter()
            .map(|name| format!("differs {name}"))
            .chain(withheld.iter().map(|name| format!("missing {name}")))
            .collect();
        let found: BTreeSet<String> = compare(whole, now).iter().map(|finding| finding.headline()).collect();
        if found == wanted {
            return Ok(());
        }
        Err(self.failed("planting it", format!("wanted {wanted:?}, the probe sees {found:?}")))
    }

    fn failed(&self, doing: &str, cause: String) -> BackendError {
        BackendError { backend: self.domain.key(), doing: format!("{doing}: {}", self.describe), cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features;

    #[test]
    fn every_difference_has_a_description_of_its_own_and_a_scenario() {
        let features = features::load().unwrap();
        let steps: Vec<&str> = features
            .iter()
            .flat_map(|feature| &feature.scenarios)
            .flat_map(|scenario| &scenario.steps)
            .map(|step| step.value.as_str())
            .collect();
        for (position, it) in ALL.iter().enumerate() {
            let twin =
                ALL[position + 1..].iter().find(|other| (other.domain, other.describe) == (it.domain, it.describe));
            assert!(twin.is_none(), "{} twice", it.describe);
            assert!(steps.iter().any(|step| step.ends_with(it.describe)), "no scenario has {}", it.describe);
        }
    }

    #[test]
    fn every_domain_has_a_gap_with_a_word_for_each_loss() {
        for domain in Domain::ALL {
            let gap = list::GAPS.iter().find(|gap| gap.domain == domain).unwrap();
            assert!(!gap.words.is_empty(), "{domain}");
        }
    }
}
