//! The reference directory, in Postgres (`schemas/iam_directory.sql`).

use serde_json::{Map, Value, json};
use sqlx::{PgPool, Row};

use super::{KEY, Key, Record};
use crate::backends::{Doing, Result};

const READ: &str = "
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

/// Deletes what is to go, and what hangs on what is put: that is written anew. A realm that goes takes everything with it.
const CLEAR: &str = "
with gone as (select x->>'kind' as kind, x->>'name' as name from jsonb_array_elements($2::jsonb) x),
put as (select x->>'kind' as kind, x->>'name' as name from jsonb_array_elements($3::jsonb) x),
realms as (delete from iam.realms where realm = $1 and exists (select from gone where kind = 'realm')),
roles as (delete from iam.roles where realm = $1 and name in (select name from gone where kind = 'role')),
groups as (delete from iam.groups where realm = $1 and path in (select name from gone where kind = 'group')),
members as (delete from iam.members where realm = $1 and username in (select name from gone where kind = 'member')),
accounts as (delete from iam.service_accounts where realm = $1
  and client_id in (select name from gone where kind = 'service_account')),
scopes as (delete from iam.client_scopes where realm = $1 and name in (select name from gone where kind = 'client_scope')),
providers as (delete from iam.identity_providers where realm = $1
  and alias in (select name from gone where kind = 'identity_provider')),
composites as (delete from iam.role_composites where realm = $1 and role in (select name from put where kind = 'role')),
group_roles as (delete from iam.group_roles where realm = $1 and path in (select name from put where kind = 'group')),
member_roles as (delete from iam.member_roles where realm = $1
  and username in (select name from put where kind = 'member')),
member_groups as (delete from iam.member_groups where realm = $1
  and username in (select name from put where kind = 'member')),
account_roles as (delete from iam.service_account_roles where realm = $1
  and client_id in (select name from put where kind = 'service_account'))
delete from iam.credentials where realm = $1
  and owner_type || '/' || owner_name in (select name from gone where kind = 'credential')";

const PUT: &str = "
with t as (select x->>'kind' as kind, x->>'name' as name, x->'value' as v from jsonb_array_elements($2::jsonb) x),
realm as (insert into iam.realms select $1, v->>'display_name', v->'settings' from t where kind = 'realm'
  on conflict (realm) do update set display_name = excluded.display_name, settings = excluded.settings),
roles as (insert into iam.roles select $1, name, v->>'description', v->'attributes' from t where kind = 'role'
  on conflict (realm, name) do update set description = excluded.description, attributes = excluded.attributes),
composites as (insert into iam.role_composites select $1, name, child
  from t, jsonb_array_elements_text(v->'composites') child where kind = 'role'),
groups as (insert into iam.groups select $1, name, v->>'parent', v->'attributes' from t where kind = 'group'
  on conflict (realm, path) do update set parent = excluded.parent, attributes = excluded.attributes),
group_roles as (insert into iam.group_roles select $1, name, role
  from t, jsonb_array_elements_text(v->'roles') role where kind = 'group'),
members as (insert into iam.members select $1, name, v->>'email', v->>'first_name', v->>'last_name',
    (v->'enabled')::boolean, v->'attributes' from t where kind = 'member'
  on conflict (realm, username) do update set email = excluded.email, first_name = excluded.first_name,
    last_name = excluded.last_name, enabled = excluded.enabled, attributes = excluded.attributes),
member_roles as (insert into iam.member_roles select $1, name, role
  from t, jsonb_array_elements_text(v->'roles') role where kind = 'member'),
member_groups as (insert into iam.member_groups select $1, name, path
  from t, jsonb_array_elements_text(v->'groups') path where kind = 'member'),
accounts as (insert into iam.service_accounts select $1, name, v->>'description', (v->'enabled')::boolean,
    v->'attributes' from t where kind = 'service_account'
  on conflict (realm, client_id) do update set description = excluded.description, enabled = excluded.enabled,
    attributes = excluded.attributes),
account_roles as (insert into iam.service_account_roles select $1, name, role
  from t, jsonb_array_elements_text(v->'roles') role where kind = 'service_account'),
scopes as (insert into iam.client_scopes select $1, name, v->>'description', v->>'protocol', v->'attributes',
    v->'protocol_mappers' from t where kind = 'client_scope'
  on conflict (realm, name) do update set description = excluded.description, protocol = excluded.protocol,
    attributes = excluded.attributes, protocol_mappers = excluded.protocol_mappers),
providers as (insert into iam.identity_providers select $1, name, v->>'provider_id', (v->'enabled')::boolean,
    (v->'config') || (v->'secrets') from t where kind = 'identity_provider'
  on conflict (realm, alias) do update set provider_id = excluded.provider_id, enabled = excluded.enabled,
    config = excluded.config)
insert into iam.credentials select $1, split_part(name, '/', 1), substr(name, strpos(name, '/') + 1), v->>'secret'
  from t where kind = 'credential'
  on conflict (realm, owner_type, owner_name) do update set secret = excluded.secret";

pub(super) async fn version(pool: &PgPool) -> Result<String> {
    sqlx::query_scalar("show server_version").fetch_one(pool).await.doing(KEY, "asking its version")
}

pub(super) async fn read(pool: &PgPool, realm: &str) -> Result<Vec<Record>> {
    let rows = sqlx::query(READ).bind(realm).fetch_all(pool).await.doing(KEY, "reading the realm")?;
    let records = rows.into_iter().map(|row| {
        let (kind, name, mut value): (String, String, Value) = (row.get(0), row.get(1), row.get(2));
        if kind == "identity_provider" {
            part_secrets(&mut value);
        }
        let mut record = json!({ "kind": kind, "value": value });
        if kind != "realm" {
            record["name"] = name.into();
        }
        serde_json::from_value(record).doing(KEY, "reading the realm")
    });
    records.collect()
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

pub(super) async fn write(pool: &PgPool, realm: &str, put: &[Record], delete: &[Key]) -> Result<()> {
    let written = async {
        let mut transaction = pool.begin().await?;
        let clear = sqlx::query(CLEAR).bind(realm).bind(json!(delete)).bind(json!(put));
        clear.execute(&mut *transaction).await?;
        sqlx::query(PUT).bind(realm).bind(json!(put)).execute(&mut *transaction).await?;
        transaction.commit().await
    };
    written.await.doing(KEY, format!("writing realm {realm}"))
}

pub(super) async fn remove(pool: &PgPool, realms: &[String]) -> Result<()> {
    let deleted = sqlx::query("delete from iam.realms where realm = any($1)").bind(realms).execute(pool).await;
    deleted.map(drop).doing(KEY, format!("deleting realm {}", realms.join(", ")))
}
