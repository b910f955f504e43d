//! The registered tenants and their spaces.

use restore_model::{TenantSpace, space::Naming};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a tenant may be restored into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantState {
    /// It may.
    #[default]
    Active,
    /// It may not, for now.
    Suspended,
    /// It is being taken down.
    Deleting,
}

impl TenantState {
    /// The state as it stands in requests and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleting => "deleting",
        }
    }
}

/// Templates of one tenant that replace the configured ones; see [`Naming`] for the placeholders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NamingOverride {
    /// Template of the realm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// Template of the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Template of the database role prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_prefix: Option<String>,
    /// Template of the MongoDB database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Template of the topic prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_prefix: Option<String>,
    /// Template of the principal prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_prefix: Option<String>,
    /// Template of the bucket prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_prefix: Option<String>,
}

impl NamingOverride {
    /// The configured templates with these in their place.
    #[must_use]
    pub fn over(&self, configured: &Naming) -> Naming {
        let pick = |own: &Option<String>, other: &String| own.as_ref().unwrap_or(other).clone();
        Naming {
            realm: pick(&self.realm, &configured.realm),
            schema: pick(&self.schema, &configured.schema),
            role_prefix: pick(&self.role_prefix, &configured.role_prefix),
            database: pick(&self.database, &configured.database),
            topic_prefix: pick(&self.topic_prefix, &configured.topic_prefix),
            principal_prefix: pick(&self.principal_prefix, &configured.principal_prefix),
            bucket_prefix: pick(&self.bucket_prefix, &configured.bucket_prefix),
        }
    }
}

/// A tenant to be registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Lower-case letters, digits, `-` and `_`; at most 63 characters; starts and ends with a letter or digit.
    pub tenant_id: String,
    /// For people; the id by default.
    #[serde(default)]
    pub name: Option<String>,
    /// `active` or `suspended`.
    #[serde(default)]
    pub state: TenantState,
    /// Templates that replace the configured ones.
    #[serde(default)]
    pub naming: Option<NamingOverride>,
}

/// A registered tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// Its id.
    pub tenant_id: String,
    /// For people.
    pub name: String,
    /// Whether it may be restored into.
    pub state: TenantState,
    /// Its container name or prefix in each backend, as fixed when it was registered.
    pub space: TenantSpace,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}
