//! Engines on the servers of a run: the one that most scenarios share, and those of a scenario's own.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};

use super::configuration::configuration;
use crate::{
    fixtures::{Domain, Naming},
    implementation::{Api, Dialect, Process, Program},
    proxy::Proxies,
    stack::Endpoints,
};

/// All that is needed to start an engine.
#[derive(Debug, Clone)]
pub struct Engines {
    /// Nothing where an implementation is judged that runs already.
    program: Option<Program>,
    /// Each engine has a folder of its own in it.
    folder: PathBuf,
    endpoints: Endpoints,
    client: reqwest::Client,
    dialect: Arc<Dialect>,
}

/// An engine with a proxy before each of its domains' backends. Its control database is reached directly, and is the
/// same as that of the run's other engines.
#[derive(Debug)]
pub struct Proxied {
    /// The engine.
    pub process: Process,
    /// What stands before its backends.
    pub proxies: Proxies,
}

impl Engines {
    /// Starts `program` on these servers; engines leave their logs in folders within `folder`, and trust tokens of one
    /// fresh key.
    #[must_use]
    pub fn new(program: impl Into<Program>, folder: &Path, endpoints: &Endpoints, client: reqwest::Client) -> Self {
        Self::speaking(Some(program.into()), folder, endpoints, client, Dialect::default())
    }

    /// The same, spoken to in this way. Without a program nothing can be started.
    #[must_use]
    pub fn speaking(
        program: Option<Program>,
        folder: &Path,
        endpoints: &Endpoints,
        client: reqwest::Client,
        dialect: Dialect,
    ) -> Self {
        let dialect = Arc::new(dialect);
        Self { program, folder: folder.to_owned(), endpoints: endpoints.clone(), client, dialect }
    }

    /// How they are spoken to.
    #[must_use]
    pub const fn dialect(&self) -> &Arc<Dialect> {
        &self.dialect
    }

    /// The same, that starts engines on these servers.
    #[must_use]
    pub fn on(&self, endpoints: &Endpoints) -> Self {
        Self { endpoints: endpoints.clone(), ..self.clone() }
    }

    /// The servers.
    #[must_use]
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// A client of the engine at `base`, with this correlation id.
    #[must_use]
    pub fn api(&self, base: &str, correlation: &str) -> Api {
        Api::new(base, self.client.clone(), self.dialect.clone(), correlation)
    }

    /// The engine that the scenarios share; its log lies in the folder itself. `change` has the last word about its
    /// configuration.
    ///
    /// # Errors
    /// With the end of its log when it ends or is not ready in time.
    pub async fn shared(&self, change: impl FnOnce(&mut Value)) -> Result<Process, String> {
        let mut configuration = configuration(&self.endpoints, self.dialect.tokens.public_key());
        self.name(&mut configuration);
        change(&mut configuration);
        self.start(&self.folder, &configuration, &[]).await
    }

    /// Tells which names are not as SPEC.md has them.
    fn name(&self, configuration: &mut Value) {
        if *self.dialect.naming != Naming::default() {
            configuration["naming"] = json!(self.dialect.naming);
        }
    }

    async fn start(
        &self,
        folder: &Path,
        configuration: &Value,
        environment: &[(&str, &str)],
    ) -> Result<Process, String> {
        let program = self.program.as_ref().ok_or("an implementation that runs already cannot be started")?;
        let patience = self.dialect.ready_within;
        Process::start(program, folder, configuration, environment, &self.client, patience).await
    }

    /// An engine with proxies before its backends. `change` has the last word about its configuration.
    ///
    /// # Errors
    /// When a backend cannot be put behind a proxy; with the end of its log when it ends or is not ready in time.
    pub async fn proxied(&self, name: &str, change: impl FnOnce(&mut Value)) -> Result<Proxied, String> {
        self.proxied_in(name, &[], change).await
    }

    /// The same, with this added to its environment.
    ///
    /// # Errors
    /// As [`Engines::proxied`].
    pub async fn proxied_in(
        &self,
        name: &str,
        environment: &[(&str, &str)],
        change: impl FnOnce(&mut Value),
    ) -> Result<Proxied, String> {
        let proxies = Proxies::start(&self.endpoints).map_err(|error| error.to_string())?;
        let key = self.dialect.tokens.public_key();
        let mut whole = configuration(&self.endpoints, key);
        for domain in Domain::ALL {
            // As it would be if everything were behind this domain's proxy; only this domain's part is taken.
            let mut through = configuration(proxies.of(domain).endpoints(), key);
            whole["domains"][domain.key()] = through["domains"][domain.key()].take();
        }
        self.name(&mut whole);
        change(&mut whole);
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        let process = self.start(&folder, &whole, environment).await?;
        Ok(Proxied { process, proxies })
    }
}
