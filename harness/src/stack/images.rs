//! Which image a service runs from: that of `versions.yaml`, unless another name, tag or digest is given.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::endpoints::Service;
use super::error::StackError;
use super::versions::VERSIONS;

/// An image: `name:tag`, `name@sha256:…`, or `name:tag@sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Registry, if any, and name.
    pub(crate) name: String,
    /// Tag, digest, or both as `tag@sha256:…`.
    pub(crate) version: String,
}

impl Image {
    /// The pinned image of a service.
    pub(crate) fn pinned(service: Service) -> Self {
        let pins = &*VERSIONS;
        let text = match service {
            Service::Postgres => &pins.postgres.image,
            Service::Mongodb => &pins.mongodb.image,
            Service::Kafka => &pins.kafka.image,
            Service::S3 => &pins.minio.image,
        };
        let none = Self { name: String::new(), version: String::new() };
        Self::parse(text, &none).expect("the pins are part of the binary and tested to parse")
    }

    /// Reads an image; a name alone keeps the version of `pin`, a `:tag` or `@sha256:…` alone its name.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str, pin: &Self) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon before a slash is that of a registry's port.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        if name.is_empty() && tag.is_none() && digest.is_none() {
            return Err("it is empty".to_owned());
        }
        let name = if name.is_empty() { pin.name.clone() } else { checked_name(name)?.to_owned() };
        let tag = tag.map(checked_tag).transpose()?;
        let digest = digest.map(checked_digest).transpose()?;
        let version = match (tag, digest) {
            (Some(tag), Some(digest)) => format!("{tag}@{digest}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => pin.version.clone(),
        };
        Ok(Self { name, version })
    }
}

fn checked_name(name: &str) -> Result<&str, String> {
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
        _ => (None, name),
    };
    let part = |it: &str| {
        it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
            && it.starts_with(|c: char| c.is_ascii_alphanumeric())
            && it.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    if let Some(wrong) = path.split('/').find(|it| !part(it)) {
        return Err(format!(
            "its name has the part `{wrong}`; parts are lower-case letters, digits and `._-` between them"
        ));
    }
    match host.filter(|it| !it.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c))) {
        Some(host) => Err(format!("`{host}` is no registry's host")),
        None => Ok(name),
    }
}

fn checked_tag(tag: &str) -> Result<&str, String> {
    let fits = (1..=128).contains(&tag.len())
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && !tag.starts_with(['.', '-']);
    if fits { Ok(tag) } else { Err(format!("its tag `{tag}` is not of 1 to 128 letters, digits and `._-`")) }
}

fn checked_digest(digest: &str) -> Result<&str, String> {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    if hex.len() == 64 && hex.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)) {
        Ok(digest)
    } else {
        Err(format!("its digest `{digest}` is not `sha256:` and 64 hexadecimal digits"))
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.version.starts_with("sha256:") { '@' } else { ':' };
        write!(f, "{}{between}{}", self.name, self.version)
    }
}

/// Images other than the pinned ones, each `name:tag`, `name@sha256:…`, a name alone or `:tag` alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// PostgreSQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<String>,
    /// MongoDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mongodb: Option<String>,
    /// Apache Kafka.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka: Option<String>,
    /// MinIO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<String>,
}

impl Images {
    fn of(&self, service: Service) -> Option<&String> {
        match service {
            Service::Postgres => self.postgres.as_ref(),
            Service::Mongodb => self.mongodb.as_ref(),
            Service::Kafka => self.kafka.as_ref(),
            Service::S3 => self.s3.as_ref(),
        }
    }
}

/// The variable that names the image of a service.
pub(crate) fn variable(service: Service) -> String {
    format!("RESTORE_CONFORMANCE_IMAGE_{}", service.as_str().to_uppercase())
}

/// The images that are given, by variables read through `get`, else by a stack file.
pub(crate) fn given(
    get: impl Fn(&str) -> Option<String>,
    file: Option<&Images>,
) -> Result<BTreeMap<Service, Image>, StackError> {
    let mut images = BTreeMap::new();
    for service in Service::ALL {
        let variable = variable(service);
        let from_variable = get(&variable).filter(|it| !it.is_empty()).map(|text| (variable, text));
        let from_file = || Some((format!("images.{service}"), file?.of(service)?.clone()));
        if let Some((given_in, text)) = from_variable.or_else(from_file) {
            let image = Image::parse(&text, &Image::pinned(service));
            let image = image.map_err(|why| StackError::Image { given_in, text, why })?;
            images.insert(service, image);
        }
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn read(text: &str) -> Result<String, String> {
        let pin = Image { name: "postgres".to_owned(), version: "17.5".to_owned() };
        Image::parse(text, &pin).map(|it| it.to_string())
    }

    #[test]
    fn name_tag_and_digest_are_each_overridable() {
        for (text, image) in [
            ("postgres:16.9", "postgres:16.9"),
            ("localhost:5000/mirror/postgres", "localhost:5000/mirror/postgres:17.5"),
            (":16.9", "postgres:16.9"),
            ("registry.example/postgres:16.9", "registry.example/postgres:16.9"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(image));
        }
        assert_eq!(read(&format!("@{DIGEST}")).unwrap(), format!("postgres@{DIGEST}"));
        assert_eq!(read(&format!("postgres:17.5@{DIGEST}")).unwrap(), format!("postgres:17.5@{DIGEST}"));
    }

    #[test]
    fn what_names_no_image_is_told_with_what_is_wrong() {
        let words = [
            "",
            "postgres:",
            "Postgres:17",
            "postgres:a b",
            "postgres@sha256:12",
            "a//b:1",
            "@md5:1",
            "bad host.x:1/a",
        ];
        let words: Vec<String> = words.iter().map(|it| format!("`{it}`: {}", read(it).unwrap_err())).collect();
        insta::assert_snapshot!(words.join("\n"));
    }

    #[test]
    fn a_variable_goes_before_the_file() {
        let file = Images { kafka: Some(":4.0.0".into()), s3: Some("minio/minio:x".into()), ..Images::default() };
        let get = |name: &str| (name == "RESTORE_CONFORMANCE_IMAGE_KAFKA").then(|| "apache/kafka:4.1.0".to_owned());
        let images = given(get, Some(&file)).unwrap();
        assert_eq!(images[&Service::Kafka].to_string(), "apache/kafka:4.1.0");
        assert_eq!(images[&Service::S3].to_string(), "minio/minio:x");
        assert_eq!(images.len(), 2);
    }

    #[test]
    fn a_malformed_image_is_a_usage_error_that_names_its_place() {
        let get = |name: &str| (name == "RESTORE_CONFORMANCE_IMAGE_KAFKA").then(|| "apache/kafka@sha256:12".to_owned());
        let error = given(get, None).unwrap_err();
        assert_eq!(error.exit_code(), 64);
        insta::assert_snapshot!(error);
    }
}
