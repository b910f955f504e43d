//! The HTTP client of one scenario; keeps what was said.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::{Method, header};
use serde_json::Value;

use super::{Administration, Dialect, Grant, Mode, Tokens};
use crate::{manifest::schema::Exchange, timeouts};

/// Characters of a body that the transcript keeps.
const KEPT: usize = 4_000;

/// Who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// No `Authorization` at all.
    Absent,
    /// Text that is no token.
    Nonsense,
    /// A good signature over a token that ended an hour ago.
    Expired,
    /// Good in all but its key.
    ForeignKey,
    /// A good token.
    Good(Grant),
}

/// Speaks to the implementation.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    client: reqwest::Client,
    dialect: Arc<Dialect>,
    correlation: String,
    /// How long it waits for an answer.
    patience: Duration,
    transcript: Arc<Mutex<Vec<Exchange>>>,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The correlation id that it carries.
    pub correlation_id: Option<String>,
    /// Seconds after which it says to try again.
    pub retry_after: Option<u64>,
    /// Where it says that its result is.
    pub location: Option<String>,
    /// The body; null when it is empty, a string when it is not JSON.
    pub body: Value,
    /// What was asked, for messages.
    pub request: String,
}

/// Whether this is what an implementation answers to the question for its format versions (R-E5-1).
#[must_use]
pub fn is_implementation(answer: &Answer) -> bool {
    answer.status == 200 && answer.body["versions"].is_array()
}

/// An answer without its body.
struct Head {
    status: u16,
    correlation_id: Option<String>,
    retry_after: Option<u64>,
    location: Option<String>,
}

impl Api {
    /// A client of the implementation at `base`, whose requests carry this correlation id.
    #[must_use]
    pub fn new(base: &str, client: reqwest::Client, dialect: Arc<Dialect>, correlation: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            client,
            patience: dialect.patience,
            dialect,
            correlation: correlation.to_owned(),
            transcript: Arc::default(),
        }
    }

    /// The same client, transcript and all, of the implementation at `base`.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// The same client, transcript and all, with a correlation id of its own.
    #[must_use]
    pub fn correlated(&self, suffix: &str) -> Self {
        Self { correlation: format!("{}-{suffix}", self.correlation), ..self.clone() }
    }

    /// How long it waits for an answer.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.patience
    }

    /// The same client, transcript and all, that waits so long for each answer.
    #[must_use]
    pub fn patient(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    /// A client for all scenarios.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn http_client() -> Result<reqwest::Client, String> {
        reqwest::Client::builder()
            .timeout(timeouts::REQUEST)
            .build()
            .map_err(|error| format!("cannot set up HTTP: {error}"))
    }

    /// Everything said so far, oldest first.
    #[must_use]
    pub fn transcript(&self) -> Vec<Exchange> {
        self.transcript.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The correlation id that every request carries.
    #[must_use]
    pub fn correlation(&self) -> &str {
        &self.correlation
    }

    /// Sends JSON with a good token. What is answered with 202 and a run is waited for: its end is the answer.
    ///
    /// # Errors
    /// When there is no answer, or the run does not end.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let body = body.map(Value::to_string);
        let answer = self.send(method, path, body, Credential::Good(Grant::All)).await?;
        match answer.location.clone().filter(|_| answer.status == 202) {
            Some(location) => self.follow(answer, &location).await,
            None => Ok(answer),
        }
    }

    /// Looks at a run until it has ended. The transcript keeps its last state only.
    async fn follow(&self, accepted: Answer, location: &str) -> Result<Answer, String> {
        let deadline = Instant::now() + self.patience;
        loop {
            let request = self.request(&Method::GET, location, Credential::Good(Grant::All)).await?;
            let (told, exchange) = self.ask(request, &Method::GET, location, None).await;
            let running = told.as_ref().is_ok_and(|run| run.status == 200 && run.body["state"] == "running");
            if running && Instant::now() < deadline {
                tokio::time::sleep(timeouts::POLL).await;
                continue;
            }
            self.keep(exchange);
            return if running {
                Err(format!("{}: its run {location} goes on after {:?}", accepted.request, self.patience))
            } else {
                Ok(as_if_waited(accepted, told?))
            };
        }
    }

    /// Sends JSON with a good token, and prefers not to wait for the result.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call_asynchronously(&self, method: Method, path: &str, body: &Value) -> Result<Answer, String> {
        let request =
            self.request(&method, path, Credential::Good(Grant::All)).await?.header("Prefer", "respond-async");
        self.exchange(request, method, path, Some(body.to_string())).await
    }

    /// Sends any text as anybody.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        credential: Credential,
    ) -> Result<Answer, String> {
        self.exchange(self.request(&method, path, credential).await?, method, path, body).await
    }

    /// Does this with a tenant, as the implementation has it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn administer(&self, what: Administration<'_>, id: &str) -> Result<Answer, String> {
        let it = self.dialect.tenants.request(what, id);
        self.call(it.method, &it.path, it.body.as_ref()).await
    }

    /// How strictly answers are judged.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.dialect.mode
    }

    /// Whether a tenant's state can be read as SPEC.md has it.
    #[must_use]
    pub fn states_can_be_read(&self) -> bool {
        self.dialect.tenants.state_can_be_read()
    }

    async fn request(
        &self,
        method: &Method,
        path: &str,
        credential: Credential,
    ) -> Result<reqwest::RequestBuilder, String> {
        let request = self
            .client
            .request(method.clone(), format!("{}{path}", self.base))
            .timeout(self.patience)
            .header("X-Correlation-Id", &self.correlation);
        Ok(match self.token(credential).await? {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        })
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Answer, String> {
        let (answer, exchange) = self.ask(request, &method, path, body).await;
        self.keep(exchange);
        answer
    }

    async fn ask(
        &self,
        mut request: reqwest::RequestBuilder,
        method: &Method,
        path: &str,
        body: Option<String>,
    ) -> (Result<Answer, String>, Exchange) {
        let started = Instant::now();
        if let Some(body) = &body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let request_line = format!("{method} {path}");
        let answer = async {
            let response = request.send().await?;
            let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let head = Head {
                status: response.status().as_u16(),
                correlation_id: header("X-Correlation-Id"),
                retry_after: header("Retry-After").and_then(|text| text.parse().ok()),
                location: header("Location"),
            };
            Ok((head, response.text().await?))
        }
        .await
        .map_err(|error: reqwest::Error| format!("{request_line} got no answer: {}", causes(&error)));
        let exchange = exchange(method, path, body.as_deref().map(cut), &answer, started.elapsed());
        let answer = answer.map(|(Head { status, correlation_id, retry_after, location }, text)| {
            let body =
                if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
            Answer { status, correlation_id, retry_after, location, body, request: request_line }
        });
        (answer, exchange)
    }

    /// A good token, as requests carry it.
    ///
    /// # Errors
    /// When there is none.
    pub async fn good_token(&self) -> Result<String, String> {
        self.dialect.tokens.good(Grant::All).await
    }

    async fn token(&self, credential: Credential) -> Result<Option<String>, String> {
        Ok(match credential {
            Credential::Absent => None,
            Credential::Nonsense => Some("not.a.token".into()),
            Credential::Expired => Some(self.dialect.tokens.expired()?),
            Credential::ForeignKey => Some(Tokens::foreign()),
            Credential::Good(grant) => Some(self.dialect.tokens.good(grant).await?),
        })
    }

    fn keep(&self, exchange: Exchange) {
        self.transcript.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

fn exchange(
    method: &Method,
    path: &str,
    request: Option<String>,
    answer: &Result<(Head, String), String>,
    duration: Duration,
) -> Exchange {
    let (status, response) = match answer {
        Ok((head, text)) => (Some(head.status), cut(text)),
        Err(error) => (None, error.clone()),
    };
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Exchange { method: method.to_string(), path: path.to_owned(), request, status, response, duration_ms }
}

/// The end of a run, as the answer that whoever waited for it would have had: its report, or why there is none.
fn as_if_waited(accepted: Answer, run: Answer) -> Answer {
    if run.status != 200 {
        return run;
    }
    let report = &run.body["report"];
    let (status, body) = if report.is_object() {
        let domains = report["domain_results"].as_array();
        let failed = domains.is_some_and(|domains| domains.iter().any(|it| it["status"] == "error"));
        (if failed { 207 } else { 200 }, report.clone())
    } else {
        let mut error = run.body["error"].clone();
        if let Some(error) = error.as_object_mut() {
            error.insert("correlation_id".into(), run.body["correlation_id"].clone());
        }
        (409, error)
    };
    Answer { status, body, ..accepted }
}

/// The start of a body, and how much there is of it.
fn cut(text: &str) -> String {
    match text.char_indices().nth(KEPT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes in all)", &text[..end], text.len()),
    }
}

fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    hinted(text)
}

/// What TLS says of an answer that is none of its own, with what that usually means.
fn hinted(mut told: String) -> String {
    if told.contains("InvalidContentType") {
        told.push_str(" (it may speak http, not https)");
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run_that_says(body: Value) -> Answer {
        let accepted = Answer {
            status: 202,
            correlation_id: Some("c".into()),
            retry_after: None,
            location: Some("/runs/1".into()),
            body: json!({"run_id": "1"}),
            request: "POST /restore".into(),
        };
        as_if_waited(accepted.clone(), Answer { status: 200, body, request: "GET /runs/1".into(), ..accepted })
    }

    #[test]
    fn the_end_of_a_run_is_the_answer_that_one_who_waited_would_have_had() {
        let report = |status: &str| json!({"domain_results": [{"status": "applied"}, {"status": status}]});
        let well = run_that_says(json!({"state": "ended", "report": report("applied")}));
        assert_eq!((well.status, &well.body, &*well.request), (200, &report("applied"), "POST /restore"));
        assert_eq!(run_that_says(json!({"state": "ended", "report": report("error")})).status, 207);
        let blocked = run_that_says(json!({"state": "blocked", "correlation_id": "c", "report": null,
            "error": {"code": "CONFLICTS_PRESENT", "message": "2 conflicts"}}));
        assert_eq!(blocked.status, 409);
        assert_eq!(blocked.body, json!({"code": "CONFLICTS_PRESENT", "message": "2 conflicts", "correlation_id": "c"}));
    }

    #[tokio::test]
    async fn a_server_that_speaks_http_where_https_was_asked_for_is_told_to_be_one() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", server.local_addr().unwrap());
        let answering = tokio::spawn(async move {
            let (mut caller, _) = server.accept().await.unwrap();
            let _ = caller.read(&mut [0; 1024]).await;
            let _ = caller.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        });
        let api = Api::new(&base, Api::http_client().unwrap(), Arc::default(), "c");
        let told = api.call(Method::GET, "/x", None).await.unwrap_err();
        answering.await.unwrap();
        assert!(told.ends_with("InvalidContentType (it may speak http, not https)"), "{told}");
    }

    #[test]
    fn a_long_body_is_cut_between_characters_and_says_so() {
        let long = "ü".repeat(KEPT + 1);
        assert_eq!(cut(&long), format!("{}… ({} bytes in all)", "ü".repeat(KEPT), long.len()));
        assert_eq!(cut("short"), "short");
    }
}
