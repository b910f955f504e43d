use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, Uri},
};
use restore_model::{
    DomainKey, Inventory, Kind, Resource,
    domains::Allowed,
    plan::{Unfinished, plan_domain},
    space::Naming,
};
use serde_json::json;

use super::*;
use crate::{
    config::StorageConfig,
    domains::{Domain, storage::StorageDomain, tests::Held},
};

/// An endpoint that refuses to set the object lock of a bucket so many times, with this code, and what it was asked for.
#[derive(Clone)]
struct Refusing {
    code: &'static str,
    times: usize,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn answer(State(endpoint): State<Refusing>, method: Method, uri: Uri) -> (StatusCode, String) {
    let setting = uri.query().unwrap_or_default().trim_end_matches('=');
    let mut asked = endpoint.asked.lock().unwrap();
    let before = asked.iter().filter(|it| it.ends_with("object-lock")).count();
    asked.push(format!("{method} {setting}").trim_end().to_owned());
    if setting == "object-lock" && before < endpoint.times {
        let code = endpoint.code;
        return (StatusCode::CONFLICT, format!("<Error><Code>{code}</Code><Message>no lock</Message></Error>"));
    }
    (StatusCode::OK, String::new())
}

/// What became of a bucket with object lock, and what the endpoint was asked for, in order.
async fn locked(code: &'static str, times: usize) -> (Result<(), String>, Vec<String>) {
    let endpoint = Refusing { code, times, asked: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(endpoint.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = StorageConfig {
        endpoint: format!("http://{address}"),
        region: "us-east-1".into(),
        access_key_id: "engine".into(),
        secret_access_key: "canary".into(),
        path_style: true,
        request_timeout_ms: 5_000,
    };
    let domain = StorageDomain::connect(&config).await.unwrap();
    let spec = json!({"object_lock": {"mode": "GOVERNANCE", "days": 3}, "versioning": "Enabled"});
    let wanted = vec![Ok(Resource::new(Kind::Bucket, "invoices", &spec).unwrap())];
    let plan = plan_domain(DomainKey::Storage, wanted, &Inventory::default(), &Unfinished::new());
    let (space, allowed) = (Naming::default().space_of("acme"), Allowed::default());
    let target = Target { space: &space, allowed: &allowed, fence: &Held, failed: &BTreeSet::new() };
    let outcome = domain.apply(&target, &plan.actions).await.remove(0);
    let asked = endpoint.asked.lock().unwrap().clone();
    (outcome.result.map(drop), asked)
}

#[tokio::test]
async fn an_object_lock_that_is_refused_for_a_stale_picture_is_set_once_more() {
    let first = ["PUT", "PUT versioning", "PUT object-lock"];
    for code in ["InvalidBucketState", "ObjectLockConfigurationNotFoundError"] {
        let (outcome, asked) = locked(code, 1).await;
        assert_eq!(outcome, Ok(()));
        assert_eq!(asked, [&first[..], &first[1..]].concat());
    }
}

#[tokio::test]
async fn an_object_lock_that_stays_refused_is_told() {
    let (outcome, asked) = locked("InvalidBucketState", usize::MAX).await;
    let why = outcome.unwrap_err();
    assert!(why.contains("InvalidBucketState: no lock"), "{why}");
    assert_eq!(asked.len(), 3 + 3 * 2);
    let (outcome, asked) = locked("InvalidRetentionPeriod", usize::MAX).await;
    assert!(outcome.is_err());
    assert_eq!(asked, ["PUT", "PUT versioning", "PUT object-lock"], "another refusal is final");
}

#[test]
fn a_redacted_tag_is_not_written_and_what_is_there_is_not_written_again() {
    let tags = |tags: &[(&str, &str)]| -> BTreeMap<String, String> {
        tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let wanted = tags(&[("api-key", REDACTED), ("team", "billing")]);
    let names =
        |there| -> Vec<String> { tags_to_set(&wanted, &there).into_iter().map(|(name, _)| name.clone()).collect() };
    assert_eq!(names(tags(&[])), ["team"]);
    assert_eq!(names(tags(&[("team", "billing"), ("api-key", "supplied again")])), [""; 0]);
    assert!(tags_to_set(&tags(&[("api-key", REDACTED)]), &tags(&[])).is_empty());
}
