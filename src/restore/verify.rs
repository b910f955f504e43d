//! After a run: does the target hold what the report says?

use std::collections::BTreeMap;

use restore_model::{
    Inventory, Resource, ResourceId,
    diff::{Comparison, compare},
    plan::{Decision, DomainPlan},
    report::{DomainResult, DomainResultStatus, ResourceAction},
};

use crate::Result;

/// Judges every resource that the run created or found equal by a second look. Without one, nothing was written
/// since the first look, which then stands. A resource that is not as desired turns its domain into an error.
pub(crate) fn verify(
    result: &mut DomainResult,
    plan: &DomainPlan,
    wanted: &BTreeMap<ResourceId, Resource>,
    after: Option<Result<Inventory>>,
) {
    let after = match after {
        None => None,
        Some(Ok(inventory)) => Some(inventory),
        Some(Err(error)) => {
            result.verified = Some(false);
            result.status = DomainResultStatus::Error;
            result.message = Some(format!("could not be looked at again after the run: {error}"));
            return;
        }
    };
    let mut wrong = 0_u64;
    let mut judged = false;
    for (action, resource) in plan.actions.iter().zip(&mut result.resource_results) {
        let claims = matches!(
            resource.action,
            ResourceAction::Created | ResourceAction::AppliedWithWarnings | ResourceAction::Skipped
        );
        let Some(desired) = wanted.get(&action.id).filter(|_| claims) else { continue };
        if matches!(action.decision, Decision::Inform { .. }) {
            continue;
        }
        let finding = after.as_ref().and_then(|inventory| look(desired, inventory));
        judged = true;
        resource.verified = Some(finding.is_none());
        if let Some(finding) = finding {
            wrong += 1;
            resource.message = Some(finding);
        }
    }
    if judged || plan.actions.is_empty() {
        result.verified = Some(wrong == 0);
    }
    if wrong > 0 {
        result.status = DomainResultStatus::Error;
        result.message = Some(format!("{wrong} resources are not as the artifact says, although they were written"));
    }
}

fn look(desired: &Resource, after: &Inventory) -> Option<String> {
    if let Some(reason) = after.unreadable.get(&desired.id) {
        return Some(format!("could not be read after the run: {reason}"));
    }
    let Some(there) = after.resources.get(&desired.id) else {
        return Some("is not there after the run".into());
    };
    match compare(desired, there) {
        Comparison::Equal => None,
        Comparison::Differs(diff) => {
            let members: Vec<&str> = diff.keys().map(String::as_str).collect();
            Some(format!("differs after the run in {}", members.join(", ")))
        }
    }
}
