//! The keys that tokens are checked with: one PEM, or a JSON Web Key Set that is fetched and kept.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use tokio::sync::Mutex;

use crate::{Error, ErrorKind, Result, config::AuthConfig};

/// The only algorithms that are accepted. None of them is symmetric.
pub(super) const ACCEPTED: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// Keys older than this are fetched again, so that a withdrawn key stops working.
const MAX_AGE: Duration = Duration::from_secs(300);
/// Between two fetches: unknown key ids must not make callers drive the identity provider.
const MIN_INTERVAL: Duration = Duration::from_secs(10);
/// Of one fetch.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Of a key set.
const MAX_BYTES: usize = 256 << 10;

/// One trusted key.
pub(super) struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Where keys come from.
pub(super) enum KeySource {
    Fixed(Key),
    Jwks(Jwks),
}

impl KeySource {
    pub(super) fn new(config: &AuthConfig) -> Result<Self> {
        let pem = match (&config.public_key, &config.public_key_file) {
            (Some(pem), _) => pem.clone(),
            (None, Some(path)) => read(path)?,
            (None, None) => {
                let url = config
                    .jwks_url
                    .clone()
                    .ok_or_else(|| unusable("auth: give one of jwks_url, public_key_file, public_key"))?;
                return Ok(Self::Jwks(Jwks::new(url)?));
            }
        };
        parse_pem(&pem).map(Self::Fixed)
    }

    /// The keys that may have signed a token with this head.
    pub(super) async fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Vec<DecodingKey>> {
        match self {
            Self::Fixed(key) if key.algorithm == algorithm => Ok(vec![key.key.clone()]),
            Self::Fixed(_) => Ok(Vec::new()),
            Self::Jwks(jwks) => jwks.candidates(id, algorithm).await,
        }
    }
}

fn unusable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| unusable(format!("auth.public_key_file: cannot read {}", path.display())).caused_by(error))
}

fn parse_pem(pem: &str) -> Result<Key> {
    let bytes = pem.as_bytes();
    let (algorithm, key) = DecodingKey::from_rsa_pem(bytes)
        .map(|key| (Algorithm::RS256, key))
        .or_else(|_| DecodingKey::from_ec_pem(bytes).map(|key| (Algorithm::ES256, key)))
        .or_else(|_| DecodingKey::from_ed_pem(bytes).map(|key| (Algorithm::EdDSA, key)))
        .map_err(|_| unusable("auth: the public key is no PEM of an RSA, EC P-256 or Ed25519 public key"))?;
    Ok(Key { id: None, algorithm, key })
}

fn parse_jwk(jwk: &Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let stated = jwk.common.key_algorithm;
    let agrees = matches!(
        (stated, algorithm),
        (None, _)
            | (Some(KeyAlgorithm::RS256), Algorithm::RS256)
            | (Some(KeyAlgorithm::ES256), Algorithm::ES256)
            | (Some(KeyAlgorithm::EdDSA), Algorithm::EdDSA)
    );
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let key = DecodingKey::from_jwk(jwk).ok().filter(|_| agrees && signs)?;
    Some(Key { id: jwk.common.key_id.clone(), algorithm, key })
}

/// A key set behind a URL.
pub(super) struct Jwks {
    url: String,
    client: reqwest::Client,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Vec<Key>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    failure: Option<String>,
}

impl Kept {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Vec<DecodingKey> {
        self.keys
            .iter()
            .filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.is_none() || key.id.as_deref() == id))
            .map(|key| key.key.clone())
            .collect()
    }
}

impl Jwks {
    fn new(url: String) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(FETCH_TIMEOUT)
            .build()
            .map_err(|error| unusable("auth.jwks_url: cannot prepare the client").caused_by(error.without_url()))?;
        Ok(Self { url, client, kept: Mutex::default() })
    }

    async fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Vec<DecodingKey>> {
        let mut kept = self.kept.lock().await;
        let found = kept.find(id, algorithm);
        let fresh = kept.fetched.is_some_and(|at| at.elapsed() < MAX_AGE);
        let may_fetch = kept.tried.is_none_or(|at| at.elapsed() >= MIN_INTERVAL);
        if (fresh && !found.is_empty()) || !may_fetch {
            return kept.answer(found);
        }
        kept.tried = Some(Instant::now());
        match self.fetch().await {
            Ok(keys) => {
                kept.keys = keys;
                kept.fetched = Some(Instant::now());
                kept.failure = None;
            }
            Err(failure) => {
                tracing::warn!(%failure, "the key set cannot be fetched");
                kept.failure = Some(failure);
            }
        }
        let found = kept.find(id, algorithm);
        kept.answer(found)
    }

    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let failed = |error: reqwest::Error| {
            let mut text = error.without_url().to_string();
            text.truncate(200);
            text
        };
        let mut response =
            self.client.get(&self.url).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(format!("it is larger than {MAX_BYTES} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        let set: JwkSet = serde_json::from_slice(&body).map_err(|error| format!("it is no key set: {error}"))?;
        Ok(set.keys.iter().filter_map(parse_jwk).collect())
    }
}

impl Kept {
    /// Keys that were fetched once are used on while the provider is away; without any, callers cannot be judged.
    fn answer(&self, found: Vec<DecodingKey>) -> Result<Vec<DecodingKey>> {
        match &self.failure {
            Some(failure) if found.is_empty() => Err(Error::new(
                ErrorKind::BackendUnavailable,
                format!("the keys that tokens are checked with cannot be fetched: {failure}"),
            )),
            _ => Ok(found),
        }
    }
}
