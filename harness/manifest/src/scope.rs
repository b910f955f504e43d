//! Which domains a scenario is about: those that its sentences name, and those that its tags add.
//!
//! An implementation may serve some domains only. A scenario about another one is `not_supported`; all others run with
//! tenants that have resources in the served domains alone.

use std::{collections::BTreeSet, fmt};

use crate::{Domain, schema::Scenario};

/// What the tag of a domain starts with that is at stake though no sentence names it, `@` left out.
const DOMAIN: &str = "domain:";

/// What the tag starts with that tells how many domains must be served, `@` left out: where one fails, and the others are
/// looked at, there must be others.
const COUNT: &str = "domains:";

/// What a scenario asks of the domains that an implementation serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// All of these.
    pub domains: BTreeSet<Domain>,
    /// At least so many.
    pub at_least: usize,
}

/// Why a scenario cannot be tried with the domains that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// This domain is not served.
    Domain(Domain),
    /// Fewer than so many are.
    Others(usize),
}

impl Scope {
    /// Of a scenario with these texts (its title and steps) and tags, with or without `@`.
    ///
    /// # Errors
    /// Names a tag that is no domain, or no number.
    pub fn of<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        tags: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, String> {
        let words = texts.into_iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
        let mut scope = Self { domains: words.filter_map(|word| word.parse().ok()).collect(), at_least: 1 };
        for tag in tags.into_iter().map(|tag| tag.trim_start_matches('@')) {
            if let Some(key) = tag.strip_prefix(DOMAIN) {
                scope.domains.insert(key.parse()?);
            } else if let Some(count) = tag.strip_prefix(COUNT) {
                scope.at_least = count.parse().map_err(|_| format!("@{tag}: `{count}` is no number of domains"))?;
            }
        }
        Ok(scope)
    }

    /// The same as a manifest holds it. One that a user brought along may have any tag.
    #[must_use]
    pub fn of_scenario(scenario: &Scenario) -> Self {
        let texts = scenario.steps.iter().map(|step| &*step.text).chain([&*scenario.title]);
        Self::of(texts, scenario.tags.iter().map(|tag| &**tag)).unwrap_or_default()
    }

    /// What an implementation that serves these domains lacks for it.
    #[must_use]
    pub fn lacking(&self, served: &BTreeSet<Domain>) -> Option<Lacking> {
        let unserved = self.domains.iter().find(|domain| !served.contains(domain)).copied();
        unserved
            .map(Lacking::Domain)
            .or_else(|| (served.len() < self.at_least).then_some(Lacking::Others(self.at_least)))
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) => write!(f, "the implementation does not serve the domain `{domain}`"),
            Self::Others(count) => write!(f, "the implementation serves fewer than the {count} domains that it takes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str], tags: &[&str]) -> Result<Scope, String> {
        Scope::of(texts.iter().copied(), tags.iter().copied())
    }

    #[test]
    fn a_scenario_is_about_the_domains_that_its_sentences_and_tags_name() {
        let scope = of(&["\"kafka\" failed", "the others"], &["@E1", "domain:storage", "@domains:2"]).unwrap();
        assert_eq!(scope, Scope { domains: [Domain::Kafka, Domain::Storage].into(), at_least: 2 });
        assert_eq!(of(&["a kafkaesque storage_box"], &[]).unwrap(), Scope { domains: [].into(), at_least: 1 });
        insta::assert_snapshot!(
            [of(&[], &["@domain:kafak"]), of(&[], &["@domains:two"])].map(Result::unwrap_err).join("\n"),
            @"
        there is no domain `kafak`; did you mean `kafka`?
        @domains:two: `two` is no number of domains
        "
        );
    }

    #[test]
    fn what_is_lacking_is_told_by_its_name() {
        let lacks = |texts: &[&str], tags: &[&str]| of(texts, tags).unwrap().lacking(&[Domain::Storage].into());
        assert_eq!(lacks(&["only storage"], &[]), None);
        assert_eq!(lacks(&["storage, iam"], &[]), Some(Lacking::Domain(Domain::Iam)));
        assert_eq!(lacks(&["only storage"], &["domains:2"]), Some(Lacking::Others(2)));
        assert_eq!(Lacking::Domain(Domain::Iam).to_string(), "the implementation does not serve the domain `iam`");
        let others = Lacking::Others(2).to_string();
        assert_eq!(others, "the implementation serves fewer than the 2 domains that it takes");
    }
}
