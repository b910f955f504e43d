use serde_json::json;
use time::macros::datetime;

use super::*;
use crate::space::Naming;

const EXPORT: &str = include_str!("../../../fixtures/artifacts/export_1.0.0.json");

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
    assert!(verdict.warnings.iter().any(|it| it.path.ends_with("data/schemas/0/views/1")), "{:?}", verdict.warnings);
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
    let topic = |name: &str| json!({"type": "topic", "name": name, "spec": {"partitions": 1, "replication_factor": 1}});
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
