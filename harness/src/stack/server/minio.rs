//! MinIO.

use base64::Engine as _;

use super::{Address, Failed, Running, Started, StartedEndpoint};
use crate::stack::endpoints::{Login, S3Endpoint};
use crate::stack::ready;
use crate::stack::secret::Secret;

/// Environment of the server. `kms` is the key of encrypted buckets, 32 bytes as base64.
pub(crate) fn environment(login: &Login, kms: &Secret) -> Vec<(&'static str, String)> {
    vec![
        ("MINIO_ROOT_USER", login.username.clone()),
        ("MINIO_ROOT_PASSWORD", login.password.to_string()),
        ("MINIO_KMS_SECRET_KEY", format!("conformance:{}", &**kms)),
        ("MINIO_BROWSER", "off".to_owned()),
        ("MINIO_UPDATE", "off".to_owned()),
        // Lets anybody who reaches the port ask for the version, which no S3 answer tells.
        ("MINIO_PROMETHEUS_AUTH_TYPE", "public".to_owned()),
    ]
}

/// A fresh key for [`environment`].
pub(crate) fn random_key() -> Secret {
    Secret::new(base64::engine::general_purpose::STANDARD.encode(rand::random::<[u8; 32]>()))
}

/// Waits until the server is ready.
pub(crate) async fn complete(mut running: Running, address: Address, login: Login) -> Result<Started, Failed> {
    let mut endpoint = S3Endpoint {
        origin: address.origin,
        version: String::new(),
        endpoint: format!("http://{}:{}", address.host, address.port),
        region: "us-east-1".to_owned(),
        access_key_id: login.username,
        secret_access_key: login.password,
        log: Some(running.log.clone()),
    };
    endpoint.version = running.until_ready(|| ready::s3::check(&endpoint)).await?;
    Ok(Started { running, endpoint: StartedEndpoint::S3(endpoint) })
}
