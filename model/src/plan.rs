//! One decision per desired resource, in the order in which they are applied. Pure: no I/O, no clock.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::Arc,
};

use serde_json::value::RawValue;

use crate::{
    DomainKey, Inventory, Kind, Resource, ResourceId,
    diff::{Comparison, Diff, compare, is_unfinished, redacted_fields},
    resource::{Refusal, SpecHash},
};

/// What a restore will do with one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Absent: create it.
    Create,
    /// Left half-made by an earlier run of ours: set what is unset.
    Complete,
    /// Present and equal.
    Skip,
    /// Present and different, or part of something that is: it stays as it is.
    Conflict {
        /// For people.
        reason: String,
        /// What differs; none when the resource is absent but its owner is kept.
        diff: Option<Diff>,
    },
    /// Will not be attempted.
    Refuse {
        /// For people.
        message: String,
    },
    /// The target's could not be read, so that it is neither absent nor equal: will not be attempted.
    Unreadable {
        /// For people.
        message: String,
    },
    /// Reported only; nothing of this kind is ever created.
    Inform {
        /// For people.
        message: String,
    },
}

impl Decision {
    /// True when applying the plan writes this resource.
    #[must_use]
    pub const fn writes(&self) -> bool {
        matches!(self, Self::Create | Self::Complete)
    }
}

/// A resource and what will be done with it.
#[derive(Debug, Clone)]
pub struct Action {
    /// The resource's name.
    pub id: ResourceId,
    /// What will be done.
    pub decision: Decision,
    /// Of the desired resource.
    pub owner: Option<ResourceId>,
    /// Of the desired resource.
    pub requires: Vec<ResourceId>,
    /// Of the desired resource, tenant-relative; `{}` for a resource that was refused before it could be parsed.
    pub spec: Arc<RawValue>,
    /// Of the desired resource; none for a resource that was refused before it could be parsed.
    pub hash: Option<SpecHash>,
    /// JSON pointers into `spec` of values that cannot be restored and must be supplied again.
    pub redacted_fields: Vec<String>,
    /// For people.
    pub warnings: Vec<String>,
}

impl Action {
    /// Parses the spec into its type.
    ///
    /// # Errors
    /// When the spec is not of that type.
    pub fn parse_spec<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.spec.get())
    }
}

/// The plan of one domain: its actions in the order in which they are applied.
#[derive(Debug, Clone)]
pub struct DomainPlan {
    /// The domain.
    pub domain: DomainKey,
    /// One per desired resource.
    pub actions: Vec<Action>,
}

/// What earlier runs of this tenant began and did not finish, by resource and desired hash.
pub type Unfinished = BTreeSet<(ResourceId, SpecHash)>;

/// Decides for every desired resource of a domain.
#[must_use]
pub fn plan_domain(
    domain: DomainKey,
    desired: Vec<Result<Resource, Refusal>>,
    observed: &Inventory,
    unfinished: &Unfinished,
) -> DomainPlan {
    let mut actions: Vec<Action> = Vec::with_capacity(desired.len());
    for wanted in desired {
        actions.push(match wanted {
            Ok(resource) => {
                let decision = decide(&resource, observed, unfinished);
                action_of(resource, decision)
            }
            Err(refusal) => Action {
                id: refusal.id,
                decision: Decision::Refuse { message: refusal.message },
                owner: None,
                requires: Vec::new(),
                spec: RawValue::from_string("{}".to_owned()).expect("an empty object is JSON").into(),
                hash: None,
                redacted_fields: Vec::new(),
                warnings: Vec::new(),
            },
        });
    }
    let mut actions = in_order_of_creation(actions);
    follow_owners_and_requirements(&mut actions, observed);
    DomainPlan { domain, actions }
}

fn action_of(resource: Resource, decision: Decision) -> Action {
    Action {
        redacted_fields: redacted_fields(&resource),
        id: resource.id,
        decision,
        owner: resource.owner,
        requires: resource.requires,
        spec: resource.spec,
        hash: Some(resource.hash),
        warnings: resource.warnings,
    }
}

fn decide(desired: &Resource, observed: &Inventory, unfinished: &Unfinished) -> Decision {
    if desired.id.kind == Kind::ConsumerGroup {
        return Decision::Inform { message: "consumer groups come into being when a consumer joins".into() };
    }
    if let Some(reason) = observed.unreadable.get(&desired.id) {
        return Decision::Unreadable { message: format!("the target's could not be read: {reason}") };
    }
    let Some(existing) = observed.resources.get(&desired.id) else { return Decision::Create };
    match compare(desired, existing) {
        Comparison::Equal => Decision::Skip,
        Comparison::Differs(diff) => {
            if is_unfinished(&diff) && unfinished.contains(&(desired.id.clone(), desired.hash)) {
                return Decision::Complete;
            }
            let members: Vec<&str> = diff.keys().map(String::as_str).collect();
            Decision::Conflict { reason: format!("differs in {}", members.join(", ")), diff: Some(diff) }
        }
    }
}

/// Requirements first; otherwise by kind, then name. A cycle is broken at its smallest member.
fn in_order_of_creation(actions: Vec<Action>) -> Vec<Action> {
    let position: BTreeMap<ResourceId, usize> =
        actions.iter().enumerate().map(|(index, action)| (action.id.clone(), index)).collect();
    let mut waiting_for: Vec<usize> = vec![0; actions.len()];
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); actions.len()];
    for (index, action) in actions.iter().enumerate() {
        for required in action.requires.iter().filter_map(|id| position.get(id)).filter(|other| **other != index) {
            waiting_for[index] += 1;
            needed_by[*required].push(index);
        }
    }
    let mut ready: BinaryHeap<Reverse<(&ResourceId, usize)>> = BinaryHeap::new();
    let mut waiting: BTreeSet<(&ResourceId, usize)> = BTreeSet::new();
    for (index, action) in actions.iter().enumerate() {
        if waiting_for[index] == 0 {
            ready.push(Reverse((&action.id, index)));
        } else {
            waiting.insert((&action.id, index));
        }
    }
    let mut order = Vec::with_capacity(actions.len());
    loop {
        let next = match ready.pop() {
            Some(Reverse((_, index))) => index,
            None => match waiting.pop_first() {
                Some((_, index)) => {
                    waiting_for[index] = 0;
                    index
                }
                None => break,
            },
        };
        order.push(next);
        for &dependant in &needed_by[next] {
            if waiting_for[dependant] > 0 {
                waiting_for[dependant] -= 1;
                if waiting_for[dependant] == 0 && waiting.remove(&(&actions[dependant].id, dependant)) {
                    ready.push(Reverse((&actions[dependant].id, dependant)));
                }
            }
        }
    }
    let mut slots: Vec<Option<Action>> = actions.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| slots[index].take()).collect()
}

fn follow_owners_and_requirements(actions: &mut [Action], observed: &Inventory) {
    let mut kept: BTreeSet<ResourceId> = BTreeSet::new();
    let mut refused: BTreeSet<ResourceId> = BTreeSet::new();
    let planned: BTreeSet<ResourceId> = actions.iter().map(|action| action.id.clone()).collect();
    for action in actions.iter_mut() {
        if action.decision.writes() {
            if let Some(owner) = action.owner.as_ref().filter(|owner| kept.contains(*owner)) {
                action.decision =
                    Decision::Conflict { reason: format!("owner kept: {owner} is a conflict"), diff: None };
            } else if let Some(missing) = action
                .requires
                .iter()
                .find(|id| refused.contains(*id) || (!planned.contains(*id) && !observed.resources.contains_key(*id)))
            {
                let why =
                    if refused.contains(missing) { "" } else { ", which is in neither the artifact nor the target" };
                action.decision = Decision::Refuse { message: format!("requires {missing}{why}") };
            }
        }
        match action.decision {
            Decision::Conflict { .. } => {
                kept.insert(action.id.clone());
            }
            Decision::Refuse { .. } | Decision::Unreadable { .. } => {
                refused.insert(action.id.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn table(name: &str) -> ResourceId {
        ResourceId::new(Kind::Table, name)
    }

    fn resource(kind: Kind, name: &str, version: u32) -> Resource {
        Resource::new(kind, name, &json!({ "v": version })).unwrap()
    }

    fn planned(desired: Vec<Resource>, observed: Vec<Resource>, unfinished: &Unfinished) -> Vec<(String, Decision)> {
        let mut inventory = Inventory::default();
        observed.into_iter().for_each(|resource| inventory.insert(resource));
        plan_domain(DomainKey::PostgresMetadata, desired.into_iter().map(Ok).collect(), &inventory, unfinished)
            .actions
            .into_iter()
            .map(|action| (action.id.to_string(), action.decision))
            .collect()
    }

    #[test]
    fn absent_is_created_equal_is_skipped_different_is_a_conflict() {
        let decisions = planned(
            vec![resource(Kind::Table, "a", 1), resource(Kind::Table, "b", 1), resource(Kind::Table, "c", 1)],
            vec![resource(Kind::Table, "b", 1), resource(Kind::Table, "c", 2)],
            &Unfinished::new(),
        );
        assert_eq!(decisions[0].1, Decision::Create);
        assert_eq!(decisions[1].1, Decision::Skip);
        assert!(matches!(&decisions[2].1, Decision::Conflict { reason, diff: Some(_) } if reason == "differs in v"));
    }

    #[test]
    fn nothing_is_added_to_an_owner_that_is_kept() {
        let index = |name: &str| resource(Kind::PostgresIndex, name, 1).owned_by(table("a"));
        let comment = resource(Kind::Comment, "index:i", 1).owned_by(ResourceId::new(Kind::PostgresIndex, "i"));
        let decisions = planned(
            vec![comment, index("i"), resource(Kind::Table, "a", 1)],
            vec![resource(Kind::Table, "a", 2)],
            &Unfinished::new(),
        );
        assert!(matches!(&decisions[1].1, Decision::Conflict { diff: None, reason } if reason.contains("owner kept")));
        assert!(matches!(&decisions[2].1, Decision::Conflict { diff: None, .. }), "an owner's owner counts too");
        let on_equal = planned(
            vec![index("i"), resource(Kind::Table, "a", 1)],
            vec![resource(Kind::Table, "a", 1)],
            &Unfinished::new(),
        );
        assert_eq!(on_equal[1].1, Decision::Create);
    }

    #[test]
    fn what_requires_a_refused_or_missing_resource_is_refused_by_its_name() {
        let view = resource(Kind::View, "v", 1).requiring([table("a")]);
        let refused = Refusal::new(table("a"), "not a column definition");
        let plan = plan_domain(
            DomainKey::PostgresMetadata,
            vec![Ok(view.clone()), Err(refused)],
            &Inventory::default(),
            &Unfinished::new(),
        );
        assert_eq!(plan.actions[1].decision, Decision::Refuse { message: "requires table:a".into() });
        let alone = planned(vec![view], vec![], &Unfinished::new());
        assert!(matches!(&alone[0].1, Decision::Refuse { message } if message.contains("neither the artifact nor")));
    }

    #[test]
    fn a_leftover_of_an_earlier_run_is_completed_not_a_conflict() {
        let desired = resource(Kind::Table, "a", 1);
        let half = Resource::new(Kind::Table, "a", &json!({})).unwrap();
        let ours = Unfinished::from([(desired.id.clone(), desired.hash)]);
        assert_eq!(planned(vec![desired.clone()], vec![half.clone()], &ours)[0].1, Decision::Complete);
        assert!(matches!(
            planned(vec![desired.clone()], vec![half], &Unfinished::new())[0].1,
            Decision::Conflict { .. }
        ));
        assert!(matches!(
            planned(vec![desired], vec![resource(Kind::Table, "a", 2)], &ours)[0].1,
            Decision::Conflict { .. }
        ));
    }

    #[test]
    fn an_unreadable_resource_is_neither_absent_nor_equal() {
        let mut inventory = Inventory::default();
        inventory.unreadable.insert(table("a"), "permission denied".into());
        let plan = plan_domain(
            DomainKey::PostgresMetadata,
            vec![Ok(resource(Kind::Table, "a", 1))],
            &inventory,
            &Unfinished::new(),
        );
        assert!(
            matches!(&plan.actions[0].decision, Decision::Unreadable { message } if message.contains("permission denied"))
        );
    }

    #[test]
    fn only_what_is_created_or_completed_is_written() {
        assert!(Decision::Create.writes() && Decision::Complete.writes());
        let refused = Decision::Refuse { message: String::new() };
        let kept = Decision::Conflict { reason: String::new(), diff: None };
        assert!(![Decision::Skip, refused, kept].iter().any(Decision::writes));
    }

    #[test]
    fn a_cycle_is_broken_at_its_smallest_member_and_all_else_keeps_its_order() {
        let view = |name: &str, requires: &[&str]| {
            let required: Vec<_> = requires.iter().map(|name| ResourceId::new(Kind::View, *name)).collect();
            resource(Kind::View, name, 1).requiring(required)
        };
        let desired = vec![
            view("a", &["b", "b"]),
            view("b", &["a"]),
            view("c", &["a", "b"]),
            view("d", &[]),
            view("e", &["e", "d"]),
        ];
        let order: Vec<String> = planned(desired, vec![], &Unfinished::new()).into_iter().map(|(id, _)| id).collect();
        assert_eq!(order, ["view:d", "view:e", "view:a", "view:b", "view:c"]);
    }

    #[test]
    fn what_the_target_holds_already_need_not_be_in_the_artifact() {
        let view = resource(Kind::View, "v", 1).requiring([table("a")]);
        let decisions = planned(vec![view], vec![resource(Kind::Table, "a", 1)], &Unfinished::new());
        assert_eq!(decisions[0].1, Decision::Create);
    }

    proptest! {
        #[test]
        fn requirements_come_first_and_nothing_is_lost(
            edges in proptest::collection::vec((0..12usize, 0..12usize), 0..30),
        ) {
            // Named against the order of their requirements, which the order of names alone would not keep.
            let mut desired: Vec<Resource> = (0..12).map(|n| resource(Kind::View, &format!("v{:02}", 11 - n), 1)).collect();
            for (one, other) in edges {
                if one > other {
                    let required = desired[other].id.clone();
                    desired[one] = desired[one].clone().requiring([required]);
                }
            }
            desired.reverse();
            let plan = plan_domain(DomainKey::PostgresMetadata, desired.into_iter().map(Ok).collect(), &Inventory::default(), &Unfinished::new());
            prop_assert_eq!(plan.actions.len(), 12);
            let place: BTreeMap<_, _> = plan.actions.iter().enumerate().map(|(n, action)| (action.id.clone(), n)).collect();
            for action in &plan.actions {
                for required in &action.requires {
                    prop_assert!(place[required] < place[&action.id]);
                }
            }
        }

        #[test]
        fn a_cycle_loses_nothing(edges in proptest::collection::vec((0..6usize, 0..6usize), 0..30)) {
            let mut desired: Vec<Resource> = (0..6).map(|n| resource(Kind::View, &format!("v{n}"), 1)).collect();
            for (one, other) in edges {
                let required = desired[other].id.clone();
                desired[one] = desired[one].clone().requiring([required]);
            }
            let plan = plan_domain(DomainKey::PostgresMetadata, desired.into_iter().map(Ok).collect(), &Inventory::default(), &Unfinished::new());
            prop_assert_eq!(plan.actions.len(), 6);
        }
    }
}
