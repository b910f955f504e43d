//! Removes what a run created: from the backends, then from the implementation.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use super::session::{Session, lock};
use crate::{
    fixtures::Space,
    implementation::{Administration, Api},
    seeds,
    world::{Failure, Outcome},
};

/// More tenants at once would only wait for one another in the backends.
const TOGETHER: usize = 4;

impl Session {
    /// Removes whatever lies in a space, straight from the backends.
    ///
    /// # Errors
    /// When a backend refuses it.
    pub async fn destroy(&self, space: &Space) -> Outcome {
        self.destroy_all(std::slice::from_ref(space)).await
    }

    async fn destroy_all(&self, spaces: &[Space]) -> Outcome {
        let problems = seeds::remove(&self.backends, spaces).await;
        if problems.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Err(Failure::Suite(lines.join("; ")))
    }

    /// Removes all that is still there.
    pub async fn forget_all(&self) -> Vec<String> {
        self.forget_each(&self.api("cleanup"), |_| true).await
    }

    /// Removes the tenant of this id and those that are named after it.
    pub async fn forget_within(&self, api: &Api, id: &str) -> Vec<String> {
        self.forget_each(api, |known| is_within(id, known)).await
    }

    /// A few at a time: what belongs to a nested tenant is left to that one.
    async fn forget_each(&self, api: &Api, chosen: impl Fn(&str) -> bool) -> Vec<String> {
        let mut ids: BTreeSet<String> = lock(&self.ledger).keys().cloned().collect();
        ids.extend(lock(&self.registered).iter().cloned());
        let ids: Vec<String> = ids.into_iter().filter(|known| chosen(known)).collect();
        let mut problems = Vec::new();
        for ids in ids.chunks(TOGETHER) {
            problems.extend(self.forget(api, ids).await);
        }
        problems
    }

    /// Removes tenants as far as this run created them, and returns what could not be removed.
    async fn forget(&self, api: &Api, ids: &[String]) -> Vec<String> {
        let spaces: Vec<Space> = {
            let ledger = lock(&self.ledger);
            let beside = |space: Space| ledger.values().fold(space, |space, other| space.beside(&other.space));
            ids.iter().filter_map(|id| ledger.get(id)).map(|tenant| beside(tenant.space.clone())).collect()
        };
        let mut problems = Vec::new();
        match self.destroy_all(&spaces).await {
            Ok(()) => lock(&self.ledger).retain(|known, _| !ids.contains(known)),
            Err(failure) => problems.push(format!("{}: {failure}", ids.join(", "))),
        }
        let registered: Vec<&String> = ids.iter().filter(|id| lock(&self.registered).contains(*id)).collect();
        let unregistered: Vec<Result<(), String>> =
            stream::iter(registered).map(|id| self.unregister(api, id)).buffered(TOGETHER).collect().await;
        problems.extend(unregistered.into_iter().filter_map(Result::err));
        problems
    }

    async fn unregister(&self, api: &Api, id: &str) -> Result<(), String> {
        match api.administer(Administration::Delete, id).await {
            Ok(answer) if answer.status < 300 || answer.status == 404 => {
                lock(&self.registered).remove(id);
                Ok(())
            }
            Ok(answer) => Err(format!("{id}: {answer}")),
            Err(error) => Err(format!("{id}: {error}")),
        }
    }
}

/// Whether a tenant is the one of this id, or named after it: `rc-1` and `rc-1-x`, but not `rc-10`.
fn is_within(id: &str, known: &str) -> bool {
    known.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_scenario_cleans_up_after_itself_and_not_after_one_whose_number_begins_with_its_own() {
        let known = ["rc-1", "rc-1-prod", "rc-1-x", "rc-10", "rc-10-x", "rc-2"];
        let own: Vec<&str> = known.into_iter().filter(|known| is_within("rc-1", known)).collect();
        assert_eq!(own, ["rc-1", "rc-1-prod", "rc-1-x"]);
    }
}
