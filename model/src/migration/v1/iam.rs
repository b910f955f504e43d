//! `iam`: Keycloak representations, as its list calls return them.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Members,
    reading::{Reading, says_nothing},
};
use crate::{
    Scope,
    artifact::REDACTED,
    domains::iam::{
        ClientScopeSpec, FreeForm, GroupSpec, IdentityProviderSpec, IntoResource, REALM, RealmSpec, RoleSpec,
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    name: String,
    description: Option<String>,
    attributes: Option<FreeForm>,
    composites: Option<Composites>,
    #[serde(default)]
    composite: bool,
    #[serde(default)]
    client_role: bool,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Default, Deserialize)]
struct Composites {
    #[serde(default)]
    realm: Vec<String>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: Option<String>,
    path: Option<String>,
    attributes: Option<FreeForm>,
    realm_roles: Option<Vec<String>>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientScope {
    name: String,
    description: Option<String>,
    protocol: Option<String>,
    attributes: Option<FreeForm>,
    protocol_mappers: Option<Vec<FreeForm>>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdentityProvider {
    alias: String,
    provider_id: String,
    enabled: Option<bool>,
    config: Option<FreeForm>,
    #[serde(flatten)]
    rest: Members,
}

pub(super) fn migrate(mut data: Members, reading: &mut Reading<'_>) {
    if let Some(realm) = reading.take_name(&mut data, "realm") {
        reading.container(Scope::IamRealm, &realm);
    }
    let settings = match data.remove("realm_settings") {
        None | Some(Value::Null) => Members::new(),
        Some(Value::Object(settings)) => settings,
        Some(_) => {
            reading.warn("realm_settings", "is not an object, so nothing of it was carried");
            Members::new()
        }
    };
    redacted("realm_settings", &settings, reading);
    let realm = realm(settings, reading);
    reading.add("realm", realm.into_resource(REALM), true);
    for (path, item) in reading.take_list(&mut data, "roles", "") {
        role(&path, item, reading);
    }
    for (path, item) in reading.take_list(&mut data, "groups", "") {
        group(&path, item, None, reading);
    }
    for (path, item) in reading.take_list(&mut data, "client_scopes", "") {
        client_scope(&path, item, reading);
    }
    for (path, item) in reading.take_list(&mut data, "identity_providers", "") {
        identity_provider(&path, item, reading);
    }
    for (path, client) in reading.take_list::<Members>(&mut data, "clients", "") {
        let id = client.get("clientId").and_then(Value::as_str).unwrap_or("?");
        reading.warn(&path, format!("client `{id}` was not carried: format 2.0.0 has no clients"));
    }
    reading.leftovers("", data, &[]);
}

fn realm(mut settings: Members, reading: &mut Reading<'_>) -> RealmSpec {
    let display_name = match settings.remove("displayName") {
        Some(Value::String(text)) => Some(text),
        None | Some(Value::Null) => None,
        Some(_) => {
            reading.warn("realm_settings/displayName", "was not carried: it is not text");
            None
        }
    };
    settings.retain(|_, value| !value.is_null());
    RealmSpec { display_name, settings }
}

fn role(path: &str, mut item: Role, reading: &mut Reading<'_>) {
    if item.client_role {
        reading.warn(path, format!("role `{}` was not carried: it is a client's", item.name));
        return;
    }
    let stated = item.composites.is_some();
    let composites = item.composites.unwrap_or_default();
    if item.composite && !stated {
        let message = "says that the role has composites, and the artifact does not say which: none were carried";
        reading.warn(&format!("{path}/composite"), message);
    }
    reading.leftovers(&format!("{path}/composites"), composites.rest, &[]);
    item.rest.retain(|_, value| !value.is_null());
    reading.leftovers(path, item.rest, &["id", "containerId"]);
    let spec = RoleSpec {
        description: item.description,
        attributes: item.attributes.unwrap_or_default(),
        composites: composites.realm.into_iter().collect(),
    };
    reading.add(path, spec.into_resource(&item.name), true);
}

fn group(path: &str, mut item: Group, parent: Option<&str>, reading: &mut Reading<'_>) {
    let composed = item.name.as_ref().map(|name| format!("{}/{name}", parent.unwrap_or_default()));
    let stated = item.path.filter(|_| parent.is_none());
    let Some(name) = stated.or(composed) else {
        reading.warn(path, "a group was not carried: it has neither a name nor a path");
        return;
    };
    let spec = GroupSpec {
        attributes: item.attributes.unwrap_or_default(),
        roles: item.realm_roles.unwrap_or_default().into_iter().collect(),
    };
    reading.add(path, spec.into_resource(&name), true);
    for (path, sub) in reading.take_list(&mut item.rest, "subGroups", path) {
        group(&path, sub, Some(&name), reading);
    }
    item.rest.retain(|_, value| !says_nothing(value));
    reading.leftovers(path, item.rest, &["id", "parentId", "access", "subGroupCount"]);
}

fn client_scope(path: &str, mut item: ClientScope, reading: &mut Reading<'_>) {
    let mut protocol_mappers = item.protocol_mappers.unwrap_or_default();
    for mapper in &mut protocol_mappers {
        mapper.remove("id");
    }
    if item.protocol.is_none() {
        reading.warn(&format!("{path}/protocol"), "is not stated: `openid-connect` was taken");
    }
    item.rest.retain(|_, value| !value.is_null());
    reading.leftovers(path, item.rest, &["id"]);
    let spec = ClientScopeSpec {
        description: item.description,
        protocol: item.protocol.unwrap_or_else(|| "openid-connect".to_owned()),
        attributes: item.attributes.unwrap_or_default(),
        protocol_mappers,
    };
    reading.add(path, spec.into_resource(&item.name), true);
}

fn identity_provider(path: &str, mut item: IdentityProvider, reading: &mut Reading<'_>) {
    item.rest.retain(|_, value| !says_nothing(value));
    reading.leftovers(path, item.rest, &["internalId"]);
    let config = item.config.unwrap_or_default();
    redacted(&format!("{path}/config"), &config, reading);
    let spec = IdentityProviderSpec { provider_id: item.provider_id, enabled: item.enabled.unwrap_or(true), config };
    reading.add(path, spec.into_resource(&item.alias), true);
}

fn redacted(path: &str, members: &Members, reading: &mut Reading<'_>) {
    for name in members.iter().filter(|(_, value)| **value == REDACTED).map(|(name, _)| name) {
        reading.warn(&format!("{path}/{name}"), "is redacted and must be supplied again");
    }
}
