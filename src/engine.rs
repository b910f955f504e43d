//! The engine: every operation that HTTP and the command line offer.

use std::sync::Arc;

use restore_model::identifier_map::IdentifierMap;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    Error, ErrorKind, Result,
    config::Config,
    control::{
        Caller,
        runs::RunStatus,
        tenants::{NewTenant, Tenant, TenantState},
    },
    export::{ExportDomains, ExportRequest, Exported, FormatVersions},
    restore::{RestoreRequest, RestoreStarted},
};

/// A running engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
}

impl Engine {
    /// Connects to the control database, brings its tables up to date and registers the configured backends, which
    /// need not answer yet.
    ///
    /// # Errors
    /// When the control database does not answer or refuses, naming it without its password.
    pub async fn connect(config: Config) -> Result<Self> {
        Ok(Self { inner: Arc::new(Inner { config }) })
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
        Err(missing())
    }

    /// Registers a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantExists`], [`ErrorKind::SpaceTaken`], [`ErrorKind::InvalidRequest`].
    pub async fn register_tenant(&self, caller: &Caller, new: NewTenant) -> Result<Tenant> {
        let _ = (caller, new);
        Err(missing())
    }

    /// All tenants, by id.
    ///
    /// # Errors
    /// When the control database fails.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        Err(missing())
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn tenant(&self, tenant_id: &str) -> Result<Tenant> {
        let _ = tenant_id;
        Err(missing())
    }

    /// Changes a tenant's state.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn set_tenant_state(&self, caller: &Caller, tenant_id: &str, state: TenantState) -> Result<Tenant> {
        let _ = (caller, tenant_id, state);
        Err(missing())
    }

    /// Removes a tenant's registration; nothing in a backend is touched.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`]; [`ErrorKind::SpaceNotEmpty`] while its space holds anything, with what, per
    /// domain, in the details; a backend error when a space cannot be looked into; [`ErrorKind::LockHeld`].
    pub async fn delete_tenant(&self, caller: &Caller, tenant_id: &str) -> Result<()> {
        let _ = (caller, tenant_id);
        Err(missing())
    }

    /// Exports a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`], [`ErrorKind::UnknownDomain`], [`ErrorKind::ExportTooLarge`].
    pub async fn export(&self, caller: &Caller, request: ExportRequest) -> Result<Exported> {
        let _ = (caller, request);
        Err(missing())
    }

    /// Which domains of a tenant can be exported: every configured backend is asked.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn export_domains(&self, caller: &Caller, tenant_id: &str) -> Result<ExportDomains> {
        let _ = (caller, tenant_id);
        Err(missing())
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
        let _ = (caller, tenant_id, artifact);
        Err(missing())
    }

    /// Starts a restore, detached from the caller.
    ///
    /// # Errors
    /// Everything that can be told before the first look into a backend; nothing was locked or written then.
    pub async fn restore(&self, caller: &Caller, request: RestoreRequest) -> Result<RestoreStarted> {
        let _ = (caller, request);
        Err(missing())
    }

    /// A run of a tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`], [`ErrorKind::RunNotFound`].
    pub async fn run(&self, tenant_id: &str, run_id: Uuid) -> Result<RunStatus> {
        let _ = (tenant_id, run_id);
        Err(missing())
    }

    /// What this engine writes and reads.
    #[must_use]
    pub fn format_versions(&self) -> FormatVersions {
        crate::export::format_versions(self.inner.config.limits.max_artifact_bytes)
    }

    /// Ends every run of this process after its current batches, releases their locks, and waits for their reports.
    pub async fn shutdown(&self) {}
}

fn missing() -> Error {
    Error::new(ErrorKind::Internal, "this operation is being built")
}
