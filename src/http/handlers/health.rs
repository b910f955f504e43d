//! Whether the service lives and can work.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{App, ErrorBody, Problem};

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `alive` or `ready`.
    pub status: String,
}

/// Answers as long as the process can.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses((status = OK, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "alive".into() })
}

/// Whether the control database answers. Backends of domains are not asked: a restore reports them one by one.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses(
    (status = OK, body = Health),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "The control database does not answer."),
))]
pub async fn readyz(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    match app.engine.ready().await {
        Ok(()) => Ok(Json(Health { status: "ready".into() })),
        Err(error) => Err(Problem::from(error).with_status(StatusCode::SERVICE_UNAVAILABLE)),
    }
}
