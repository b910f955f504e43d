//! S3: ready condition.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::tls;

use super::{chain, unique};
use crate::stack::endpoints::S3Endpoint;
use crate::timeouts;

/// Puts, gets and deletes an object in a bucket of its own.
pub(crate) async fn check(endpoint: &S3Endpoint) -> Result<String, String> {
    let client = client(endpoint);
    let bucket = unique('-');
    client.create_bucket().bucket(&bucket).send().await.map_err(|error| chain(&error))?;
    let written = async {
        let put = client.put_object().bucket(&bucket).key("ready").body(ByteStream::from_static(b"42"));
        put.send().await.map_err(|error| chain(&error))?;
        let got = client.get_object().bucket(&bucket).key("ready").send().await.map_err(|error| chain(&error))?;
        let body = got.body.collect().await.map_err(|error| chain(&error))?;
        client.delete_object().bucket(&bucket).key("ready").send().await.map_err(|error| chain(&error))?;
        Ok::<_, String>(body.into_bytes())
    }
    .await;
    client.delete_bucket().bucket(&bucket).send().await.map_err(|error| chain(&error))?;
    if written?.as_ref() != b"42" {
        return Err("put an object and got another".to_owned());
    }
    version(endpoint).await
}

/// What the server tells of itself: MinIO by its metrics, others by the `Server` header of an answer.
async fn version(endpoint: &S3Endpoint) -> Result<String, String> {
    let text = |error: reqwest::Error| chain(&error);
    let http = reqwest::Client::builder().timeout(timeouts::READY_ATTEMPT).build().map_err(text)?;
    let base = endpoint.endpoint.trim_end_matches('/');
    let answer = http.get(format!("{base}/minio/v2/metrics/node")).send().await.map_err(text)?;
    let product = answer.headers().get("server").and_then(|it| it.to_str().ok()).unwrap_or("unknown").to_owned();
    let metrics = answer.text().await.map_err(text)?;
    let reported = metrics
        .lines()
        .find(|line| line.starts_with("minio_software_version_info{"))
        .and_then(|line| Some(line.split_once("version=\"")?.1.split_once('"')?.0));
    Ok(reported.map_or(product, |version| format!("MinIO {version}")))
}

fn client(endpoint: &S3Endpoint) -> Client {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let credentials =
        Credentials::new(&endpoint.access_key_id, &*endpoint.secret_access_key, None, None, "restore-conformance");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .credentials_provider(credentials)
        .region(Region::new(endpoint.region.clone()))
        .endpoint_url(&endpoint.endpoint)
        .force_path_style(true)
        .timeout_config(TimeoutConfig::builder().operation_timeout(timeouts::READY_ATTEMPT).build())
        .build();
    Client::from_conf(config)
}
