use restore_model::report::{Counts, DomainResult, ResourceAction, ResourceResult, Summary};

use super::*;

fn resource(name: &str, action: ResourceAction, message: Option<&str>) -> ResourceResult {
    ResourceResult {
        resource_type: "tables".into(),
        resource_name: name.into(),
        resource_id: None,
        action,
        message: message.map(str::to_owned),
        warnings: Vec::new(),
        diff: None,
        verified: Some(true),
        redacted_fields: Vec::new(),
    }
}

fn report() -> Report {
    let mut kept = resource("orders", ResourceAction::Conflict, Some("exists and differs"));
    kept.diff = Some(
        serde_json::from_value(serde_json::json!({"columns": {"existing": ["id"], "desired": ["id", "total"]}}))
            .unwrap(),
    );
    let postgres = DomainResult {
        domain_key: "postgres_metadata".into(),
        status: DomainResultStatus::Error,
        counts: Counts { created: 1, skipped: 0, conflicts: 1, errors: 1, warnings: 0 },
        resource_results: vec![
            resource("customers", ResourceAction::Created, None),
            kept,
            resource("re\u{1b}[2Jd", ResourceAction::Error, Some("requires tables:orders")),
        ],
        message: None,
        verified: Some(false),
    };
    let kafka = DomainResult::failed(restore_model::DomainKey::Kafka, "kafka at 127.0.0.1:9092 does not answer");
    Report {
        run_id: "0199-1".into(),
        tenant_id: "globex".into(),
        source_tenant_id: "acme".into(),
        correlation_id: "req-1".into(),
        dry_run: false,
        result_status: ResultStatus::Partial,
        status: ResultStatus::Partial,
        format_version: "2.0.0".into(),
        summary: Summary::default(),
        domain_results: vec![postgres, kafka],
        started_at: "2026-11-24T12:00:00Z".into(),
        ended_at: "2026-11-24T12:00:01Z".into(),
        verified: Some(false),
        migration_metadata: None,
        migration_warnings: Vec::new(),
    }
}

#[test]
fn a_report_shows_what_needs_attention() {
    insta::assert_snapshot!(render::report(&report(), false, Style::plain()));
}

#[test]
fn all_resources_are_shown_on_demand() {
    assert!(!render::report(&report(), false, Style::plain()).contains("customers"));
    assert!(render::report(&report(), true, Style::plain()).contains("customers"));
}

#[test]
fn the_exit_code_tells_success_from_partial_and_failed() {
    let code = |result_status, failed: bool| {
        let domain_results = if failed { report().domain_results } else { Vec::new() };
        exit_code(&Report { result_status, domain_results, ..report() })
    };
    assert_eq!(code(ResultStatus::Success, false), 0);
    assert_eq!(code(ResultStatus::Failed, true), 1);
    assert_eq!(code(ResultStatus::Partial, false), 3);
    assert_eq!(code(ResultStatus::Blocked, false), 5);
    assert_eq!(code(ResultStatus::DryRun, false), 0);
    assert_eq!(code(ResultStatus::DryRun, true), 3);
}
