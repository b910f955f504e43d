//! The pins of `versions.yaml`, which is part of the binary.

use std::sync::LazyLock;

use serde::Deserialize;

const TEXT: &str = include_str!("../../../versions.yaml");

/// The pins of this build.
pub(crate) static VERSIONS: LazyLock<Versions> =
    LazyLock::new(|| serde_yaml::from_str(TEXT).expect("versions.yaml is part of the binary and tested to parse"));

/// The pins, as text: part of the key of a stack.
pub(crate) const fn text() -> &'static str {
    TEXT
}

/// The image of each server, what is installed where it is not on PATH, and the oldest release on PATH that is used.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Versions {
    pub(crate) postgres: PostgresPin,
    pub(crate) mongodb: MongodbPin,
    pub(crate) kafka: KafkaPin,
    pub(crate) minio: MinioPin,
    /// The Maven plugin that copies artifacts, `group:artifact:version`.
    pub(crate) maven_dependency_plugin: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostgresPin {
    pub(crate) version: String,
    pub(crate) image: String,
    pub(crate) minimum: String,
    maven: String,
}

impl PostgresPin {
    /// The Maven artifact for a platform such as `linux-amd64`.
    pub(crate) fn artifact(&self, platform: &str) -> String {
        self.maven.replace("{platform}", platform).replace("{version}", &self.version)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MongodbPin {
    pub(crate) version: String,
    pub(crate) image: String,
    pub(crate) minimum: String,
    pub(crate) wheel: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KafkaPin {
    pub(crate) version: String,
    pub(crate) image: String,
    pub(crate) minimum: String,
    maven: Vec<String>,
    pub(crate) java: JavaPin,
}

impl KafkaPin {
    /// The Maven artifacts, each `group:artifact:version`.
    pub(crate) fn artifacts(&self) -> Vec<String> {
        self.maven.iter().map(|it| it.replace("{version}", &self.version)).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JavaPin {
    pub(crate) minimum: String,
    pub(crate) wheel: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinioPin {
    pub(crate) version: String,
    pub(crate) image: String,
    pub(crate) minimum: String,
    pub(crate) go: String,
}

/// The first version number in a text: `db version v6.0.5` gives `6.0.5`.
pub(crate) fn first_version(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || "\"(),=".contains(c)).find_map(|word| {
        let word = word.trim_start_matches("RELEASE.").trim_start_matches("DEVELOPMENT.").trim_start_matches('v');
        let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.').map_or(word, |end| &word[..end]);
        digits.starts_with(|c: char| c.is_ascii_digit()).then(|| digits.trim_end_matches('.').to_owned())
    })
}

/// Whether `version` is `minimum` or newer, number by number.
pub(crate) fn at_least(version: &str, minimum: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u64>().unwrap_or(0)).collect::<Vec<_>>();
    numbers(version) >= numbers(minimum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::endpoints::Service;
    use crate::stack::images::Image;

    #[test]
    fn the_pins_parse_and_are_exact() {
        let it = &*VERSIONS;
        insta::assert_debug_snapshot!((
            it.postgres.artifact("linux-amd64"),
            &it.mongodb.wheel,
            it.kafka.artifacts(),
            &it.kafka.java.wheel,
            &it.minio.go,
            Service::ALL.map(|service| Image::pinned(service).to_string()),
        ));
    }

    #[test]
    fn versions_are_read_from_what_servers_print() {
        for (text, version) in [
            ("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", Some("15.13")),
            ("db version v6.0.5\nBuild Info: {", Some("6.0.5")),
            ("openjdk version \"17.0.15\" 2025-04-15", Some("17.0.15")),
            ("minio version RELEASE.2025-09-07T16-13-09Z (commit-id=0)", Some("2025")),
            ("minio version DEVELOPMENT.GOGET (commit-id=DEVELOPMENT.GOGET)", None),
        ] {
            assert_eq!(first_version(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(at_least("17.0.15", "17"));
        assert!(at_least("10.1", "9.9"));
        assert!(!at_least("3.8.1", "3.9"));
        assert!(!at_least("14.12", "15"));
    }
}
