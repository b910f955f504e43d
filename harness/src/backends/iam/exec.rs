//! A driver: a program of the implementer's that knows its `iam` backend.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    task::JoinHandle,
};

use super::{
    KEY, Key, Record,
    protocol::{Hello, Op, PROTOCOL, Records, Request, Response},
};
use crate::{
    backends::{BackendError, Result},
    timeouts,
};

/// Lines of its standard error that an error shows.
const TAIL: usize = 10;

/// Characters of a line that an error shows.
const SHOWN: usize = 200;

/// How a driver is started.
#[derive(Debug, Clone)]
pub struct Command {
    /// The executable file.
    pub executable: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its variables besides those of the suite.
    pub environment: BTreeMap<String, String>,
    /// Where it runs.
    pub folder: PathBuf,
}

/// A running driver. Dropping it kills it.
#[derive(Debug)]
pub struct Driver {
    hello: Hello,
    patience: Duration,
    conversation: tokio::sync::Mutex<Conversation>,
}

#[derive(Debug)]
struct Conversation {
    child: Child,
    requests: ChildStdin,
    responses: Lines<BufReader<ChildStdout>>,
    said: Arc<Mutex<VecDeque<String>>>,
    /// Ends when its standard error is read to its end.
    listener: JoinHandle<()>,
    last: u64,
    /// Whether a request was begun and not sent to its end: whatever came next would be read as the rest of it.
    halfway: bool,
}

impl Driver {
    /// Starts it and asks who it speaks for.
    ///
    /// # Errors
    /// When it cannot be started, ends, or speaks otherwise than the protocol.
    pub async fn start(command: &Command) -> Result<Self> {
        Self::patient(command, timeouts::BACKEND_CALL).await
    }

    async fn patient(command: &Command, patience: Duration) -> Result<Self> {
        let program = command.executable.display();
        let failed =
            |cause: String| BackendError { backend: KEY, doing: format!("starting the driver {program}"), cause };
        let mut process = tokio::process::Command::new(&command.executable);
        process.args(&command.arguments).envs(&command.environment).current_dir(&command.folder);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // A Ctrl-C at the terminal reaches a whole process group, and the driver is needed to clean up.
        process.process_group(0);
        let mut child = process.spawn().map_err(|error| failed(error.to_string()))?;
        let (Some(requests), Some(out), Some(err)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("it has no pipes".into()));
        };
        let said = Arc::<Mutex<VecDeque<String>>>::default();
        let listener = tokio::spawn(keep_last(err, said.clone()));
        let responses = BufReader::new(out).lines();
        let mut conversation = Conversation { child, requests, responses, said, listener, last: 0, halfway: false };
        let hello: Hello = conversation.ask(Op::Hello { protocol: PROTOCOL }, patience).await.map_err(&failed)?;
        if hello.protocol != PROTOCOL {
            return Err(failed(format!("it speaks protocol {}, the suite speaks {PROTOCOL}", hello.protocol)));
        }
        Ok(Self { hello, patience, conversation: tokio::sync::Mutex::new(conversation) })
    }

    /// Who it speaks for.
    #[must_use]
    pub const fn hello(&self) -> &Hello {
        &self.hello
    }

    pub(super) async fn read(&self, realm: &str) -> Result<Vec<Record>> {
        let op = Op::Read { realm: realm.to_owned() };
        self.ask::<Records>(op, format!("reading realm {realm}")).await.map(|it| it.records)
    }

    pub(super) async fn write(&self, realm: &str, put: &[Record], delete: &[Key]) -> Result<()> {
        let op = Op::Write { realm: realm.to_owned(), put: put.to_vec(), delete: delete.to_vec() };
        self.ask::<Value>(op, format!("writing realm {realm}")).await.map(drop)
    }

    pub(super) async fn remove(&self, realms: &[String]) -> Result<()> {
        let op = Op::Remove { realms: realms.to_vec() };
        self.ask::<Value>(op, format!("deleting realm {}", realms.join(", "))).await.map(drop)
    }

    async fn ask<T: DeserializeOwned>(&self, op: Op, doing: String) -> Result<T> {
        let answer = self.conversation.lock().await.ask(op, self.patience).await;
        answer.map_err(|cause| BackendError { backend: KEY, doing, cause: format!("the driver: {cause}") })
    }
}

impl Conversation {
    async fn ask<T: DeserializeOwned>(&mut self, op: Op, patience: Duration) -> std::result::Result<T, String> {
        if self.halfway {
            return Err("it was given up, as it had not read an earlier request to its end".into());
        }
        self.last += 1;
        let id = self.last;
        let mut line = serde_json::to_string(&Request { id, op }).map_err(|error| error.to_string())?;
        line.push('\n');
        let exchange = async {
            // Whether its end is noticed by the pipe to it or by the one from it is a matter of chance.
            self.halfway = true;
            let sent = self.requests.write_all(line.as_bytes()).await;
            self.halfway = false;
            if sent.is_err() {
                return Err(self.ended("it answered nothing").await);
            }
            loop {
                let line = match self.responses.next_line().await {
                    Ok(Some(line)) => line,
                    Ok(None) => return Err(self.ended("it answered nothing").await),
                    Err(error) => return Err(format!("its answer cannot be read: {error}")),
                };
                let wrong = |why: String| format!("it said what is no response ({why}): {}", start_of(&line));
                let response: Response = serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
                match response {
                    // The late answer to what was no longer waited for.
                    Response { id: late, .. } if late < id => {}
                    Response { id: other, .. } if other > id => {
                        return Err(wrong(format!("request {id} was asked, and it answers {other}")));
                    }
                    Response { error: Some(error), .. } => return Err(error),
                    Response { result, .. } => {
                        let result = if result.is_null() { Value::Object(serde_json::Map::new()) } else { result };
                        return serde_path_to_error::deserialize(result).map_err(|error| wrong(error.to_string()));
                    }
                }
            }
        };
        let answer = tokio::time::timeout(patience, exchange).await;
        answer.unwrap_or_else(|_| {
            let what = if self.halfway { "read its request" } else { "answer" };
            Err(format!("it did not {what} within {} s", patience.as_secs_f32()))
        })
    }

    /// That it went, how, and what it said last.
    async fn ended(&mut self, what: &str) -> String {
        let status = tokio::time::timeout(timeouts::IMPLEMENTATION_STOP, self.child.wait()).await;
        let how = match status {
            Ok(Ok(status)) => format!("it ended ({status})"),
            _ => "it closed its output".to_owned(),
        };
        // A child of its own may hold the pipe for longer.
        let _ = tokio::time::timeout(timeouts::IMPLEMENTATION_STOP, &mut self.listener).await;
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let said = if said.is_empty() { String::new() } else { format!("; it said:\n  {}", said.join("\n  ")) };
        format!("{what}: {how}{said}")
    }
}

fn start_of(line: &str) -> String {
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

async fn keep_last(from: impl AsyncRead + Unpin, said: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == TAIL {
            said.pop_front();
        }
        said.push_back(start_of(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A driver that is a line of shell.
    async fn of(script: &str) -> Result<Driver> {
        let command = Command {
            executable: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: BTreeMap::new(),
            folder: std::env::temp_dir(),
        };
        Driver::patient(&command, Duration::from_secs(20)).await
    }

    const GREETS: &str = r#"read line; echo '{"id":1,"result":{"protocol":1,"backend":"Sh","version":"5"}}'; "#;

    #[tokio::test]
    async fn a_driver_is_asked_and_answers_even_if_late() {
        let answers = r#"read line; echo '{"id":1,"result":{}}'; echo '{"id":2,"result":{"records":[{"kind":"role","name":"x","value":{}}]}}'; read line"#;
        let driver = of(&format!("{GREETS}{answers}")).await.unwrap();
        assert_eq!(driver.hello().backend, "Sh");
        let records = driver.read("acme").await.unwrap();
        assert_eq!(records.iter().map(|it| it.key().to_string()).collect::<Vec<_>>(), ["role `x`"]);
    }

    #[tokio::test]
    async fn a_driver_that_stops_reading_is_not_told_the_next_request_as_the_rest_of_the_last() {
        let mut driver = of(&format!("{GREETS}exec sleep 600")).await.unwrap();
        driver.patience = Duration::from_millis(100);
        // More than a pipe holds.
        let large = "x".repeat(1 << 20);
        let told = [driver.read(&large).await, driver.read("acme").await].map(|it| it.unwrap_err().cause);
        insta::assert_snapshot!(told.join("\n"), @"
        the driver: it did not read its request within 0.1 s
        the driver: it was given up, as it had not read an earlier request to its end
        ");
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_driver_is_told() {
        let mut told = Vec::new();
        for script in [
            "exit 3".to_owned(),
            "echo 'no such host' >&2; exit 1".to_owned(),
            "read line; echo hello".to_owned(),
            r#"read line; echo '{"id":1,"result":{"protocol":2,"backend":"Sh","version":"5"}}'"#.to_owned(),
            r#"read line; echo '{"id":7,"result":{}}'"#.to_owned(),
            r#"read line; echo '{"id":1,"error":"the password is wrong"}'"#.to_owned(),
        ] {
            told.push(of(&script).await.unwrap_err().to_string());
        }
        for answer in [
            r#"read line; echo '{"id":2,"result":{"records":[{"kind":"role","name":"x","value":{"composite":[]}}]}}'; read line"#,
            r#"read line; echo '{"id":2}'; read line"#,
            "read line",
        ] {
            let driver = of(&format!("{GREETS}{answer}")).await.unwrap();
            told.push(driver.read("acme").await.unwrap_err().to_string());
        }
        insta::assert_snapshot!(told.join("\n"));
    }
}
