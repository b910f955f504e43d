//! The tenant directory.

use serde_json::{Map, Value, json};
use sqlx::Row;

use super::{Resources, mark::mark};
use crate::{
    backends::{Backends, Doing, Result},
    fixtures::{Iam, Place, Space},
};

const KEY: &str = "iam";

const QUERY: &str = "
select 'realm', '', jsonb_build_object('display_name', display_name, 'settings', settings)
  from iam.realms where realm = $1
union all
select 'role', name, jsonb_build_object('description', description, 'attributes', attributes, 'composites',
       (select coalesce(jsonb_agg(child order by child), '[]') from iam.role_composites c
         where c.realm = r.realm and c.role = r.name))
  from iam.roles r where realm = $1
union all
select 'group', path, jsonb_build_object('parent', parent, 'attributes', attributes, 'roles',
       (select coalesce(jsonb_agg(role order by role), '[]') from iam.group_roles m
         where m.realm = g.realm and m.path = g.path))
  from iam.groups g where realm = $1
union all
select 'member', username, jsonb_build_object('email', email, 'first_name', first_name, 'last_name', last_name,
       'enabled', enabled, 'attributes', attributes,
       'roles', (select coalesce(jsonb_agg(role order by role), '[]') from iam.member_roles r
         where r.realm = m.realm and r.username = m.username),
       'groups', (select coalesce(jsonb_agg(path order by path), '[]') from iam.member_groups g
         where g.realm = m.realm and g.username = m.username))
  from iam.members m where realm = $1
union all
select 'service_account', client_id, jsonb_build_object('description', description, 'enabled', enabled,
       'attributes', attributes, 'roles', (select coalesce(jsonb_agg(role order by role), '[]')
         from iam.service_account_roles r where r.realm = a.realm and r.client_id = a.client_id))
  from iam.service_accounts a where realm = $1
union all
select 'client_scope', name, jsonb_build_object('description', description, 'protocol', protocol,
       'attributes', attributes, 'protocol_mappers', protocol_mappers)
  from iam.client_scopes where realm = $1
union all
select 'identity_provider', alias, jsonb_build_object('provider_id', provider_id, 'enabled', enabled, 'config', config)
  from iam.identity_providers where realm = $1
union all
select 'credential', owner_type || '/' || owner_name, '{}' from iam.credentials where realm = $1";

fn key(kind: &str, name: &str) -> String {
    let realm = mark(Place::Realm);
    if name.is_empty() { format!("{kind}:{realm}") } else { format!("{kind}:{realm}/{name}") }
}

pub(super) async fn probe(backends: &Backends, space: &Space) -> Result<(String, Resources)> {
    let version: String = sqlx::query_scalar("show server_version")
        .fetch_one(&backends.directory)
        .await
        .doing(KEY, "asking its version")?;
    let rows =
        sqlx::query(QUERY).bind(space.realm()).fetch_all(&backends.directory).await.doing(KEY, "reading the realm")?;
    let mut resources = Resources::new();
    for row in rows {
        let (kind, name, mut value): (String, String, Value) = (row.get(0), row.get(1), row.get(2));
        if kind == "identity_provider" {
            part_secrets(&mut value);
        }
        resources.insert(key(&kind, &name), value);
    }
    Ok((version, resources))
}

/// Moves what is secret by its name out of `config`, into a member of its own.
fn part_secrets(value: &mut Value) {
    let Some(config) = value.get_mut("config").and_then(Value::as_object_mut) else { return };
    let (secrets, plain): (Map<_, _>, Map<_, _>) = std::mem::take(config).into_iter().partition(|(name, _)| {
        let name = name.to_lowercase();
        name.ends_with("secret") || name.ends_with("password")
    });
    *config = plain;
    value["secrets"] = Value::Object(secrets);
}

pub(super) fn declared(iam: &Iam) -> Resources {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let realm = json!({"display_name": iam.realm.display_name, "settings": iam.realm.settings});
    let mut out = Resources::from([(key("realm", ""), realm)]);
    out.extend(iam.roles.iter().map(|role| {
        let composites = sorted(&role.composites);
        let value = json!({"description": role.description, "attributes": role.attributes, "composites": composites});
        (key("role", &role.name), value)
    }));
    out.extend(iam.groups.iter().map(|group| {
        let parent = group.path.rsplit_once('/').map(|(parent, _)| parent).filter(|parent| !parent.is_empty());
        let value = json!({"parent": parent, "attributes": group.attributes, "roles": sorted(&group.roles)});
        (key("group", &group.path), value)
    }));
    for member in &iam.members {
        let value = json!({
            "email": member.email, "first_name": member.first_name, "last_name": member.last_name,
            "enabled": member.enabled, "attributes": member.attributes, "roles": sorted(&member.roles),
            "groups": sorted(&member.groups),
        });
        out.insert(key("member", &member.username), value);
        if member.password.is_some() {
            out.insert(key("credential", &format!("member/{}", member.username)), json!({}));
        }
    }
    for account in &iam.service_accounts {
        let value = json!({
            "description": account.description, "enabled": account.enabled, "attributes": account.attributes,
            "roles": sorted(&account.roles),
        });
        out.insert(key("service_account", &account.client_id), value);
        if account.secret.is_some() {
            out.insert(key("credential", &format!("service_account/{}", account.client_id)), json!({}));
        }
    }
    out.extend(iam.client_scopes.iter().map(|scope| {
        let value = json!({
            "description": scope.description, "protocol": scope.protocol, "attributes": scope.attributes,
            "protocol_mappers": scope.protocol_mappers,
        });
        (key("client_scope", &scope.name), value)
    }));
    out.extend(iam.identity_providers.iter().map(|provider| {
        let value = json!({
            "provider_id": provider.provider_id, "enabled": provider.enabled, "config": provider.config,
            "secrets": provider.secrets,
        });
        (key("identity_provider", &provider.alias), value)
    }));
    out
}
