//! What is wrong with an artifact: everything at once, each with its path.
//!
//! A restore is lenient about what it does not need. Validation is not: here the members that a format version demands
//! are demanded, and what a restore would pass over in silence is a warning.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::ToSchema;

use crate::{
    artifact::{Artifact, CURRENT_VERSION, DomainEntry, DomainStatus, FormatVersion, schema_checksum},
    domains::{Allowed, Journey, parse_desired},
    migration::{self, Context},
};

/// Whether an artifact is what its version demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// It is.
    Valid,
    /// It is, and not all of it would be restored, or something in it is unusual.
    ValidWithWarnings,
    /// It is not.
    Invalid,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Slash-separated; empty for the artifact as a whole.
    pub path: String,
    /// For people.
    pub message: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// In a word.
    pub result: Validity,
    /// As the artifact states it.
    pub format_version: String,
    /// What makes it invalid.
    pub errors: Vec<Finding>,
    /// What does not.
    pub warnings: Vec<Finding>,
    /// Whether the stated checksum is that of the version's schema; null when none is stated.
    pub schema_checksum_match: Option<bool>,
    /// A restore migrates it first.
    pub migration_required: bool,
}

type Members = BTreeMap<String, Box<RawValue>>;

/// The members of the envelope, and whether format 1.0.0 demands them. The first three are always demanded.
const ENVELOPE: [(&str, bool); 7] = [
    ("format_version", true),
    ("tenant_id", true),
    ("domains", true),
    ("export_timestamp", true),
    ("deployment_profile", true),
    ("correlation_id", true),
    ("schema_checksum", true),
];

const ENTRY: [&str; 9] =
    ["domain_key", "status", "exported_at", "items_count", "redacted_fields", "notes", "error", "reason", "data"];

struct Findings {
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Findings {
    fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.errors.push(Finding { path: path.into(), message: message.into() });
    }

    fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(Finding { path: path.into(), message: message.into() });
    }

    /// A member that must be of a type when it is there.
    fn member<T: DeserializeOwned>(&mut self, members: &Members, within: &str, name: &str, what: &str) -> Option<T> {
        let value = members.get(name)?;
        let read = serde_json::from_str(value.get());
        if read.is_err() {
            self.error(format!("{within}{name}"), format!("must be {what}"));
        }
        read.ok()
    }

    fn text(&mut self, members: &Members, within: &str, name: &str) -> Option<String> {
        let text: String = self.member(members, within, name, "a string")?;
        if text.is_empty() {
            self.error(format!("{within}{name}"), "must not be empty");
        }
        Some(text)
    }

    fn time(&mut self, members: &Members, within: &str, name: &str) {
        if let Some(text) = self.text(members, within, name)
            && OffsetDateTime::parse(&text, &Rfc3339).is_err()
        {
            self.error(format!("{within}{name}"), format!("`{text}` is no date and time of RFC 3339"));
        }
    }
}

/// Judges an artifact of a supported version.
#[must_use]
pub fn validate(artifact: &RawValue, version: FormatVersion, context: &Context<'_>) -> Verdict {
    let mut findings = Findings { errors: Vec::new(), warnings: Vec::new() };
    let mut schema_checksum_match = None;
    match serde_json::from_str::<Members>(artifact.get()) {
        Err(error) => findings.error("", format!("must be an object: {error}")),
        Ok(members) => {
            let stated = envelope(&members, version, &mut findings);
            schema_checksum_match = stated.map(|stated| schema_checksum(version) == Some(stated.as_str()));
            if findings.errors.is_empty() {
                content(artifact, version, context, &mut findings);
            }
        }
    }
    let Findings { errors, warnings } = findings;
    let result = match (errors.is_empty(), warnings.is_empty()) {
        (false, _) => Validity::Invalid,
        (true, false) => Validity::ValidWithWarnings,
        (true, true) => Validity::Valid,
    };
    let migration_required = version.major != CURRENT_VERSION.major;
    Verdict { result, format_version: version.to_string(), errors, warnings, schema_checksum_match, migration_required }
}

/// Judges the envelope; returns the stated checksum of the schema.
fn envelope(members: &Members, version: FormatVersion, findings: &mut Findings) -> Option<String> {
    let demanded = if version.major == CURRENT_VERSION.major { 3 } else { ENVELOPE.len() };
    for (name, _) in ENVELOPE.iter().take(demanded).filter(|(name, _)| !members.contains_key(*name)) {
        findings.error(*name, "is missing");
    }
    for name in members.keys().filter(|name| !name.starts_with('_')) {
        if !ENVELOPE.iter().any(|(known, _)| known == name) {
            findings.warning(name, "is not a member of the format");
        }
    }
    findings.text(members, "", "tenant_id");
    findings.text(members, "", "correlation_id");
    findings.time(members, "", "export_timestamp");
    if let Some(profile) = findings.text(members, "", "deployment_profile")
        && !["standard", "minimal", "full"].contains(&profile.as_str())
    {
        findings.error("deployment_profile", format!("`{profile}` is none of standard, minimal, full"));
    }
    let checksum = findings.text(members, "", "schema_checksum");
    let digits = checksum.as_ref().map(|text| text.strip_prefix("sha256:").unwrap_or_default());
    if digits.is_some_and(|digits| digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        findings.error("schema_checksum", "must be `sha256:` and 64 hexadecimal digits");
    }
    let entries: Vec<Members> = findings.member(members, "", "domains", "a list of objects").unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (position, members) in entries.iter().enumerate() {
        let within = format!("domains/{position}/");
        if let Some(key) = entry(members, &within, version, findings)
            && !seen.insert(key.clone())
        {
            findings.error(format!("{within}domain_key"), format!("domain `{key}` is listed twice"));
        }
    }
    checksum
}

/// Judges the entry of a domain; returns its key.
fn entry(members: &Members, within: &str, version: FormatVersion, findings: &mut Findings) -> Option<String> {
    let timed = version.major != CURRENT_VERSION.major;
    let demanded: &[&str] = if timed { &["domain_key", "status", "exported_at"] } else { &["domain_key", "status"] };
    for name in demanded.iter().filter(|name| !members.contains_key(**name)) {
        findings.error(format!("{within}{name}"), "is missing");
    }
    for name in members.keys().filter(|name| !name.starts_with('_') && !ENTRY.contains(&name.as_str())) {
        findings.warning(format!("{within}{name}"), "is not a member of the format");
    }
    findings.time(members, within, "exported_at");
    findings.member::<Option<u64>>(members, within, "items_count", "a whole number or null");
    findings.member::<Option<Members>>(members, within, "data", "an object or null");
    let status: Option<DomainStatus> =
        findings.member(members, within, "status", "one of ok, empty, error, not_available, not_requested");
    if let Some(status) = status {
        let unavailable = matches!(status, DomainStatus::NotAvailable | DomainStatus::NotRequested);
        for (name, fits) in [("error", status == DomainStatus::Error), ("reason", unavailable)] {
            if findings.member::<Option<String>>(members, within, name, "a string").flatten().is_some() && !fits {
                findings
                    .error(format!("{within}{name}"), format!("cannot stand beside the status `{}`", status.as_str()));
            }
        }
    }
    findings.text(members, within, "domain_key")
}

/// Judges what the domains hold.
fn content(raw: &RawValue, version: FormatVersion, context: &Context<'_>, findings: &mut Findings) {
    let artifact: Artifact = match serde_json::from_str(raw.get()) {
        Ok(artifact) => artifact,
        Err(error) => return findings.error("", error.to_string()),
    };
    if version.major == CURRENT_VERSION.major {
        for (position, entry) in artifact.domains.iter().enumerate() {
            records(&artifact.tenant_id, entry, &format!("domains/{position}"), context, findings);
        }
        return;
    }
    match migration::to_current(artifact, context) {
        Ok(migrated) => {
            for warning in migrated.migration_warnings {
                findings.warning(warning.affected_path.unwrap_or_default(), warning.message);
            }
        }
        Err(error) => findings.error("", error.to_string()),
    }
}

/// Judges the records of a domain, as if they were restored where they came from.
fn records(tenant_id: &str, entry: &DomainEntry, path: &str, context: &Context<'_>, findings: &mut Findings) {
    if let Err(unknown) = entry.domain() {
        return findings.warning(format!("{path}/domain_key"), unknown.to_string());
    }
    let nothing = entry.data.is_none() && entry.status != DomainStatus::Ok;
    if !entry.status.is_exportable() || nothing {
        return;
    }
    let data = match entry.read_data() {
        Ok(data) => data,
        Err(error) => return findings.error(format!("{path}/data"), error.to_string()),
    };
    if entry.items_count.is_some_and(|count| count != data.records.len() as u64) {
        let message = format!("the domain has {} records", data.records.len());
        findings.warning(format!("{path}/items_count"), message);
    }
    let space = context.naming.space_of(tenant_id).overlaid(&data.space);
    let permissive = Allowed::default();
    let allowed = context.allowed.unwrap_or(&permissive);
    let journey = Journey { source: &space, target: &space, allowed };
    let mut seen = BTreeSet::new();
    for (position, record) in data.records.iter().enumerate() {
        let path = format!("{path}/data/records/{position}");
        if !seen.insert(record.id()) {
            findings.error(&path, format!("{} is listed twice", record.id()));
        }
        if let Err(refusal) = parse_desired(record, &journey) {
            findings.warning(path, format!("{refusal}: it would be refused"));
        }
    }
}

/// The version that an artifact states, before anything else of it is read.
///
/// # Errors
/// What is stated in place of a string: null when nothing is.
pub fn stated_version(artifact: &RawValue) -> Result<String, Value> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        format_version: Value,
    }
    match serde_json::from_str::<Head>(artifact.get()).map(|head| head.format_version) {
        Ok(Value::String(text)) => Ok(text),
        Ok(other) => Err(other),
        Err(_) => Err(Value::Null),
    }
}

#[cfg(test)]
mod tests;
