//! The connection: lazy, bounded in time; the driver's errors are translated here.

use std::time::Duration;

use futures::TryStreamExt as _;
use mongodb::{
    Client,
    bson::{Document, doc},
    error::{Error as DriverError, ErrorKind as DriverErrorKind},
    options::{ClientOptions, ConnectionString, HostInfo},
};
use restore_model::DomainKey;
use tokio::{sync::OnceCell, time::timeout};

use crate::{Error, ErrorKind, Result, config::MongoConfig, domains::backend::Backend};

/// Listings of indexes that run at once.
pub(super) const READERS: usize = 16;

/// The server's words for credentials that it does not take.
const REFUSED: &str = "Authentication failed";

/// A deployment.
pub(super) struct Connection {
    url: String,
    backend: Backend,
    request: Duration,
    client: OnceCell<Client>,
}

/// What a command came to, when it did not succeed.
pub(super) struct Failure {
    /// The server's code, when it was the server that refused.
    pub(super) code: Option<i32>,
    /// For people, with the endpoint.
    pub(super) error: Error,
}

impl Connection {
    /// Checks the URL; connects to nothing.
    pub(super) fn new(config: &MongoConfig) -> Result<Self> {
        // The parser's own message may quote a password.
        let parsed = ConnectionString::parse(&config.url).map_err(|_| {
            Error::new(ErrorKind::Configuration, "domains.mongo_metadata.url is not a mongodb:// URL that can be read")
        })?;
        let endpoint = match &parsed.host_info {
            HostInfo::HostIdentifiers(hosts) => hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            HostInfo::DnsRecord(name) => name.clone(),
            _ => "an unnamed host".into(),
        };
        let request = Duration::from_millis(config.request_timeout_ms);
        let backend = Backend::new(DomainKey::MongoMetadata, endpoint);
        Ok(Self { url: config.url.clone(), backend, request, client: OnceCell::new() })
    }

    /// The bound of one request.
    pub(super) const fn request_timeout(&self) -> Duration {
        self.request
    }

    async fn client(&self) -> Result<&Client, Failure> {
        let connecting = async {
            let mut options = ClientOptions::parse(&self.url).await?;
            // It gives up before its request does, because it knows why there is no server.
            let most = self.request * 9 / 10;
            let bound = |given: Option<Duration>| Some(given.map_or(most, |given| given.min(most)));
            options.server_selection_timeout = bound(options.server_selection_timeout);
            options.connect_timeout = bound(options.connect_timeout);
            options.max_pool_size.get_or_insert(u32::try_from(READERS).unwrap_or(16));
            options.app_name.get_or_insert_with(|| "restore-engine".to_owned());
            Client::with_options(options)
        };
        self.client.get_or_try_init(|| connecting).await.map_err(|error| self.translate(&error))
    }

    /// Asks whether the deployment answers and accepts the credentials.
    pub(super) async fn check(&self) -> Result<()> {
        let command = doc! { "listDatabases": 1, "nameOnly": true, "filter": { "name": "admin" } };
        self.run("admin", command).await.map(drop).map_err(|failure| failure.error)
    }

    /// Runs a command once.
    pub(super) async fn run(&self, database: &str, command: Document) -> Result<Document, Failure> {
        let database = self.client().await?.database(database);
        match timeout(self.request, async { database.run_command(command).await }).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(self.translate(&error)),
            Err(_) => Err(self.late()),
        }
    }

    /// Runs a command that answers with a cursor, and reads it to the end.
    pub(super) async fn list(&self, database: &str, command: Document) -> Result<Vec<Document>, Failure> {
        let database = self.client().await?.database(database);
        let mut cursor = match timeout(self.request, async { database.run_cursor_command(command).await }).await {
            Ok(Ok(cursor)) => cursor,
            Ok(Err(error)) => return Err(self.translate(&error)),
            Err(_) => return Err(self.late()),
        };
        let mut documents = Vec::new();
        loop {
            match timeout(self.request, cursor.try_next()).await {
                Ok(Ok(Some(document))) => documents.push(document),
                Ok(Ok(None)) => return Ok(documents),
                Ok(Err(error)) => return Err(self.translate(&error)),
                Err(_) => return Err(self.late()),
            }
        }
    }

    fn late(&self) -> Failure {
        Failure { code: None, error: self.backend.late(self.request) }
    }

    fn translate(&self, error: &DriverError) -> Failure {
        let code = match error.kind.as_ref() {
            DriverErrorKind::Command(refused) => Some(refused.code),
            _ => None,
        };
        let backend = &self.backend;
        let detail = match error.kind.as_ref() {
            DriverErrorKind::Command(refused) => {
                format!("{} ({} {})", refused.message, refused.code, refused.code_name)
            }
            DriverErrorKind::ServerSelection { message, .. } => why_no_server(message),
            DriverErrorKind::Io(cause) => cause.to_string(),
            other => other.to_string(),
        };
        let error = match (error.kind.as_ref(), code) {
            (DriverErrorKind::Authentication { .. }, _) | (_, Some(18)) => backend.refuses_credentials(detail),
            // Whoever asks while the driver already holds the server for unusable is told only of that.
            (DriverErrorKind::ServerSelection { .. }, _) if detail.contains(REFUSED) => {
                backend.refuses_credentials(detail)
            }
            (_, Some(13)) => backend.refuses_operation(detail),
            (
                DriverErrorKind::ServerSelection { .. }
                | DriverErrorKind::Io(_)
                | DriverErrorKind::DnsResolve { .. }
                | DriverErrorKind::ConnectionPoolCleared { .. },
                _,
            ) => backend.unreachable(detail),
            _ => backend.failed(detail),
        };
        Failure { code, error }
    }
}

/// The causes within the driver's dump of its view of the servers, each once.
fn why_no_server(message: &str) -> String {
    let mut causes: Vec<&str> = message
        .split("Error: Kind: ")
        .skip(1)
        .filter_map(|rest| rest.split(", labels:").next())
        .map(|cause| cause.strip_prefix("I/O error: ").unwrap_or(cause))
        .collect();
    causes.dedup();
    if causes.is_empty() {
        return message.split(" Topology:").next().unwrap_or(message).to_owned();
    }
    causes.join("; ")
}

#[cfg(test)]
mod tests {
    use super::why_no_server;

    #[test]
    fn the_cause_is_told_without_the_drivers_view_of_the_servers() {
        let refused = "Type: Unknown, Error: Kind: I/O error: Connection refused (os error 111), labels: {\"x\"}, source: \
                       None, server response: None";
        let two = format!(
            "Server selection timeout: No available servers. Topology: {{ Type: Unknown, Servers: [ {{ Address: a:1, \
             {refused} }}, {{ Address: b:1, {refused} }} ] }}"
        );
        assert_eq!(why_no_server(&two), "Connection refused (os error 111)");
        let none =
            "Server selection timeout: No available servers. Topology: { Type: ReplicaSetNoPrimary, Servers: [] }";
        assert_eq!(why_no_server(none), "Server selection timeout: No available servers.");
    }
}
