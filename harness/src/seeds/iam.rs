//! A realm and what is in it.

use serde_json::json;

use super::told;
use crate::{
    backends::{Backends, Doing, Result},
    fixtures::{Space, Tenant},
};

const KEY: &str = "iam";

const SEED: &str = "
with t (d) as (select $2::jsonb),
realm as (insert into iam.realms select $1, d->'realm'->>'display_name', d->'realm'->'settings' from t),
roles as (insert into iam.roles select $1, x->>'name', x->>'description', x->'attributes'
  from t, jsonb_array_elements(d->'roles') x),
composites as (insert into iam.role_composites select $1, x->>'name', child
  from t, jsonb_array_elements(d->'roles') x, jsonb_array_elements_text(x->'composites') child),
groups as (insert into iam.groups select $1, x->>'path', nullif(regexp_replace(x->>'path', '/[^/]*$', ''), ''), x->'attributes'
  from t, jsonb_array_elements(d->'groups') x),
group_roles as (insert into iam.group_roles select $1, x->>'path', role
  from t, jsonb_array_elements(d->'groups') x, jsonb_array_elements_text(x->'roles') role),
members as (insert into iam.members select $1, x->>'username', x->>'email', x->>'first_name', x->>'last_name',
    (x->'enabled')::boolean, x->'attributes' from t, jsonb_array_elements(d->'members') x),
member_roles as (insert into iam.member_roles select $1, x->>'username', role
  from t, jsonb_array_elements(d->'members') x, jsonb_array_elements_text(x->'roles') role),
member_groups as (insert into iam.member_groups select $1, x->>'username', path
  from t, jsonb_array_elements(d->'members') x, jsonb_array_elements_text(x->'groups') path),
accounts as (insert into iam.service_accounts select $1, x->>'client_id', x->>'description', (x->'enabled')::boolean,
    x->'attributes' from t, jsonb_array_elements(d->'service_accounts') x),
account_roles as (insert into iam.service_account_roles select $1, x->>'client_id', role
  from t, jsonb_array_elements(d->'service_accounts') x, jsonb_array_elements_text(x->'roles') role),
scopes as (insert into iam.client_scopes select $1, x->>'name', x->>'description', x->>'protocol', x->'attributes',
    x->'protocol_mappers' from t, jsonb_array_elements(d->'client_scopes') x),
providers as (insert into iam.identity_providers select $1, x->>'alias', x->>'provider_id', (x->'enabled')::boolean,
    (x->'config') || (x->'secrets') from t, jsonb_array_elements(d->'identity_providers') x)
insert into iam.credentials
select $1, 'member', x->>'username', x->>'password' from t, jsonb_array_elements(d->'members') x
 where x->>'password' is not null
union all
select $1, 'service_account', x->>'client_id', x->>'secret' from t, jsonb_array_elements(d->'service_accounts') x
 where x->>'secret' is not null";

pub(super) async fn seed(backends: &Backends, tenant: &Tenant) -> Result<()> {
    sqlx::query(SEED)
        .bind(tenant.space.realm())
        .bind(json!(tenant.declared.iam))
        .execute(&backends.directory)
        .await
        .doing(KEY, "seeding the realm")?;
    Ok(())
}

pub(super) async fn remove(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let realms: Vec<String> = spaces.iter().map(Space::realm).collect();
    sqlx::query("delete from iam.realms where realm = any($1)")
        .bind(realms)
        .execute(&backends.directory)
        .await
        .doing(KEY, format!("deleting realm {}", told(spaces, Space::realm)))?;
    Ok(())
}
