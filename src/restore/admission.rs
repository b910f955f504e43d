//! From a request to what will be restored: the checks of the contract, in its order. Nothing is locked, and no
//! backend is asked, until they all hold.

use std::{num::NonZero, sync::LazyLock};

use restore_model::{
    TenantSpace,
    artifact::{MigrationMetadata, MigrationWarning},
    domains::Allowed,
    identifier_map::IdentifierMap,
    preflight_digest::{Fingerprint, fingerprint_way},
};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use super::select::{self, Desired, Passage, Selection};
use crate::{
    Error, ErrorKind, Result,
    control::{
        spaces::Spaces,
        tenants::{Tenant, TenantState},
    },
    engine::Inner,
};

/// What a restore and its preflight are asked alike.
#[derive(Debug)]
pub struct Asked {
    /// The tenant to restore into.
    pub tenant_id: String,
    /// The artifact as it was sent; none is refused after the tenant was looked up.
    pub artifact: Option<Box<RawValue>>,
    /// From the artifact's tenant to this one; needed when they differ.
    pub identifier_map: Option<serde_json::Value>,
    /// The domains to restore, in the order in which the report lists them; all when none are named.
    pub domains: Option<Vec<String>>,
}

/// What the envelope of the artifact says.
pub(crate) struct Envelope {
    pub(crate) source_tenant_id: String,
    pub(crate) format_version: String,
    pub(crate) migration_metadata: Option<MigrationMetadata>,
    pub(crate) migration_warnings: Vec<MigrationWarning>,
}

/// Everything that stands before the first look into a backend.
pub(crate) struct Admitted {
    pub(crate) envelope: Envelope,
    pub(crate) selection: Selection,
    pub(crate) target: TenantSpace,
    pub(crate) spaces: Spaces,
    pub(crate) allowed: Allowed,
    pub(crate) desired: Vec<Desired>,
    /// Of both spaces and the map.
    pub(crate) way: Fingerprint,
}

impl Admitted {
    /// True when the artifact is another tenant's.
    pub(crate) fn crosses_tenants(&self) -> bool {
        self.envelope.source_tenant_id != self.target.tenant_id
    }
}

/// How the checks ended.
pub(crate) enum Admission {
    /// They all hold.
    Granted(Box<Admitted>),
    /// The artifact is another tenant's, and the caller must confirm this map first.
    NeedsConfirmation { envelope: Box<Envelope>, proposal: IdentifierMap },
}

/// Checks a request in the order of the contract.
///
/// # Errors
/// Everything that can be told before the first look into a backend.
pub(crate) async fn admit(engine: &Inner, asked: Asked) -> Result<Admission> {
    let tenant = engine.control.tenant(&asked.tenant_id).await?;
    check_active(&tenant)?;
    let (raw, config) = (asked.artifact, engine.config.clone());
    let artifact = blocking(move || {
        let artifact = select::read_artifact(raw.as_deref(), &config);
        drop(raw);
        artifact
    })
    .await?;
    let mut selection =
        select::select(&artifact, asked.domains.as_deref(), |domain| engine.registry.get(domain).is_some())?;
    let source = select::source_space(&artifact, &selection.eligible, &engine.config.naming)?;
    let target = tenant.space;
    let envelope = Envelope {
        source_tenant_id: source.tenant_id.clone(),
        format_version: artifact.format_version.clone(),
        migration_metadata: artifact.migration_metadata.clone(),
        migration_warnings: artifact.migration_warnings.clone(),
    };
    let map = asked.identifier_map.as_ref();
    let way = match select::check_passage(&artifact, &source, &target, &selection.eligible, map)? {
        Passage::Open(map) => fingerprint_way(&source, &target, map.as_ref()),
        Passage::NeedsConfirmation(proposal) => {
            return Ok(Admission::NeedsConfirmation { envelope: Box::new(envelope), proposal });
        }
    };
    let spaces = engine.control.spaces().await?;
    let allowed = engine.config.allowed();
    let (desired, malformed) = {
        let (eligible, target, allowed, spaces) =
            (selection.eligible.clone(), target.clone(), allowed.clone(), spaces.clone());
        blocking(move || select::parse_domains(artifact, &eligible, (&source, &target), &allowed, &spaces)).await?
    };
    selection.leave_out(malformed)?;
    Ok(Admission::Granted(Box::new(Admitted { envelope, selection, target, spaces, allowed, desired, way })))
}

/// How many artifacts are worked on at once. More than there are processors would only keep leases, heartbeats and
/// answers from their turn.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)));

/// Work on a whole artifact would hold up everything else on this thread.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    // The semaphore is never closed; without a permit the work would be done all the same.
    let _turn = AT_ONCE.acquire().await;
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|cause| Err(Error::new(ErrorKind::Internal, "reading the artifact failed").caused_by(cause)))
}

fn check_active(tenant: &Tenant) -> Result<()> {
    match tenant.state {
        TenantState::Active => Ok(()),
        state => Err(Error::new(
            ErrorKind::TenantSuspended,
            format!("tenant `{}` is {}: nothing is restored into it", tenant.tenant_id, state.as_str()),
        )),
    }
}
