//! What a preflight saw, short enough to be sent back with the restore: has anything changed since?

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    DomainKey, Inventory, Kind, Resource, ResourceId, TenantSpace,
    identifier_map::IdentifierMap,
    plan::{Decision, DomainPlan},
    resource::Refusal,
};

/// Half of a SHA-256: what it guards against is accident, not forgery by the caller, who may restore without it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidDigest)?;
        Ok(Self(bytes))
    }
}

/// Fingerprints of what was analysed: the way into the target, and each domain from both sides.
///
/// Written `pf1;<way>;<domain>=<desired>/<observed>;…`, with `-` where a target could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightDigest {
    /// Of both spaces and the identifier map.
    pub way: Fingerprint,
    /// What the artifact wants, and what the target held and the plan made of it, if it could be read.
    pub domains: BTreeMap<DomainKey, (Fingerprint, Option<Fingerprint>)>,
}

/// A text that no preflight has answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a digest that a preflight of this engine answered with")]
pub struct InvalidDigest;

const VERSION: &str = "pf1";

impl PreflightDigest {
    /// What is not as it was analysed, one finding each. A domain that cannot be read `now` is left out, because a
    /// restore writes nothing into it.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.way != now.way {
            changes.push("the artifact's tenant, the target's space or the identifier map are other ones".to_owned());
        }
        for (domain, (desired, observed)) in &now.domains {
            let Some(observed) = observed else { continue };
            match self.domains.get(domain) {
                None => changes.push(format!("{domain}: was not analysed")),
                Some((before, _)) if before != desired => {
                    changes.push(format!("{domain}: the artifact is not the one that was analysed"));
                }
                Some((_, None)) => changes.push(format!("{domain}: could not be read then, and can be now")),
                Some((_, Some(before))) if before != observed => {
                    changes.push(format!("{domain}: the target has changed"));
                }
                Some(_) => {}
            }
        }
        changes
    }
}

impl fmt::Display for PreflightDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION};{}", self.way)?;
        for (domain, (desired, observed)) in &self.domains {
            write!(f, ";{domain}={desired}/")?;
            match observed {
                Some(observed) => write!(f, "{observed}")?,
                None => f.write_str("-")?,
            }
        }
        Ok(())
    }
}

impl FromStr for PreflightDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let mut parts = text.split(';');
        if parts.next() != Some(VERSION) {
            return Err(InvalidDigest);
        }
        let way = parts.next().ok_or(InvalidDigest)?.parse()?;
        let mut domains = BTreeMap::new();
        for part in parts {
            let (domain, sides) = part.split_once('=').ok_or(InvalidDigest)?;
            let (desired, observed) = sides.split_once('/').ok_or(InvalidDigest)?;
            let observed = if observed == "-" { None } else { Some(observed.parse()?) };
            let domain: DomainKey = domain.parse().map_err(|_| InvalidDigest)?;
            domains.insert(domain, (desired.parse()?, observed));
        }
        Ok(Self { way, domains })
    }
}

/// A hash over lines of JSON, so that no two lists of values have the same text.
#[derive(Default)]
struct Lines(Sha256);

impl Lines {
    fn add(&mut self, line: &impl Serialize) {
        // Strings, hashes and names always are JSON.
        let text = serde_json::to_vec(line).unwrap_or_default();
        self.0.update(&text);
        self.0.update(b"\n");
    }

    fn end(self) -> Fingerprint {
        let hash: [u8; 32] = self.0.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        Fingerprint(half)
    }
}

/// Of the way from the artifact into the target. What a map says to people does not count.
#[must_use]
pub fn fingerprint_way(source: &TenantSpace, target: &TenantSpace, map: Option<&IdentifierMap>) -> Fingerprint {
    let mut lines = Lines::default();
    lines.add(source);
    lines.add(target);
    if let Some(map) = map {
        let mut entries: Vec<(&str, &str, &str)> =
            map.entries.iter().map(|entry| (entry.scope.as_str(), &*entry.from, &*entry.to)).collect();
        entries.sort_unstable();
        lines.add(&entries);
    }
    lines.end()
}

/// Of what the artifact wants of a domain. The order of its records does not count.
#[must_use]
pub fn fingerprint_desired(desired: &[Result<Resource, Refusal>]) -> Fingerprint {
    let mut lines: Vec<(String, String, bool, Vec<String>)> = desired
        .iter()
        .map(|wanted| match wanted {
            Ok(resource) => {
                let requires = resource.requires.iter().map(ToString::to_string).collect();
                (resource.id.to_string(), resource.hash.to_string(), resource.partial, requires)
            }
            Err(refusal) => (refusal.id.to_string(), refusal.message.clone(), false, Vec::new()),
        })
        .collect();
    lines.sort_unstable();
    let mut hash = Lines::default();
    lines.iter().for_each(|line| hash.add(line));
    hash.end()
}

/// Of what the target holds, as far as a restore compares it, and of what the plan makes of it. Values of sequences
/// move on and consumer groups come and go while the target is in use: neither counts. Extensions belong to the whole
/// database, where other tenants bring them along: only what the plan makes of those that the artifact wants does.
#[must_use]
pub fn fingerprint_observed(observed: &Inventory, plan: &DomainPlan) -> Fingerprint {
    let mut hash = Lines::default();
    let counts = |id: &ResourceId| !matches!(id.kind, Kind::ConsumerGroup | Kind::Extension);
    for (id, resource) in observed.resources.iter().filter(|(id, _)| counts(id)) {
        hash.add(&(id, resource.comparable_hash().to_string()));
    }
    for id in observed.unreadable.keys() {
        hash.add(&(id, "unreadable"));
    }
    for action in &plan.actions {
        let decision = match action.decision {
            Decision::Create => "create",
            Decision::Complete => "complete",
            Decision::Skip => "skip",
            Decision::Conflict { .. } => "conflict",
            Decision::Refuse { .. } => "refuse",
            Decision::Unreadable { .. } => "unreadable",
            Decision::Inform { .. } => "inform",
        };
        hash.add(&(&action.id, decision));
    }
    hash.end()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        plan::{Unfinished, plan_domain},
        space::Naming,
    };

    fn table(name: &str, spec: &Value) -> Resource {
        Resource::new(Kind::Table, name, spec).unwrap()
    }

    fn observed(resources: &[Resource]) -> Fingerprint {
        let mut inventory = Inventory::default();
        resources.iter().cloned().for_each(|resource| inventory.insert(resource));
        let desired = vec![Ok(table("orders", &json!({"columns": ["id"]})))];
        let plan = plan_domain(DomainKey::PostgresMetadata, desired, &inventory, &Unfinished::new());
        fingerprint_observed(&inventory, &plan)
    }

    #[test]
    fn every_change_that_a_restore_would_see_changes_the_digest() {
        let orders = table("orders", &json!({"columns": ["id"]}));
        let before = observed(std::slice::from_ref(&orders));
        assert_ne!(before, observed(&[]));
        assert_ne!(before, observed(&[table("orders", &json!({"columns": ["id", "total"]}))]));
        assert_ne!(before, observed(&[orders.clone(), table("other", &json!({}))]), "an extra one");
        let used = table("orders", &json!({"columns": ["id"], "on_creation": {"identity_values": {"s": "7"}}}));
        assert_eq!(before, observed(&[used]), "a sequence that moved on");
        let group = Resource::new(Kind::ConsumerGroup, "billing", &json!({})).unwrap();
        assert_eq!(before, observed(&[orders.clone(), group]), "a consumer that joined");
        let extension = Resource::new(Kind::Extension, "hstore", &json!({})).unwrap();
        assert_eq!(before, observed(&[orders, extension]), "another tenant's extension");
    }

    #[test]
    fn what_cannot_be_read_is_part_of_what_was_observed() {
        let unreadable = |name: &str| {
            let mut inventory = Inventory::default();
            inventory.unreadable.insert(ResourceId::new(Kind::Table, name), "denied".to_owned());
            let plan = DomainPlan { domain: DomainKey::PostgresMetadata, actions: Vec::new() };
            fingerprint_observed(&inventory, &plan)
        };
        assert_ne!(unreadable("a"), unreadable("b"));
        assert_eq!(unreadable("a"), unreadable("a"));
    }

    #[test]
    fn a_fingerprint_is_written_as_32_digits() {
        let print = Fingerprint([0xa5; 16]);
        assert_eq!((print.to_string(), format!("{print:?}")), ("a5".repeat(16), "a5".repeat(16)));
    }

    #[test]
    fn the_order_of_records_does_not_count_and_their_content_does() {
        let (one, other) = (table("a", &json!({"v": 1})), table("b", &json!({"v": 1})));
        let digest = |desired: &[&Resource]| {
            fingerprint_desired(&desired.iter().map(|it| Ok((*it).clone())).collect::<Vec<_>>())
        };
        assert_eq!(digest(&[&one, &other]), digest(&[&other, &one]));
        assert_ne!(digest(&[&one, &other]), digest(&[&one]));
        assert_ne!(digest(&[&one]), digest(&[&one.clone().requiring([other.id])]));
        let refused = Refusal::new(ResourceId::new(Kind::Table, "a"), "no");
        assert_ne!(digest(&[&one]), fingerprint_desired(&[Err(refused)]));
    }

    fn digest(domains: &[(DomainKey, u8, Option<u8>)], way: u8) -> PreflightDigest {
        let print = |byte| Fingerprint([byte; 16]);
        let domains = domains.iter().map(|(domain, one, other)| (*domain, (print(*one), other.map(print))));
        PreflightDigest { way: print(way), domains: domains.collect() }
    }

    #[test]
    fn a_finding_says_what_changed_where() {
        use DomainKey::{Iam, Kafka, MongoMetadata, PostgresMetadata, Storage};
        let before = digest(
            &[(Iam, 1, Some(1)), (PostgresMetadata, 1, Some(1)), (MongoMetadata, 1, Some(1)), (Kafka, 1, None)],
            1,
        );
        assert_eq!(before.changes(&before), Vec::<String>::new());
        let now = digest(
            &[
                (Iam, 1, Some(2)),
                (PostgresMetadata, 2, Some(1)),
                (MongoMetadata, 1, None),
                (Kafka, 1, Some(1)),
                (Storage, 1, Some(1)),
            ],
            2,
        );
        insta::assert_snapshot!(before.changes(&now).join("\n"), @r"
        the artifact's tenant, the target's space or the identifier map are other ones
        iam: the target has changed
        postgres_metadata: the artifact is not the one that was analysed
        kafka: could not be read then, and can be now
        storage: was not analysed
        ");
        assert_eq!(
            before.changes(&digest(&[(Iam, 1, Some(1))], 1)),
            Vec::<String>::new(),
            "a part of what was analysed"
        );
    }

    #[test]
    fn the_way_is_the_map_and_both_spaces_and_not_its_warnings() {
        let naming = Naming::default();
        let (acme, globex) = (naming.space_of("acme"), naming.space_of("globex"));
        let map = IdentifierMap::propose(&acme, &globex, &[]);
        let silent = IdentifierMap { warnings: Vec::new(), ..map.clone() };
        let way = fingerprint_way(&acme, &globex, Some(&map));
        assert_eq!(way, fingerprint_way(&acme, &globex, Some(&silent)));
        assert_ne!(way, fingerprint_way(&acme, &globex, None));
        assert_ne!(way, fingerprint_way(&acme, &acme, Some(&map)));
    }

    #[test]
    fn what_no_preflight_answered_with_is_refused() {
        for text in ["", "pf1", "pf2;00", "pf1;zz", "pf1;00000000000000000000000000000000;iam", "sha256:00"] {
            assert_eq!(text.parse::<PreflightDigest>(), Err(InvalidDigest), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_digest_survives_its_text(way: u8, domains in proptest::collection::vec((0..5usize, any::<u8>(), any::<Option<u8>>()), 0..5)) {
            let domains: Vec<_> = domains.into_iter().map(|(at, one, other)| (DomainKey::ALL[at], one, other)).collect();
            let digest = digest(&domains, way);
            prop_assert_eq!(digest.to_string().parse::<PreflightDigest>(), Ok(digest));
        }
    }
}
