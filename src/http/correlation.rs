//! One id follows a request through its answer, its log lines and what it starts.

use std::{any::Any, time::Instant};

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;
use uuid::Uuid;

use super::Problem;
use crate::ErrorKind;

/// Carries the id in requests and in answers.
pub const HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// The id of a request: the caller's, if it is well-formed, else a fresh one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationId(pub String);

impl CorrelationId {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|text| is_well_formed(text));
        given.map_or_else(Self::mint, |text| Self(text.to_owned()))
    }

    /// A fresh id.
    #[must_use]
    pub fn mint() -> Self {
        Self(format!("req-{}", Uuid::new_v4()))
    }
}

fn is_well_formed(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte))
}

impl<S: Sync> FromRequestParts<S> for CorrelationId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::new(ErrorKind::Internal, "the request has no correlation id");
        parts.extensions.get().cloned().ok_or_else(missing)
    }
}

/// Marks an answer that is no problem although its status is that of one: a verdict on what was sent.
#[derive(Debug, Clone)]
pub(super) struct Judged;

/// The outermost layer: gives every request its id, writes problems down, logs one line.
pub(super) async fn answer(mut request: Request, next: Next) -> Response {
    let id = CorrelationId::of(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    let span = tracing::info_span!("request", correlation_id = %id.0, %method, path);
    async {
        let mut response = next.run(request).await;
        let status = response.status();
        let judged = response.extensions_mut().remove::<Judged>().is_some();
        if !judged && (status.is_client_error() || status.is_server_error()) {
            let problem = match response.extensions_mut().remove::<Problem>() {
                Some(problem) => problem,
                None => from_framework(response).await,
            };
            tracing::warn!(code = problem.code(), message = problem.message(), "refused");
            response = problem.write(&id.0);
        }
        if let Ok(value) = HeaderValue::from_str(&id.0) {
            response.headers_mut().insert(HEADER, value);
        }
        let milliseconds = started.elapsed().as_millis();
        let status = status.as_u16();
        if path.starts_with("/v1/") {
            tracing::info!(status, milliseconds, "answered");
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        } else {
            // Whoever watches asks often.
            tracing::debug!(status, milliseconds, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

async fn from_framework(response: Response) -> Problem {
    let status = response.status();
    let text = to_bytes(response.into_body(), 4096).await.unwrap_or_default();
    Problem::of_framework(status, &String::from_utf8_lossy(&text))
}

/// The answer to a request whose handler panicked.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    Problem::new(ErrorKind::Internal, "a defect of the engine; its log tells more under this correlation id")
        .into_response()
}

/// No such path.
pub(super) async fn no_route(request: Request) -> Problem {
    Problem::new(ErrorKind::NoRoute, format!("there is nothing at {}", request.uri().path()))
}

/// No such method on this path.
pub(super) async fn wrong_method(request: Request) -> Problem {
    Problem::of_framework(
        StatusCode::METHOD_NOT_ALLOWED,
        &format!("{} does not take {}", request.uri().path(), request.method()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_id_is_taken_over() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(text).unwrap());
            CorrelationId::of(&headers).0
        };
        assert_eq!(of("restore-e2e:1.a_b-C"), "restore-e2e:1.a_b-C");
        assert_eq!(of(&"x".repeat(128)).len(), 128);
        for bad in ["", "a b", "a/b", "a\"b", &"x".repeat(129)] {
            assert!(of(bad).starts_with("req-"), "{bad}");
        }
    }
}
