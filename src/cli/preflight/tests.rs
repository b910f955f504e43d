use restore_model::{
    DomainKey, Inventory, Kind, Resource, ResourceId,
    artifact::REDACTED,
    plan::{Unfinished, plan_domain},
    preflight::PreflightSummary,
    resource::Refusal,
};
use serde_json::json;

use super::*;

fn of(kind: Kind, name: &str, spec: &Value) -> Resource {
    Resource::new(kind, name, spec).unwrap()
}

fn analysis(desired: Vec<std::result::Result<Resource, Refusal>>, existing: Vec<Resource>) -> DomainAnalysis {
    let mut observed = Inventory::default();
    existing.into_iter().for_each(|resource| observed.insert(resource));
    let domain = existing_domain(&desired);
    DomainAnalysis::of_plan(&plan_domain(domain, desired, &observed, &Unfinished::new()))
}

fn existing_domain(desired: &[std::result::Result<Resource, Refusal>]) -> DomainKey {
    desired[0].as_ref().map_or(DomainKey::Iam, |resource| resource.id.kind.domain())
}

fn preflight(domains: Vec<DomainAnalysis>) -> Preflight {
    Preflight {
        correlation_id: "req-1".into(),
        source_tenant_id: "acme".into(),
        target_tenant_id: "globex".into(),
        format_version: "2.0.0".into(),
        analyzed_at: "2026-11-24T12:00:00Z".into(),
        summary: PreflightSummary::of(&domains),
        domains,
        preflight_digest: None,
        needs_confirmation: false,
        identifier_map_proposal: None,
        migration_metadata: None,
        migration_warnings: Vec::new(),
    }
}

fn with_conflicts() -> Preflight {
    let column = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let columns = |kind: &str| json!({"columns": [column("id", "bigint"), column("total", kind)]});
    let orders = ResourceId::new(Kind::Table, "orders");
    let long: Vec<String> = (0..30).map(|number| format!("column_{number}")).collect();
    preflight(vec![
        DomainAnalysis::skipped("storage", "`not_available` in the artifact"),
        analysis(
            vec![
                Ok(of(Kind::Role, "clerk", &json!({"composites": ["auditor"]}))),
                Ok(of(Kind::Role, "fine", &json!({}))),
                Ok(of(Kind::IdentityProvider, "partner", &json!({"config": {"clientSecret": REDACTED}}))),
                Err(Refusal::new(ResourceId::new(Kind::Role, "re\u{1b}[2Jd"), "is a composite of itself")),
            ],
            vec![of(Kind::Role, "clerk", &json!({}))],
        ),
        analysis(
            vec![
                Ok(of(Kind::Table, "orders", &columns("numeric(12,2)"))),
                Ok(of(Kind::Table, "wide", &json!({"columns": ["id"]}))),
                Ok(of(Kind::PostgresIndex, "orders_open", &json!({})).owned_by(orders)),
            ],
            vec![of(Kind::Table, "orders", &columns("real")), of(Kind::Table, "wide", &json!({"columns": long}))],
        ),
        DomainAnalysis::failed(DomainKey::Kafka, "kafka at 127.0.0.1:9092 does not answer"),
    ])
}

#[test]
fn a_person_can_decide_from_the_table() {
    insta::assert_snapshot!(describe(&with_conflicts(), Style::plain()));
}

#[test]
fn an_empty_target_reads_in_a_few_lines() {
    let clear = preflight(vec![analysis(vec![Ok(of(Kind::Topic, "orders", &json!({"partitions": 1})))], Vec::new())]);
    assert_eq!(exit_code(&clear), 0);
    assert_eq!(exit_code(&with_conflicts()), 3);
    insta::assert_snapshot!(describe(&clear, Style::plain()));
}

#[test]
fn the_next_command_repeats_what_was_chosen() {
    let arguments = arguments::Preflight {
        tenant: "globex".into(),
        artifact: "exports/acme's.json".into(),
        domains: Some(vec![DomainKey::Iam, DomainKey::Kafka]),
        map: Some("map.json".into()),
    };
    assert_eq!(
        next_command(&arguments),
        r"restore-engine restore --tenant globex --domains iam,kafka --map map.json 'exports/acme'\''s.json'"
    );
}
