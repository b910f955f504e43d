//! Format versions: which there are, validation, migration.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use restore_model::validation::{Validity, Verdict};

use super::{Authenticated, TenantId, restore::max_bytes};
use crate::{
    formats::Migrated,
    http::{
        App, ErrorBody, Problem,
        auth::Permission,
        body,
        correlation::Judged,
        requests::{ArtifactBody, Correlated, Versions},
    },
};

/// What this engine writes and reads, and its limits.
#[utoipa::path(get, path = "/v1/admin/config/format-versions", tag = "config", responses(
    (status = OK, body = Correlated<Versions>),
))]
pub async fn format_versions(
    State(app): State<Arc<App>>,
    who: Authenticated,
) -> Result<Json<Correlated<Versions>>, Problem> {
    let caller = who.may(Permission::Export)?;
    let value = Versions::new(app.engine.format_versions());
    Ok(Json(Correlated { value, correlation_id: caller.correlation_id }))
}

/// Judges an artifact: all its flaws at once, each with its path. Nothing is read from a backend.
#[utoipa::path(post, path = "/v1/admin/tenants/{id}/config/validate", tag = "config", params(("id" = String, Path)),
    request_body(content = ArtifactBody, description = "Or the artifact itself."), responses(
    (status = OK, body = Correlated<Verdict>, description = "`valid` or `valid_with_warnings`."),
    (status = 422, body = Correlated<Verdict>, description = "`invalid`; or an `ErrorBody` for an unsupported version."),
    (status = 400, body = ErrorBody), (status = 413, body = ErrorBody),
))]
pub async fn validate(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    request: Request,
) -> Result<Response, Problem> {
    let caller = who.may(Permission::Export)?;
    let artifact = body::artifact(request, max_bytes(&app)).await?;
    let value = app.engine.validate(&caller, &tenant_id, artifact).await?;
    let status = if value.result == Validity::Invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let answer = Json(Correlated { value, correlation_id: caller.correlation_id });
    Ok((status, Extension(Judged), answer).into_response())
}

/// Brings an artifact to the current format version and tells what could not be carried. A restore does the same.
#[utoipa::path(post, path = "/v1/admin/tenants/{id}/config/migrate", tag = "config", params(("id" = String, Path)),
    request_body(content = ArtifactBody, description = "Or the artifact itself."), responses(
    (status = OK, body = Correlated<Migrated>),
    (status = 400, body = ErrorBody), (status = 413, body = ErrorBody), (status = 422, body = ErrorBody),
))]
pub async fn migrate(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    request: Request,
) -> Result<Json<Correlated<Migrated>>, Problem> {
    let caller = who.may(Permission::Export)?;
    let artifact = body::artifact(request, max_bytes(&app)).await?;
    let value = app.engine.migrate(&caller, &tenant_id, artifact).await?;
    Ok(Json(Correlated { value, correlation_id: caller.correlation_id }))
}
