//! The stack: real servers to restore into, from wherever they can be had.
//!
//! In flow order: `versions` pins what is installed, `images` what runs as a container; `resolve` decides for each service
//! where it comes from; `native` finds, installs and launches servers as processes of this machine, `containers` launches
//! them as containers, `external` takes those that are given; `server` holds what is true of a server whatever runs it;
//! `ready` proves that it takes a write and a read; `guardian` owns what was launched and tears it down when its last user
//! is gone, `talk` asks it, `running` tells and ends what runs already. [`acquire`] is the way in; a [`Stack`] is held for as long as the servers are needed.

mod containers;
mod endpoints;
mod error;
mod external;
mod guardian;
mod images;
mod native;
mod ready;
mod request;
mod resolve;
mod running;
mod secret;
mod server;
mod session;
mod spec;
mod talk;
mod versions;

pub(crate) use endpoints::percent_encode;
pub use endpoints::{
    Endpoints, KafkaEndpoint, Login, MongodbEndpoint, Origin, PostgresEndpoint, S3Endpoint, SaslUser, Service,
    ServiceSummary,
};
pub use error::{EXIT_UNAVAILABLE, EXIT_USAGE, Missing, StackError};
pub use external::{ExternalKafka, ExternalMongodb, ExternalPostgres, ExternalS3, StackFile};
pub use guardian::protocol::StackStatus;
pub use guardian::run as run_guardian;
pub use images::{Image, Images};
pub use request::{StackRequest, parse_origins};
pub use resolve::{Choice, Resolution};
pub use running::{down, status};
pub use secret::{REDACTED, Secret};
pub use session::{Installed, Stack, acquire, install};
pub use talk::is_guardian;
