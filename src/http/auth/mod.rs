//! Who calls, and what they may do.
//!
//! A bearer JWT signed with RS256, ES256 or EdDSA by a configured key. One rule for all endpoints: a privileged role
//! (`superadmin`, `sre`) or the endpoint's scope.

mod identity;
mod keys;

use std::time::Duration;

use axum::http::HeaderValue;
use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind as Cause};

pub use identity::{Identity, Permission};
use keys::KeySource;

use crate::{Error, ErrorKind, Result, config::AuthConfig};

/// What clocks may differ by.
const LEEWAY: Duration = Duration::from_secs(5);

/// Checks bearer tokens.
pub struct Verifier {
    keys: KeySource,
    issuer: Option<String>,
    audience: Option<String>,
}

impl Verifier {
    /// Reads the public key, or prepares to fetch keys when the first token arrives.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when there is no usable key.
    pub fn new(config: &AuthConfig) -> Result<Self> {
        Ok(Self { keys: KeySource::new(config)?, issuer: config.issuer.clone(), audience: config.audience.clone() })
    }

    /// Says who sends a request with this `Authorization` header.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`] says what is wrong with the token; [`ErrorKind::BackendUnavailable`] when the keys
    /// to check it with cannot be fetched.
    pub async fn identify(&self, authorization: Option<&HeaderValue>) -> Result<Identity> {
        let header = authorization.ok_or_else(|| refuse("send `Authorization: Bearer <token>`"))?;
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| refuse("the `Authorization` header is not `Bearer <token>`"))?;
        let head = decode_header(token).map_err(|_| refuse("the token is no JWT signed with RS256, ES256 or EdDSA"))?;
        if !keys::ACCEPTED.contains(&head.alg) {
            return Err(refuse(format!(
                "tokens signed with {:?} are not accepted; use RS256, ES256 or EdDSA",
                head.alg
            )));
        }
        let candidates = self.keys.candidates(head.kid.as_deref(), head.alg).await?;
        if candidates.is_empty() {
            let key = head.kid.map_or_else(|| format!("a key for {:?}", head.alg), |kid| format!("the key `{kid}`"));
            return Err(refuse(format!("the token is signed with {key}, which is not among the trusted keys")));
        }
        let mut validation = Validation::new(head.alg);
        validation.leeway = LEEWAY.as_secs();
        validation.validate_nbf = true;
        validation.validate_aud = self.audience.is_some();
        let mut required = vec!["exp"];
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        let mut refusal = None;
        for key in candidates {
            match decode(token, &key, &validation) {
                Ok(data) => return Identity::from_claims(data.claims),
                Err(error) => refusal = Some(explain(error.kind())),
            }
        }
        Err(refusal.unwrap_or_else(|| refuse("the token cannot be trusted")))
    }
}

fn refuse(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthorized, message)
}

fn explain(cause: &Cause) -> Error {
    refuse(match cause {
        Cause::ExpiredSignature => "the token has expired".to_owned(),
        Cause::ImmatureSignature => "the token is not valid yet (`nbf`)".into(),
        Cause::InvalidSignature => "the token's signature does not match".into(),
        Cause::InvalidIssuer => "the token's issuer (`iss`) is not the configured one".into(),
        Cause::InvalidAudience => "the token's audience (`aud`) is not the configured one".into(),
        Cause::MissingRequiredClaim(claim) => format!("the token has no `{claim}`"),
        Cause::Json(error) => format!("the token's claims cannot be read: {error}"),
        _ => "the token cannot be trusted".into(),
    })
}

#[cfg(test)]
mod tests;
