//! What requests carry and answers hold, where the engine's own types do not say it.

use restore_model::identifier_map::IdentifierMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use utoipa::{IntoParams, ToSchema};

use super::body::Carries;
use crate::{
    control::{runs::RunSummary, tenants::TenantState},
    formats::FormatVersions,
    restore::ConflictPolicy,
};

/// An export. The body may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportBody {
    /// The domains to export; all when left out.
    #[serde(default)]
    pub domains: Option<Vec<String>>,
}

/// A restore.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreBody {
    /// As it was exported. Members that the format does not know are ignored.
    #[serde(default)]
    #[schema(value_type = Object, required = true)]
    pub artifact: Option<Box<RawValue>>,
    /// Needed when the artifact was taken from another tenant; the proposal, unchanged.
    #[serde(default)]
    #[schema(value_type = Option<IdentifierMap>)]
    pub identifier_map: Option<Value>,
    /// The domains to restore, in the order in which the report lists them; all when left out.
    #[serde(default)]
    pub domains: Option<Vec<String>>,
    /// Plan and report, write nothing.
    #[serde(default)]
    pub dry_run: Option<bool>,
    /// What happens to resources that are there and differ.
    #[serde(default)]
    pub conflict_policy: Option<ConflictPolicy>,
    /// Of a preflight. Needed when the artifact was taken from another tenant, unless the engine is configured
    /// otherwise or this is a dry run; a stale one is refused.
    #[serde(default)]
    pub preflight_digest: Option<String>,
    /// Taken for the sake of other clients of the public contract. This engine has one backend per domain.
    #[serde(default)]
    #[schema(deprecated)]
    pub region_ref: Option<String>,
}

/// What a restore would be asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreflightBody {
    /// As it was exported. Members that the format does not know are ignored.
    #[serde(default)]
    #[schema(value_type = Object, required = true)]
    pub artifact: Option<Box<RawValue>>,
    /// Needed when the artifact was taken from another tenant; without it the answer proposes one.
    #[serde(default)]
    #[schema(value_type = Option<IdentifierMap>)]
    pub identifier_map: Option<Value>,
    /// The domains to analyse; all when left out.
    #[serde(default)]
    pub domains: Option<Vec<String>>,
}

/// What an identifier map is proposed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalBody {
    /// As it was exported.
    #[serde(default)]
    #[schema(value_type = Object, required = true)]
    pub artifact: Option<Box<RawValue>>,
}

impl Carries for RestoreBody {
    fn artifact(&self) -> Option<&RawValue> {
        self.artifact.as_deref()
    }
}

impl Carries for PreflightBody {
    fn artifact(&self) -> Option<&RawValue> {
        self.artifact.as_deref()
    }
}

impl Carries for ProposalBody {
    fn artifact(&self) -> Option<&RawValue> {
        self.artifact.as_deref()
    }
}

/// An artifact to be judged or migrated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtifactBody {
    /// Of any supported format version.
    #[schema(value_type = Object)]
    pub artifact: Box<RawValue>,
}

/// A change of a tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateBody {
    /// The new state.
    pub state: TenantState,
}

/// The way from an artifact into a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// The artifact's tenant.
    pub source_tenant_id: Option<String>,
    /// The tenant restored into.
    pub target_tenant_id: Option<String>,
    /// To be sent back as `identifier_map`.
    pub proposal: IdentifierMap,
    /// For people.
    pub warnings: Vec<String>,
    /// Of the request.
    pub correlation_id: String,
}

/// The artifact is another tenant's and the request had no identifier map. Nothing was locked or written.
#[derive(Debug, Serialize, ToSchema)]
pub struct NeedsConfirmation {
    /// Always true.
    pub needs_confirmation: bool,
    /// To be sent back as `identifier_map`, once somebody has looked at it.
    pub proposal: IdentifierMap,
    /// For people.
    pub message: String,
    /// Of the request.
    pub correlation_id: String,
}

impl Proposal {
    pub(super) fn new(map: IdentifierMap, correlation_id: String) -> Self {
        Self {
            source_tenant_id: map.source_tenant_id.clone(),
            target_tenant_id: map.target_tenant_id.clone(),
            warnings: map.warnings.clone(),
            proposal: map,
            correlation_id,
        }
    }
}

/// A restore that runs on by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Its id.
    pub run_id: String,
    /// Where it can be looked at; also in `Location`.
    pub location: String,
    /// Of the request.
    pub correlation_id: String,
}

/// Which runs are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Only those that a request with this correlation id began.
    #[serde(default)]
    pub correlation_id: Option<String>,
}

/// Runs of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunList {
    /// The newest first, a hundred at most.
    pub runs: Vec<RunSummary>,
}

/// A value with the correlation id of its request beside its members.
#[derive(Debug, Serialize, ToSchema)]
pub struct Correlated<T> {
    /// The answer.
    #[serde(flatten)]
    pub value: T,
    /// Of the request.
    pub correlation_id: String,
}

/// All tenants.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantList {
    /// By id.
    pub tenants: Vec<crate::control::tenants::Tenant>,
}

/// What an implementation of the contract may offer besides its core.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// `dry_run` of a restore.
    DryRun,
    /// `conflict_policy` of a restore.
    ConflictPolicy,
    /// `preflight_digest` of a preflight and of a restore.
    PreflightDigest,
    /// `Prefer: respond-async`, and runs that can be asked for.
    RespondAsync,
    /// `GET` and `PATCH` of a tenant.
    TenantState,
}

/// What this engine writes, reads and offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Versions {
    /// Format versions and limits.
    #[serde(flatten)]
    pub formats: FormatVersions,
    /// What it offers besides the core of the contract.
    pub capabilities: Vec<Capability>,
}

impl Versions {
    pub(super) fn new(formats: FormatVersions) -> Self {
        use Capability::{ConflictPolicy, DryRun, PreflightDigest, RespondAsync, TenantState};
        Self { formats, capabilities: vec![DryRun, ConflictPolicy, PreflightDigest, RespondAsync, TenantState] }
    }
}
