//! Against a broker that refuses.

mod broker;

use broker::Manners;

use super::client::Client;
use crate::{ErrorKind, config::KafkaConfig};

const CLUSTER_AUTHORIZATION_FAILED: i16 = 31;
const SECURITY_DISABLED: i16 = 54;
const DESCRIBE: i32 = 1 << 8;

fn client(manners: Manners) -> Client {
    let config = KafkaConfig {
        bootstrap_servers: broker::start(manners).to_string(),
        username: Some("engine".into()),
        password: Some("canary".into()),
        security_protocol: None,
        sasl_mechanism: None,
        shared_principals: Vec::new(),
        request_timeout_ms: 5_000,
    };
    Client::new(&config).unwrap()
}

#[tokio::test]
async fn a_refused_listing_of_entries_is_no_absence() {
    let refused = client(Manners { acl_error: CLUSTER_AUTHORIZATION_FAILED, ..Manners::default() });
    let error = refused.run(|admin| admin.acls()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BackendDenied, "{error}");
    let message = error.to_string();
    assert!(message.ends_with("the engine's user needs Describe on the cluster"), "{message}");
}

#[tokio::test]
async fn a_cluster_without_entries_or_without_an_authorizer_has_none() {
    for acl_error in [0, SECURITY_DISABLED] {
        let empty = client(Manners { acl_error, cluster_operations: DESCRIBE, ..Manners::default() });
        assert!(empty.run(|admin| admin.acls()).await.unwrap().is_empty(), "{acl_error}");
    }
}

#[tokio::test]
async fn credentials_that_were_put_right_are_taken_at_once() {
    let client = client(Manners { refused_logins: 1.into(), cluster_operations: DESCRIBE, ..Manners::default() });
    let error = client.run(|admin| admin.acls()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BackendDenied, "{error}");
    client.run(|admin| admin.acls()).await.unwrap();
}
