//! Registering tenants, and their state.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, StatusCode, header},
};

use super::{Authenticated, TenantId};
use crate::{
    control::tenants::{NewTenant, Tenant},
    http::{
        App, ErrorBody, Problem,
        auth::Permission,
        body,
        requests::{Correlated, StateBody, TenantList},
    },
};

/// Of bodies without an artifact.
const MAX_BYTES: u64 = 64 << 10;

/// Registers a tenant. Its space is fixed from then on.
#[utoipa::path(post, path = "/v1/admin/tenants", tag = "tenants", request_body = NewTenant, responses(
    (status = CREATED, body = Correlated<Tenant>),
    (status = 400, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "`TENANT_EXISTS`, or `SPACE_TAKEN` by another tenant."),
))]
pub async fn register(
    State(app): State<Arc<App>>,
    who: Authenticated,
    request: Request,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Correlated<Tenant>>), Problem> {
    let caller = who.may(Permission::Administer)?;
    let new: NewTenant = body::parse(&body::read(request, MAX_BYTES).await?)?;
    let tenant = app.engine.register_tenant(&caller, new).await?;
    let location = format!("/v1/admin/tenants/{}", tenant.tenant_id);
    let answer = Correlated { value: tenant, correlation_id: caller.correlation_id };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)))
}

/// All tenants, by id.
#[utoipa::path(get, path = "/v1/admin/tenants", tag = "tenants", responses(
    (status = OK, body = Correlated<TenantList>),
))]
pub async fn list(State(app): State<Arc<App>>, who: Authenticated) -> Result<Json<Correlated<TenantList>>, Problem> {
    let caller = who.may(Permission::Administer)?;
    let tenants = app.engine.tenants().await?;
    Ok(Json(Correlated { value: TenantList { tenants }, correlation_id: caller.correlation_id }))
}

/// One tenant and its space.
#[utoipa::path(get, path = "/v1/admin/tenants/{id}", tag = "tenants", params(("id" = String, Path)), responses(
    (status = OK, body = Correlated<Tenant>),
    (status = 404, body = ErrorBody),
))]
pub async fn show(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(id): TenantId,
) -> Result<Json<Correlated<Tenant>>, Problem> {
    let caller = who.may(Permission::Administer)?;
    let tenant = app.engine.tenant(&id).await?;
    Ok(Json(Correlated { value: tenant, correlation_id: caller.correlation_id }))
}

/// Changes a tenant's state. Only active tenants can be restored into.
#[utoipa::path(patch, path = "/v1/admin/tenants/{id}", tag = "tenants", params(("id" = String, Path)),
    request_body = StateBody, responses(
    (status = OK, body = Correlated<Tenant>),
    (status = 400, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
pub async fn set_state(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(id): TenantId,
    request: Request,
) -> Result<Json<Correlated<Tenant>>, Problem> {
    let caller = who.may(Permission::Administer)?;
    let StateBody { state } = body::parse(&body::read(request, MAX_BYTES).await?)?;
    let tenant = app.engine.set_tenant_state(&caller, &id, state).await?;
    Ok(Json(Correlated { value: tenant, correlation_id: caller.correlation_id }))
}

/// Removes a tenant's registration. Nothing in a backend is touched; 409 while its space holds anything.
#[utoipa::path(delete, path = "/v1/admin/tenants/{id}", tag = "tenants", params(("id" = String, Path)), responses(
    (status = NO_CONTENT),
    (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "`SPACE_NOT_EMPTY`: `details` name what is there."),
))]
pub async fn remove(
    State(app): State<Arc<App>>,
    who: Authenticated,
    TenantId(id): TenantId,
) -> Result<StatusCode, Problem> {
    let caller = who.may(Permission::Administer)?;
    app.engine.delete_tenant(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
