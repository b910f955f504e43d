//! The stack: real servers to restore into, from wherever they can be had.
//!
//! In flow order: `versions` pins what is installed; `resolve` decides for each service where it comes from;
//! `native` finds, installs and launches servers as processes of this machine; `ready` proves that a server takes
//! a write and a read; `guardian` owns what was launched and tears it down when its last user is gone.
//! `acquire` is the way in; a `Stack` is held for as long as the servers are needed.

mod endpoints;
mod error;
mod secret;

pub use endpoints::{
    Endpoints, KafkaEndpoint, Login, MongodbEndpoint, Origin, PostgresEndpoint, ProxiedListener, S3Endpoint, SaslUser,
    Service, ServiceSummary,
};
pub use error::{EXIT_UNAVAILABLE, EXIT_USAGE, Missing, StackError};
pub use secret::{REDACTED, Secret};
