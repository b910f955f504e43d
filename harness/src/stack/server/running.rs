//! A server that was launched, whatever runs it: it becomes ready, may end by itself, and is stopped.

use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::stack::endpoints::{KafkaEndpoint, MongodbEndpoint, PostgresEndpoint, S3Endpoint, Service};
use crate::stack::ready;
use crate::timeouts;

/// How many of the last lines of a log an error shows.
const TAIL: usize = 20;

/// How often a server is launched on other ports, when a port that was free a moment ago was taken.
const PORT_ATTEMPTS: u32 = 3;

/// A server that runs and is ready.
pub(crate) struct Started {
    pub(crate) running: Running,
    pub(crate) endpoint: StartedEndpoint,
}

/// Where a server that was started is.
pub(crate) enum StartedEndpoint {
    Postgres(PostgresEndpoint),
    Mongodb(MongodbEndpoint),
    Kafka(KafkaEndpoint),
    S3(S3Endpoint),
}

/// What runs a server.
#[async_trait]
pub(crate) trait Runner: Send {
    /// Waits until the server ends, and tells how. By then its log is whole. May be dropped and called again.
    async fn ended(&mut self) -> String;

    /// Ends the server and all that belongs to it.
    async fn stop(&mut self);

    /// Kills the server, as a failure would. Its data stay.
    async fn halt(&mut self) -> Result<(), String>;

    /// Launches it again after [`Runner::halt`]: on its ports, with its data, and at the end of its log.
    async fn launch_again(&mut self, log: &Path) -> Result<(), String>;
}

/// A server that was launched.
pub(crate) struct Running {
    pub(crate) service: Service,
    pub(crate) log: PathBuf,
    /// What ended, for messages; empty where the name of the service says it.
    subject: String,
    runner: Box<dyn Runner>,
    halted: bool,
}

/// Why a server did not become ready.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) service: Service,
    pub(crate) why: String,
    pub(crate) log_tail: Vec<String>,
}

impl Failed {
    pub(crate) fn new(service: Service, why: impl Into<String>, log: &Path) -> Self {
        Self { service, why: why.into(), log_tail: tail(log, TAIL) }
    }

    /// A failure of a step whose output is not in the log of the server.
    pub(crate) fn with_output(service: Service, why: String, output: &str) -> Self {
        let lines: Vec<String> = output.lines().map(str::to_owned).collect();
        Self { service, why, log_tail: lines[lines.len().saturating_sub(TAIL)..].to_vec() }
    }

    fn is_port_clash(&self) -> bool {
        let text = format!("{}\n{}", self.why, self.log_tail.join("\n")).to_lowercase();
        ["address already in use", "address in use", "port is already", "could not bind", "port may already"]
            .iter()
            .any(|it| text.contains(it))
    }
}

/// Starts a server, again on other ports if one of its ports was taken in between.
pub(crate) async fn with_fresh_ports<F, T>(start: impl Fn(u32) -> F) -> Result<T, Failed>
where
    F: Future<Output = Result<T, Failed>>,
{
    let mut attempt = 1;
    loop {
        match start(attempt).await {
            Err(failed) if failed.is_port_clash() && attempt < PORT_ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

/// Ports of 127.0.0.1 that are free now; all different.
pub(crate) fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

impl Running {
    pub(crate) fn new(service: Service, subject: String, log: &Path, runner: Box<dyn Runner>) -> Self {
        Self { service, log: log.to_owned(), subject, runner, halted: false }
    }

    /// Tries `attempt` until it succeeds. Ends early when the server does.
    pub(crate) async fn until_ready<F, T>(&mut self, attempt: impl Fn() -> F) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, String>>,
    {
        let mut last = String::from("no attempt ended");
        let poll = async {
            loop {
                match tokio::time::timeout(timeouts::READY_ATTEMPT, attempt()).await {
                    Ok(Ok(value)) => return value,
                    Ok(Err(why)) => last = why,
                    Err(_) => last = format!("no answer within {} s", timeouts::READY_ATTEMPT.as_secs()),
                }
                tokio::time::sleep(timeouts::POLL).await;
            }
        };
        let why = tokio::select! {
            value = tokio::time::timeout(timeouts::SERVER_READY, poll) => match value {
                Ok(value) => return Ok(value),
                Err(_) => format!(
                    "is not ready after {} s, that is, until {}: {last}",
                    timeouts::SERVER_READY.as_secs(),
                    ready::condition(self.service),
                ),
            },
            how = self.runner.ended() => format!("ended before it was ready ({how})"),
        };
        Err(self.fail(why).await)
    }

    /// Stops the server and makes an error of its last words.
    pub(crate) async fn fail(&mut self, why: String) -> Failed {
        let failed = Failed::new(self.service, self.sentence(&why), &self.log);
        self.stop().await;
        failed
    }

    /// Waits until the server ends by itself.
    pub(crate) async fn ended(&mut self) -> Failed {
        let how = self.runner.ended().await;
        Failed::new(self.service, self.sentence(&format!("ended by itself ({how})")), &self.log)
    }

    /// Ends the server and all that belongs to it.
    pub(crate) async fn stop(&mut self) {
        self.runner.stop().await;
    }

    /// Kills it, as a failure would. Its data and its log stay.
    pub(crate) async fn halt(&mut self) -> Result<(), String> {
        self.halted = true;
        self.runner.halt().await
    }

    /// Whether it was ended on purpose, and not launched again.
    pub(crate) const fn is_halted(&self) -> bool {
        self.halted
    }

    /// Launches it again after [`Running::halt`].
    pub(crate) async fn launch_again(&mut self) -> Result<(), String> {
        if !self.halted {
            return Err(format!("{} runs", self.service));
        }
        self.runner.launch_again(&self.log).await?;
        self.halted = false;
        Ok(())
    }

    fn sentence(&self, predicate: &str) -> String {
        if self.subject.is_empty() { predicate.to_owned() } else { format!("{} {predicate}", self.subject) }
    }
}

/// The last lines of a file; none if it cannot be read.
pub(crate) fn tail(path: &Path, lines: usize) -> Vec<String> {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut last: Vec<String> = text.lines().rev().take(lines).map(str::to_owned).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(line: &str) -> Failed {
        Failed { service: Service::S3, why: String::new(), log_tail: vec![line.to_owned()] }
    }

    #[test]
    fn free_ports_differ() {
        let [a, b, c] = free_ports::<3>().unwrap();
        assert!(a != b && b != c && a != c);
    }

    #[tokio::test]
    async fn a_taken_port_is_tried_again_and_another_failure_is_not() {
        let attempts = std::cell::Cell::new(0);
        let start = |attempt| {
            attempts.set(attempt);
            async move { if attempt < 3 { Err(failed("bind: Address already in use")) } else { Ok(()) } }
        };
        with_fresh_ports(start).await.unwrap();
        assert_eq!(attempts.get(), 3);
        let start = |attempt| {
            attempts.set(attempt);
            async { Err::<(), _>(failed("out of memory")) }
        };
        with_fresh_ports(start).await.unwrap_err();
        assert_eq!(attempts.get(), 1);
    }

    #[test]
    fn docker_tells_of_a_taken_port_in_its_own_words() {
        let why = "Bind for 127.0.0.1:5432 failed: port is already allocated";
        assert!(Failed { service: Service::S3, why: why.to_owned(), log_tail: vec![] }.is_port_clash());
    }
}
