//! The guardian's process: starts the servers, counts users, tears down.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use futures::stream::{FuturesUnordered, StreamExt};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

use super::folder::RunFolder;
use super::protocol::{Ask, Line, Servers, StackStatus, Tell};
use crate::stack::endpoints::Service;
use crate::stack::server::{Failed, Running, Started, StartedEndpoint};
use crate::stack::spec::LaunchSpec;
use crate::stack::{containers, native};
use crate::timeouts;

/// Runs the guardian of the stack `key` below `root`; what to launch is read from standard input. Ends when the stack
/// is torn down, or at once when the stack has a guardian already.
///
/// Must be called on the main thread, outside any runtime: the servers die with the thread that launches them.
///
/// # Errors
/// When the stack's folder cannot be handled or the specification cannot be read.
pub fn run(root: &Path, key: &str) -> std::io::Result<()> {
    // The user's terminal and its Ctrl-C are not this process's. It fails for a session leader, who needs it not.
    let _ = nix::unistd::setsid();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let spec: LaunchSpec = serde_json::from_str(&text)?;
    // A database of a thousand collections keeps more files open than the usual limit lets it.
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    let folder = RunFolder::new(root, key);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(guard(&folder, &spec))
}

/// What connections tell the owner.
enum Event {
    Held(u64, String),
    Released(u64),
    Keep(u64),
    Status(oneshot::Sender<StackStatus>),
    /// Asks who else uses the stack.
    Others(u64, oneshot::Sender<Vec<String>>),
    /// Ends a server, or launches it again.
    Switch(Service, Switch, oneshot::Sender<Result<(), String>>),
    End,
}

/// What becomes of one server while the others run on.
#[derive(Clone, Copy)]
enum Switch {
    Halt,
    Launch,
}

/// How far the stack is, as its users see it.
#[derive(Clone)]
enum Phase {
    Starting(Vec<Tell>),
    Ready(Box<Servers>),
    Failed(Tell),
}

async fn guard(folder: &RunFolder, spec: &LaunchSpec) -> std::io::Result<()> {
    let Some(_lock) = wait_for_lock(folder).await? else { return Ok(()) };
    if !spec.containers.is_empty() {
        // A guardian that was killed has left its containers, whose logins nobody knows any more.
        remove_containers(folder).await?;
        folder.note_containers(spec.docker_host.as_deref())?;
    }
    folder.create()?;
    let listener = UnixListener::bind(folder.socket())?;
    let (phase, seen) = watch::channel(Phase::Starting(Vec::new()));
    let (events, mut inbox) = mpsc::unbounded_channel();
    let accept = tokio::spawn(accept(listener, events, seen));
    let mut running = Vec::new();
    let ended = own(folder, spec, &phase, &mut inbox, &mut running).await;
    // New users must not find a stack that ends: they start the next one, whose guardian waits for the lock.
    accept.abort();
    let _ = std::fs::remove_file(folder.socket());
    futures::future::join_all(running.iter_mut().map(Running::stop)).await;
    // Also those that were about to start.
    if !spec.containers.is_empty() {
        remove_containers(folder).await?;
    }
    folder.remove_traces()?;
    ended
}

/// Removes the containers of the stack. If that fails, what noted them stays, for who comes next.
async fn remove_containers(folder: &RunFolder) -> std::io::Result<()> {
    containers::remove(&folder.mark(), None).await.map(drop).map_err(std::io::Error::other)
}

async fn start(service: Service, spec: &LaunchSpec, folder: &RunFolder) -> Result<Started, Failed> {
    match spec.containers.get(&service) {
        Some(container) => containers::start(service, container, &folder.mark(), &folder.path()).await,
        None => native::start(service, spec, &folder.path()).await,
    }
}

/// The lock, once an earlier guardian has finished; `None` when that one serves the stack.
async fn wait_for_lock(folder: &RunFolder) -> std::io::Result<Option<std::fs::File>> {
    let deadline = Instant::now() + timeouts::GUARDIAN_ANSWERS;
    loop {
        if let Some(lock) = folder.try_lock()? {
            return Ok(Some(lock));
        }
        if Instant::now() > deadline || UnixStream::connect(folder.socket()).await.is_ok() {
            return Ok(None);
        }
        tokio::time::sleep(timeouts::POLL).await;
    }
}

async fn own(
    folder: &RunFolder,
    spec: &LaunchSpec,
    phase: &watch::Sender<Phase>,
    inbox: &mut mpsc::UnboundedReceiver<Event>,
    running: &mut Vec<Running>,
) -> std::io::Result<()> {
    let began = Instant::now();
    let mut starts: FuturesUnordered<_> =
        spec.services().into_iter().map(|service| start(service, spec, folder)).collect();
    let mut servers = Servers { run_as: spec.run_as.clone(), ..Servers::default() };
    let mut users: BTreeMap<u64, String> = BTreeMap::new();
    let mut idle_since = Instant::now();
    let mut keep_until = None;
    // Whether a user has held the stack, who then knows why it failed.
    let mut told = false;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    if starts.is_empty() {
        phase.send_replace(Phase::Ready(Box::new(servers.clone())));
    }
    loop {
        let failed = matches!(*phase.borrow(), Phase::Failed(_));
        let lingers = if failed && told { idle_since } else { idle_since + timeouts::STACK_LINGER };
        let end = if failed { lingers } else { keep_until.map_or(lingers, |it: Instant| it.max(lingers)) };
        tokio::select! {
            () = tokio::time::sleep_until(end.into()), if users.is_empty() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            Some(result) = starts.next() => match result {
                Ok(started) => {
                    let service = started.running.service;
                    take(started, running, &mut servers);
                    let progress = Tell::Progress { service, seconds: began.elapsed().as_secs_f64() };
                    phase.send_modify(|it| if let Phase::Starting(all) = it { all.push(progress) });
                    if starts.is_empty() && !failed {
                        phase.send_replace(Phase::Ready(Box::new(servers.clone())));
                    }
                }
                Err(it) => {
                    let told = Tell::Failed { service: it.service, why: it.why, log_tail: it.log_tail };
                    phase.send_replace(Phase::Failed(told));
                }
            },
            it = first_end(running), if !failed => {
                phase.send_replace(Phase::Failed(Tell::Failed { service: it.service, why: it.why, log_tail: it.log_tail }));
            }
            Some(event) = inbox.recv() => match event {
                Event::Held(id, label) => {
                    users.insert(id, label);
                    told = true;
                }
                Event::Released(id) => {
                    if users.remove(&id).is_some() && users.is_empty() {
                        idle_since = Instant::now();
                    }
                }
                Event::Keep(seconds) => {
                    keep_until = Some(Instant::now() + std::time::Duration::from_secs(seconds));
                }
                Event::Status(answer) => {
                    let phase = match &*phase.borrow() {
                        Phase::Starting(_) => "starting",
                        Phase::Ready(_) => "ready",
                        Phase::Failed(_) => "failed",
                    };
                    // Who asked has gone if this fails.
                    let _ = answer.send(StackStatus {
                        key: folder.key().to_owned(),
                        guardian: std::process::id(),
                        phase: phase.to_owned(),
                        age_seconds: began.elapsed().as_secs(),
                        users: users.values().cloned().collect(),
                        kept_seconds: keep_until
                            .and_then(|it| it.checked_duration_since(Instant::now()))
                            .map(|it| it.as_secs()),
                    });
                }
                Event::Others(asker, answer) => {
                    let others = users.iter().filter(|(id, _)| **id != asker).map(|(_, label)| label.clone());
                    let _ = answer.send(others.collect());
                }
                Event::Switch(service, switch, answer) => {
                    // Who asked has gone if this fails.
                    let _ = answer.send(turn(running, service, switch).await);
                }
                Event::End => return Ok(()),
            }
        }
    }
}

fn take(started: Started, running: &mut Vec<Running>, servers: &mut Servers) {
    running.push(started.running);
    match started.endpoint {
        StartedEndpoint::Postgres(it) => servers.postgres = Some(it),
        StartedEndpoint::Mongodb(it) => servers.mongodb = Some(it),
        StartedEndpoint::Kafka(it) => servers.kafka = Some(it),
        StartedEndpoint::S3(it) => servers.s3 = Some(it),
    }
}

/// The first server that ends by itself; never, when none runs.
async fn first_end(running: &mut [Running]) -> Failed {
    let waits = running.iter_mut().filter(|it| !it.is_halted());
    let mut waits: FuturesUnordered<_> = waits.map(Running::ended).collect();
    match waits.next().await {
        Some(failed) => failed,
        None => std::future::pending().await,
    }
}

/// Ends a server of this stack, or launches it again.
async fn turn(running: &mut [Running], service: Service, switch: Switch) -> Result<(), String> {
    let server = running.iter_mut().find(|it| it.service == service);
    let server = server.ok_or_else(|| format!("{service} is not this stack's to end"))?;
    match switch {
        Switch::Halt => server.halt().await,
        Switch::Launch => server.launch_again().await,
    }
}

async fn accept(listener: UnixListener, events: mpsc::UnboundedSender<Event>, phase: watch::Receiver<Phase>) {
    let mut next = 0;
    // An error of accept is that of one connection, or passes when files are closed.
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            next += 1;
            tokio::spawn(converse(next, Line::new(stream), events.clone(), phase.clone()));
        }
    }
}

/// Serves one connection. The user is gone when this ends, however it ends.
async fn converse(id: u64, mut line: Line, events: mpsc::UnboundedSender<Event>, mut phase: watch::Receiver<Phase>) {
    while let Ok(Some(ask)) = line.receive::<Ask>().await {
        let told = match ask {
            Ask::Hold { label, pid } => {
                let _ = events.send(Event::Held(id, format!("{label} (pid {pid})")));
                tell_when_ready(&mut line, &mut phase).await
            }
            Ask::Keep { seconds } => {
                let _ = events.send(Event::Keep(seconds));
                line.send(&Tell::Done).await
            }
            Ask::Status => {
                let (answer, status) = oneshot::channel();
                let _ = events.send(Event::Status(answer));
                let Ok(status) = status.await else { break };
                line.send(&Tell::Status(status)).await
            }
            Ask::Halt { service } => switch(&mut line, &events, service, Switch::Halt).await,
            Ask::Launch { service } => switch(&mut line, &events, service, Switch::Launch).await,
            Ask::Down { force } => {
                let (answer, others) = oneshot::channel();
                let _ = events.send(Event::Others(id, answer));
                let Ok(others) = others.await else { break };
                if force || others.is_empty() {
                    // Who asked is told first, because this task ends with the stack.
                    let told = line.send(&Tell::Done).await;
                    let _ = events.send(Event::End);
                    told
                } else {
                    line.send(&Tell::InUse(others)).await
                }
            }
        };
        if told.is_err() {
            break;
        }
    }
    let _ = events.send(Event::Released(id));
}

async fn switch(
    line: &mut Line,
    events: &mpsc::UnboundedSender<Event>,
    service: Service,
    switch: Switch,
) -> std::io::Result<()> {
    let (answer, turned) = oneshot::channel();
    let _ = events.send(Event::Switch(service, switch, answer));
    let turned = turned.await.map_err(std::io::Error::other)?;
    line.send(&turned.map_or_else(Tell::Refused, |()| Tell::Done)).await
}

async fn tell_when_ready(line: &mut Line, phase: &mut watch::Receiver<Phase>) -> std::io::Result<()> {
    let mut told = 0;
    loop {
        let now = phase.borrow_and_update().clone();
        match now {
            Phase::Starting(progress) => {
                for it in progress.iter().skip(told) {
                    line.send(it).await?;
                }
                told = progress.len();
            }
            Phase::Ready(servers) => return line.send(&Tell::Ready(servers)).await,
            Phase::Failed(tell) => return line.send(&tell).await,
        }
        phase.changed().await.map_err(std::io::Error::other)?;
    }
}
