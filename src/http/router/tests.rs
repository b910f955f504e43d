use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, header},
    routing::post,
};
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::{
    Error, ErrorKind,
    error::LockHolder,
    http::{Problem, body},
};

/// Every way to fail, behind the same layers as the service.
fn failing() -> Router {
    async fn small(request: Request) -> Result<String, Problem> {
        Ok(body::read(request, 4).await?.len().to_string())
    }
    async fn held() -> Problem {
        let holder = LockHolder {
            correlation_id: "restore-e2e-1".into(),
            acquired_at: "2026-11-24T12:00:00Z".into(),
            expires_at: "2026-11-24T12:00:30Z".into(),
            retry_after_seconds: 17,
        };
        Error::new(ErrorKind::LockHeld, "another restore of `acme` is at work").held_by(holder).into()
    }
    async fn map() -> Problem {
        let details = vec!["entries[0]: `to` must not be blank".to_owned()];
        Error::new(ErrorKind::InvalidIdentifierMap, "the identifier map is invalid").with_details(details).into()
    }
    async fn denied() -> Problem {
        Problem::new(ErrorKind::Unauthorized, "the token has expired")
    }
    async fn panics() -> String {
        panic!("a defect")
    }
    let routes = Router::new()
        .route("/v1/small", post(small))
        .route("/v1/held", get(held))
        .route("/v1/map", get(map))
        .route("/v1/denied", get(denied))
        .route("/v1/panics", get(panics))
        .route("/v1/number/{n}", get(|axum::extract::Path(n): axum::extract::Path<u8>| async move { n.to_string() }));
    layered(routes)
}

async fn answer(method: Method, path: &str, body: &'static str) -> (String, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("X-Correlation-Id", "test-1")
        .body(Body::from(body))
        .unwrap();
    let response = failing().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["x-correlation-id"], "test-1");
    let mut head = response.status().to_string();
    for name in [header::CACHE_CONTROL, header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
        if let Some(value) = response.headers().get(&name) {
            head.push_str(&format!("; {name}: {}", value.to_str().unwrap()));
        }
    }
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (head, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn every_failure_has_the_same_body() {
    let mut seen = Vec::new();
    for (method, path, body) in [
        (Method::GET, "/v1/nothing", ""),
        (Method::PUT, "/v1/held", ""),
        (Method::GET, "/v1/held", ""),
        (Method::GET, "/v1/map", ""),
        (Method::GET, "/v1/denied", ""),
        (Method::GET, "/v1/panics", ""),
        (Method::GET, "/v1/number/x", ""),
        (Method::POST, "/v1/small", "12345"),
    ] {
        let (head, body) = answer(method.clone(), path, body).await;
        assert_eq!(body["error"], body["message"]);
        seen.push(format!("{method} {path}\n{head}\n{}\n", serde_json::to_string_pretty(&body).unwrap()));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn a_success_carries_the_correlation_id_too() {
    let (head, body) = answer(Method::POST, "/v1/small", "1234").await;
    assert_eq!(head, "200 OK; cache-control: no-store");
    assert_eq!(body, 4);
}
