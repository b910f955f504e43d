//! Records: how format 2.0.0 writes resources down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Kind, Resource, ResourceId, space::DomainSpace};

/// One resource as an artifact states it. The spec stays raw text until its domain parses it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// What it is.
    #[serde(rename = "type")]
    #[schemars(schema_with = "kinds")]
    pub kind: Kind,
    /// Its tenant-relative name.
    pub name: String,
    /// A JSON object, typed by `kind`.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub spec: Box<RawValue>,
    /// What must exist before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub requires: Vec<ResourceId>,
    /// The spec states only some members, because an older format could not say the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

fn kinds(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    schemars::json_schema!({"type": "string", "enum": names})
}

impl Record {
    /// The name under which the resource is planned and reported.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        ResourceId::new(self.kind, self.name.clone())
    }

    /// Parses the spec into its type.
    ///
    /// # Errors
    /// When the spec is not of that type; the message names the member.
    pub fn parse_spec<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        let mut deserializer = serde_json::Deserializer::from_str(self.spec.get());
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            if path == "." { error.inner().to_string() } else { format!("{path}: {}", error.inner()) }
        })
    }
}

impl From<&Resource> for Record {
    fn from(resource: &Resource) -> Self {
        Self {
            kind: resource.id.kind,
            name: resource.id.name.clone(),
            spec: (*resource.spec).to_owned(),
            requires: resource.requires.clone(),
            partial: resource.partial,
        }
    }
}

/// The `data` member of a domain entry in format 2.0.0.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainData {
    /// The space that every name in `records` is relative to.
    pub space: DomainSpace,
    /// `sha256:` and 64 hexadecimal digits over `records`: one line of RFC 8785 JSON each, in this order.
    pub records_checksum: String,
    /// The resources, in order of creation.
    pub records: Vec<Record>,
}
