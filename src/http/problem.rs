//! The one error body. A handler fails with a [`Problem`]; the outermost layer writes it down, because it alone knows
//! the correlation id of requests that never reached a handler.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, ErrorKind, error::LockHolder};

/// What every failed request answers with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// For programs, for example `TENANT_NOT_FOUND`.
    pub code: String,
    /// For people.
    pub error: String,
    /// The same as `error`.
    pub message: String,
    /// Of the request; the log has it too.
    pub correlation_id: String,
    /// Findings, one each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub details: Vec<String>,
    /// With `ARTIFACT_TOO_LARGE`: the most bytes that the artifact, or the body around it, may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// With `LOCK_HELD`: the restore that holds the lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<LockHolder>,
}

impl ErrorBody {
    /// What an error says under a correlation id.
    #[must_use]
    pub fn new(error: &Error, correlation_id: &str) -> Self {
        Self {
            code: error.kind().code().to_owned(),
            error: error.to_string(),
            message: error.to_string(),
            correlation_id: correlation_id.to_owned(),
            details: error.details().to_vec(),
            max_bytes: None,
            holder: error.holder().cloned(),
        }
    }
}

/// A failed request before it is written down.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Vec<String>,
    max_bytes: Option<u64>,
    holder: Option<Box<LockHolder>>,
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code: kind.code(),
            message: message.into(),
            details: Vec::new(),
            max_bytes: None,
            holder: None,
            retry_after: None,
        }
    }

    /// A body over the limit.
    #[must_use]
    pub fn too_large(max_bytes: u64) -> Self {
        let message = format!("the body is larger than {max_bytes} bytes");
        Self { max_bytes: Some(max_bytes), ..Self::new(ErrorKind::ArtifactTooLarge, message) }
    }

    /// An artifact over the limit.
    #[must_use]
    pub fn artifact_too_large(bytes: u64, max_bytes: u64) -> Self {
        let message = format!(
            "the artifact has {bytes} bytes, the limit is {max_bytes}: export fewer domains at once, or raise \
             limits.max_artifact_bytes"
        );
        Self { max_bytes: Some(max_bytes), ..Self::new(ErrorKind::ArtifactTooLarge, message) }
    }

    /// What the framework itself refused: a wrong path parameter, for example.
    pub(super) fn of_framework(status: StatusCode, text: &str) -> Self {
        let kind = match status {
            StatusCode::NOT_FOUND => ErrorKind::NoRoute,
            StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
            status if status.is_client_error() => ErrorKind::InvalidRequest,
            _ => ErrorKind::Internal,
        };
        let text = if text.is_empty() { status.canonical_reason().unwrap_or("the request failed") } else { text };
        Self { status, ..Self::new(kind, text) }
    }

    /// The same under another status.
    #[must_use]
    pub(super) const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The `code` of the body.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// For people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The body and headers that answer the request with this correlation id.
    #[must_use]
    pub fn write(self, correlation_id: &str) -> Response {
        let retry_after = self.retry_after.map(HeaderValue::from);
        let challenge = self.status == StatusCode::UNAUTHORIZED;
        let body = ErrorBody {
            code: self.code.to_owned(),
            error: self.message.clone(),
            message: self.message,
            correlation_id: correlation_id.to_owned(),
            details: self.details,
            max_bytes: self.max_bytes,
            holder: self.holder.map(|holder| *holder),
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let holder = error.holder().cloned().map(Box::new);
        Self {
            details: error.details().to_vec(),
            retry_after: holder.as_ref().map(|holder| holder.retry_after_seconds.max(1)),
            holder,
            ..Self::new(error.kind(), error.to_string())
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
