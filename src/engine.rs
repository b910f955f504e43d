//! The engine: every operation that HTTP and the command line offer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Instant,
};

use restore_model::{identifier_map::IdentifierMap, preflight::Preflight, validation::Verdict};
use serde_json::{json, value::RawValue};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    Error, ErrorKind, Result,
    config::Config,
    control::{
        Caller, Control,
        journal::{Journal, RunJournal},
        lock::Locks,
        runs::{Progress, RunState, RunStatus, RunSummary},
        tenants::{NewTenant, Tenant, TenantState},
    },
    domains::Registry,
    export::{self, ExportDomains, ExportRequest, Exported},
    formats::{self, Conventions, FormatVersions, Migrated},
    preflight,
    restore::{self, Asked, RestoreRequest, RestoreStarted, select},
    work::Work,
};

/// A running engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// Puts something around the engine's own lock.
type AroundLocks = Box<dyn FnOnce(Arc<dyn Locks>) -> Arc<dyn Locks> + Send>;

/// Puts something around the engine's own journal of a run.
type AroundJournal = Box<dyn Fn(Arc<dyn Journal>) -> Arc<dyn Journal> + Send + Sync>;

/// An engine in the making.
pub struct Builder {
    config: Config,
    registry: Option<Registry>,
    locks: Option<AroundLocks>,
    journal: Option<AroundJournal>,
}

impl Builder {
    /// These drivers in place of the configured ones.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Something around the restore lock: to take a maintenance window into account, for example.
    #[must_use]
    pub fn locks(mut self, around: impl FnOnce(Arc<dyn Locks>) -> Arc<dyn Locks> + Send + 'static) -> Self {
        self.locks = Some(Box::new(around));
        self
    }

    /// Something around the journal of each run: to tell others what is being written, for example.
    #[must_use]
    pub fn journal(mut self, around: impl Fn(Arc<dyn Journal>) -> Arc<dyn Journal> + Send + Sync + 'static) -> Self {
        self.journal = Some(Box::new(around));
        self
    }

    /// Connects to the control database, brings its tables up to date and registers the configured backends, which
    /// need not answer yet.
    ///
    /// # Errors
    /// When the control database does not answer or refuses, naming it without its password.
    pub async fn connect(self) -> Result<Engine> {
        let Self { config, registry, locks, journal } = self;
        let registry = match registry {
            Some(registry) => registry,
            None => Registry::connect(&config.domains).await?,
        };
        let control = Control::connect(&config.control, config.lock).await?;
        let own: Arc<dyn Locks> = Arc::new(control.clone());
        let locks = locks.map_or(Arc::clone(&own), |around| around(own));
        let (work, watched) = (Work::default(), Mutex::default());
        Ok(Engine { inner: Arc::new(Inner { config, control, registry, locks, journal, work, watched }) })
    }
}

/// What all operations share.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) control: Control,
    pub(crate) registry: Registry,
    pub(crate) locks: Arc<dyn Locks>,
    pub(crate) work: Work,
    journal: Option<AroundJournal>,
    watched: Mutex<HashMap<Uuid, Weak<Progress>>>,
}

impl Inner {
    /// The journal of one run.
    pub(crate) fn journal(&self, tenant_id: &str, run_id: Uuid) -> Arc<dyn Journal> {
        let own = Arc::new(RunJournal { control: self.control.clone(), tenant_id: tenant_id.to_owned(), run_id });
        match &self.journal {
            Some(around) => around(own),
            None => own,
        }
    }

    /// Lets this process see a run's progress without the control database.
    pub(crate) fn watch(&self, run_id: Uuid, progress: &Arc<Progress>) {
        self.watched().insert(run_id, Arc::downgrade(progress));
    }

    /// The opposite of [`Inner::watch`].
    pub(crate) fn unwatch(&self, run_id: Uuid) {
        self.watched().remove(&run_id);
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Weak<Progress>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// An engine of which every part is its own. As [`Builder::connect`].
    ///
    /// # Errors
    /// When the control database does not answer or refuses, naming it without its password.
    pub async fn connect(config: Config) -> Result<Self> {
        Self::builder(config).connect().await
    }

    /// For whoever embeds the engine and puts something of its own around a part of it.
    #[must_use]
    pub fn builder(config: Config) -> Builder {
        Builder { config, registry: None, locks: None, journal: None }
    }

    /// The configuration it runs with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Asks whether the control database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<()> {
        self.inner.control.ready().await
    }

    /// Registers a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantExists`], [`ErrorKind::SpaceTaken`], [`ErrorKind::InvalidRequest`].
    pub async fn register_tenant(&self, caller: &Caller, new: NewTenant) -> Result<Tenant> {
        let control = &self.inner.control;
        let result = control.register_tenant(&new, &self.inner.config.naming).await;
        control.audit(caller, "tenant_register", &new.tenant_id, &result, json!({"state": new.state.as_str()})).await;
        result
    }

    /// All tenants, by id.
    ///
    /// # Errors
    /// When the control database fails.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        self.inner.control.tenants().await
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn tenant(&self, tenant_id: &str) -> Result<Tenant> {
        self.inner.control.tenant(tenant_id).await
    }

    /// Changes a tenant's state. A restore at work into it stops within a second of its suspension.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn set_tenant_state(&self, caller: &Caller, tenant_id: &str, state: TenantState) -> Result<Tenant> {
        let result = self.inner.control.set_tenant_state(tenant_id, state).await;
        let details = json!({"state": state.as_str()});
        self.inner.control.audit(caller, "tenant_state", tenant_id, &result, details).await;
        result
    }

    /// Removes a tenant's registration; nothing in a backend is touched.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`]; [`ErrorKind::SpaceNotEmpty`] while its space holds anything, with what, per
    /// domain, in the details; a backend error when a space cannot be looked into; [`ErrorKind::LockHeld`].
    pub async fn delete_tenant(&self, caller: &Caller, tenant_id: &str) -> Result<()> {
        let (this, caller, tenant_id) = (self.clone(), caller.clone(), tenant_id.to_owned());
        let work = async move {
            let result = this.try_delete_tenant(&caller, &tenant_id).await;
            this.inner.control.audit(&caller, "tenant_delete", &tenant_id, &result, json!({})).await;
            result
        };
        self.inner.work.finish(work).await
    }

    async fn try_delete_tenant(&self, caller: &Caller, tenant_id: &str) -> Result<()> {
        let control = &self.inner.control;
        let tenant = control.tenant(tenant_id).await?;
        let lease = self.inner.locks.lock(caller, tenant_id, None).await?;
        let result = async {
            let spaces = control.spaces().await?;
            let holdings = export::holdings(&self.inner.registry, &spaces, &tenant.space).await?;
            if !holdings.is_empty() {
                let message = format!("the space of tenant `{tenant_id}` still holds resources; remove them first");
                return Err(Error::new(ErrorKind::SpaceNotEmpty, message).with_details(holdings));
            }
            control.forget_tenant(tenant_id).await
        }
        .await;
        lease.release().await;
        result
    }

    /// Exports a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`], [`ErrorKind::UnknownDomain`], [`ErrorKind::ExportTooLarge`].
    pub async fn export(&self, caller: &Caller, request: ExportRequest) -> Result<Exported> {
        let span = tracing::info_span!("export", tenant_id = %request.tenant_id,
            correlation_id = %caller.correlation_id);
        let result = self.try_export(caller, &request).instrument(span).await;
        let exported = result.as_ref().ok();
        let details = json!({
            "domains": request.domains,
            "artifact_bytes": exported.map(|exported| exported.artifact.len()),
            "any_failed": exported.map(|exported| exported.any_failed),
        });
        self.inner.control.audit(caller, "export", &request.tenant_id, &result, details).await;
        result
    }

    async fn try_export(&self, caller: &Caller, request: &ExportRequest) -> Result<Exported> {
        let tenant = self.inner.control.tenant(&request.tenant_id).await?;
        let spaces = self.inner.control.spaces().await?;
        let source = export::Source {
            registry: self.inner.registry.clone(),
            spaces,
            space: tenant.space,
            deployment_profile: self.inner.config.deployment_profile,
            max_artifact_bytes: self.inner.config.limits.max_artifact_bytes,
            correlation_id: caller.correlation_id.clone(),
        };
        export::export(source, request.domains.as_deref()).await
    }

    /// Which domains of a tenant can be exported: every configured backend is asked.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn export_domains(&self, caller: &Caller, tenant_id: &str) -> Result<ExportDomains> {
        let result = match self.inner.control.tenant(tenant_id).await {
            Ok(_) => {
                let profile = self.inner.config.deployment_profile;
                Ok(export::availability(&self.inner.registry, tenant_id, profile).await)
            }
            Err(error) => Err(error),
        };
        self.inner.control.audit(caller, "export_domains", tenant_id, &result, json!({})).await;
        result
    }

    /// Proposes the identifier map from an artifact into a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`], [`ErrorKind::InvalidRequest`], [`ErrorKind::UnsupportedFormatVersion`].
    pub async fn identifier_map(
        &self,
        caller: &Caller,
        tenant_id: &str,
        artifact: Option<&RawValue>,
    ) -> Result<IdentifierMap> {
        let result = self.try_identifier_map(tenant_id, artifact).await;
        let entries = result.as_ref().ok().map(|map| map.entries.len());
        self.inner.control.audit(caller, "identifier_map", tenant_id, &result, json!({"entries": entries})).await;
        result
    }

    async fn try_identifier_map(&self, tenant_id: &str, artifact: Option<&RawValue>) -> Result<IdentifierMap> {
        let tenant = self.inner.control.tenant(tenant_id).await?;
        let artifact = artifact.map(ToOwned::to_owned);
        let inner = Arc::clone(&self.inner);
        restore::blocking(move || {
            let artifact = select::read_artifact(artifact.as_deref(), &inner.config)?;
            let usable: Vec<_> = artifact
                .domains
                .iter()
                .filter(|entry| entry.status.is_exportable())
                .filter_map(|entry| entry.domain().ok())
                .collect();
            let source = select::source_space(&artifact, &usable, &inner.config.naming)?;
            Ok(select::propose(&artifact, &source, &tenant.space))
        })
        .await
    }

    /// Tells what a restore would find. Nothing is locked or written.
    ///
    /// # Errors
    /// As [`Engine::restore`]. A backend that fails is no error but an `analysis_error` of its domain.
    pub async fn preflight(&self, caller: &Caller, asked: Asked) -> Result<Preflight> {
        let (tenant_id, started) = (asked.tenant_id.clone(), Instant::now());
        let span = tracing::info_span!("preflight", %tenant_id, correlation_id = %caller.correlation_id);
        let result = preflight::preflight(&self.inner, caller, asked).instrument(span).await;
        let found = result.as_ref().ok();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let details = json!({
            "source_tenant_id": found.map(|found| &found.source_tenant_id),
            "format_version": found.map(|found| &found.format_version),
            "needs_confirmation": found.map(|found| found.needs_confirmation),
            "preflight_digest": found.and_then(|found| found.preflight_digest.as_ref()),
            "analysis": found.map(|found| &found.summary),
            "duration_ms": duration_ms,
        });
        self.inner.control.audit(caller, "preflight", &tenant_id, &result, details).await;
        result
    }

    /// Starts a restore, detached from the caller.
    ///
    /// # Errors
    /// Everything that can be told before the first look into a backend; nothing was locked or written then.
    pub async fn restore(&self, caller: &Caller, request: RestoreRequest) -> Result<RestoreStarted> {
        let (inner, caller) = (Arc::clone(&self.inner), caller.clone());
        let work = async move {
            let tenant_id = request.asked.tenant_id.clone();
            let details = json!({"domains": request.asked.domains, "dry_run": request.dry_run});
            let result = restore::start(&inner, &caller, request).await;
            // A run that started is recorded when it ends.
            let operation = match &result {
                Ok(RestoreStarted::Running(_)) => return result,
                Ok(RestoreStarted::NeedsConfirmation { .. }) => "restore_needs_confirmation",
                Err(_) => "restore",
            };
            inner.control.audit(&caller, operation, &tenant_id, &result, details).await;
            result
        };
        self.inner.work.finish(work).await
    }

    /// A run of a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`], [`ErrorKind::RunNotFound`].
    pub async fn run(&self, tenant_id: &str, run_id: Uuid) -> Result<RunStatus> {
        self.inner.control.tenant(tenant_id).await?;
        let mut run = self.inner.control.run(tenant_id, run_id).await?;
        let progress = self.inner.watched().get(&run_id).and_then(Weak::upgrade);
        if let Some(progress) = progress.filter(|_| run.state == RunState::Running) {
            run.progress = progress.seen();
        }
        Ok(run)
    }

    /// Runs of a tenant, the newest first; only those of a correlation id when one is given.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn runs(&self, tenant_id: &str, correlation_id: Option<&str>) -> Result<Vec<RunSummary>> {
        self.inner.control.tenant(tenant_id).await?;
        self.inner.control.runs(tenant_id, correlation_id).await
    }

    /// Judges an artifact; nothing is read from a backend.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`], [`ErrorKind::UnsupportedFormatVersion`].
    pub async fn validate(&self, caller: &Caller, tenant_id: &str, artifact: Box<RawValue>) -> Result<Verdict> {
        let conventions = Conventions::of(&self.inner.config);
        let result = restore::blocking(move || formats::validate(&artifact, &conventions)).await;
        let verdict = result.as_ref().ok();
        let details = json!({
            "format_version_validated": verdict.map(|verdict| &verdict.format_version),
            "result": verdict.map(|verdict| verdict.result),
            "error_count": verdict.map(|verdict| verdict.errors.len()),
            "warning_count": verdict.map(|verdict| verdict.warnings.len()),
        });
        self.inner.control.audit(caller, "validate", tenant_id, &result, details).await;
        result
    }

    /// Brings an artifact to the current format version; nothing is read from a backend.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`], [`ErrorKind::UnsupportedFormatVersion`].
    pub async fn migrate(&self, caller: &Caller, tenant_id: &str, artifact: Box<RawValue>) -> Result<Migrated> {
        let conventions = Conventions::of(&self.inner.config);
        let result = restore::blocking(move || formats::migrate(&artifact, &conventions)).await;
        let details = json!({
            "migration_metadata": result.as_ref().ok().and_then(|migrated| migrated.migration_metadata.as_ref()),
            "warning_count": result.as_ref().ok().map(|migrated| migrated.migration_warnings.len()),
        });
        self.inner.control.audit(caller, "migrate", tenant_id, &result, details).await;
        result
    }

    /// What this engine writes and reads.
    #[must_use]
    pub fn format_versions(&self) -> FormatVersions {
        formats::versions(self.inner.config.limits.max_artifact_bytes)
    }

    /// Ends every run of this process after its current batches, releases their locks, and waits for their reports.
    /// Nothing that takes a lock begins from now on.
    pub async fn shutdown(&self) {
        self.inner.work.end().await;
    }
}
