//! Writes a batch: one request for all topics, one for all entries.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::OnceLock,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use rdkafka::types::RDKafkaErrorCode;
use restore_model::{
    Kind, ResourceId,
    domains::kafka::{AclSpec, Binding, TopicSpec, compose},
    plan::{Action, Decision},
    report::Outcome,
};
use tokio::time::{Duration, Instant};

use super::{
    client::Client,
    native::{Failure, NewTopic},
};
use crate::{ErrorKind, Result, domains::Target};

/// Why each action failed; what is not here went well.
type Failures = BTreeMap<ResourceId, String>;

/// Of a topic that somebody made since the plan was, or that an earlier run made and the brokers had not yet shown when
/// this one looked. Whether it is as it was wanted is for the look after the run.
const WAS_THERE: &str = "it was there when it was to be created";

/// Applies a batch, as [`crate::domains::Domain::apply`] says.
pub(super) async fn apply(client: &Client, target: &Target<'_>, batch: &[Action]) -> Vec<Outcome> {
    let mut failures = Failures::new();
    let mut failed_now = BTreeSet::new();
    let mut writable: Vec<&Action> = Vec::new();
    for action in batch {
        match target.blocked(action, &failed_now) {
            None => writable.push(action),
            Some(outcome) => {
                failed_now.insert(action.id.clone());
                failures.insert(action.id.clone(), outcome.result.err().unwrap_or_default());
            }
        }
    }
    let chosen = |kind: Kind, decision: Option<Decision>| -> Vec<&Action> {
        let fits = |action: &&&Action| {
            action.id.kind == kind && decision.as_ref().is_none_or(|decision| action.decision == *decision)
        };
        writable.iter().filter(fits).copied().collect()
    };
    let writer = Writer { client, target, gone: OnceLock::new() };
    let there = writer.create_topics(&chosen(Kind::Topic, Some(Decision::Create)), &mut failures).await;
    writer.complete_topics(&chosen(Kind::Topic, Some(Decision::Complete)), &mut failures).await;
    writer.create_acls(&chosen(Kind::Acl, None), &mut failures).await;
    let outcome = |action: &Action| match failures.remove(&action.id) {
        None if there.contains(&action.id) => Outcome { id: action.id.clone(), result: Ok(vec![WAS_THERE.to_owned()]) },
        None if matches!(action.id.kind, Kind::Topic | Kind::Acl) => Outcome::done(action.id.clone()),
        None => Outcome::failed(action.id.clone(), "resources of this kind are never created"),
        Some(message) => Outcome::failed(action.id.clone(), message),
    };
    batch.iter().map(outcome).collect()
}

/// Writes one batch.
struct Writer<'a> {
    client: &'a Client,
    target: &'a Target<'a>,
    /// Why the cluster is gone: whoever asked it for the entries as well would wait once more for the same answer.
    gone: OnceLock<String>,
}

impl Writer<'_> {
    /// Returns those that were there.
    async fn create_topics(&self, actions: &[&Action], failures: &mut Failures) -> BTreeSet<ResourceId> {
        let topics = parsed(actions, failures, |action, spec: TopicSpec| NewTopic {
            name: whole_name(self.target, action),
            partitions: spec.partitions,
            replication_factor: spec.replication_factor,
            config: spec.config,
        });
        let answers = self.write(topics, |admin, topics| admin.create_topics(&topics)).await;
        match answers {
            Ok(None) => BTreeSet::new(),
            Err(message) => {
                fail_all(actions, &message, failures);
                BTreeSet::new()
            }
            Ok(Some(mut answers)) => {
                let were_there: BTreeSet<String> =
                    answers.iter().filter(|(_, answer)| was_there(answer)).map(|(name, _)| name.clone()).collect();
                for name in &were_there {
                    answers.insert(name.clone(), Ok(()));
                }
                fail_some(self.target, actions, &answers, failures);
                let there: Vec<String> =
                    answers.into_iter().filter(|(_, answer)| answer.is_ok()).map(|(name, _)| name).collect();
                self.wait_until(|| async {
                    let names = there.clone();
                    let seen = self.client.run(move |admin| admin.describe_topics(&names)).await?;
                    Ok(seen.values().all(Result::is_ok))
                })
                .await;
                let was_there = |action: &&&Action| were_there.contains(&whole_name(self.target, action));
                actions.iter().filter(was_there).map(|action| action.id.clone()).collect()
            }
        }
    }

    async fn complete_topics(&self, actions: &[&Action], failures: &mut Failures) {
        let settings =
            parsed(actions, failures, |action, spec: TopicSpec| (whole_name(self.target, action), spec.config));
        let answers = self.write(settings, |admin, settings| admin.set_topic_configs(&settings.into_iter().collect()));
        match answers.await {
            Ok(None) => {}
            Err(message) => fail_all(actions, &message, failures),
            Ok(Some(answers)) => fail_some(self.target, actions, &answers, failures),
        }
    }

    async fn create_acls(&self, actions: &[&Action], failures: &mut Failures) {
        let bindings = parsed(actions, failures, |_, spec: AclSpec| spec.absolute(self.target.space));
        let actions: Vec<&Action> =
            actions.iter().filter(|action| !failures.contains_key(&action.id)).copied().collect();
        let wanted: BTreeSet<Binding> = bindings.iter().cloned().collect();
        match self.write(bindings, |admin, bindings| admin.create_acls(&bindings)).await {
            Ok(None) => {}
            Err(message) => fail_all(&actions, &message, failures),
            Ok(Some(answers)) => {
                let all = answers.iter().all(Result::is_ok);
                for (action, answer) in actions.iter().zip(answers) {
                    if let Err(failure) = answer {
                        failures.insert(action.id.clone(), failure.message);
                    }
                }
                if all {
                    self.wait_until(|| async {
                        let seen: BTreeSet<Binding> =
                            self.client.run(|admin| admin.acls()).await?.into_iter().collect();
                        Ok(wanted.is_subset(&seen))
                    })
                    .await;
                }
            }
        }
    }

    /// Looks until it is so: brokers learn of what was created a moment later. Not beyond the lock: what a successor
    /// removes is never shown. When it never is, verification says so.
    async fn wait_until<F: Future<Output = Result<bool>>>(&self, is_so: impl Fn() -> F) {
        let request = self.client.request_timeout();
        let mut patience = Patience::new(request, Instant::now());
        for pause in LOOKS.build() {
            let shown = is_so().await;
            if patience.ends(&shown, Instant::now()) || self.target.fence.check(request).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Asks the fence, then makes the one request; none when there is nothing to write.
    async fn write<T: Send + 'static, A: Send + 'static>(
        &self,
        items: Vec<T>,
        call: impl FnOnce(&super::native::Admin, Vec<T>) -> Result<A, Failure> + Send + 'static,
    ) -> Result<Option<A>, String> {
        if items.is_empty() {
            return Ok(None);
        }
        if let Some(why) = self.gone.get() {
            return Err(format!("not attempted: {why}"));
        }
        self.target.fence.check(self.client.request_timeout()).await.map_err(|error| error.to_string())?;
        self.client.run(move |admin| call(admin, items)).await.map(Some).map_err(|error| {
            if error.kind() == ErrorKind::BackendUnavailable {
                self.gone.get_or_init(|| error.to_string());
            }
            error.to_string()
        })
    }
}

/// The controller knows all topics, also those that brokers do not show yet.
fn was_there(answer: &Result<(), Failure>) -> bool {
    matches!(answer, Err(failure) if failure.code == RDKafkaErrorCode::TopicAlreadyExists)
}

fn whole_name(target: &Target<'_>, action: &Action) -> String {
    compose(&target.space.topic_prefix, &action.id.name)
}

fn parsed<S: serde::de::DeserializeOwned, T>(
    actions: &[&Action],
    failures: &mut Failures,
    make: impl Fn(&Action, S) -> T,
) -> Vec<T> {
    let mut made = Vec::with_capacity(actions.len());
    for action in actions {
        match action.parse_spec() {
            Ok(spec) => made.push(make(action, spec)),
            Err(error) => {
                failures.insert(action.id.clone(), error.to_string());
            }
        }
    }
    made
}

fn fail_all(actions: &[&Action], message: &str, failures: &mut Failures) {
    for action in actions {
        failures.entry(action.id.clone()).or_insert_with(|| message.to_owned());
    }
}

fn fail_some(
    target: &Target<'_>,
    actions: &[&Action],
    answers: &BTreeMap<String, Result<(), Failure>>,
    failures: &mut Failures,
) {
    for action in actions {
        let name = whole_name(target, action);
        let message = match answers.get(&name) {
            Some(Ok(())) => continue,
            Some(Err(failure)) => format!("topic {name}: {}", failure.message),
            None => format!("topic {name}: the broker did not answer for it"),
        };
        failures.entry(action.id.clone()).or_insert(message);
    }
}

/// How many requests' time a cluster may take to show what it has accepted. A broker that hundreds of topics keep busy
/// goes on answering "not yet" for longer than any one request takes.
const SHOWN_WITHIN: u32 = 6;

/// Pauses between looks: the first ones short, as most clusters show it at once, the later ones easy on a busy one.
const LOOKS: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(20))
    .with_factor(1.5)
    .with_max_delay(Duration::from_millis(500))
    .without_max_times();

/// For as long as the cluster answers "not yet", within [`SHOWN_WITHIN`]; where it does not answer, one request's time.
struct Patience {
    request: Duration,
    end: Instant,
    /// When the cluster last answered at all.
    answered: Instant,
}

impl Patience {
    fn new(request: Duration, now: Instant) -> Self {
        Self { request, end: now + request * SHOWN_WITHIN, answered: now }
    }

    /// Whether there is nothing more to wait for after a look that ended so.
    fn ends(&mut self, shown: &Result<bool>, now: Instant) -> bool {
        match shown {
            Ok(true) => return true,
            Ok(false) => self.answered = now,
            Err(_) => {}
        }
        now >= self.end || now.duration_since(self.answered) >= self.request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    const REQUEST: Duration = Duration::from_secs(10);

    /// After how many seconds the wait for a cluster ends that is looked at each second and answers so.
    fn waited(answer: impl Fn(u64) -> Result<bool>) -> u64 {
        let begun = Instant::now();
        let mut patience = Patience::new(REQUEST, begun);
        let ends = |second: &u64| patience.ends(&answer(*second), begun + Duration::from_secs(*second));
        (0..1_000).find(ends).unwrap_or(u64::MAX)
    }

    fn gone() -> Result<bool> {
        Err(Error::new(ErrorKind::BackendUnavailable, "kafka does not answer"))
    }

    #[test]
    fn a_cluster_that_says_not_yet_is_given_more_than_one_requests_time_and_not_for_ever() {
        assert_eq!(waited(|_| Ok(true)), 0);
        assert_eq!(waited(|second| Ok(second == 45)), 45);
        assert_eq!(waited(|_| Ok(false)), 60);
    }

    #[test]
    fn a_cluster_that_does_not_answer_is_given_one_requests_time() {
        assert_eq!(waited(|_| gone()), 10);
        assert_eq!(waited(|second| if second <= 30 { Ok(false) } else { gone() }), 40);
        assert_eq!(waited(|second| if second < 9 { gone() } else { Ok(second == 55) }), 55, "it came back");
    }
}
