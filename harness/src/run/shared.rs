//! What several scenarios build on, made once by whoever asks first.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::world::Failure;

/// Something that all scenarios share. That it could not be made is the failure of one of them, and of the others only
/// that they could not be tried: one broken export is not two hundred broken requirements.
#[derive(Debug)]
pub(super) struct Shared<T> {
    /// What it is, for messages.
    name: &'static str,
    cell: Mutex<Arc<OnceCell<Made<T>>>>,
    /// The scenario that answers for it, where one is declared and runs.
    provider: Option<String>,
}

#[derive(Debug)]
struct Made<T> {
    /// Who asked first.
    by: String,
    result: Result<Arc<T>, Failure>,
}

impl<T> Shared<T> {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, cell: Mutex::default(), provider: None }
    }

    /// The same, for which this scenario answers.
    pub(super) fn provided_by(self, scenario: Option<String>) -> Self {
        Self { provider: scenario, ..self }
    }

    /// What there is, or what `make` makes of it, for the scenario `asker`.
    ///
    /// # Errors
    /// What went wrong in the making, for the scenario that answers for it; for all others, that it is missing.
    pub(super) async fn get(
        &self,
        asker: &str,
        make: impl AsyncFnOnce() -> Result<T, Failure>,
    ) -> Result<Arc<T>, Failure> {
        let cell = self.cell.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let made = cell.get_or_init(async || Made { by: asker.to_owned(), result: make().await.map(Arc::new) }).await;
        match &made.result {
            Ok(it) => Ok(it.clone()),
            Err(failure) => {
                let answers = self.provider.as_ref().unwrap_or(&made.by);
                if answers == asker {
                    return Err(failure.clone());
                }
                let text = failure.to_string();
                let why = text.lines().next().unwrap_or_default();
                Err(Failure::Prerequisite(format!("{} could not be made, see {answers}: {why}", self.name)))
            }
        }
    }

    /// Forgets a failure, so that the next who asks tries again.
    pub(super) fn renew(&self) {
        let mut cell = self.cell.lock().unwrap_or_else(PoisonError::into_inner);
        if cell.get().is_some_and(|made| made.result.is_err()) {
            *cell = Arc::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn broken() -> Result<u8, Failure> {
        Err(Failure::Violation("the export is empty\nit answered 200".into()))
    }

    #[tokio::test]
    async fn a_failure_is_told_by_one_and_missed_by_the_others() {
        let shared = Shared::new("the source tenant");
        let first = shared.get("e1::a", broken).await.unwrap_err();
        assert_eq!(first, broken().await.unwrap_err());
        let other = shared.get("e2::b", async || panic!("it is made once")).await.unwrap_err();
        let text = "the source tenant could not be made, see e1::a: the export is empty";
        assert_eq!(other, Failure::Prerequisite(text.into()));
    }

    #[tokio::test]
    async fn whoever_answers_for_it_tells_the_failure_though_another_met_it_first() {
        let shared = Shared::new("the source tenant").provided_by(Some("e1::export".into()));
        assert!(matches!(shared.get("e2::b", broken).await, Err(Failure::Prerequisite(_))));
        assert!(matches!(shared.get("e1::export", broken).await, Err(Failure::Violation(_))));
    }

    #[tokio::test]
    async fn what_failed_is_tried_again_once_renewed_and_what_was_made_stays() {
        let shared = Shared::new("the source tenant");
        assert!(shared.get("e1::a", broken).await.is_err());
        shared.renew();
        assert_eq!(*shared.get("e1::a", async || Ok(7)).await.unwrap(), 7);
        shared.renew();
        assert_eq!(*shared.get("e1::a", broken).await.unwrap(), 7);
    }
}
