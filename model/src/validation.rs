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
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::space::Naming;

    const EXPORT: &str = include_str!("../../fixtures/artifacts/export_1.0.0.json");

    fn verdict(artifact: &Value) -> Verdict {
        let naming = Naming::default();
        let context = Context { naming: &naming, allowed: None, at: datetime!(2026-11-25 06:00 UTC) };
        let raw = RawValue::from_string(artifact.to_string()).unwrap();
        let version = FormatVersion::supported(&stated_version(&raw).unwrap()).unwrap();
        validate(&raw, version, &context)
    }

    #[test]
    fn the_public_example_is_valid_and_what_it_cannot_carry_is_a_warning() {
        let verdict = verdict(&serde_json::from_str(EXPORT).unwrap());
        assert_eq!((verdict.result, verdict.errors.len()), (Validity::ValidWithWarnings, 0));
        assert!(verdict.migration_required && verdict.schema_checksum_match == Some(true));
        assert!(
            verdict.warnings.iter().any(|it| it.path.ends_with("data/schemas/0/views/1")),
            "{:?}",
            verdict.warnings
        );
    }

    #[test]
    fn every_flaw_is_told_with_its_path() {
        let artifact = json!({"format_version": "1.0.0", "tenant_id": "", "deployment_profile": "huge", "extra": 1,
            "_padding": "x", "schema_checksum": "sha256:12", "export_timestamp": "yesterday", "domains": [
                {"domain_key": "iam", "status": "fine", "exported_at": "2026-05-04T09:30:00Z"},
                {"domain_key": "iam", "status": "ok", "error": "no", "items_count": -1, "data": []}]});
        insta::assert_json_snapshot!(verdict(&artifact));
    }

    /// What is said of a valid artifact of format 1.0.0 when one member of the envelope, or of its entry, is another.
    fn with(member: &str, value: Value) -> String {
        let mut artifact = json!({"format_version": "1.0.0", "tenant_id": "acme", "deployment_profile": "full",
            "export_timestamp": "2026-05-04T09:30:00Z", "correlation_id": "c",
            "schema_checksum": schema_checksum(FormatVersion::supported("1.0.0").unwrap()), "domains": [
                {"domain_key": "kafka", "status": "empty", "exported_at": "2026-05-04T09:30:00Z"}]});
        match member.strip_prefix("entry.") {
            Some(member) => artifact["domains"][0][member] = value.clone(),
            None => artifact[member] = value.clone(),
        }
        let verdict = verdict(&artifact);
        let line = |finding: &Finding| format!("{}: {}", finding.path, finding.message);
        let errors = verdict.errors.iter().map(|it| format!(" ERROR {}", line(it)));
        let warnings = verdict.warnings.iter().map(|it| format!(" WARNING {}", line(it)));
        let found: String = errors.chain(warnings).collect();
        format!("{member} = {value}: {:?} {:?}{found}", verdict.result, verdict.schema_checksum_match)
    }

    #[test]
    fn each_member_of_the_envelope_is_judged() {
        let digits = "0123456789abcdef".repeat(4);
        insta::assert_snapshot!([
            with("_note", json!(1)),
            with("note", json!(1)),
            with("tenant_id", json!(7)),
            with("correlation_id", json!("")),
            with("export_timestamp", json!("2026-05-04")),
            with("export_timestamp", json!("")),
            with("deployment_profile", json!("standard")),
            with("deployment_profile", json!("minimal")),
            with("deployment_profile", json!("tiny")),
            with("schema_checksum", json!(format!("sha256:{digits}"))),
            with("schema_checksum", json!(format!("sha256:{digits}0"))),
            with("schema_checksum", json!(format!("sha256:{}", digits.replace('0', "g")))),
            with("schema_checksum", json!(digits)),
            with("domains", json!([])),
            with("domains", json!([7])),
        ]
        .join("\n"), @r#"
        _note = 1: Valid Some(true)
        note = 1: ValidWithWarnings Some(true) WARNING note: is not a member of the format
        tenant_id = 7: Invalid Some(true) ERROR tenant_id: must be a string
        correlation_id = "": Invalid Some(true) ERROR correlation_id: must not be empty
        export_timestamp = "2026-05-04": Invalid Some(true) ERROR export_timestamp: `2026-05-04` is no date and time of RFC 3339
        export_timestamp = "": Invalid Some(true) ERROR export_timestamp: must not be empty ERROR export_timestamp: `` is no date and time of RFC 3339
        deployment_profile = "standard": Valid Some(true)
        deployment_profile = "minimal": Valid Some(true)
        deployment_profile = "tiny": Invalid Some(true) ERROR deployment_profile: `tiny` is none of standard, minimal, full
        schema_checksum = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": Valid Some(false)
        schema_checksum = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0": Invalid Some(false) ERROR schema_checksum: must be `sha256:` and 64 hexadecimal digits
        schema_checksum = "sha256:g123456789abcdefg123456789abcdefg123456789abcdefg123456789abcdef": Invalid Some(false) ERROR schema_checksum: must be `sha256:` and 64 hexadecimal digits
        schema_checksum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": Invalid Some(false) ERROR schema_checksum: must be `sha256:` and 64 hexadecimal digits
        domains = []: Valid Some(true)
        domains = [7]: Invalid Some(true) ERROR domains: must be a list of objects
        "#);
    }

    #[test]
    fn each_member_of_an_entry_is_judged() {
        insta::assert_snapshot!([
            with("entry._note", json!(1)),
            with("entry.note", json!(1)),
            with("entry.domain_key", json!("")),
            with("entry.domain_key", json!("functions")),
            with("entry.exported_at", json!("noon")),
            with("entry.items_count", json!(null)),
            with("entry.items_count", json!(0)),
            with("entry.items_count", json!(1.5)),
            with("entry.data", json!(null)),
            with("entry.data", json!({})),
            with("entry.data", json!("x")),
            with("entry.status", json!("ok")),
            with("entry.status", json!("fine")),
            with("entry.error", json!(null)),
            with("entry.error", json!("x")),
            with("entry.error", json!(7)),
            with("entry.reason", json!("x")),
        ]
        .join("\n"), @r#"
        entry._note = 1: Valid Some(true)
        entry.note = 1: ValidWithWarnings Some(true) WARNING domains/0/note: is not a member of the format
        entry.domain_key = "": Invalid Some(true) ERROR domains/0/domain_key: must not be empty
        entry.domain_key = "functions": ValidWithWarnings Some(true) WARNING domains/functions/data: unknown domain `functions`; known are iam, postgres_metadata, mongo_metadata, kafka, storage: nothing of it was carried
        entry.exported_at = "noon": Invalid Some(true) ERROR domains/0/exported_at: `noon` is no date and time of RFC 3339
        entry.items_count = null: Valid Some(true)
        entry.items_count = 0: Valid Some(true)
        entry.items_count = 1.5: Invalid Some(true) ERROR domains/0/items_count: must be a whole number or null
        entry.data = null: Valid Some(true)
        entry.data = {}: Valid Some(true)
        entry.data = "x": Invalid Some(true) ERROR domains/0/data: must be an object or null
        entry.status = "ok": ValidWithWarnings Some(true) WARNING domains/kafka/data: the domain's data is missing although the domain is `ok`; nothing of it was carried
        entry.status = "fine": Invalid Some(true) ERROR domains/0/status: must be one of ok, empty, error, not_available, not_requested
        entry.error = null: Valid Some(true)
        entry.error = "x": Invalid Some(true) ERROR domains/0/error: cannot stand beside the status `empty`
        entry.error = 7: Invalid Some(true) ERROR domains/0/error: must be a string
        entry.reason = "x": Invalid Some(true) ERROR domains/0/reason: cannot stand beside the status `empty`
        "#);
    }

    #[test]
    fn an_error_and_a_reason_stand_beside_their_statuses() {
        let fits = |status: &str, member: &str| {
            let artifact = json!({"format_version": "2.0.0", "tenant_id": "acme",
                "domains": [{"domain_key": "kafka", "status": status, member: "x"}]});
            verdict(&artifact).errors.iter().all(|error| !error.message.contains("cannot stand beside"))
        };
        for (status, error, reason) in [
            ("ok", false, false),
            ("empty", false, false),
            ("error", true, false),
            ("not_available", false, true),
            ("not_requested", false, true),
        ] {
            assert_eq!((fits(status, "error"), fits(status, "reason")), (error, reason), "{status}");
        }
    }

    #[test]
    fn an_entry_of_this_format_needs_data_when_it_is_ok() {
        let judged = |entry: Value| {
            let verdict = verdict(&json!({"format_version": "2.0.0", "tenant_id": "acme", "domains": [entry]}));
            let line = |finding: &Finding| format!("{}: {}", finding.path, finding.message);
            let found: Vec<String> = verdict.errors.iter().chain(&verdict.warnings).map(line).collect();
            format!("{entry}: {:?} {}", verdict.result, found.join("; "))
        };
        let empty = crate::artifact::records_checksum(&[]).unwrap();
        let data = json!({"space": {}, "records_checksum": empty, "records": []});
        insta::assert_snapshot!([
            judged(json!({"domain_key": "kafka", "status": "ok"})),
            judged(json!({"domain_key": "kafka", "status": "ok", "data": {}})),
            judged(json!({"domain_key": "kafka", "status": "ok", "items_count": 0, "data": data})),
            judged(json!({"domain_key": "kafka", "status": "ok", "items_count": 1, "data": data})),
            judged(json!({"domain_key": "kafka", "status": "empty"})),
            judged(json!({"domain_key": "kafka", "status": "empty", "data": {}})),
            judged(json!({"domain_key": "kafka", "status": "not_available", "data": {}})),
            judged(json!({"domain_key": "kafka", "status": "error"})),
            judged(json!({"domain_key": "functions", "status": "ok"})),
        ]
        .join("\n"), @r#"
        {"domain_key":"kafka","status":"ok"}: Invalid domains/0/data: domains/kafka/data: missing
        {"domain_key":"kafka","status":"ok","data":{}}: Invalid domains/0/data: domains/kafka/data: .: missing field `space` at line 1 column 2
        {"domain_key":"kafka","status":"ok","items_count":0,"data":{"space":{},"records_checksum":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","records":[]}}: Valid 
        {"domain_key":"kafka","status":"ok","items_count":1,"data":{"space":{},"records_checksum":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","records":[]}}: ValidWithWarnings domains/0/items_count: the domain has 0 records
        {"domain_key":"kafka","status":"empty"}: Valid 
        {"domain_key":"kafka","status":"empty","data":{}}: Invalid domains/0/data: domains/kafka/data: .: missing field `space` at line 1 column 2
        {"domain_key":"kafka","status":"not_available","data":{}}: Valid 
        {"domain_key":"kafka","status":"error"}: Valid 
        {"domain_key":"functions","status":"ok"}: ValidWithWarnings domains/0/domain_key: unknown domain `functions`; known are iam, postgres_metadata, mongo_metadata, kafka, storage
        "#);
    }

    #[test]
    fn the_version_that_is_stated_is_read_before_anything_else() {
        let stated = |text: &str| stated_version(&RawValue::from_string(text.to_owned()).unwrap());
        assert_eq!(stated(r#"{"format_version": "9.9", "domains": 7}"#), Ok("9.9".to_owned()));
        assert_eq!(stated(r#"{"format_version": 2}"#), Err(json!(2)));
        assert_eq!(stated("{}"), Err(Value::Null));
        assert_eq!(stated("[]"), Err(Value::Null));
    }

    #[test]
    fn a_record_that_was_changed_or_would_be_refused_is_told() {
        let topic =
            |name: &str| json!({"type": "topic", "name": name, "spec": {"partitions": 1, "replication_factor": 1}});
        let artifact = |records: Vec<Value>, checksum: Option<&str>| {
            let parsed: Vec<crate::artifact::Record> =
                records.iter().map(|record| serde_json::from_value(record.clone()).unwrap()).collect();
            let real = crate::artifact::records_checksum(&parsed).unwrap();
            let data = json!({"space": {}, "records_checksum": checksum.unwrap_or(&real), "records": records});
            json!({"format_version": "2.0.0", "tenant_id": "acme", "domains":
                [{"domain_key": "kafka", "status": "ok", "items_count": 1, "data": data}]})
        };
        assert_eq!(verdict(&artifact(vec![topic("a")], None)).result, Validity::Valid);
        let changed = verdict(&artifact(vec![topic("a")], Some("sha256:00")));
        assert!(changed.errors[0].message.contains("was changed after its export"), "{changed:?}");
        let odd = verdict(&artifact(vec![topic("a"), topic("b c"), topic("a")], None));
        insta::assert_json_snapshot!(odd);
    }
}
