//! What "ready" means: a write and a read worked. Each check answers the version that the server reports, and leaves
//! nothing behind. Here too is what a fresh server is given: users, roles, databases.

pub(crate) mod kafka;
pub(crate) mod mongodb;
pub(crate) mod postgres;
pub(crate) mod s3;

use super::endpoints::{Endpoints, Service};

/// Looks once whether a server that was ready is so again.
pub(crate) async fn check(endpoints: &Endpoints, service: Service) -> Result<(), String> {
    match service {
        Service::Postgres => postgres::check(&endpoints.postgres, &endpoints.postgres.database).await,
        Service::Mongodb => mongodb::check(&endpoints.mongodb).await,
        Service::Kafka => kafka::check(&endpoints.kafka).await,
        Service::S3 => s3::check(&endpoints.s3).await,
    }
    .map(drop)
}

/// When a server is ready, for people.
pub(crate) const fn condition(service: Service) -> &'static str {
    match service {
        Service::Postgres => "a row is written and read in the database `postgres`",
        Service::Mongodb => "a document is written with majority and read",
        Service::Kafka => "a topic is created, described and deleted",
        Service::S3 => "an object is put, got and deleted in a bucket of its own",
    }
}

/// A name for what a check creates; different for every check, as several may look at one server at a time.
fn unique(separator: char) -> String {
    format!("conformance{separator}ready{separator}{}", hex::encode(rand::random::<[u8; 6]>()))
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
