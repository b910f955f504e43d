use std::{
    io::{Read, Write},
    net::TcpListener,
};

use super::*;

fn at(endpoint: String) -> Result<S3> {
    S3::new(&StorageConfig {
        endpoint,
        region: "us-east-1".into(),
        access_key_id: "engine".into(),
        secret_access_key: "canary".into(),
        path_style: true,
        request_timeout_ms: 5_000,
    })
}

/// An endpoint with one answer to everything.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut request = [0; 4096];
            // The requests here have no body and fit.
            if client.read(&mut request).is_ok_and(|size| size > 0) {
                let _ = client.write_all(answer.as_bytes());
            }
        }
    });
    format!("http://{address}")
}

async fn told(endpoint: String) -> String {
    let error = at(endpoint.clone()).unwrap().first_buckets().await.unwrap_err();
    format!("{} {}", error.kind().code(), error.to_string().replace(&endpoint, "[endpoint]"))
}

#[tokio::test]
async fn what_is_wrong_is_told_once_with_the_endpoint_and_without_the_sdk() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let all = [
        told(format!("http://{closed}")).await,
        told(answering(concat!(
            "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-type: application/xml\r\n\r\n",
            "<Error><Code>InvalidAccessKeyId</Code><Message>The key does not exist.</Message></Error>"
        )))
        .await,
        told(answering(concat!(
            "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-type: application/xml\r\n\r\n",
            "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"
        )))
        .await,
        told(answering("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello")).await,
        told(answering("SSH-2.0-OpenSSH_9.2\r\n")).await,
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn an_endpoint_that_cannot_be_used_is_not_quoted() {
    let message = |endpoint: &str| at(endpoint.into()).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(message("s3://me:canary@host"), "domains.storage.endpoint is not an http:// or https:// URL");
    assert_eq!(
        message("http://me:canary@host/"),
        "domains.storage.endpoint holds credentials: they go into access_key_id and secret_access_key"
    );
    assert_eq!(message("http://host:9000/a@b"), "");
}
