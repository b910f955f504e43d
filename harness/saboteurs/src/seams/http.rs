//! Around the engine's router: changes what is asked and what is answered, or answers instead of the engine.

use std::{convert::Infallible, future::Future, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::Response,
};
use futures::{FutureExt as _, future::BoxFuture, stream};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::Saboteur;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Export,
    Restore,
    Preflight,
    Proposal,
    Validate,
    Migrate,
    FormatVersions,
    Run,
    Runs,
    SetState,
    ShowTenant,
    RemoveTenant,
    Other,
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer. A body that is not JSON is null.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// The connection ends before the answer does.
    cut_off: bool,
}

/// The faults that come after this one, and then the engine.
#[derive(Clone)]
pub(crate) struct Beyond(Arc<dyn Fn(Asked) -> BoxFuture<'static, Answer> + Send + Sync>);

/// A fault.
pub(crate) type Middle = Arc<dyn Fn(Asked, Beyond) -> BoxFuture<'static, Answer> + Send + Sync>;

impl Saboteur {
    /// Answers as it likes; may ask the engine as often as it likes.
    pub(crate) fn serves<F, A>(mut self, operation: Operation, serve: F) -> Self
    where
        F: Fn(Asked, Beyond) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        self.at.http.push(Arc::new(move |asked, beyond| {
            if asked.operation() == operation {
                serve(asked, beyond).boxed()
            } else {
                async move { beyond.ask(asked).await }.boxed()
            }
        }));
        self.at("http")
    }

    /// The same for every request but those of probes.
    pub(crate) fn serves_everything<F, A>(mut self, serve: F) -> Self
    where
        F: Fn(Asked, Beyond) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        self.at.http.push(Arc::new(move |asked, beyond| {
            if asked.path.starts_with("/v1/") {
                serve(asked, beyond).boxed()
            } else {
                async move { beyond.ask(asked).await }.boxed()
            }
        }));
        self.at("http")
    }

    /// Changes the body of every such request, if it is JSON.
    pub(crate) fn asks(
        self,
        operation: Operation,
        change: impl Fn(&mut Value) + Clone + Send + Sync + 'static,
    ) -> Self {
        self.serves(operation, move |asked, beyond| {
            let mut body = asked.json();
            let asked = if body.is_null() {
                asked
            } else {
                change(&mut body);
                asked.with(&body)
            };
            async move { beyond.ask(asked).await }
        })
    }

    /// Changes every answer to such a request.
    pub(crate) fn answers(
        self,
        operation: Operation,
        change: impl Fn(&Asked, &mut Answer) + Clone + Send + Sync + 'static,
    ) -> Self {
        self.serves(operation, move |asked, beyond| {
            let change = change.clone();
            async move {
                let mut answer = beyond.ask(asked.clone()).await;
                change(&asked, &mut answer);
                answer
            }
        })
    }
}

impl Asked {
    /// What it is about.
    pub(crate) fn operation(&self) -> Operation {
        let path = self.path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches("/v1/admin/").split('/').collect();
        match (self.method.as_str(), parts.as_slice()) {
            ("POST", ["tenants", _, "config", "export"]) => Operation::Export,
            ("POST", ["tenants", _, "config", "reprovision"]) => Operation::Restore,
            ("POST", ["tenants", _, "config", "reprovision", "preflight"]) => Operation::Preflight,
            ("POST", ["tenants", _, "config", "reprovision", "identifier-map"]) => Operation::Proposal,
            ("POST", ["tenants", _, "config", "validate"]) => Operation::Validate,
            ("POST", ["tenants", _, "config", "migrate"]) => Operation::Migrate,
            ("GET", ["tenants", _, "config", "reprovision", "runs"]) => Operation::Runs,
            ("GET", ["tenants", _, "config", "reprovision", "runs", _]) => Operation::Run,
            ("GET", ["config", "format-versions"]) => Operation::FormatVersions,
            ("PATCH", ["tenants", _]) => Operation::SetState,
            ("GET", ["tenants", _]) => Operation::ShowTenant,
            ("DELETE", ["tenants", _]) => Operation::RemoveTenant,
            _ => Operation::Other,
        }
    }

    /// The tenant of its path; empty when it is about none.
    pub(crate) fn tenant(&self) -> String {
        self.path.split('/').nth(4).unwrap_or_default().to_owned()
    }

    /// Its body; null when that is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The same request with another body.
    pub(crate) fn with(mut self, body: &Value) -> Self {
        self.body = body.to_string().into();
        self
    }

    /// A request of the same caller, of something else: the end of a path within the same tenant.
    pub(crate) fn to(&self, method: Method, rest: &str, body: &Value) -> Self {
        self.of(&self.tenant(), method, rest, body)
    }

    /// The same, of another tenant.
    pub(crate) fn of(&self, tenant: &str, method: Method, rest: &str, body: &Value) -> Self {
        let path = format!("/v1/admin/tenants/{tenant}{rest}");
        Self { method, path, headers: self.headers.clone(), body: Bytes::new() }.with(body)
    }
}

impl Answer {
    /// JSON that carries the correlation id of the request.
    pub(crate) fn of(asked: &Asked, status: u16, body: Value) -> Self {
        let id = asked.headers.get("x-correlation-id").cloned();
        let headers = id.map(|id| HeaderMap::from_iter([("x-correlation-id".parse().expect("a name"), id)]));
        Self { status, headers: headers.unwrap_or_default(), body, cut_off: false }
    }

    /// A refusal with the body that the contract demands.
    pub(crate) fn refusal(asked: &Asked, status: u16, code: &str, message: &str) -> Self {
        let id = asked.headers.get("x-correlation-id").and_then(|id| id.to_str().ok());
        Self::of(asked, status, json!({"code": code, "error": message, "message": message, "correlation_id": id}))
    }

    /// None: the connection ends.
    pub(crate) fn none(asked: &Asked) -> Self {
        Self { cut_off: true, ..Self::of(asked, 200, Value::Null) }
    }

    /// The results of a report, one a domain.
    pub(crate) fn domains(&mut self) -> impl Iterator<Item = &mut Value> {
        self.body.get_mut("domain_results").and_then(Value::as_array_mut).into_iter().flatten()
    }

    /// The results of a report, one a resource.
    pub(crate) fn resources(&mut self) -> impl Iterator<Item = &mut Value> {
        self.domains().flat_map(|it| it.get_mut("resource_results").and_then(Value::as_array_mut).into_iter().flatten())
    }

    fn into_response(self) -> Response {
        let mut headers = self.headers;
        headers.remove(header::CONTENT_LENGTH);
        let body = if self.cut_off {
            Body::from_stream(stream::iter([Err::<Bytes, _>(std::io::Error::other("cut off"))]))
        } else if self.body.is_null() {
            Body::empty()
        } else {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
            Body::from(self.body.to_string())
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = headers;
        response
    }
}

impl Beyond {
    /// Asks what comes after.
    pub(crate) async fn ask(&self, asked: Asked) -> Answer {
        (self.0)(asked).await
    }

    fn engine(router: Router) -> Self {
        Self(Arc::new(move |asked| {
            let router = router.clone();
            async move {
                let mut request = Request::new(Body::from(asked.body));
                *request.method_mut() = asked.method;
                *request.uri_mut() = asked.path.parse::<Uri>().unwrap_or_default();
                *request.headers_mut() = asked.headers;
                request.headers_mut().remove(header::CONTENT_LENGTH);
                let response = router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
                let body = serde_json::from_slice(&bytes).unwrap_or_default();
                Answer { status, headers, body, cut_off: false }
            }
            .boxed()
        }))
    }
}

/// The router with the faults around it, the first one outermost.
pub(crate) fn around(router: Router, faults: &[Middle]) -> Router {
    if faults.is_empty() {
        return router;
    }
    let chain = faults.iter().rev().fold(Beyond::engine(router), |beyond, fault| {
        let fault = Arc::clone(fault);
        Beyond(Arc::new(move |asked| fault(asked, beyond.clone())))
    });
    Router::new().fallback(move |request: Request| {
        let chain = chain.clone();
        async move {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            chain.ask(Asked { method: parts.method, path, headers: parts.headers, body }).await.into_response()
        }
    })
}

#[cfg(test)]
mod tests {
    use axum::{Json, routing::post};

    use super::*;

    async fn ask(saboteur: &Saboteur, path: &str, body: Value) -> (u16, Value) {
        let echo = |Json(body): Json<Value>| async move { Json(json!({"told": body})) };
        let router = Router::new().route("/v1/admin/tenants/{id}/config/reprovision", post(echo));
        let request = Request::builder().method("POST").uri(path).header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = around(router, &saboteur.at.http).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    const RESTORE: &str = "/v1/admin/tenants/acme/config/reprovision";

    #[tokio::test]
    async fn faults_lie_around_one_another_and_touch_their_own_operation_only() {
        let saboteur = Saboteur::new("x", "x")
            .asks(Operation::Restore, |body| body["asked"] = json!(true))
            .answers(Operation::Restore, |asked, answer| answer.body["by"] = json!(asked.tenant()))
            .answers(Operation::Export, |_, answer| answer.status = 500);
        let (status, body) = ask(&saboteur, RESTORE, json!({})).await;
        assert_eq!((status, body), (200, json!({"told": {"asked": true}, "by": "acme"})));
    }

    #[tokio::test]
    async fn an_answer_may_come_without_the_engine() {
        let saboteur = Saboteur::new("x", "x")
            .serves(Operation::Restore, |asked, _| async move { Answer::refusal(&asked, 409, "LOCK_HELD", "no") });
        assert_eq!(ask(&saboteur, RESTORE, json!({})).await.0, 409);
    }
}
