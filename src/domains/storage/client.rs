//! Connection to the S3 endpoint, and the one place where its errors are translated.

use std::{fmt::Debug, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::{Builder, tls};
use restore_model::DomainKey;

use crate::{Error, ErrorKind, Result, config::StorageConfig, domains::backend::Backend};

/// Short, so that what made all attempts fail is told before the bound of the request.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// A signed client, its endpoint for messages, and the bound of one request.
pub(super) struct S3 {
    pub(super) client: Client,
    backend: Backend,
    pub(super) region: String,
    pub(super) timeout: Duration,
}

impl S3 {
    pub(super) fn new(config: &StorageConfig) -> Result<Self> {
        check_endpoint(&config.endpoint)
            .map_err(|what| Error::new(ErrorKind::Configuration, format!("domains.storage.endpoint {what}")))?;
        let timeout = Duration::from_millis(config.request_timeout_ms);
        let credentials =
            Credentials::new(&config.access_key_id, &config.secret_access_key, None, None, "configuration");
        let http =
            Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https();
        let client = Client::from_conf(
            aws_sdk_s3::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(&config.endpoint)
                .region(Region::new(config.region.clone()))
                .credentials_provider(credentials)
                .force_path_style(config.path_style)
                .http_client(http)
                .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(FIRST_BACKOFF))
                .timeout_config(
                    TimeoutConfig::builder()
                        .operation_timeout(timeout)
                        .connect_timeout(timeout.min(Duration::from_secs(3)))
                        .build(),
                )
                .build(),
        );
        let backend = Backend::new(DomainKey::Storage, config.endpoint.trim_end_matches('/'));
        Ok(Self { client, backend, region: config.region.clone(), timeout })
    }

    /// One page of buckets: answers whether the endpoint is there and takes the credentials.
    pub(super) async fn first_buckets(&self) -> Result<()> {
        self.client.list_buckets().max_buckets(1).send().await.map_err(|error| self.error("list buckets", error))?;
        Ok(())
    }

    /// Translates an error of any operation.
    pub(super) fn error<E, R>(&self, doing: &str, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: Debug + Send + Sync + 'static,
    {
        match &error {
            SdkError::ServiceError(answer) => {
                let Some(code) = answer.err().code() else {
                    return self.backend.failed(format!("{doing}: the answer is none of S3: {}", innermost(&error)));
                };
                let cause = format!("{doing}: {code}: {}", answer.err().message().unwrap_or("no message"));
                match code {
                    "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" => {
                        self.backend.refuses_credentials(cause)
                    }
                    "AccessDenied" | "AllAccessDisabled" => self.backend.refuses_operation(cause),
                    _ => self.backend.failed(cause),
                }
            }
            SdkError::TimeoutError(_) => self.backend.late(self.timeout),
            SdkError::DispatchFailure(_) => self.backend.unreachable(innermost(&error)),
            _ => self.backend.failed(format!("{doing}: {}", innermost(&error))),
        }
    }

    /// The answer, or none when the endpoint says with one of `absent` that the setting is not there.
    pub(super) fn unless_absent<T, E, R>(
        &self,
        doing: &str,
        answer: Result<T, SdkError<E, R>>,
        absent: &[&str],
    ) -> Result<Option<T>>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: Debug + Send + Sync + 'static,
    {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(SdkError::ServiceError(answer)) if answer.err().code().is_some_and(|code| absent.contains(&code)) => {
                Ok(None)
            }
            Err(error) => Err(self.error(doing, error)),
        }
    }
}

/// What the SDK and the HTTP client wrap several times over.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Says what is wrong with an endpoint, without quoting it: it may hold a secret where none belongs.
fn check_endpoint(endpoint: &str) -> Result<(), &'static str> {
    let rest = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
    let rest = rest.ok_or("is not an http:// or https:// URL")?;
    if rest.split('/').next().unwrap_or_default().contains('@') {
        return Err("holds credentials: they go into access_key_id and secret_access_key");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
