//! Restores.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use restore_model::{
    preflight::Preflight,
    report::{DomainResultStatus, Report},
};
use uuid::Uuid;

use super::{Authenticated, TenantId};
use crate::{
    ErrorKind,
    control::runs::RunStatus,
    http::{
        App, ErrorBody, Problem,
        auth::Permission,
        body,
        requests::{
            Accepted, Correlated, NeedsConfirmation, PreflightBody, Proposal, ProposalBody, RestoreBody, RunList,
            RunsQuery,
        },
    },
    restore::{Asked, RestoreRequest, RestoreStarted},
};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";

/// Restores an artifact into a tenant.
///
/// The restore runs detached from this request: a client that goes away does not stop it. An artifact of another
/// tenant needs an `identifier_map`; without one the answer is a proposal, and nothing is written.
#[utoipa::path(post, path = "/v1/admin/tenants/{id}/config/reprovision", tag = "config",
    params(
        ("id" = String, Path, description = "The tenant to restore into."),
        ("Prefer" = Option<String>, Header, description = "`respond-async`: answer 202 as soon as it runs."),
    ),
    request_body = RestoreBody, responses(
    (status = OK, body = Report, description = "The report; or `needs_confirmation` with a proposal."),
    (status = ACCEPTED, body = Accepted),
    (status = MULTI_STATUS, body = Report, description = "The report; at least one domain has status `error`."),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "`LOCK_HELD` with `holder`, `CONFLICTS_PRESENT`, `PREFLIGHT_REQUIRED` or `STALE_PREFLIGHT`; nothing was written."),
    (status = 413, body = ErrorBody), (status = 422, body = ErrorBody),
))]
pub async fn restore(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    request: Request,
) -> Result<Response, Problem> {
    let caller = who.may(Permission::Reprovision)?;
    let asynchronous = prefers_async(request.headers());
    let body: RestoreBody = body::with_artifact(request, max_bytes(&app)).await?;
    let request = RestoreRequest {
        asked: Asked {
            tenant_id: tenant_id.clone(),
            artifact: body.artifact,
            identifier_map: body.identifier_map,
            domains: body.domains,
        },
        dry_run: body.dry_run.unwrap_or_default(),
        conflict_policy: body.conflict_policy.unwrap_or_default(),
        preflight_digest: body.preflight_digest,
    };
    let correlation_id = caller.correlation_id.clone();
    let handle = match app.engine.restore(&caller, request).await? {
        RestoreStarted::NeedsConfirmation { proposal, message } => {
            let answer = NeedsConfirmation { needs_confirmation: true, proposal, message, correlation_id };
            return Ok(Json(answer).into_response());
        }
        RestoreStarted::Running(handle) => handle,
    };
    let run_id = handle.run_id.to_string();
    let location = format!("/v1/admin/tenants/{tenant_id}/config/reprovision/runs/{run_id}");
    if asynchronous {
        let headers = [(header::LOCATION, location.clone()), (PREFERENCE_APPLIED, RESPOND_ASYNC.to_owned())];
        let answer = Accepted { run_id, location, correlation_id };
        return Ok((StatusCode::ACCEPTED, headers, Json(answer)).into_response());
    }
    let report = handle.join().await?;
    Ok((status_of(&report), [(header::LOCATION, location)], Json(report)).into_response())
}

/// Tells what a restore would find, with the comparison that the restore itself uses. Nothing is locked or written.
///
/// An artifact of another tenant needs an `identifier_map`; without one the answer is a proposal, and nothing is analysed.
#[utoipa::path(post, path = "/v1/admin/tenants/{id}/config/reprovision/preflight", tag = "config",
    params(("id" = String, Path, description = "The tenant to restore into.")),
    request_body = PreflightBody, responses(
    (status = OK, body = Preflight),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 422, body = ErrorBody, description = "Also `TENANT_SUSPENDED`."),
))]
pub async fn preflight(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    request: Request,
) -> Result<Json<Preflight>, Problem> {
    let caller = who.may(Permission::Reprovision)?;
    let body: PreflightBody = body::with_artifact(request, max_bytes(&app)).await?;
    let PreflightBody { artifact, identifier_map, domains } = body;
    let asked = Asked { tenant_id, artifact, identifier_map, domains };
    Ok(Json(app.engine.preflight(&caller, asked).await?))
}

/// Proposes the identifier map that leads from an artifact into a tenant. A restore accepts it unchanged.
#[utoipa::path(post, path = "/v1/admin/tenants/{id}/config/reprovision/identifier-map", tag = "config",
    params(("id" = String, Path, description = "The tenant to restore into.")),
    request_body = ProposalBody, responses(
    (status = OK, body = Proposal),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 413, body = ErrorBody), (status = 422, body = ErrorBody),
))]
pub async fn identifier_map(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    request: Request,
) -> Result<Json<Proposal>, Problem> {
    let caller = who.may(Permission::Reprovision)?;
    let body: ProposalBody = body::with_artifact(request, max_bytes(&app)).await?;
    let map = app.engine.identifier_map(&caller, &tenant_id, body.artifact.as_deref()).await?;
    Ok(Json(Proposal::new(map, caller.correlation_id)))
}

/// Restores of a tenant. Who lost the answer to a restore finds it by its correlation id.
#[utoipa::path(get, path = "/v1/admin/tenants/{id}/config/reprovision/runs", tag = "config",
    params(("id" = String, Path), RunsQuery), responses(
    (status = OK, body = Correlated<RunList>, description = "The newest first, a hundred at most."),
    (status = 404, body = ErrorBody),
))]
pub async fn runs(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(tenant_id): TenantId,
    Query(asked): Query<RunsQuery>,
) -> Result<Json<Correlated<RunList>>, Problem> {
    let caller = who.may(Permission::Reprovision)?;
    let runs = app.engine.runs(&tenant_id, asked.correlation_id.as_deref()).await?;
    Ok(Json(Correlated { value: RunList { runs }, correlation_id: caller.correlation_id }))
}

/// A restore: how far it has come, and its report once it has ended.
#[utoipa::path(get, path = "/v1/admin/tenants/{id}/config/reprovision/runs/{run}", tag = "config",
    params(("id" = String, Path), ("run" = String, Path)), responses(
    (status = OK, body = RunStatus, description = "`correlation_id` is that of the request that started the restore."),
    (status = 404, body = ErrorBody),
))]
pub async fn run(
    State(app): State<Arc<App>>,
    who: Authenticated,
    Path((tenant_id, run)): Path<(String, String)>,
) -> Result<Json<RunStatus>, Problem> {
    who.may(Permission::Reprovision)?;
    let unknown = |_| Problem::new(ErrorKind::RunNotFound, format!("tenant `{tenant_id}` has no run `{run}`"));
    let run_id = run.parse::<Uuid>().map_err(unknown)?;
    Ok(Json(app.engine.run(&tenant_id, run_id).await?))
}

pub(super) fn max_bytes(app: &App) -> u64 {
    app.engine.config().limits.max_artifact_bytes
}

fn prefers_async(headers: &HeaderMap) -> bool {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value: &HeaderValue| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|preference| preference.trim().eq_ignore_ascii_case(RESPOND_ASYNC))
}

fn status_of(report: &Report) -> StatusCode {
    let failed = report.domain_results.iter().any(|domain| domain.status == DomainResultStatus::Error);
    if failed { StatusCode::MULTI_STATUS } else { StatusCode::OK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preference_is_found_among_others() {
        let prefers = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, HeaderValue::from_static(text));
            prefers_async(&headers)
        };
        assert!(prefers("respond-async"));
        assert!(prefers("wait=5, Respond-Async"));
        assert!(!prefers("return=minimal"));
    }
}
