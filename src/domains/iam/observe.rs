//! Reads a realm: one query per table, all at the same moment. The table of credentials is never read.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use restore_model::{
    Inventory, Kind, ResourceId,
    domains::iam::{
        ClientScopeSpec, GroupSpec, IdentityProviderSpec, IntoResource, MemberSpec, REALM, RealmSpec, RoleSpec,
        ServiceAccountSpec, parent_path,
    },
};
use sqlx::{FromRow, PgConnection, postgres::PgRow};

use super::{
    client::Client,
    documents::{object, objects},
};
use crate::Result;

type Links = BTreeMap<String, BTreeSet<String>>;

/// Reads everything in a realm. A realm that is not there holds nothing.
pub(super) async fn observe(client: &Client, realm: &str) -> Result<Inventory> {
    let bound = client.request_timeout() * QUERIES;
    let read = async {
        let mut snapshot = client.begin_snapshot(bound).await?;
        let inventory = read(&mut snapshot, realm).await.map_err(|error| client.translate(error))?;
        // Nothing was written: an error on the way out changes nothing about what was read.
        drop(snapshot.rollback().await);
        Ok(inventory)
    };
    tokio::time::timeout(bound, read).await.unwrap_or_else(|_| Err(client.backend().late(bound)))
}

/// How many queries [`observe`] makes.
const QUERIES: u32 = 12;

async fn rows<T>(connection: &mut PgConnection, sql: &'static str, realm: &str) -> sqlx::Result<Vec<T>>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as(sql).bind(realm).fetch_all(connection).await
}

async fn links(connection: &mut PgConnection, sql: &'static str, realm: &str) -> sqlx::Result<Links> {
    let mut links = Links::new();
    for (name, other) in rows::<(String, String)>(connection, sql, realm).await? {
        links.entry(name).or_default().insert(other);
    }
    Ok(links)
}

async fn read(connection: &mut PgConnection, realm: &str) -> sqlx::Result<Inventory> {
    let mut seen = Seen::default();
    let sql = "SELECT display_name, settings::text FROM iam.realms WHERE realm = $1";
    for (display_name, settings) in rows::<(Option<String>, String)>(connection, sql, realm).await? {
        let spec = object(&settings, "settings").map(|settings| RealmSpec { display_name, settings });
        seen.add(Kind::Realm, REALM, spec);
    }

    let sql = "SELECT role, child FROM iam.role_composites WHERE realm = $1";
    let mut composites = links(connection, sql, realm).await?;
    let sql = "SELECT name, description, attributes::text FROM iam.roles WHERE realm = $1";
    for (name, description, attributes) in rows::<(String, Option<String>, String)>(connection, sql, realm).await? {
        let composites = composites.remove(&name).unwrap_or_default();
        let spec = object(&attributes, "attributes").map(|attributes| RoleSpec { description, attributes, composites });
        seen.add(Kind::Role, &name, spec);
    }

    let sql = "SELECT name, description, protocol, attributes::text, protocol_mappers::text
               FROM iam.client_scopes WHERE realm = $1";
    type ClientScopeRow = (String, Option<String>, String, String, String);
    for (name, description, protocol, attributes, mappers) in rows::<ClientScopeRow>(connection, sql, realm).await? {
        let spec = object(&attributes, "attributes").and_then(|attributes| {
            let protocol_mappers = objects(&mappers, "protocol_mappers")?;
            Ok(ClientScopeSpec { description, protocol, attributes, protocol_mappers })
        });
        seen.add(Kind::ClientScope, &name, spec);
    }

    let mut group_roles = links(connection, "SELECT path, role FROM iam.group_roles WHERE realm = $1", realm).await?;
    let sql = "SELECT path, parent, attributes::text FROM iam.groups WHERE realm = $1";
    for (path, parent, attributes) in rows::<(String, Option<String>, String)>(connection, sql, realm).await? {
        let spec = if parent.as_deref() == parent_path(&path) {
            let roles = group_roles.remove(&path).unwrap_or_default();
            object(&attributes, "attributes").map(|attributes| GroupSpec { attributes, roles })
        } else {
            let parent = parent.map_or_else(|| "none".to_owned(), |parent| format!("`{parent}`"));
            Err(format!("its parent is {parent}, which its path contradicts"))
        };
        seen.add(Kind::Group, &path, spec);
    }

    let sql = "SELECT username, role FROM iam.member_roles WHERE realm = $1";
    let mut member_roles = links(connection, sql, realm).await?;
    let sql = "SELECT username, path FROM iam.member_groups WHERE realm = $1";
    let mut member_groups = links(connection, sql, realm).await?;
    let sql = "SELECT username, email, first_name, last_name, enabled, attributes::text
               FROM iam.members WHERE realm = $1";
    type MemberRow = (String, Option<String>, Option<String>, Option<String>, bool, String);
    // A realm may have more members than one would hold twice: each is read as it comes.
    let mut members = sqlx::query_as::<_, MemberRow>(sql).bind(realm).fetch(&mut *connection);
    while let Some((name, email, first_name, last_name, enabled, attributes)) = members.try_next().await? {
        let roles = member_roles.remove(&name).unwrap_or_default();
        let groups = member_groups.remove(&name).unwrap_or_default();
        let spec = object(&attributes, "attributes").map(|attributes| MemberSpec {
            email,
            first_name,
            last_name,
            enabled,
            attributes,
            roles,
            groups,
        });
        seen.add(Kind::Member, &name, spec);
    }
    drop(members);

    let sql = "SELECT client_id, role FROM iam.service_account_roles WHERE realm = $1";
    let mut account_roles = links(connection, sql, realm).await?;
    let sql = "SELECT client_id, description, enabled, attributes::text FROM iam.service_accounts WHERE realm = $1";
    type AccountRow = (String, Option<String>, bool, String);
    for (name, description, enabled, attributes) in rows::<AccountRow>(connection, sql, realm).await? {
        let roles = account_roles.remove(&name).unwrap_or_default();
        let spec = object(&attributes, "attributes").map(|attributes| ServiceAccountSpec {
            description,
            enabled,
            attributes,
            roles,
        });
        seen.add(Kind::ServiceAccount, &name, spec);
    }

    let sql = "SELECT alias, provider_id, enabled, config::text FROM iam.identity_providers WHERE realm = $1";
    for (name, provider_id, enabled, config) in rows::<(String, String, bool, String)>(connection, sql, realm).await? {
        let spec = object(&config, "config").map(|config| IdentityProviderSpec { provider_id, enabled, config });
        seen.add(Kind::IdentityProvider, &name, spec);
    }
    Ok(seen.0)
}

#[derive(Default)]
struct Seen(Inventory);

impl Seen {
    fn add(&mut self, kind: Kind, name: &str, spec: Result<impl IntoResource, String>) {
        match spec.and_then(|spec| spec.into_resource(name)) {
            Ok(resource) => self.0.insert(resource),
            Err(reason) => {
                self.0.unreadable.insert(ResourceId::new(kind, name), reason);
            }
        }
    }
}
