//! What one scenario knows, and how it fails.

mod answers;
pub(crate) mod words;

use std::{fmt, sync::Arc};

use cucumber::World;
use serde_json::Value;

use crate::{
    fixtures::{Domain, Tenant},
    implementation::{Answer, Api},
    manifest::schema::Difference,
    proxy::Proxy,
    run::{Proxied, Session, Source, State, bystander_of},
    seeds::differences::Planted,
    stack::Stack,
};

/// What the text of a failure starts with when the implementation is not to blame.
pub const SUITE: &str = "the suite could not judge: ";

/// What it starts with when something that the scenario builds on is not there.
pub const PREREQUISITE: &str = "not tried: ";

/// Differences that evidence keeps; the message tells how many there were.
const KEPT_DIFFERENCES: usize = 100;

/// Why a step did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The implementation broke a requirement.
    Violation(String),
    /// A backend or the suite itself failed.
    Suite(String),
    /// Something that the scenario builds on could not be made, which is the failure of another one.
    Prerequisite(String),
    /// The backends do not hold what they should.
    Differs {
        /// What was compared, for people.
        what: String,
        /// All that differs.
        differences: Vec<Difference>,
    },
}

/// A step that returns nothing.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// A failure of a backend or of the suite itself.
    pub fn suite(error: impl fmt::Display) -> Self {
        Self::Suite(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(text) => f.write_str(text),
            Self::Suite(text) => write!(f, "{SUITE}{text}"),
            Self::Prerequisite(text) => write!(f, "{PREREQUISITE}{text}"),
            Self::Differs { what, differences } => {
                write!(f, "{what}:")?;
                differences.iter().try_for_each(|difference| write!(f, "\n{difference}"))
            }
        }
    }
}

impl Answer {
    /// Fails unless the status is one of these.
    ///
    /// # Errors
    /// With the message of the answer.
    pub fn expect_status(&self, wanted: &[u16]) -> Outcome {
        if wanted.contains(&self.status) {
            return Ok(());
        }
        let wanted: Vec<String> = wanted.iter().map(u16::to_string).collect();
        Err(Failure::Violation(format!("{self}\n  wanted {}", wanted.join(" or "))))
    }
}

/// One scenario.
#[derive(Debug, Default, World)]
#[world(init = Self::default)]
pub struct RestoreWorld {
    scene: Option<Scene>,
    /// The artifact that is restored.
    pub artifact: Option<Value>,
    /// The tenant that is restored into, as it will be when all is restored.
    pub target: Option<Tenant>,
    /// The tenant beside it, and what it held before.
    pub bystander: Option<(Tenant, State)>,
    /// What the target held when it was remembered.
    pub remembered: Option<State>,
    /// What was made to differ in the target.
    pub planted: Option<Planted>,
    /// The last preflight.
    pub preflight: Option<Preflight>,
    /// The last answer of the implementation.
    pub answer: Option<Answer>,
    /// A source of the scenario's own, in place of the one that all share.
    pub own_source: Option<Arc<Source>>,
    /// The tenant that is restored into, where it is not the one named after the scenario.
    pub other_target: Option<String>,
    /// A restore that was asked for and not waited for.
    pub begun: Option<Begun>,
    /// The answers to what was asked meanwhile.
    pub meanwhile: Vec<Answer>,
    /// All that was answered to a scenario that asks for everything: the request, and the whole body.
    pub told: Vec<(String, String)>,
    /// A restore that runs by itself.
    pub run: Option<Run>,
    /// The most memory that the scenario's own implementation had, in bytes.
    pub peak_memory: Option<u64>,
    /// Holds the lock of an extension that the scenario has for itself.
    pub extension: Option<sqlx::PgConnection>,
    /// Servers of the scenario's own; they go with it.
    pub stack: Option<Stack>,
    own: Option<Proxied>,
    /// Where the scenario's artifact is as large as may be; given back when its implementation is gone.
    large_turn: Option<tokio::sync::OwnedMutexGuard<()>>,
    assertions: u64,
    differences: Vec<Difference>,
}

/// A restore that was asked for and not waited for.
#[derive(Debug)]
pub struct Begun {
    /// Its correlation id.
    pub correlation: String,
    /// What was sent.
    pub body: Value,
    /// Its answer, in time.
    pub answer: tokio::task::JoinHandle<Result<Answer, String>>,
}

/// A restore that runs by itself, whoever waits for it.
#[derive(Debug, Clone)]
pub struct Run {
    /// The path at which it can be looked at.
    pub location: String,
    /// Of the request that began it.
    pub correlation: String,
    /// As it was last seen.
    pub seen: Value,
}

/// A preflight: what it was asked besides the artifact, and what it answered.
#[derive(Debug, Clone)]
pub struct Preflight {
    /// `identifier_map` and `domains`, as far as they were sent.
    pub asked: Value,
    /// Its answer.
    pub answer: Answer,
}

#[derive(Debug, Clone)]
struct Scene {
    session: Arc<Session>,
    api: Api,
    name: String,
    id: String,
}

impl RestoreWorld {
    /// Puts the scenario of this id into a session; `name` is short and unique within the run.
    pub fn enter(&mut self, session: Arc<Session>, name: String, id: String) {
        self.scene = Some(Scene { api: session.api(&name), session, name, id });
    }

    /// The scenario's id.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn id(&self) -> Result<&str, Failure> {
        self.scene().map(|scene| &*scene.id)
    }

    /// Speaks through another client from now on, and returns the one so far.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn turn_to(&mut self, api: Api) -> Result<Api, Failure> {
        let scene = self.scene.as_mut().ok_or_else(|| Failure::suite("the scenario has no session"))?;
        Ok(std::mem::replace(&mut scene.api, api))
    }

    /// Looks at other servers from now on, with the same client.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn look_at(&mut self, session: Session) -> Outcome {
        let scene = self.scene.as_mut().ok_or_else(|| Failure::suite("the scenario has no session"))?;
        scene.session = Arc::new(session);
        Ok(())
    }

    /// Takes an implementation of the scenario's own into use: from now on requests go there.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn move_to(&mut self, own: Proxied) -> Outcome {
        let scene = self.scene.as_mut().ok_or_else(|| Failure::suite("the scenario has no session"))?;
        scene.api = scene.api.at(own.process.base());
        self.own = Some(own);
        Ok(())
    }

    /// Waits for the scenario's turn with an artifact as large as may be, and keeps it to the scenario's end.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub async fn take_large_turn(&mut self) -> Outcome {
        self.large_turn = Some(self.session()?.large_turn().await);
        Ok(())
    }

    /// The implementation of the scenario's own, which is then no longer used.
    pub const fn leave_own(&mut self) -> Option<Proxied> {
        self.own.take()
    }

    /// The implementation of the scenario's own.
    ///
    /// # Errors
    /// When the scenario has none.
    pub fn own(&self) -> Result<&Proxied, Failure> {
        self.own.as_ref().ok_or_else(|| Failure::suite("no step started an implementation"))
    }

    /// Whether the scenario has an implementation of its own.
    #[must_use]
    pub const fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// What stands before the backend of a domain.
    ///
    /// # Errors
    /// When the scenario has no implementation of its own.
    pub fn proxy(&self, domain: Domain) -> Result<&Proxy, Failure> {
        self.own().map(|own| own.proxies.of(domain))
    }

    /// `host:port` at which the scenario's own implementation reaches the backend of a domain.
    ///
    /// # Errors
    /// When the scenario has no implementation of its own.
    pub fn address(&self, domain: Domain) -> Result<String, Failure> {
        self.proxy(domain).map(Proxy::address)
    }

    /// What all scenarios share.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn session(&self) -> Result<Arc<Session>, Failure> {
        self.scene().map(|scene| scene.session.clone())
    }

    /// The scenario's client.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn api(&self) -> Result<Api, Failure> {
        self.scene().map(|scene| scene.api.clone())
    }

    /// The id of the tenant that this scenario restores into.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn target_id(&self) -> Result<String, Failure> {
        self.other_target.clone().map_or_else(|| self.base_id(), Ok)
    }

    /// What the ids of all tenants of this scenario begin with; the target's own, as a rule.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn base_id(&self) -> Result<String, Failure> {
        self.scene().map(|scene| format!("{}-{}", scene.session.prefix, scene.name))
    }

    /// The tenant that is restored from.
    ///
    /// # Errors
    /// When it could not be seeded or exported.
    pub async fn source(&self) -> Result<Arc<Source>, Failure> {
        match &self.own_source {
            Some(source) => Ok(source.clone()),
            None => self.session()?.source(self.id()?).await,
        }
    }

    /// The id of the tenant beside the target.
    ///
    /// # Errors
    /// Before the scenario has entered a session.
    pub fn bystander_id(&self) -> Result<String, Failure> {
        self.base_id().map(|id| bystander_of(&id))
    }

    /// The artifact that is restored.
    ///
    /// # Errors
    /// When no step made one.
    pub fn artifact(&self) -> Result<&Value, Failure> {
        self.artifact.as_ref().ok_or_else(|| Failure::suite("no step made an export"))
    }

    /// The tenant that is restored into.
    ///
    /// # Errors
    /// When no step made one.
    pub fn target(&self) -> Result<&Tenant, Failure> {
        self.target.as_ref().ok_or_else(|| Failure::suite("no step made a target"))
    }

    /// What was made to differ in the target.
    ///
    /// # Errors
    /// When no step did.
    pub fn planted(&self) -> Result<&Planted, Failure> {
        self.planted.as_ref().ok_or_else(|| Failure::suite("no step made the target differ"))
    }

    /// The last preflight.
    ///
    /// # Errors
    /// When no step made one.
    pub fn preflight(&self) -> Result<&Preflight, Failure> {
        self.preflight.as_ref().ok_or_else(|| Failure::suite("no step made a preflight"))
    }

    /// The last answer.
    ///
    /// # Errors
    /// When no step asked anything.
    pub fn answer(&self) -> Result<&Answer, Failure> {
        self.answer.as_ref().ok_or_else(|| Failure::suite("no step made a request"))
    }

    /// Demands something.
    ///
    /// # Errors
    /// With `otherwise` when it does not hold.
    pub fn check(&mut self, holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
        self.assertions += 1;
        if holds { Ok(()) } else { Err(Failure::Violation(otherwise())) }
    }

    /// Counts what a probe compared.
    pub const fn compared(&mut self, count: u64) {
        self.assertions += count;
    }

    /// Counts what a probe compared, or keeps what it found to differ.
    ///
    /// # Errors
    /// As the comparison failed.
    pub fn judge(&mut self, compared: Result<u64, Failure>) -> Outcome {
        match compared {
            Ok(count) => self.compared(count),
            Err(failure) => {
                if let Failure::Differs { differences, .. } = &failure {
                    self.differences = differences.iter().take(KEPT_DIFFERENCES).cloned().collect();
                }
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Demands that nothing differs.
    ///
    /// # Errors
    /// With `what` was compared and all that differs.
    pub fn same(&mut self, what: String, mut differences: Vec<Difference>) -> Outcome {
        // Without an extension all that stands on it is missing too: the cause comes first.
        differences.sort_by_key(|it| !it.resource.starts_with("extension:"));
        self.judge(if differences.is_empty() { Ok(1) } else { Err(Failure::Differs { what, differences }) })
    }

    /// What was found to differ.
    pub fn take_differences(&mut self) -> Vec<Difference> {
        std::mem::take(&mut self.differences)
    }

    /// How much was demanded and compared.
    #[must_use]
    pub const fn assertions(&self) -> u64 {
        self.assertions
    }

    fn scene(&self) -> Result<&Scene, Failure> {
        self.scene.as_ref().ok_or_else(|| Failure::suite("the scenario has no session"))
    }
}
