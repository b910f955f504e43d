//! What both sides need: servers, the engine, and the tenant as an artifact and as a dump.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use restore_conformance::{
    backends::Backends,
    fixtures::{Domain, Generate, Space, Tenant, TenantFixture},
    implementation::{self, Process},
    manifest::schema,
    run::{Engines, Session},
    seeds,
    stack::{self, Stack, StackRequest},
    timeouts,
};
use serde_json::json;

use crate::pg::Tools;

/// Generated tenants hold nothing that depends on it.
const SEED: u64 = 1;

/// Well above the artifact of the largest tenant that is measured.
const MAX_ARTIFACT_BYTES: u64 = 64 << 20;

/// Servers, engine, tenant.
pub(crate) struct Bed {
    pub(crate) session: Session,
    /// What the manifest of a run would say of the engine.
    pub(crate) engine: schema::Implementation,
    pub(crate) servers: Vec<schema::Backend>,
    /// The tenant, as declared, in the space from which it was exported; it is not there any more.
    pub(crate) source: Tenant,
    /// Its artifact, as JSON.
    pub(crate) artifact: String,
    /// The tools and the dump of its schema, when that is measured.
    pub(crate) dump: Option<(Tools, PathBuf)>,
    /// Where the dump is restored.
    pub(crate) platform_url: String,
    fixture: TenantFixture,
    process: Process,
    /// Dropped last: the servers end with it.
    _stack: Stack,
}

impl Bed {
    /// Starts servers and engine, seeds the tenant, exports and dumps it, and removes it again.
    ///
    /// # Errors
    /// When something cannot be had.
    pub(crate) async fn prepare(
        folder: &Path,
        engine: Option<&Path>,
        sizes: &Generate,
        cases: &[Vec<Domain>],
    ) -> Result<Self, String> {
        let tools = if cases.iter().any(|case| case.contains(&Domain::PostgresMetadata)) {
            Some(Tools::find().await?)
        } else {
            None
        };
        println!("  … getting servers and engine");
        let request = StackRequest {
            // What others do on a shared stack would show in the figures, and this load in what they do.
            isolated: true,
            holder: "bench".into(),
            guardian_program: Some(env!("CARGO_BIN_EXE_restore-conformance").into()),
            ..StackRequest::default()
        };
        let (stack, executable) = tokio::try_join!(
            async { stack::acquire(&request).await.map_err(|error| error.to_string()) },
            implementation::find(engine)
        )?;
        let endpoints = stack.endpoints();
        let client = reqwest::Client::builder()
            .timeout(timeouts::MEASURED_RESTORE)
            .build()
            .map_err(|error| format!("cannot set up HTTP: {error}"))?;
        let engines = Engines::new(executable.path, folder, endpoints, client);
        let limits = json!({ "max_artifact_bytes": MAX_ARTIFACT_BYTES });
        let process = engines.shared(|configuration| configuration["limits"] = limits).await?;
        let backends = Backends::connect(endpoints).await.map_err(|error| error.to_string())?;
        let prefix = format!("rb-{}", hex::encode(rand::random::<[u8; 3]>()));
        let session = Session::new(SEED, prefix, backends, engines, process.base().to_owned());
        let fixture = TenantFixture::generated(sizes.clone());
        let platform_url = endpoints.postgres.suite_url(&endpoints.postgres.database).to_string();
        let servers = endpoints.summary().into_iter();
        let servers = servers.map(|it| schema::Backend::of_stack(&it.service, it.version, &it.origin));
        let mut bed = Self {
            engine: executable.facts,
            servers: servers.collect(),
            source: concretise(&fixture, &format!("{}-source", session.prefix))?,
            artifact: String::new(),
            dump: None,
            platform_url,
            fixture,
            process,
            session,
            _stack: stack,
        };
        bed.prepare_tenant(folder, tools, cases).await?;
        Ok(bed)
    }

    async fn prepare_tenant(
        &mut self,
        folder: &Path,
        tools: Option<Tools>,
        cases: &[Vec<Domain>],
    ) -> Result<(), String> {
        println!("  … seeding the tenant");
        let (session, source) = (&self.session, &self.source);
        let mut domains: Vec<Domain> = cases.iter().flatten().copied().collect();
        domains.sort_unstable();
        domains.dedup();
        seeds::seed(&session.backends, source, &domains).await.map_err(|error| error.to_string())?;
        let (api, id) = (session.api("export"), &source.space.tenant_id);
        session.register(&api, id).await.map_err(|failure| failure.to_string())?;
        let artifact = session.export(&api, id).await.map_err(|failure| failure.to_string())?;
        self.artifact = artifact.to_string();
        if let Some(tools) = tools {
            let file = folder.join("schema.dump");
            tools.dump(&self.platform_url, &source.space.schema(), &file).await?;
            self.dump = Some((tools, file));
        }
        self.clear(&self.source).await
    }

    /// The tenant in the space of another.
    ///
    /// # Errors
    /// When the fixture is unusable.
    pub(crate) fn tenant(&self, id: &str) -> Result<Tenant, String> {
        concretise(&self.fixture, id)
    }

    /// Empties a tenant's space, and lets the servers finish what they put off, so that the next side does not pay for
    /// it.
    ///
    /// # Errors
    /// When a backend refuses.
    pub(crate) async fn clear(&self, tenant: &Tenant) -> Result<(), String> {
        self.session.destroy(&tenant.space).await.map_err(|failure| failure.to_string())?;
        let backends = &self.session.backends;
        for statement in ["vacuum", "checkpoint"] {
            sqlx::raw_sql(statement)
                .execute(&backends.platform)
                .await
                .map_err(|error| format!("{statement}: {error}"))?;
        }
        let admin = backends.mongodb.database("admin");
        admin.run_command(bson::doc! { "fsync": 1 }).await.map_err(|error| format!("fsync: {error}"))?;
        Ok(())
    }

    /// Cargo's profile of an engine that was built for this.
    pub(crate) fn profile(&self) -> &'static str {
        match self.engine.origin {
            schema::ImplementationOrigin::Given | schema::ImplementationOrigin::Running => "given",
            schema::ImplementationOrigin::Built if cfg!(debug_assertions) => "dev",
            schema::ImplementationOrigin::Built => "release",
        }
    }

    /// Versions of the programs that the scripts use.
    pub(crate) fn tools(&self) -> BTreeMap<String, String> {
        self.dump.iter().map(|(tools, _)| ("pg_restore".to_owned(), tools.version.clone())).collect()
    }

    /// Ends the engine; the servers end when this is dropped.
    pub(crate) async fn stop(self) {
        self.process.stop().await;
    }
}

fn concretise(fixture: &TenantFixture, id: &str) -> Result<Tenant, String> {
    fixture.concretise(SEED, Space::of(id)).map_err(|error| error.to_string())
}
