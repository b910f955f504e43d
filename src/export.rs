//! Export: observe → artifact.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use restore_model::{
    DomainKey, Inventory, TenantSpace,
    artifact::{
        Artifact, CURRENT_VERSION, DomainData, DomainEntry, DomainStatus, Record, records_checksum, schema_checksum,
    },
    diff::redacted_fields,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    Error, ErrorKind, Result,
    config::DeploymentProfile,
    control::{database::rfc3339, spaces::Spaces},
    domains::{Domain, Registry},
    restore::{analyse::OBSERVE_LIMIT, select::read_domains, side_by_side},
};

/// Bounds one question to a backend whether it answers.
const CHECK_LIMIT: Duration = Duration::from_secs(5);

/// An export.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The tenant to export.
    pub tenant_id: String,
    /// The domains to export; all when none are named.
    pub domains: Option<Vec<String>>,
}

/// An exported artifact.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The artifact: JSON in UTF-8.
    pub artifact: Vec<u8>,
    /// Whether some domain has status `error`.
    pub any_failed: bool,
}

/// Whether a domain can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Its backend answers.
    Available,
    /// It is configured, but its backend does not answer or refuses the engine.
    Degraded,
    /// It is not configured.
    NotAvailable,
}

/// One domain and whether it can be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainAvailability {
    /// The domain.
    pub domain_key: DomainKey,
    /// Whether it can be exported.
    pub availability: Availability,
    /// What it holds, for people.
    pub description: String,
    /// Why it is not available or degraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which domains of a tenant can be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportDomains {
    /// The tenant.
    pub tenant_id: String,
    /// `standard`, `minimal` or `full`.
    pub deployment_profile: String,
    /// RFC 3339.
    pub queried_at: String,
    /// All five.
    pub domains: Vec<DomainAvailability>,
}

const fn profile(profile: DeploymentProfile) -> &'static str {
    match profile {
        DeploymentProfile::Standard => "standard",
        DeploymentProfile::Minimal => "minimal",
        DeploymentProfile::Full => "full",
    }
}

const fn description(domain: DomainKey) -> &'static str {
    match domain {
        DomainKey::Iam => "realm, roles, groups, members, service accounts, client scopes, identity providers",
        DomainKey::PostgresMetadata => {
            "schema, types, tables, constraints, indexes, statistics, views, functions, triggers, grants"
        }
        DomainKey::MongoMetadata => "collections, views and indexes",
        DomainKey::Kafka => "topics, access control entries, consumer groups",
        DomainKey::Storage => "buckets and their settings",
    }
}

/// What an export stands on.
pub(crate) struct Source {
    pub(crate) registry: Registry,
    pub(crate) spaces: Spaces,
    pub(crate) space: TenantSpace,
    pub(crate) deployment_profile: DeploymentProfile,
    pub(crate) max_artifact_bytes: u64,
    pub(crate) correlation_id: String,
}

/// Exports the named domains, all five by default, side by side; the artifact has them in restore order.
///
/// # Errors
/// [`ErrorKind::UnknownDomain`], [`ErrorKind::ExportTooLarge`].
pub(crate) async fn export(source: Source, domains: Option<&[String]>) -> Result<Exported> {
    let mut domains = domains.map_or_else(|| Ok(DomainKey::ALL.to_vec()), read_domains)?;
    domains.sort();
    let export_timestamp = now();
    let source = Arc::new(source);
    let entries = side_by_side(domains.into_iter().map(|domain| {
        let source = Arc::clone(&source);
        async move { export_domain(&source, domain).await }
    }))
    .await;
    let any_failed = entries.iter().any(|entry| entry.status == DomainStatus::Error);
    let artifact = Artifact {
        format_version: CURRENT_VERSION.to_string(),
        tenant_id: source.space.tenant_id.clone(),
        export_timestamp: Some(export_timestamp),
        deployment_profile: Some(profile(source.deployment_profile).to_owned()),
        correlation_id: Some(source.correlation_id.clone()),
        schema_checksum: schema_checksum(CURRENT_VERSION).map(str::to_owned),
        migration_metadata: None,
        migration_warnings: Vec::new(),
        domains: entries,
    };
    let artifact = serde_json::to_vec(&artifact)
        .map_err(|error| Error::new(ErrorKind::Internal, "the artifact could not be written").caused_by(error))?;
    let (bytes, most) = (artifact.len() as u64, source.max_artifact_bytes);
    if bytes > most {
        return Err(Error::new(
            ErrorKind::ExportTooLarge,
            format!(
                "the artifact has {bytes} bytes, the limit is {most}; export fewer domains at once or raise \
                     limits.max_artifact_bytes"
            ),
        )
        .with_details(vec![format!("artifact_bytes: {bytes}"), format!("max_bytes: {most}")]));
    }
    Ok(Exported { artifact, any_failed })
}

async fn export_domain(source: &Source, domain: DomainKey) -> DomainEntry {
    let entry = DomainEntry {
        domain_key: domain.as_str().to_owned(),
        status: DomainStatus::NotAvailable,
        exported_at: Some(now()),
        items_count: None,
        redacted_fields: Vec::new(),
        notes: Vec::new(),
        error: None,
        reason: None,
        data: None,
    };
    let Some(driver) = source.registry.get(domain) else {
        return DomainEntry { reason: Some("no backend is configured for it".into()), ..entry };
    };
    let written = match observe(source, driver.as_ref()).await {
        Ok(observed) => write(entry.clone(), &source.space, domain, observed),
        Err(error) => Err(error),
    };
    written.unwrap_or_else(|error| {
        tracing::warn!(%domain, %error, "domain not exported");
        DomainEntry { status: DomainStatus::Error, error: Some(error.to_string()), ..entry }
    })
}

async fn observe(source: &Source, driver: &dyn Domain) -> Result<Inventory> {
    let observed = tokio::time::timeout(OBSERVE_LIMIT, driver.observe(&source.space)).await.map_err(|_| {
        Error::new(ErrorKind::BackendUnavailable, format!("{} was not read within {OBSERVE_LIMIT:?}", driver.key()))
    })??;
    let observed = source.spaces.own_part(&source.space, observed);
    if observed.unreadable.is_empty() {
        return Ok(observed);
    }
    // An artifact that silently lacks what could not be read would be believed to be whole.
    let some: Vec<String> = observed.unreadable.iter().take(5).map(|(id, why)| format!("{id}: {why}")).collect();
    Err(Error::new(
        ErrorKind::BackendFailed,
        format!("{} resources could not be read, among them {}", observed.unreadable.len(), some.join("; ")),
    ))
}

fn write(entry: DomainEntry, space: &TenantSpace, domain: DomainKey, observed: Inventory) -> Result<DomainEntry> {
    let unwritable = |error: serde_json::Error| {
        Error::new(ErrorKind::Internal, format!("{domain} could not be written")).caused_by(error)
    };
    let mut notes = observed.notes;
    let mut redacted = Vec::new();
    let mut records = Vec::with_capacity(observed.resources.len());
    for (position, resource) in observed.resources.into_values().enumerate() {
        redacted.extend(redacted_fields(&resource).into_iter().map(|at| format!("/records/{position}/spec{at}")));
        notes.extend(resource.warnings.iter().map(|warning| format!("{}: {warning}", resource.id)));
        records.push(Record::from(&resource));
    }
    let records_checksum = records_checksum(&records).map_err(unwritable)?;
    let status = if records.is_empty() { DomainStatus::Empty } else { DomainStatus::Ok };
    let items_count = records.len() as u64;
    let data = DomainData { space: space.of(domain), records_checksum, records };
    let data: Box<RawValue> = serde_json::value::to_raw_value(&data).map_err(unwritable)?;
    Ok(DomainEntry {
        status,
        items_count: Some(items_count),
        redacted_fields: redacted,
        notes,
        data: Some(data),
        ..entry
    })
}

/// Asks every configured backend whether it answers.
pub(crate) async fn availability(
    registry: &Registry,
    tenant_id: &str,
    deployment_profile: DeploymentProfile,
) -> ExportDomains {
    let queried_at = rfc3339(now());
    let domains = join_all(DomainKey::ALL.into_iter().map(|domain| async move {
        let (availability, reason) = match registry.get(domain) {
            None => (Availability::NotAvailable, Some("no backend is configured for it".to_owned())),
            Some(driver) => match tokio::time::timeout(CHECK_LIMIT, driver.check()).await {
                Ok(Ok(())) => (Availability::Available, None),
                Ok(Err(error)) => (Availability::Degraded, Some(error.to_string())),
                Err(_) => (Availability::Degraded, Some(format!("its backend gave no answer within {CHECK_LIMIT:?}"))),
            },
        };
        DomainAvailability { domain_key: domain, availability, description: description(domain).to_owned(), reason }
    }))
    .await;
    ExportDomains {
        tenant_id: tenant_id.to_owned(),
        deployment_profile: profile(deployment_profile).to_owned(),
        queried_at,
        domains,
    }
}

/// What stands in a tenant's space, as one line per domain that holds something.
///
/// # Errors
/// When some backend cannot be looked into: what cannot be seen is not empty.
pub(crate) async fn holdings(registry: &Registry, spaces: &Spaces, space: &TenantSpace) -> Result<Vec<String>> {
    let looks = join_all(registry.iter().map(|driver| async move {
        let look = async { tokio::try_join!(driver.observe(space), driver.observe_remains(space)) };
        let (observed, remains) = tokio::time::timeout(OBSERVE_LIMIT, look).await.map_err(|_| {
            Error::new(ErrorKind::BackendUnavailable, format!("{} was not read within {OBSERVE_LIMIT:?}", driver.key()))
        })??;
        Ok::<_, Error>((driver.key(), spaces.own_part(space, observed), remains))
    }))
    .await;
    let mut holdings = Vec::new();
    for look in looks {
        let (domain, observed, remains) = look?;
        let ids = observed.resources.keys().chain(observed.unreadable.keys());
        let mut all = ids.map(ToString::to_string).chain(remains);
        if let Some(first) = all.next() {
            holdings.push(match all.count() {
                0 => format!("{domain}: {first}"),
                more => format!("{domain}: {first} and {more} more"),
            });
        }
    }
    Ok(holdings)
}

fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.millisecond() as u32 * 1_000_000).unwrap_or(now)
}
