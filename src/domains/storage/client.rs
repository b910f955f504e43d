//! Connection to the S3 endpoint, and the one place where its errors are translated.

use std::{fmt::Debug, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::{Builder, tls};

use crate::{Error, ErrorKind, Result, config::StorageConfig};

/// A signed client, its endpoint for messages, and the bound of one request.
pub(super) struct S3 {
    pub(super) client: Client,
    endpoint: String,
    pub(super) region: String,
    pub(super) timeout: Duration,
}

impl S3 {
    pub(super) fn new(config: &StorageConfig) -> Result<Self> {
        if !config.endpoint.starts_with("http://") && !config.endpoint.starts_with("https://") {
            let message = format!("domains.storage.endpoint: `{}` is no http or https URL", config.endpoint);
            return Err(Error::new(ErrorKind::Configuration, message));
        }
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
                .retry_config(RetryConfig::standard().with_max_attempts(3))
                .timeout_config(
                    TimeoutConfig::builder()
                        .operation_timeout(timeout)
                        .connect_timeout(timeout.min(Duration::from_secs(3)))
                        .build(),
                )
                .build(),
        );
        Ok(Self { client, endpoint: config.endpoint.clone(), region: config.region.clone(), timeout })
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
        let at = &self.endpoint;
        match &error {
            SdkError::ServiceError(answer) => {
                let code = answer.err().code().unwrap_or("no code");
                let message = answer.err().message().unwrap_or("no message");
                let denied = matches!(
                    code,
                    "AccessDenied"
                        | "InvalidAccessKeyId"
                        | "SignatureDoesNotMatch"
                        | "ExpiredToken"
                        | "AllAccessDisabled"
                );
                let kind = if denied { ErrorKind::BackendDenied } else { ErrorKind::BackendFailed };
                Error::new(kind, format!("storage at {at} refused to {doing}: {code}: {message}"))
            }
            SdkError::TimeoutError(_) => Error::new(
                ErrorKind::BackendUnavailable,
                format!("storage at {at} did not {doing} within {} ms", self.timeout.as_millis()),
            ),
            SdkError::DispatchFailure(_) => {
                Error::new(ErrorKind::BackendUnavailable, format!("storage at {at} cannot be reached to {doing}"))
                    .caused_by(aws_sdk_s3::error::DisplayErrorContext(error).to_string())
            }
            _ => Error::new(ErrorKind::BackendFailed, format!("storage at {at} answered strangely to {doing}"))
                .caused_by(aws_sdk_s3::error::DisplayErrorContext(error).to_string()),
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
