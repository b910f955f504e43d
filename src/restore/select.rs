//! Reads the artifact, chooses its domains, checks whence and whither.

use restore_model::{
    DomainKey, Resource, Scope, TenantSpace,
    artifact::{Artifact, ArtifactError, DomainEntry, DomainStatus, FormatVersion},
    domains::{Allowed, Journey, parse_desired},
    identifier_map::IdentifierMap,
    migration::{Context, to_current},
    report::{DomainResult, DomainResultStatus},
    resource::Refusal,
    space::{DomainSpace, Naming},
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use time::OffsetDateTime;

use crate::{Error, ErrorKind, Result, config::Config, control::spaces::Spaces};

/// Reads an artifact of any supported version and brings it to the current one. What its domains hold stays raw.
///
/// # Errors
/// 400 when it is missing or malformed, 422 when its version is missing or cannot be read.
pub(crate) fn read_artifact(raw: Option<&RawValue>, config: &Config) -> Result<Artifact> {
    let missing = || Error::new(ErrorKind::InvalidRequest, "`artifact` is missing");
    let artifact = read_envelope(raw.ok_or_else(missing)?)?;
    let allowed = config.allowed();
    let context = Context { naming: &config.naming, allowed: Some(&allowed), at: OffsetDateTime::now_utc() };
    Ok(to_current(artifact, &context)?)
}

/// Reads an artifact's envelope, which all versions share.
///
/// # Errors
/// As [`read_artifact`].
pub(crate) fn read_envelope(raw: &RawValue) -> Result<Artifact> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, message);
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let error = match serde_path_to_error::deserialize::<_, Artifact>(&mut deserializer) {
        Ok(artifact) => return Ok(artifact),
        Err(error) => error,
    };
    // A version that this engine cannot read explains a shape that it cannot read.
    #[derive(Deserialize)]
    struct Head {
        format_version: Option<Value>,
        tenant_id: Option<Value>,
    }
    let head: Head = serde_json::from_str(raw.get())
        .map_err(|_| invalid("`artifact` must be an object with `format_version`, `tenant_id`, `domains`".into()))?;
    match head.format_version {
        Some(Value::String(text)) => {
            FormatVersion::supported(&text)?;
        }
        _ => {
            let message = "`artifact.format_version` is missing or not a string";
            return Err(Error::new(ErrorKind::UnsupportedFormatVersion, message));
        }
    }
    if !matches!(head.tenant_id, Some(Value::String(_))) {
        return Err(invalid("`artifact.tenant_id` is missing or not a string".into()));
    }
    Err(invalid(format!("artifact.{}: {}", error.path(), error.inner())))
}

/// Reads the domain keys of a request.
///
/// # Errors
/// [`ErrorKind::UnknownDomain`]; 400 on a repetition.
pub(crate) fn read_domains(keys: &[String]) -> Result<Vec<DomainKey>> {
    let mut domains = Vec::with_capacity(keys.len());
    for (position, key) in keys.iter().enumerate() {
        let domain: DomainKey = key.parse().map_err(|error: restore_model::domain::UnknownDomain| {
            Error::new(ErrorKind::UnknownDomain, format!("domains[{position}]: {error}"))
        })?;
        if domains.contains(&domain) {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("domains[{position}]: `{domain}` is named twice"),
            ));
        }
        domains.push(domain);
    }
    Ok(domains)
}

/// What will be restored, and what is only listed.
#[derive(Debug)]
pub(crate) struct Selection {
    /// To be restored, in restore order.
    pub(crate) eligible: Vec<DomainKey>,
    /// Results of domains that are not.
    pub(crate) listed: Vec<DomainResult>,
    /// A domain that the caller named is not eligible.
    pub(crate) missing: bool,
    /// As the caller named them.
    pub(crate) requested: Option<Vec<DomainKey>>,
}

impl Selection {
    /// Takes domains out whose data turned out to be unusable; their results stand in their place.
    ///
    /// # Errors
    /// [`ErrorKind::NothingEligible`] when none is left.
    pub(super) fn leave_out(&mut self, unusable: Vec<DomainResult>) -> Result<()> {
        self.eligible.retain(|domain| unusable.iter().all(|result| result.domain_key != domain.as_str()));
        self.listed.extend(unusable);
        self.check_eligible()
    }

    fn check_eligible(&self) -> Result<()> {
        if !self.eligible.is_empty() {
            return Ok(());
        }
        let why =
            |result: &DomainResult| format!("{}: {}", result.domain_key, result.message.as_deref().unwrap_or_default());
        let details = self.listed.iter().map(why).collect();
        Err(Error::new(ErrorKind::NothingEligible, "no domain of the artifact can be restored").with_details(details))
    }
}

/// Chooses among the domains of an artifact.
///
/// # Errors
/// [`ErrorKind::UnknownDomain`]; [`ErrorKind::NothingEligible`] when there is nothing to do.
pub(crate) fn select(
    artifact: &Artifact,
    requested: Option<&[String]>,
    configured: impl Fn(DomainKey) -> bool,
) -> Result<Selection> {
    let requested = requested.map(read_domains).transpose()?;
    let mut selection = Selection { eligible: Vec::new(), listed: Vec::new(), missing: false, requested: None };
    for domain in DomainKey::ALL {
        let named = requested.as_ref().map(|requested| requested.contains(&domain));
        let entry = artifact.entry(domain);
        let unusable = match entry {
            None if named == Some(true) => Some("the artifact does not contain it".to_owned()),
            None => continue,
            Some(entry) if !entry.status.is_exportable() => Some(why_not(entry)),
            Some(_) => None,
        };
        if let Some(why) = unusable {
            let status = DomainResultStatus::SkippedNotExportable;
            selection.listed.push(DomainResult::unprocessed(domain.as_str(), status, why));
            selection.missing |= named == Some(true);
        } else if named == Some(false) {
            // Present and filtered out: no entry.
        } else if configured(domain) {
            selection.eligible.push(domain);
        } else {
            let status = DomainResultStatus::SkippedNoApplier;
            selection.listed.push(DomainResult::unprocessed(
                domain.as_str(),
                status,
                "this engine has no backend for it",
            ));
            selection.missing |= named == Some(true);
        }
    }
    if requested.is_none() {
        for entry in artifact.domains.iter().filter(|entry| entry.domain().is_err()) {
            let status = DomainResultStatus::SkippedNoApplier;
            let why = "this engine does not know this domain";
            selection.listed.push(DomainResult::unprocessed(entry.domain_key.as_str(), status, why));
        }
    }
    selection.requested = requested;
    selection.check_eligible()?;
    Ok(selection)
}

fn why_not(entry: &DomainEntry) -> String {
    let reason = entry.error.as_ref().or(entry.reason.as_ref());
    let status = entry.status.as_str();
    reason.map_or_else(|| format!("`{status}` in the artifact"), |why| format!("`{status}` in the artifact: {why}"))
}

/// The space that the artifact was taken from: what its chosen domains state, over the naming convention. Data that
/// states none is malformed, which [`parse_domains`] tells of its domain alone.
///
/// # Errors
/// 400 when a domain states a space that is not its own.
pub(crate) fn source_space(artifact: &Artifact, domains: &[DomainKey], naming: &Naming) -> Result<TenantSpace> {
    #[derive(Deserialize)]
    struct Stated {
        space: DomainSpace,
    }
    let mut source = naming.space_of(&artifact.tenant_id);
    for domain in domains {
        let Some(data) = artifact.entry(*domain).and_then(|entry| entry.data.as_ref()) else { continue };
        let malformed =
            |message: String| Error::new(ErrorKind::InvalidRequest, format!("domains/{domain}/data/space: {message}"));
        let Ok(stated) = serde_json::from_str::<Stated>(data.get()) else { continue };
        if let Some(scope) = stated.space.keys().find(|scope| scope.domain() != Some(*domain)) {
            return Err(malformed(format!("{scope} is no scope of this domain")));
        }
        source = source.overlaid(&stated.space);
    }
    Ok(source)
}

/// What must be so between an artifact's space and the target's before anything is locked.
#[derive(Debug)]
pub(crate) enum Passage {
    /// The restore may go on, with the map that was given.
    Open(Option<IdentifierMap>),
    /// The caller must confirm this map first.
    NeedsConfirmation(IdentifierMap),
}

/// Checks the identifier map: needed across tenants, and never believed.
///
/// # Errors
/// 400 when the map does not lead from the source into the target, or one is needed within a tenant.
pub(crate) fn check_passage(
    artifact: &Artifact,
    source: &TenantSpace,
    target: &TenantSpace,
    domains: &[DomainKey],
    map: Option<&Value>,
) -> Result<Passage> {
    if let Some(map) = map.filter(|map| !map.is_null()) {
        let map = IdentifierMap::parse(map)?;
        map.validate(source, target, domains)?;
        return Ok(Passage::Open(Some(map)));
    }
    if source.tenant_id != target.tenant_id {
        return Ok(Passage::NeedsConfirmation(propose(artifact, source, target)));
    }
    let differing: Vec<String> = domains
        .iter()
        .flat_map(|domain| Scope::of(*domain))
        .filter_map(|scope| {
            let (from, to) = (source.get(scope)?, target.get(scope)?);
            (from != to).then(|| format!("{scope}: the artifact states `{from}`, the tenant is registered with `{to}`"))
        })
        .collect();
    if differing.is_empty() {
        return Ok(Passage::Open(None));
    }
    Err(Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "the artifact was taken from another space of tenant `{}`; send the identifier map that the identifier-map \
             call proposes, or register the tenant with the naming that it had",
            target.tenant_id
        ),
    )
    .with_details(differing))
}

/// The map from an artifact into a target.
pub(crate) fn propose(artifact: &Artifact, source: &TenantSpace, target: &TenantSpace) -> IdentifierMap {
    let domains: Vec<(DomainKey, DomainStatus)> =
        artifact.domains.iter().filter_map(|entry| Some((entry.domain().ok()?, entry.status))).collect();
    IdentifierMap::propose(source, target, &domains)
}

/// What an artifact wants of one domain.
pub(crate) struct Desired {
    pub(crate) domain: DomainKey,
    pub(crate) resources: Vec<Result<Resource, Refusal>>,
}

/// Parses the records of the chosen domains, one domain at a time, and lets go of the artifact's text on the way. A domain
/// that is malformed is left out, with its result.
///
/// # Errors
/// When a domain was changed since its export: nothing is restored from an artifact that somebody has been at.
pub(crate) fn parse_domains(
    mut artifact: Artifact,
    domains: &[DomainKey],
    (source, target): (&TenantSpace, &TenantSpace),
    allowed: &Allowed,
    spaces: &Spaces,
) -> Result<(Vec<Desired>, Vec<DomainResult>)> {
    let journey = Journey { source, target, allowed };
    let admit = |resource| spaces.admit(target, resource);
    let (mut all, mut malformed) = (Vec::with_capacity(domains.len()), Vec::new());
    for domain in domains {
        let Some(position) = artifact.domains.iter().position(|entry| entry.domain() == Ok(*domain)) else { continue };
        match parse_domain(*domain, artifact.domains.swap_remove(position), &journey, admit) {
            Ok(desired) => all.push(desired),
            Err(error @ ArtifactError::Malformed { .. }) => {
                malformed.push(DomainResult::failed(*domain, error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((all, malformed))
}

fn parse_domain(
    domain: DomainKey,
    entry: DomainEntry,
    journey: &Journey<'_>,
    admit: impl Fn(Resource) -> Result<Resource, Refusal>,
) -> Result<Desired, ArtifactError> {
    if entry.status == DomainStatus::Empty && entry.data.is_none() {
        return Ok(Desired { domain, resources: Vec::new() });
    }
    let data = entry.read_data()?;
    drop(entry);
    let mut resources: Vec<Result<Resource, Refusal>> = Vec::with_capacity(data.records.len());
    let mut seen = std::collections::BTreeSet::new();
    for record in data.records {
        let id = record.id();
        if !seen.insert(id.clone()) {
            return Err(ArtifactError::Malformed {
                path: format!("domains/{domain}/data/records"),
                message: format!("{id} is listed twice"),
            });
        }
        resources.push(parse_desired(&record, journey).and_then(&admit));
    }
    Ok(Desired { domain, resources })
}
