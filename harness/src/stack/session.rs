//! The user's side: finds or starts a stack, and holds it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::containers;
use super::endpoints::{Endpoints, Origin, Service};
use super::error::StackError;
use super::external::StackFile;
use super::guardian::protocol::{Ask, Line, Servers, Tell};
use super::guardian::{RunFolder, run_root};
use super::native::{self, Machine};
use super::ready;
use super::request::StackRequest;
use super::resolve::{Resolution, resolve, wanted_images, ways_out, ways_out_external};
use super::running::sweep;
use super::server;
use super::spec::LaunchSpec;
use super::talk::{connect_or_start, converse, guardian_error, unexpected};
use crate::timeouts;

/// How often a stack is asked for whose guardian ends meanwhile.
const ATTEMPTS: u32 = 3;

/// A stack in use. The servers run at least until it is dropped.
pub struct Stack {
    endpoints: Endpoints,
    resolution: Resolution,
    guardian: Option<Line>,
    warm: bool,
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack").field("resolution", &self.resolution).finish_non_exhaustive()
    }
}

impl Stack {
    /// Where the servers are, and who may log in.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Where each server comes from, and why not from a more preferred origin.
    #[must_use]
    pub fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    /// Whether the servers ran before this use of them.
    #[must_use]
    pub fn was_warm(&self) -> bool {
        self.warm
    }

    /// The last `lines` lines of a server's log; none for a server whose log is elsewhere.
    #[must_use]
    pub fn log_tail(&self, service: Service, lines: usize) -> Vec<String> {
        self.endpoints.log(service).map(|log| server::tail(log, lines)).unwrap_or_default()
    }

    /// Kills a server of this stack, whose data stays. Whoever uses it finds it gone.
    ///
    /// # Errors
    /// When the server is not this stack's: given ones are never ended.
    pub async fn halt(&mut self, service: Service) -> Result<(), StackError> {
        self.switch(&Ask::Halt { service }).await
    }

    /// Launches a server again that was halted, where it was, and waits until it is ready.
    ///
    /// # Errors
    /// When it is not this stack's, runs, or does not become ready in time.
    pub async fn launch(&mut self, service: Service) -> Result<(), StackError> {
        self.switch(&Ask::Launch { service }).await?;
        let mut last = String::from("no attempt ended");
        let deadline = Instant::now() + timeouts::SERVER_READY;
        while Instant::now() < deadline {
            match tokio::time::timeout(timeouts::READY_ATTEMPT, ready::check(&self.endpoints, service)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => last = why,
                Err(_) => last = format!("no answer within {} s", timeouts::READY_ATTEMPT.as_secs()),
            }
            tokio::time::sleep(timeouts::POLL).await;
        }
        let why = format!("is not ready again after {} s: {last}", timeouts::SERVER_READY.as_secs());
        let log_tail = self.log_tail(service, 20);
        let origin =
            self.resolution.choices.iter().find(|it| it.service == service).map_or(Origin::Native, |it| it.origin);
        Err(StackError::Start { service, why, log_tail, ways_out: ways_out(service, origin) })
    }

    async fn switch(&mut self, ask: &Ask) -> Result<(), StackError> {
        let none = || StackError::Guardian { why: "has no server to end: all are given".to_owned(), log: None };
        match converse(self.guardian.as_mut().ok_or_else(none)?, ask).await? {
            Tell::Done => Ok(()),
            Tell::Refused(why) => Err(StackError::Guardian { why: format!("refused: {why}"), log: None }),
            other => Err(unexpected(&other)),
        }
    }

    /// Keeps the servers for a time, even when nobody holds them.
    ///
    /// # Errors
    /// When the guardian does not answer.
    pub async fn keep_for(&mut self, time: Duration) -> Result<(), StackError> {
        let Some(line) = &mut self.guardian else { return Ok(()) };
        match converse(line, &Ask::Keep { seconds: time.as_secs() }).await? {
            Tell::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }
}

/// What `install` did.
#[derive(Debug)]
pub struct Installed {
    /// Where each server comes from.
    pub resolution: Resolution,
    /// The cache.
    pub cache: PathBuf,
}

/// Installs what the request's native servers need, and starts nothing.
///
/// # Errors
/// When something is missing that only a person can install, or an installation fails.
pub async fn install(request: &StackRequest) -> Result<Installed, StackError> {
    let (_, resolution) = prepare(request).await?;
    Ok(Installed { resolution, cache: native::cache_root() })
}

/// Finds a warm stack or starts one, and answers when every server took a write and a read.
///
/// # Errors
/// When a server cannot be had; the error names which one, why, and ways out.
pub async fn acquire(request: &StackRequest) -> Result<Stack, StackError> {
    // The first call wins; main installs the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (spec, resolution) = prepare(request).await?;
    let mut warm = false;
    let (mut servers, mut guardian) = (Servers::default(), None);
    if !spec.services().is_empty() {
        let key = if request.isolated { isolated(&spec) } else { spec.key() };
        let root = run_root()?;
        for it in RunFolder::all(&root) {
            sweep(&it).await?;
        }
        let folder = RunFolder::new(&root, &key);
        let (line, ready) = held(&folder, &spec, request).await?;
        (servers, warm) = ready;
        guardian = Some(line);
    }
    let endpoints = complete(servers, request).await?;
    Ok(Stack { endpoints, resolution, guardian, warm })
}

/// A key that nobody else has: a process may hold several stacks of its own.
fn isolated(spec: &LaunchSpec) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}-{}", spec.key(), std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// A connection that holds the stack, its servers, and whether they ran before.
async fn held(
    folder: &RunFolder,
    spec: &LaunchSpec,
    request: &StackRequest,
) -> Result<(Line, (Servers, bool)), StackError> {
    for _ in 0..ATTEMPTS {
        let (mut line, found) = connect_or_start(folder, spec, request.guardian_program.as_deref()).await?;
        if let Some(servers) = hold(&mut line, &request.holder, found, spec).await? {
            return Ok((line, (servers, found)));
        }
    }
    Err(guardian_error(folder, "ended while its servers started"))
}

/// Decides where servers come from, and installs what is missing.
async fn prepare(request: &StackRequest) -> Result<(LaunchSpec, Resolution), StackError> {
    let cache = native::cache_root();
    let mut machine = Machine::look(&cache);
    let found = containers::look(wanted_images(request)).await;
    // Package clients are asked only when something is to be installed: a second run needs none of them.
    if !resolve(request, &machine, &found).is_ok_and(|it| it.to_install.is_empty()) {
        machine.look_for_tools();
    }
    let resolution = resolve(request, &machine, &found)?;
    native::install(&resolution.to_install, &machine, &cache).await?;
    let natives: Vec<Service> =
        resolution.choices.iter().filter(|it| it.origin == Origin::Native).map(|it| it.service).collect();
    let mut spec = machine.spec(&natives, &cache);
    if !resolution.containers.is_empty() {
        spec.containers.clone_from(&resolution.containers);
        spec.docker_host = std::env::var("DOCKER_HOST").ok();
    }
    Ok((spec, resolution))
}

async fn hold(line: &mut Line, holder: &str, warm: bool, spec: &LaunchSpec) -> Result<Option<Servers>, StackError> {
    let label = if holder.is_empty() { "restore-conformance" } else { holder }.to_owned();
    let ask = Ask::Hold { label, pid: std::process::id() };
    let wait = async {
        if line.send(&ask).await.is_err() {
            return Ok(None);
        }
        loop {
            // A connection that breaks is a guardian that has ended.
            match line.receive::<Tell>().await.unwrap_or(None) {
                Some(Tell::Progress { service, seconds }) => {
                    if !warm {
                        tracing::info!(%service, seconds, "ready");
                    }
                }
                Some(Tell::Ready(servers)) => return Ok(Some(*servers)),
                Some(Tell::Failed { service, why, log_tail }) => {
                    let in_container = spec.containers.contains_key(&service);
                    let origin = if in_container { Origin::Containers } else { Origin::Native };
                    return Err(StackError::Start { service, why, log_tail, ways_out: ways_out(service, origin) });
                }
                Some(other) => return Err(unexpected(&other)),
                None => return Ok(None),
            }
        }
    };
    tokio::time::timeout(timeouts::STACK_READY, wait).await.map_err(|_| StackError::Guardian {
        why: format!("had no stack ready within {} s", timeouts::STACK_READY.as_secs()),
        log: None,
    })?
}

/// Adds the servers that are given, after a write and a read in each.
async fn complete(servers: Servers, request: &StackRequest) -> Result<Endpoints, StackError> {
    let none = StackFile::default();
    let given = request.external.as_ref().unwrap_or(&none);
    let unready = |service: Service, address: &str| {
        let address = address.to_owned();
        move |why: String| {
            let ways_out = ways_out_external(service, request.given_in.as_deref());
            let why = if why.contains(&address) { why } else { format!("at {address}: {why}") };
            StackError::Start { service, why, log_tail: Vec::new(), ways_out }
        }
    };
    let absent = |service: Service| StackError::Guardian { why: format!("has no {service}"), log: None };
    let postgres = match (servers.postgres, &given.postgres) {
        (Some(it), _) => it,
        (None, Some(it)) => {
            let mut it = it.endpoint()?;
            let unready = || unready(Service::Postgres, &format!("{}:{}", it.host, it.port));
            let version = ready::postgres::check(&it, &it.database).await.map_err(unready())?;
            ready::postgres::check_provisioned(&it).await.map_err(unready())?;
            let extensions = ready::postgres::extensions(&it).await.map_err(unready())?;
            (it.version, it.extensions) = (version, extensions);
            it
        }
        (None, None) => return Err(absent(Service::Postgres)),
    };
    let mongodb = match (servers.mongodb, &given.mongodb) {
        (Some(it), _) => it,
        (None, Some(it)) => {
            let mut it = it.endpoint()?;
            it.version = ready::mongodb::check(&it)
                .await
                .map_err(unready(Service::Mongodb, &format!("{}:{}", it.host, it.port)))?;
            it
        }
        (None, None) => return Err(absent(Service::Mongodb)),
    };
    let kafka = match (servers.kafka, &given.kafka) {
        (Some(it), _) => it,
        (None, Some(it)) => {
            let mut it = it.endpoint();
            it.version = ready::kafka::check(&it).await.map_err(unready(Service::Kafka, &it.bootstrap_servers))?;
            it
        }
        (None, None) => return Err(absent(Service::Kafka)),
    };
    let s3 = match (servers.s3, &given.s3) {
        (Some(it), _) => it,
        (None, Some(it)) => {
            let mut it = it.endpoint();
            it.version = ready::s3::check(&it).await.map_err(unready(Service::S3, &it.endpoint))?;
            it
        }
        (None, None) => return Err(absent(Service::S3)),
    };
    Ok(Endpoints { postgres, mongodb, kafka, s3 })
}
