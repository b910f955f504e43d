//! One file per group of endpoints.

pub mod export;
pub mod formats;
pub mod health;
pub mod restore;
pub mod tenants;

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::{header, request::Parts},
};

use super::{
    App, CorrelationId, Problem,
    auth::{Identity, Permission},
};
use crate::{Error, ErrorKind, control::Caller};

/// A caller whose token was checked; becomes a [`Caller`] only by a permission.
pub struct Authenticated {
    identity: Identity,
    correlation_id: String,
}

impl Authenticated {
    /// The caller, if the permission is granted.
    ///
    /// # Errors
    /// 403, naming the scope.
    pub fn may(self, permission: Permission) -> Result<Caller, Problem> {
        self.identity.require(permission)?;
        let Identity { actor_id, actor_type, .. } = self.identity;
        tracing::debug!(actor_id, actor_type = actor_type.as_str(), "permitted");
        Ok(Caller { actor_id, actor_type, correlation_id: self.correlation_id })
    }
}

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let CorrelationId(correlation_id) = CorrelationId::from_request_parts(parts, app).await?;
        let identity = app.verifier.identify(parts.headers.get(header::AUTHORIZATION)).await?;
        Ok(Self { identity, correlation_id })
    }
}

/// The tenant of the path.
pub struct TenantId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for TenantId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<std::collections::HashMap<String, String>>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(mut names)| names.remove("id"));
        id.map(Self).ok_or_else(|| Problem::new(ErrorKind::InvalidRequest, "the path names no tenant"))
    }
}

/// JSON that may be left out.
fn parse_or_default<T: Default + serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if bytes.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { super::body::parse(bytes) }
}
