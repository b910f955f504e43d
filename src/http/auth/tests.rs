use std::time::{SystemTime, UNIX_EPOCH};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{AlgorithmParameters, Jwk},
};
use serde_json::{Value, json};

use super::*;
use crate::control::ActorType;

/// A key pair made of a fixed seed, in the DER frames of PKCS#8 and SPKI.
fn private_key() -> EncodingKey {
    let mut der = hex::decode("302e020100300506032b657004220420").unwrap();
    der.extend([7; 32]);
    EncodingKey::from_ed_der(&der)
}

fn public_key() -> String {
    let jwk = Jwk::from_encoding_key(&private_key(), Algorithm::EdDSA).unwrap();
    let AlgorithmParameters::OctetKeyPair(pair) = jwk.algorithm else { panic!("no Ed25519 key") };
    let mut der = hex::decode("302a300506032b6570032100").unwrap();
    der.extend(URL_SAFE_NO_PAD.decode(pair.x).unwrap());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn token(claims: &Value) -> HeaderValue {
    bearer(&encode(&Header::new(Algorithm::EdDSA), claims, &private_key()).unwrap())
}

fn bearer(token: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer {token}")).unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(&AuthConfig {
        public_key: Some(public_key()),
        issuer: Some("https://id.example".into()),
        ..AuthConfig::default()
    })
    .unwrap()
}

fn claims(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = json!({"iss": "https://id.example", "sub": "ann", "exp": now() + 60});
    change(&mut claims);
    claims
}

#[tokio::test]
async fn roles_and_scopes_decide() {
    let who = |change: fn(&mut Value)| async move { verifier().identify(Some(&token(&claims(change)))).await.unwrap() };

    let ann = who(|claims| claims["scope"] = json!("openid platform:admin:config:export")).await;
    assert_eq!((ann.actor_id.as_str(), ann.actor_type), ("ann", ActorType::ServiceAccount));
    ann.require(Permission::Export).unwrap();
    let refused = ann.require(Permission::Reprovision).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    assert!(refused.to_string().contains("platform:admin:config:reprovision"));

    let listed = who(|claims| claims["scope"] = json!(["platform:admin:tenants"])).await;
    listed.require(Permission::Administer).unwrap();
    assert!(listed.require(Permission::Export).is_err());

    let sre = who(|claims| claims["realm_access"] = json!({"roles": ["sre"]})).await;
    assert_eq!(sre.actor_type, ActorType::Sre);
    let root = who(|claims| claims["roles"] = json!(["sre", "superadmin"])).await;
    assert_eq!(root.actor_type, ActorType::Superadmin);
    for permission in [Permission::Export, Permission::Reprovision, Permission::Administer] {
        root.require(permission).unwrap();
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_trusted_is_refused_with_the_reason() {
    let hs256 =
        encode(&Header::new(Algorithm::HS256), &claims(|_| ()), &EncodingKey::from_secret(public_key().as_bytes()))
            .unwrap();
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.";
    let good = token(&claims(|_| ()));
    let mut tampered = good.to_str().unwrap().to_owned();
    tampered.replace_range(60..61, if &tampered[60..61] == "A" { "B" } else { "A" });
    let without_exp = claims(|claims| {
        claims.as_object_mut().unwrap().remove("exp");
    });
    let headers = [
        None,
        Some(HeaderValue::from_static("Basic YTpi")),
        Some(bearer("x")),
        Some(bearer(none)),
        Some(bearer(&hs256)),
        Some(HeaderValue::from_str(&tampered).unwrap()),
        Some(token(&claims(|claims| claims["exp"] = json!(now() - 30)))),
        Some(token(&claims(|claims| claims["nbf"] = json!(now() + 600)))),
        Some(token(&claims(|claims| claims["iss"] = json!("https://elsewhere")))),
        Some(token(&claims(|claims| claims["sub"] = json!(" ")))),
        Some(token(&without_exp)),
    ];
    let mut refusals = Vec::new();
    for header in &headers {
        let error = verifier().identify(header.as_ref()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        refusals.push(error.to_string());
    }
    insta::assert_snapshot!(refusals.join("\n"));
}

#[tokio::test]
async fn a_key_set_that_cannot_be_fetched_is_no_refusal_of_the_caller() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    drop(listener);
    let verifier = Verifier::new(&AuthConfig { jwks_url: Some(url), ..AuthConfig::default() }).unwrap();
    let error = verifier.identify(Some(&token(&claims(|_| ())))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BackendUnavailable);
}

#[test]
fn an_unusable_key_is_refused_at_the_start() {
    let config = AuthConfig { public_key: Some("-----BEGIN NOTHING-----".into()), ..AuthConfig::default() };
    let error = Verifier::new(&config).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}
