//! Paths, layers, and the OpenAPI description that comes from them.

use std::sync::Arc;

use axum::{Json, Router, middleware, routing::get};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App, correlation,
    handlers::{export, formats, health, restore, tenants},
    unread,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "restore-engine",
        description = "Exports a tenant into one artifact and restores it, whole or in part, into the same or another \
                       tenant. A caller needs the role `superadmin` or `sre`, or a scope: \
                       `platform:admin:config:export` for exports, validation, migration and format versions, \
                       `platform:admin:config:reprovision` for restores, preflights, identifier maps and runs, \
                       `platform:admin:tenants` for tenants. Every answer carries `X-Correlation-Id`, the caller's \
                       own if it matches `[A-Za-z0-9._:-]{1,128}`; every error has the body `ErrorBody`, also 401, \
                       403, 404, 405 and 500, which are not listed one by one."
    ),
    security(("bearer" = [])),
    modifiers(&Bearer),
    components(schemas(super::requests::NeedsConfirmation)),
    tags(
        (name = "config", description = "Export and restore"),
        (name = "tenants", description = "Registered tenants"),
        (name = "health", description = "Without a token"),
    )
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("RS256, ES256 or EdDSA; `exp` is required."))
            .build();
        openapi.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

fn routes_and_description() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(export::export))
        .routes(routes!(export::domains))
        .routes(routes!(restore::restore))
        .routes(routes!(restore::preflight))
        .routes(routes!(restore::identifier_map))
        .routes(routes!(restore::runs))
        .routes(routes!(restore::run))
        .routes(routes!(formats::validate))
        .routes(routes!(formats::migrate))
        .routes(routes!(formats::format_versions))
        .routes(routes!(tenants::list, tenants::register))
        .routes(routes!(tenants::show, tenants::set_state, tenants::remove))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .split_for_parts()
}

/// The description of the interface, as served at `/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes_and_description().1
}

/// The whole service.
pub fn router(app: Arc<App>) -> Router {
    let (routes, description) = routes_and_description();
    let description = Arc::new(description);
    let served = routes.route("/openapi.json", get(move || async move { Json(description.as_ref().clone()) }));
    layered(served).with_state(app)
}

/// What every request passes, outermost last.
fn layered<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(correlation::no_route)
        .method_not_allowed_fallback(correlation::wrong_method)
        .layer(CatchPanicLayer::custom(correlation::panicked))
        .layer(middleware::from_fn(unread::drain))
        .layer(middleware::from_fn(correlation::answer))
}

#[cfg(test)]
mod tests;
