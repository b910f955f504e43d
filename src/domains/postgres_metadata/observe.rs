//! Reads a tenant's schema out of the catalog.

use restore_model::{
    Inventory, Resource, TenantSpace,
    domains::postgres_metadata::{
        self as model, OWNER_ROLE, RoleRef, SPACE, body_names_schema, identifier,
        spec::{
            DatabaseRoleSpec, ExtensionSpec, ObjectKind, ObjectRef, RoleOnCreation, SchemaSpec, TypeDefinition,
            TypeSpec,
        },
    },
};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    client::PostgresDriver,
    links::Links,
    rows::{Context, ExtensionRow, FunctionRow, RoleRow, TypeRow},
};
use crate::{Error, ErrorKind, Result};

/// Reads everything in a tenant's schema, and its roles, which may be there without it.
pub(super) async fn observe(driver: &PostgresDriver, space: &TenantSpace) -> Result<Inventory> {
    let mut connection = driver.acquire().await?;
    let translate = |error: sqlx::Error| driver.translate(&error);
    sqlx::raw_sql(AssertSqlSafe(driver.begin_look())).execute(&mut *connection).await.map_err(translate)?;
    let observed = Observation::read(driver, &mut connection, space).await;
    let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
    let inventory = observed?;
    ended.map_err(translate)?;
    Ok(inventory)
}

/// The role that owns the schema, if it is there.
pub(super) async fn owner_role(driver: &PostgresDriver, space: &TenantSpace) -> Result<Vec<String>> {
    let mut connection = driver.acquire().await?;
    let context = context(driver, &mut connection, space).await?;
    let owner = format!("role {}{OWNER_ROLE}", space.role_prefix);
    Ok(context.owner_exists.then_some(owner).into_iter().collect())
}

/// What a schema, and the engine in it, is like.
pub(super) async fn context(
    driver: &PostgresDriver,
    connection: &mut PgConnection,
    space: &TenantSpace,
) -> Result<Context> {
    let query = sqlx::query(catalog!("context"))
        .bind(&space.schema)
        .bind(format!("{}{OWNER_ROLE}", space.role_prefix))
        .bind(&driver.extensions);
    let rows = driver.rows(connection, query).await?;
    rows.into_iter().next().ok_or_else(|| Error::new(ErrorKind::BackendFailed, "the catalog gave no context"))
}

/// What makes the definitions of a schema come out without its name.
pub(super) fn set_search_path(space: &TenantSpace, context: &Context) -> Result<String> {
    let schemas = std::iter::once(&space.schema).chain(&context.extension_schemas);
    let quoted: std::result::Result<Vec<String>, String> = schemas.map(|schema| identifier(schema)).collect();
    let quoted = quoted.map_err(|message| Error::new(ErrorKind::InvalidRequest, message))?;
    Ok(format!("SET LOCAL search_path TO {}; SET LOCAL standard_conforming_strings TO on", quoted.join(", ")))
}

pub(super) struct Observation<'a> {
    pub(super) driver: &'a PostgresDriver,
    pub(super) space: &'a TenantSpace,
    pub(super) inventory: Inventory,
    pub(super) links: Links,
}

impl<'a> Observation<'a> {
    async fn read(
        driver: &'a PostgresDriver,
        connection: &mut PgConnection,
        space: &'a TenantSpace,
    ) -> Result<Inventory> {
        let context = context(driver, connection, space).await?;
        let mut this = Self { driver, space, inventory: Inventory::default(), links: Links::default() };
        this.roles(connection).await?;
        if !context.schema_exists {
            return Ok(this.inventory);
        }
        // A schema that one may not use does not count in a search path: every name would come out with the schema's.
        if !context.schema_usable {
            let (engine, schema, prefix) = (&context.engine, &space.schema, &space.role_prefix);
            let message = format!(
                "the engine's role `{engine}` may not use schema `{schema}`: make it a member of the schema's owner, \
                 for example with GRANT {prefix}{OWNER_ROLE} TO {engine}"
            );
            return Err(Error::new(ErrorKind::BackendDenied, message));
        }
        let path = set_search_path(space, &context)?;
        sqlx::raw_sql(AssertSqlSafe(path)).execute(&mut *connection).await.map_err(|error| driver.translate(&error))?;
        let schema = model::schema(&SchemaSpec {});
        this.add(schema, "pg_namespace", 0, Some(ObjectRef::new(ObjectKind::Schema, "", None)))?;
        this.extensions(connection).await?;
        this.types(connection).await?;
        this.functions(connection).await?;
        this.relations(connection).await?;
        this.parts(connection).await?;
        let unsupported: Vec<String> = this.all(connection, catalog!("unsupported")).await?;
        this.inventory.notes.extend(unsupported.into_iter().map(|what| format!("not exported: {what}")));
        let mut links = std::mem::take(&mut this.links);
        links.annotate(driver, connection, space, &mut this.inventory).await?;
        this.inventory.notes.sort();
        Ok(this.inventory)
    }

    pub(super) async fn all<T: serde::de::DeserializeOwned>(
        &self,
        connection: &mut PgConnection,
        sql: &'static str,
    ) -> Result<Vec<T>> {
        self.driver.rows(connection, sqlx::query(sql).bind(&self.space.schema)).await
    }

    pub(super) fn note(&mut self, note: String) {
        self.inventory.notes.push(note);
    }

    pub(super) fn add(
        &mut self,
        resource: std::result::Result<Resource, serde_json::Error>,
        class: &'static str,
        oid: i64,
        object: Option<ObjectRef>,
    ) -> Result<()> {
        let resource = resource
            .map_err(|error| Error::new(ErrorKind::Internal, "a definition has no canonical form").caused_by(error))?;
        self.links.know(class, oid, resource.id.clone(), object);
        self.inventory.insert(resource);
        Ok(())
    }

    async fn roles(&mut self, connection: &mut PgConnection) -> Result<()> {
        let query = sqlx::query(catalog!("roles")).bind(&self.space.schema).bind(&self.space.role_prefix);
        for row in self.driver.rows::<RoleRow>(connection, query).await? {
            let Some(RoleRef::Tenant(name)) = RoleRef::of(&row.name, self.space, &self.driver.shared_roles) else {
                continue;
            };
            if row.more {
                self.note(format!("not exported: attributes of role {} that only an administrator may give", row.name));
            }
            let mut member_of = Vec::new();
            for group in &row.member_of {
                match RoleRef::of(group, self.space, &self.driver.shared_roles) {
                    Some(role) => member_of.push(role),
                    None => self.note(format!("not exported: membership of role {} in {group}", row.name)),
                }
            }
            if name == OWNER_ROLE {
                continue;
            }
            member_of.sort();
            let requires: Vec<_> = member_of
                .iter()
                .filter_map(|role| match role {
                    RoleRef::Tenant(name) if name != OWNER_ROLE => Some(model::role_id(name)),
                    _ => None,
                })
                .collect();
            let on_creation = RoleOnCreation { login: row.login };
            let spec = DatabaseRoleSpec { name, inherit: row.inherit, member_of, on_creation };
            let resource = model::database_role(&spec).map(|resource| resource.requiring(requires));
            self.add(resource, "pg_authid", 0, None)?;
        }
        Ok(())
    }

    async fn extensions(&mut self, connection: &mut PgConnection) -> Result<()> {
        let query = sqlx::query(catalog!("extensions")).bind(&self.space.schema).bind(&self.driver.extensions);
        for row in self.driver.rows::<ExtensionRow>(connection, query).await? {
            self.add(model::extension(&ExtensionSpec { name: row.name }), "pg_extension", 0, None)?;
        }
        Ok(())
    }

    async fn types(&mut self, connection: &mut PgConnection) -> Result<()> {
        for row in self.all::<TypeRow>(connection, catalog!("types")).await? {
            let kind = if row.domain.is_some() { ObjectKind::Domain } else { ObjectKind::Type };
            let definition = match (row.labels, row.domain, row.attributes) {
                (Some(labels), _, _) => TypeDefinition::Enum(labels),
                (_, Some(domain), _) => TypeDefinition::Domain(domain),
                (_, _, attributes) => TypeDefinition::Composite(attributes.unwrap_or_default()),
            };
            let object = ObjectRef::new(kind, &row.name, None);
            self.add(model::data_type(&TypeSpec { name: row.name, definition }), "pg_type", row.oid, Some(object))?;
        }
        Ok(())
    }

    async fn functions(&mut self, connection: &mut PgConnection) -> Result<()> {
        for row in self.all::<FunctionRow>(connection, catalog!("functions")).await? {
            let mut spec = row.spec;
            for setting in &row.config {
                let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
                if name == "search_path" {
                    let own = |schema: String| if schema == self.space.schema { SPACE.to_owned() } else { schema };
                    spec.search_path = Some(split_identifiers(value).into_iter().map(own).collect());
                } else {
                    spec.settings.insert(name.to_owned(), value.to_owned());
                }
            }
            let label = format!("{}({})", spec.name, spec.signature);
            if row.more {
                self.note(format!("not exported: support function or transforms of function {label}"));
            }
            if !["sql", "plpgsql"].contains(&spec.language.as_str()) {
                let language = &spec.language;
                self.note(format!("cannot be restored: function {label} is written in {language}"));
            }
            if spec.source.as_ref().is_some_and(|body| body_names_schema(body, &self.space.schema)) {
                let schema = &self.space.schema;
                self.note(format!(
                    "cannot be restored into another tenant: the body of function {label} names its schema `{schema}`"
                ));
            }
            let kind = if spec.procedure { ObjectKind::Procedure } else { ObjectKind::Function };
            let mut object = ObjectRef::new(kind, &spec.name, None);
            object.signature = Some(spec.signature.clone());
            self.add(model::function(&spec), "pg_proc", row.oid, Some(object))?;
        }
        Ok(())
    }
}

/// The names in a setting such as `"$user", public`.
fn split_identifiers(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(std::mem::take(&mut name)),
            ' ' if !quoted => {}
            other => name.push(other),
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_path_is_split_as_postgres_does() {
        assert_eq!(split_identifiers(r#""$user", public, "a ""b"", c""#), ["$user", "public", "a \"b\", c"]);
        assert_eq!(split_identifiers(r#""""#), Vec::<String>::new());
    }
}
