//! Bearer tokens, signed with a key that lives as long as the run.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls::{
    crypto::ring::sign::any_eddsa_type,
    pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _},
};
use serde_json::json;
use time::OffsetDateTime;

/// What PKCS#8 puts before the 32 bytes of an Ed25519 key.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Everything that the features need.
    All,
    /// Export only.
    ExportOnly,
    /// Restore only.
    RestoreOnly,
    /// Nothing at all.
    Nothing,
}

impl Grant {
    fn claims(self) -> (&'static str, &'static [&'static str]) {
        const EXPORT: &str = "platform:admin:config:export";
        const RESTORE: &str = "platform:admin:config:reprovision";
        match self {
            Self::All => (
                "platform:admin:config:export platform:admin:config:reprovision platform:admin:tenants",
                &["superadmin"],
            ),
            Self::ExportOnly => (EXPORT, &[]),
            Self::RestoreOnly => (RESTORE, &[]),
            Self::Nothing => ("openid", &[]),
        }
    }
}

/// Signs tokens.
pub struct Minter {
    key: EncodingKey,
    public_key: String,
}

impl std::fmt::Debug for Minter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Minter")
    }
}

impl Minter {
    /// With a fresh key.
    ///
    /// # Panics
    /// When the operating system has no randomness.
    #[must_use]
    pub fn new() -> Self {
        let pkcs8 = [PKCS8_HEAD.as_slice(), &rand::random::<[u8; 32]>()].concat();
        Self::from_pem(&pem("PRIVATE KEY", &pkcs8)).expect("any 32 bytes are an Ed25519 key")
    }

    /// With a private Ed25519 key as PEM (PKCS#8).
    ///
    /// # Errors
    /// When the text is no such key.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| "it holds no private key in PEM (PKCS#8)".to_owned())?;
        let no_ed25519 = "it holds a private key that is no Ed25519 key";
        let pair = any_eddsa_type(&der).map_err(|_| no_ed25519)?;
        let spki = pair.public_key().ok_or(no_ed25519)?.to_vec();
        // Signed with what is left of the file: it may hold more than the key.
        let alone = pem("PRIVATE KEY", der.secret_pkcs8_der());
        let key = EncodingKey::from_ed_pem(alone.as_bytes()).map_err(|_| no_ed25519)?;
        Ok(Self { key, public_key: pem("PUBLIC KEY", &spki) })
    }

    /// What the implementation verifies with, as PEM.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// A token that ends `lifetime` from now; a negative one ended before.
    ///
    /// # Panics
    /// When the claims cannot be signed, which no claim of ours can cause.
    #[must_use]
    pub fn mint(&self, grant: Grant, lifetime: time::Duration) -> String {
        let now = OffsetDateTime::now_utc();
        let (scope, roles) = grant.claims();
        let claims = json!({
            "sub": "restore-conformance",
            "iat": now.unix_timestamp().min((now + lifetime).unix_timestamp()),
            "exp": (now + lifetime).unix_timestamp(),
            "scope": scope,
            "roles": roles,
        });
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.key).expect("claims can be signed")
    }
}

impl Default for Minter {
    fn default() -> Self {
        Self::new()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    fn verify(minter: &Minter, token: &str) -> Result<serde_json::Value, jsonwebtoken::errors::Error> {
        let key = DecodingKey::from_ed_pem(minter.public_key().as_bytes())?;
        let validation = Validation::new(Algorithm::EdDSA);
        jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).map(|data| data.claims)
    }

    #[test]
    fn a_token_is_accepted_by_its_own_key_only_and_only_while_it_lives() {
        let (minter, stranger) = (Minter::new(), Minter::new());
        let token = minter.mint(Grant::ExportOnly, time::Duration::minutes(5));
        assert_eq!(verify(&minter, &token).unwrap()["scope"], "platform:admin:config:export");
        assert!(verify(&stranger, &token).is_err());
        assert!(verify(&minter, &minter.mint(Grant::All, time::Duration::hours(-1))).is_err());
    }
}
