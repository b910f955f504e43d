//! The registered tenants and their spaces.

use restore_model::{TenantSpace, space::Naming};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    Control,
    database::rfc3339,
    spaces::{self, Spaces},
};
use crate::{Error, ErrorKind, Result};

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

/// A row of the table, its times as text.
type Row = (String, String, String, Json<TenantSpace>, OffsetDateTime, OffsetDateTime);

fn tenant_of((tenant_id, name, state, space, created_at, updated_at): Row) -> Tenant {
    let state = match state.as_str() {
        "active" => TenantState::Active,
        "suspended" => TenantState::Suspended,
        _ => TenantState::Deleting,
    };
    Tenant { tenant_id, name, state, space: space.0, created_at: rfc3339(created_at), updated_at: rfc3339(updated_at) }
}

fn unknown(tenant_id: &str) -> Error {
    Error::new(ErrorKind::TenantNotFound, format!("tenant `{tenant_id}` is not registered"))
}

fn check_id(tenant_id: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<&u8>| byte.copied().is_some_and(plain);
    let bytes = tenant_id.as_bytes();
    if bytes.len() <= 63
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|byte| plain(*byte) || matches!(byte, b'-' | b'_'))
    {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "tenant_id `{}` must be 1 to 63 lower-case letters, digits, `-` or `_`, starting and ending with a letter \
             or digit",
            tenant_id.escape_debug()
        ),
    ))
}

impl Control {
    /// Registers a tenant whose space is its own.
    ///
    /// # Errors
    /// [`ErrorKind::TenantExists`], [`ErrorKind::SpaceTaken`], [`ErrorKind::InvalidRequest`].
    pub async fn register_tenant(&self, new: &NewTenant, configured: &Naming) -> Result<Tenant> {
        check_id(&new.tenant_id)?;
        let naming = new.naming.as_ref().map_or_else(|| configured.clone(), |naming| naming.over(configured));
        let space = naming.space_of(&new.tenant_id);
        if let Some(finding) = spaces::unusable(&space) {
            return Err(Error::new(ErrorKind::InvalidRequest, format!("naming: {finding}")));
        }
        let mut transaction = self.pool.begin().await.map_err(|error| self.failed(error))?;
        // Two registrations at once must see one another.
        sqlx::query("LOCK TABLE restore_control.tenants IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        let registered: Vec<(Json<TenantSpace>,)> = sqlx::query_as("SELECT space FROM restore_control.tenants")
            .fetch_all(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        if registered.iter().any(|(other,)| other.tenant_id == new.tenant_id) {
            return Err(Error::new(
                ErrorKind::TenantExists,
                format!("tenant `{}` is registered already", new.tenant_id),
            ));
        }
        let spaces = Spaces::new(registered.into_iter().map(|(space,)| space.0));
        if let Some((scope, other)) = spaces.taken(&space) {
            let name = space.get(scope).unwrap_or_default();
            return Err(Error::new(
                ErrorKind::SpaceTaken,
                format!("{scope} `{name}` belongs to tenant `{other}`; choose another id or give a naming of its own"),
            ));
        }
        let row: Row = sqlx::query_as(
            "INSERT INTO restore_control.tenants (tenant_id, name, state, space) VALUES ($1, $2, $3, $4) \
             RETURNING tenant_id, name, state, space, created_at, updated_at",
        )
        .bind(&new.tenant_id)
        .bind(new.name.as_deref().unwrap_or(&new.tenant_id))
        .bind(new.state.as_str())
        .bind(Json(&space))
        .fetch_one(&mut *transaction)
        .await
        .map_err(|error| self.failed(error))?;
        transaction.commit().await.map_err(|error| self.failed(error))?;
        Ok(tenant_of(row))
    }

    /// All tenants, by id.
    ///
    /// # Errors
    /// When the control database fails.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT tenant_id, name, state, space, created_at, updated_at FROM restore_control.tenants \
             ORDER BY tenant_id",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(rows.into_iter().map(tenant_of).collect())
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn tenant(&self, tenant_id: &str) -> Result<Tenant> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT tenant_id, name, state, space, created_at, updated_at FROM restore_control.tenants \
             WHERE tenant_id = $1",
        )
        .bind(tenant_id)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        row.map(tenant_of).ok_or_else(|| unknown(tenant_id))
    }

    /// The spaces of all tenants.
    ///
    /// # Errors
    /// When the control database fails.
    pub async fn spaces(&self) -> Result<Spaces> {
        Ok(Spaces::new(self.tenants().await?.into_iter().map(|tenant| tenant.space)))
    }

    /// Changes a tenant's state.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn set_tenant_state(&self, tenant_id: &str, state: TenantState) -> Result<Tenant> {
        let row: Option<Row> = sqlx::query_as(
            "UPDATE restore_control.tenants SET state = $2, updated_at = clock_timestamp() WHERE tenant_id = $1 \
             RETURNING tenant_id, name, state, space, created_at, updated_at",
        )
        .bind(tenant_id)
        .bind(state.as_str())
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.failed(error))?;
        row.map(tenant_of).ok_or_else(|| unknown(tenant_id))
    }

    /// Removes a registration and what is journaled under it.
    ///
    /// # Errors
    /// [`ErrorKind::TenantNotFound`].
    pub async fn forget_tenant(&self, tenant_id: &str) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(|error| self.failed(error))?;
        let removed = sqlx::query("DELETE FROM restore_control.tenants WHERE tenant_id = $1")
            .bind(tenant_id)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        if removed.rows_affected() == 0 {
            return Err(unknown(tenant_id));
        }
        sqlx::query("DELETE FROM restore_control.journal WHERE tenant_id = $1")
            .bind(tenant_id)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        transaction.commit().await.map_err(|error| self.failed(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_plain() {
        for good in ["a", "acme-prod", "test-restore-0b7c-src", "a_b9"] {
            assert!(check_id(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Acme", "a.b", "a b", "é", "a\"b", &"a".repeat(64)] {
            assert!(check_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_override_replaces_only_what_it_states() {
        let own = NamingOverride { schema: Some("legacy".into()), ..NamingOverride::default() };
        let space = own.over(&Naming::default()).space_of("acme");
        assert_eq!(
            (space.schema.as_str(), space.role_prefix.as_str(), space.realm.as_str()),
            ("legacy", "legacy_", "acme")
        );
    }
}
