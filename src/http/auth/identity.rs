//! Claims, and what they permit.

use serde::Deserialize;

use crate::{Error, ErrorKind, Result, control::ActorType};

/// What an endpoint asks of its caller. The roles `superadmin` and `sre` have all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Export, and reading what an export could hold.
    Export,
    /// Restore, identifier maps, and reading runs.
    Reprovision,
    /// Registering tenants, changing their state, removing them.
    Administer,
}

impl Permission {
    /// The scope that grants it.
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Export => "platform:admin:config:export",
            Self::Reprovision => "platform:admin:config:reprovision",
            Self::Administer => "platform:admin:tenants",
        }
    }
}

/// A caller whose token was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`, else `client_id`, else `azp`.
    pub actor_id: String,
    /// From the roles.
    pub actor_type: ActorType,
    scopes: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Claims {
    sub: Option<String>,
    client_id: Option<String>,
    azp: Option<String>,
    #[serde(default)]
    scope: Words,
    #[serde(default)]
    roles: Words,
    #[serde(default)]
    realm_access: RealmAccess,
}

#[derive(Deserialize, Default)]
struct RealmAccess {
    #[serde(default)]
    roles: Words,
}

/// A list, or one string of words.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    List(Vec<String>),
    Text(String),
}

impl Default for Words {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Words {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::List(list) => list,
            Self::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

impl Identity {
    pub(super) fn from_claims(claims: Claims) -> Result<Self> {
        let actor_id = [claims.sub, claims.client_id, claims.azp]
            .into_iter()
            .flatten()
            .find(|id| !id.trim().is_empty())
            .ok_or_else(|| Error::new(ErrorKind::Unauthorized, "the token names nobody: it has no `sub`"))?;
        let mut roles = claims.roles.into_list();
        roles.extend(claims.realm_access.roles.into_list());
        let has = |name: &str| roles.iter().any(|role| role == name);
        let actor_type = if has("superadmin") {
            ActorType::Superadmin
        } else if has("sre") {
            ActorType::Sre
        } else {
            ActorType::ServiceAccount
        };
        Ok(Self { actor_id, actor_type, scopes: claims.scope.into_list() })
    }

    /// Fails unless the caller has a privileged role or the permission's scope.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`], naming the scope.
    pub fn require(&self, permission: Permission) -> Result<()> {
        let scope = permission.scope();
        if self.actor_type != ActorType::ServiceAccount || self.scopes.iter().any(|held| held == scope) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forbidden,
            format!("`{}` needs the scope `{scope}`, or the role superadmin or sre", self.actor_id),
        ))
    }
}
