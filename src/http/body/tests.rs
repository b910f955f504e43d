use axum::body::Body;
use futures::stream;
use serde_json::{Value, json};

use super::*;
use crate::http::requests::RestoreBody;

fn refusal(body: &str) -> String {
    let error = parse::<RestoreBody>(body.as_bytes()).unwrap_err();
    format!("{} {error}", error.kind().code())
}

#[test]
fn a_wrong_body_is_told_by_member_and_position() {
    let with = |member: &str, value: Value| {
        let mut body = json!({"artifact": {"format_version": "2.0.0", "tenant_id": "a", "domains": []}});
        body[member] = value;
        body.to_string()
    };
    let bodies = [
        "{\"artifact\": {".to_owned(),
        "{\"artifact\": {\n  \"tenant_id\": nul".into(),
        String::new(),
        "[]".into(),
        "\"artifact\"".into(),
        "{} {}".into(),
        with("domains", json!("kafka")),
        with("domains", json!(["kafka", 7])),
        with("dry_run", json!("false")),
        with("dryrun", json!(true)),
        with("conflict_policy", json!("overwrite")),
    ];
    insta::assert_snapshot!(bodies.map(|body| refusal(&body)).join("\n"));
}

#[test]
fn the_artifact_is_kept_as_it_was_sent() {
    let text = r#"{"artifact": {"b": 1.50, "a": "\u00fc", "_padding": "x"}, "identifier_map": null}"#;
    let body: RestoreBody = parse(text.as_bytes()).unwrap();
    assert_eq!(body.artifact.unwrap().get(), r#"{"b": 1.50, "a": "\u00fc", "_padding": "x"}"#);
    assert_eq!(body.identifier_map, None);
    assert!(!body.dry_run.unwrap_or_default());
}

fn chunked(chunks: usize) -> Request {
    let chunks = stream::iter((0..chunks).map(|_| Ok::<_, std::io::Error>(vec![b' '; 10])));
    Request::new(Body::from_stream(chunks))
}

#[tokio::test]
async fn a_body_over_the_limit_gets_its_answer_also_when_chunked() {
    assert_eq!(read(chunked(3), 30).await.unwrap().len(), 30);
    let problem = read(chunked(4), 30).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (413, "ARTIFACT_TOO_LARGE"));

    let announced = Request::builder().header(header::CONTENT_LENGTH, 31).body(Body::from(vec![0; 31])).unwrap();
    assert_eq!(read(announced, 30).await.unwrap_err().status().as_u16(), 413);
}

/// A restore's body whose artifact has so many bytes, and something around it.
fn carrying(bytes: usize) -> Request {
    let around = r#"{"_padding":""}"#.len();
    let artifact = format!(r#"{{"_padding":"{}"}}"#, "x".repeat(bytes - around));
    Request::new(Body::from(format!(r#"{{"artifact": {artifact}}}"#)))
}

#[tokio::test]
async fn the_limit_is_that_of_the_artifact_to_the_byte_and_not_of_the_body_around_it() {
    let body: RestoreBody = with_artifact(carrying(100), 100).await.unwrap();
    assert_eq!(body.artifact.unwrap().get().len(), 100);
    let problem = with_artifact::<RestoreBody>(carrying(101), 100).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (413, "ARTIFACT_TOO_LARGE"));
    assert!(problem.message().contains("has 101 bytes, the limit is 100"), "{}", problem.message());

    assert_eq!(artifact(carrying(100), 100).await.unwrap().get().len(), 100);
    assert_eq!(artifact(carrying(101), 100).await.unwrap_err().status().as_u16(), 413);
    let bare = Request::new(Body::from(r#"{"format_version": "2.0.0"}"#));
    assert_eq!(artifact(bare, 26).await.unwrap_err().status().as_u16(), 413);
}
