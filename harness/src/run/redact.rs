//! Credentials never reach evidence, whoever wrote them down: a server that logs a statement, an implementation that
//! logs its own configuration.

use std::sync::Arc;

use crate::{
    implementation::Dialect,
    manifest::schema::Failure,
    stack::{Endpoints, REDACTED},
};

/// Shorter texts stand for too much else to be looked for.
const SHORTEST: usize = 6;

/// Knows the credentials of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Redactor {
    secrets: Vec<String>,
    /// Its tokens may be others in time.
    dialect: Option<Arc<Dialect>>,
}

impl Redactor {
    /// Of the servers of a run.
    pub(super) fn new(endpoints: &Endpoints) -> Self {
        let (postgres, kafka) = (&endpoints.postgres, &endpoints.kafka);
        let mut secrets: Vec<String> = [&postgres.suite, &postgres.engine]
            .into_iter()
            .map(|login| (*login.password).to_owned())
            .chain([&kafka.suite, &kafka.engine].into_iter().chain(&kafka.ordinary).map(|it| (*it.password).to_owned()))
            .chain([(*endpoints.s3.secret_access_key).to_owned()])
            .collect();
        let urls = [&endpoints.mongodb.suite_url, &endpoints.mongodb.engine_url];
        secrets.extend(urls.into_iter().filter_map(|url| password(url)).map(str::to_owned));
        Self::of(secrets)
    }

    fn of(secrets: Vec<String>) -> Self {
        let encoded = secrets.iter().map(|secret| crate::stack::percent_encode(secret)).collect::<Vec<_>>();
        let mut all: Vec<String> = secrets.into_iter().chain(encoded).filter(|it| it.len() >= SHORTEST).collect();
        // The longest first: one may hold another.
        all.sort_by_key(|secret| (std::cmp::Reverse(secret.len()), secret.clone()));
        all.dedup();
        Self { secrets: all, dialect: None }
    }

    /// The same, and the tokens of these.
    pub(super) fn and_tokens(self, dialect: Arc<Dialect>) -> Self {
        Self { dialect: Some(dialect), ..self }
    }

    /// The text without credentials.
    pub(super) fn text(&self, text: &str) -> String {
        let tokens = self.dialect.iter().flat_map(|it| it.tokens.secrets()).filter(|it| it.len() >= SHORTEST);
        let text = tokens.fold(text.to_owned(), |text, token| text.replace(&token, REDACTED));
        self.secrets.iter().fold(text, |text, secret| text.replace(secret, REDACTED))
    }

    /// The same for all that people read in evidence.
    pub(super) fn failure(&self, failure: &mut Failure) {
        let clear = |text: &mut String| *text = self.text(text);
        failure.log_tail.iter_mut().for_each(clear);
        failure.backend_logs.iter_mut().flat_map(|log| &mut log.lines).for_each(clear);
        for exchange in &mut failure.exchanges {
            clear(&mut exchange.path);
            exchange.request.iter_mut().for_each(clear);
            clear(&mut exchange.response);
        }
    }
}

fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.rsplit_once('@')?;
    login.split_once(':').map(|(_, password)| password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::schema::{BackendLog, Exchange};

    #[test]
    fn credentials_are_replaced_in_logs_and_in_the_transcript_also_where_they_are_encoded() {
        let redactor = Redactor::of(vec!["p@ss/word".into(), "short".into()]);
        let exchange = Exchange {
            method: "GET".into(),
            path: "/v1?key=p%40ss%2Fword".into(),
            request: Some("{\"password\":\"p@ss/word\"}".into()),
            status: Some(200),
            response: "p@ss/word".into(),
            duration_ms: 1,
        };
        let mut failure = Failure {
            exchanges: vec![exchange],
            log_tail: vec!["url postgres://engine:p%40ss%2Fword@127.0.0.1/".into()],
            backend_logs: vec![BackendLog { name: "postgres".into(), lines: vec!["PASSWORD 'p@ss/word'".into()] }],
            ..Failure::default()
        };
        redactor.failure(&mut failure);
        let all = serde_json::to_string(&failure).unwrap();
        assert!(!all.contains("ss/word") && !all.contains("ss%2Fword"), "{all}");
        assert_eq!(all.matches(REDACTED).count(), 5, "{all}");
    }

    #[test]
    fn the_password_of_a_url_is_found() {
        assert_eq!(password("mongodb://suite:p%40ss@127.0.0.1:7/?authSource=admin"), Some("p%40ss"));
        assert_eq!(password("mongodb://127.0.0.1:7"), None);
    }
}
