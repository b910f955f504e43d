//! Exports.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
};

use super::{Authenticated, TenantId, parse_or_default};
use crate::{
    export::{ExportDomains, ExportRequest},
    http::{
        App, ErrorBody, Problem,
        auth::Permission,
        body,
        requests::{Correlated, ExportBody},
    },
};

const MAX_BYTES: u64 = 64 << 10;

type Artifact = (StatusCode, [(HeaderName, HeaderValue); 1], Vec<u8>);

/// Exports a tenant into one artifact: structure and configuration, never rows, documents, messages, objects or
/// credentials.
#[utoipa::path(post, path = "/v1/admin/tenants/{id}/config/export", tag = "config", params(("id" = String, Path)),
    request_body(content = ExportBody, description = "May be left out."), responses(
    (status = OK, body = Object, description = "The artifact; its JSON Schema is schemas/artifact-2.0.0.json."),
    (status = MULTI_STATUS, body = Object, description = "The artifact; at least one domain has status `error`."),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 422, body = ErrorBody, description = "`ARTIFACT_TOO_LARGE`."),
))]
pub async fn export(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    request: Request,
) -> Result<Artifact, Problem> {
    let caller = who.may(Permission::Export)?;
    let ExportBody { domains } = parse_or_default(&body::read(request, MAX_BYTES).await?)?;
    let exported = app.engine.export(&caller, ExportRequest { tenant_id, domains }).await?;
    let status = if exported.any_failed { StatusCode::MULTI_STATUS } else { StatusCode::OK };
    Ok((status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], exported.artifact))
}

/// Which domains of a tenant can be exported: every configured backend is asked.
#[utoipa::path(get, path = "/v1/admin/tenants/{id}/config/export/domains", tag = "config",
    params(("id" = String, Path)), responses(
    (status = OK, body = Correlated<ExportDomains>),
    (status = 404, body = ErrorBody),
))]
pub async fn domains(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(id): TenantId,
) -> Result<Json<Correlated<ExportDomains>>, Problem> {
    let caller = who.may(Permission::Export)?;
    let domains = app.engine.export_domains(&caller, &id).await?;
    Ok(Json(Correlated { value: domains, correlation_id: caller.correlation_id }))
}
