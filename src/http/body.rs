//! Request bodies: bounded, parsed once. An artifact stays raw text, which the engine reads.

use axum::{extract::Request, http::header};
use futures::StreamExt;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::value::RawValue;

use super::{Problem, requests::ArtifactBody};
use crate::{Error, ErrorKind, config::LimitsConfig};

/// Reads the whole body, or answers 413.
///
/// # Errors
/// [`ErrorKind::ArtifactTooLarge`]; [`ErrorKind::InvalidRequest`] when the client stops too early.
pub async fn read(request: Request, max_bytes: u64) -> Result<Vec<u8>, Problem> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > max_bytes) {
        return Err(Problem::too_large(max_bytes));
    }
    let mut stream = request.into_body().into_data_stream();
    let mut bytes = Vec::with_capacity(announced.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0));
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(ErrorKind::InvalidRequest, format!("the body ended after {} bytes: {error}", bytes.len()))
        })?;
        if (bytes.len() + chunk.len()) as u64 > max_bytes {
            return Err(Problem::too_large(max_bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Parses JSON and says where it is wrong.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`] with the member's path, line and column.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // Typed deserialization would take an array as an object's members in order.
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    if let Some(first) = bytes.get(start).filter(|first| **first != b'{') {
        let message = format!("the body must be a JSON object, and byte {} is `{}`", start + 1, first.escape_ascii());
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        let message = if inner.is_data() && path != "." {
            format!("{path}: {inner}")
        } else if inner.is_data() {
            inner.to_string()
        } else if path == "." {
            format!("the body is no JSON: {inner}")
        } else {
            format!("the body is no JSON: in {path}: {inner}")
        };
        Error::new(ErrorKind::InvalidRequest, message)
    })?;
    deserializer
        .end()
        .map_err(|error| Error::new(ErrorKind::InvalidRequest, format!("the body is no JSON: {error}")))?;
    Ok(value)
}

/// A body that carries an artifact.
pub trait Carries {
    /// The artifact, as it was sent.
    fn artifact(&self) -> Option<&RawValue>;
}

/// Reads and parses a body that carries an artifact of at most `max_bytes`; the body around it has some room besides.
///
/// # Errors
/// As [`read`] and [`parse`]; [`ErrorKind::ArtifactTooLarge`].
pub async fn with_artifact<T: DeserializeOwned + Carries>(request: Request, max_bytes: u64) -> Result<T, Problem> {
    let bytes = read(request, max_bytes.saturating_add(LimitsConfig::ENVELOPE_BYTES)).await?;
    let body: T = parse(&bytes)?;
    check_size(body.artifact(), max_bytes)?;
    Ok(body)
}

/// The same for a body that is an artifact itself, or has one as its member `artifact`.
///
/// # Errors
/// As [`with_artifact`].
pub async fn artifact(request: Request, max_bytes: u64) -> Result<Box<RawValue>, Problem> {
    let bytes = read(request, max_bytes.saturating_add(LimitsConfig::ENVELOPE_BYTES)).await?;
    let artifact = artifact_in(&bytes)?;
    check_size(Some(&artifact), max_bytes)?;
    Ok(artifact)
}

fn check_size(artifact: Option<&RawValue>, max_bytes: u64) -> Result<(), Problem> {
    let bytes = artifact.map_or(0, |artifact| artifact.get().len() as u64);
    if bytes > max_bytes { Err(Problem::artifact_too_large(bytes, max_bytes)) } else { Ok(()) }
}

/// A body that states a `format_version` is the artifact.
fn artifact_in(bytes: &[u8]) -> Result<Box<RawValue>, Error> {
    #[derive(Deserialize)]
    struct Head {
        format_version: Option<IgnoredAny>,
        artifact: Option<IgnoredAny>,
    }
    let head: Head = parse(bytes)?;
    if head.artifact.is_none() && head.format_version.is_some() {
        return parse_raw(bytes);
    }
    parse::<ArtifactBody>(bytes).map(|body| body.artifact)
}

fn parse_raw(bytes: &[u8]) -> Result<Box<RawValue>, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::new(ErrorKind::InvalidRequest, format!("the body is no JSON: {error}")))
}

#[cfg(test)]
mod tests;
