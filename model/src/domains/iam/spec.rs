//! The typed specs. Members that are unset and sets that are empty are left out; sets are sorted. A free-form object is
//! always written: one that held nothing but secrets comes back empty, and must not look like one that is not there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::IntoResource;
use crate::{
    Kind, Resource, ResourceId,
    artifact::{REDACTED, is_secret_value, redact},
};

/// The name of the one record of kind realm.
pub const REALM: &str = "realm";

/// A JSON object whose members are the deployment's own business.
pub type FreeForm = Map<String, Value>;

/// A realm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RealmSpec {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Lifetimes, themes, requirements.
    #[serde(default)]
    pub settings: FreeForm,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSpec {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Free-form.
    #[serde(default)]
    pub attributes: FreeForm,
    /// The roles that it grants.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub composites: BTreeSet<String>,
}

/// A client scope.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientScopeSpec {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// For example `openid-connect`.
    pub protocol: String,
    /// Free-form.
    #[serde(default)]
    pub attributes: FreeForm,
    /// A set, told apart by `name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocol_mappers: Vec<FreeForm>,
}

/// A group. Its name is its path, from which its parent follows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSpec {
    /// Free-form.
    #[serde(default)]
    pub attributes: FreeForm,
    /// The roles that its members have.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<String>,
}

/// A person, named by the user name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberSpec {
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// May log in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Free-form.
    #[serde(default)]
    pub attributes: FreeForm,
    /// Roles given directly.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<String>,
    /// Paths of groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
}

/// A service account, named by its client id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountSpec {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// May log in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Free-form.
    #[serde(default)]
    pub attributes: FreeForm,
    /// Roles given directly.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<String>,
}

/// An identity provider, named by its alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderSpec {
    /// For example `oidc`.
    pub provider_id: String,
    /// May be used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Free-form; its secrets are redacted.
    #[serde(default)]
    pub config: FreeForm,
}

const fn yes() -> bool {
    true
}

impl IntoResource for RealmSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        if name != REALM {
            return Err(format!("the record of a realm is named `{REALM}`; the target's realm has its own name"));
        }
        clean_text(&mut self.display_name);
        clean(&mut self.settings, "settings")?;
        Resource::new(Kind::Realm, name, &self).map_err(|error| error.to_string())
    }
}

impl IntoResource for RoleSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        clean_text(&mut self.description);
        clean(&mut self.attributes, "attributes")?;
        if self.composites.contains(name) {
            return Err("is a composite of itself".to_owned());
        }
        let needs = roles(&self.composites, "composites")?;
        finish(Kind::Role, name, &self, needs)
    }
}

impl IntoResource for ClientScopeSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        clean_text(&mut self.description);
        clean(&mut self.attributes, "attributes")?;
        for (position, mapper) in self.protocol_mappers.iter_mut().enumerate() {
            if mapper_name(mapper).is_none_or(|name| name.trim().is_empty()) {
                return Err(format!("protocol_mappers[{position}] has no name"));
            }
            clean(mapper, &format!("protocol_mappers[{position}]"))?;
        }
        self.protocol_mappers.sort_by(|one, other| mapper_name(one).cmp(&mapper_name(other)));
        if let Some(pair) = self.protocol_mappers.windows(2).find(|pair| mapper_name(&pair[0]) == mapper_name(&pair[1]))
        {
            return Err(format!("has two protocol mappers named `{}`", mapper_name(&pair[0]).unwrap_or_default()));
        }
        finish(Kind::ClientScope, name, &self, Vec::new())
    }
}

impl IntoResource for GroupSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        if let Some(fault) = group_path_fault(name) {
            return Err(format!("its path {fault}"));
        }
        clean(&mut self.attributes, "attributes")?;
        let mut needs = roles(&self.roles, "roles")?;
        needs.extend(parent_path(name).map(|parent| ResourceId::new(Kind::Group, parent)));
        finish(Kind::Group, name, &self, needs)
    }
}

impl IntoResource for MemberSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        clean(&mut self.attributes, "attributes")?;
        let mut needs = roles(&self.roles, "roles")?;
        for path in &self.groups {
            if let Some(fault) = group_path_fault(path) {
                return Err(format!("groups: the path `{path}` {fault}"));
            }
            needs.push(ResourceId::new(Kind::Group, path));
        }
        finish(Kind::Member, name, &self, needs)
    }
}

impl IntoResource for ServiceAccountSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        clean_text(&mut self.description);
        clean(&mut self.attributes, "attributes")?;
        let needs = roles(&self.roles, "roles")?;
        finish(Kind::ServiceAccount, name, &self, needs)
    }
}

impl IntoResource for IdentityProviderSpec {
    fn into_resource(mut self, name: &str) -> Result<Resource, String> {
        clean(&mut self.config, "config")?;
        finish(Kind::IdentityProvider, name, &self, Vec::new())
    }
}

fn finish(kind: Kind, name: &str, spec: &impl Serialize, needs: Vec<ResourceId>) -> Result<Resource, String> {
    if name.trim().is_empty() {
        return Err("its name is blank".to_owned());
    }
    let resource = Resource::new(kind, name, spec).map_err(|error| error.to_string())?;
    Ok(resource.requiring(needs).requiring([ResourceId::new(Kind::Realm, REALM)]))
}

fn roles(names: &BTreeSet<String>, member: &str) -> Result<Vec<ResourceId>, String> {
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(format!("{member}: a role's name is blank"));
    }
    Ok(names.iter().map(|name| ResourceId::new(Kind::Role, name)).collect())
}

fn mapper_name(mapper: &FreeForm) -> Option<&str> {
    mapper.get("name").and_then(Value::as_str)
}

/// What is wrong with a group's path, if anything.
#[must_use]
pub fn group_path_fault(path: &str) -> Option<&'static str> {
    match path.strip_prefix('/') {
        None => Some("does not begin with `/`"),
        Some(parts) if parts.split('/').any(|part| part.trim().is_empty()) => Some("has a blank part"),
        Some(_) => None,
    }
}

/// The path of a group's parent; none for a group at the top.
#[must_use]
pub fn parent_path(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent).filter(|parent| !parent.is_empty())
}

fn clean_text(text: &mut Option<String>) {
    if text.as_deref().is_some_and(is_secret_value) {
        *text = Some(REDACTED.to_owned());
    }
}

fn clean(members: &mut FreeForm, at: &str) -> Result<(), String> {
    let mut value = Value::Object(std::mem::take(members));
    redact(&mut value);
    inexact_number(&value).map_or(Ok(()), |number| Err(format!("{at}: {number} is beyond 2^53: write it as text")))?;
    if let Value::Object(cleaned) = value {
        *members = cleaned;
    }
    Ok(())
}

/// An integer that a reader of JSON may round.
fn inexact_number(value: &Value) -> Option<String> {
    const EXACT: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            let magnitude = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            magnitude.filter(|magnitude| *magnitude > EXACT).map(|_| number.to_string())
        }
        Value::Array(items) => items.iter().find_map(inexact_number),
        Value::Object(members) => members.values().find_map(inexact_number),
        _ => None,
    }
}
