//! The stack: real servers to restore into, from wherever they can be had.
//!
//! In flow order: `versions` pins what is installed; `resolve` decides for each service where it comes from; `native`
//! finds, installs and launches servers as processes of this machine, `external` takes those that are given; `ready`
//! proves that a server takes a write and a read; `guardian` owns what was launched and tears it down when its last
//! user is gone. [`acquire`] is the way in; a [`Stack`] is held for as long as the servers are needed.

mod endpoints;
mod error;
mod external;
mod guardian;
mod native;
mod ready;
mod request;
mod resolve;
mod secret;
mod session;
mod spec;
mod versions;

pub(crate) use endpoints::percent_encode;
pub use endpoints::{
    Endpoints, KafkaEndpoint, Login, MongodbEndpoint, Origin, PostgresEndpoint, S3Endpoint, SaslUser, Service,
    ServiceSummary,
};
pub use error::{EXIT_UNAVAILABLE, EXIT_USAGE, Missing, StackError};
pub use external::{ExternalKafka, ExternalMongodb, ExternalPostgres, ExternalS3, ExternalStack};
pub use guardian::protocol::StackStatus;
pub use guardian::run as run_guardian;
pub use request::StackRequest;
pub use resolve::{Choice, Resolution};
pub use secret::{REDACTED, Secret};
pub use session::{Installed, Stack, acquire, down, install, status};
