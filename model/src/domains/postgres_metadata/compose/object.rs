//! Roles, the schema, extensions.

use squawk_syntax::SyntaxKind;

use super::{
    super::{
        name::{EXTENSION_SCHEMA, OWNER_ROLE, RoleRef, dotted, identifier},
        spec::{DatabaseRoleSpec, ExtensionSpec, SchemaSpec},
        statement::Statement,
    },
    Definition,
};
use crate::{Kind, ResourceId, TenantSpace, domains::Journey};

impl Definition for DatabaseRoleSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let role = RoleRef::Tenant(self.name.clone()).sql(space)?;
        let inherit = if self.inherit { "INHERIT" } else { "NOINHERIT" };
        let mut statements =
            vec![Statement::new(SyntaxKind::CREATE_ROLE, &format!("CREATE ROLE {role} NOLOGIN {inherit}"))];
        for group in &self.member_of {
            statements.push(Statement::new(SyntaxKind::GRANT, &format!("GRANT {} TO {role}", group.sql(space)?)));
        }
        Ok(statements)
    }

    fn check(&self, journey: &Journey<'_>) -> Result<(), String> {
        if self.name == OWNER_ROLE {
            return Err("the tenant's owner role comes with its schema".into());
        }
        for group in &self.member_of {
            group.check(journey.allowed)?;
            match group {
                RoleRef::Public => return Err("nobody is made a member of PUBLIC".into()),
                RoleRef::Tenant(name) if *name == self.name => return Err("a role is a member of itself".into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn warnings(&self) -> Vec<String> {
        if self.on_creation.login {
            vec!["created without LOGIN and password: both must be set again".into()]
        } else {
            Vec::new()
        }
    }
}

impl Definition for SchemaSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, ".")
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let owner = RoleRef::Tenant(OWNER_ROLE.into()).sql(space)?;
        let schema = identifier(&space.schema)?;
        if space.schema.starts_with("pg_") {
            return Err(format!("the schema name {schema} is reserved"));
        }
        let text = format!("CREATE SCHEMA {schema} AUTHORIZATION {owner}");
        Ok(vec![Statement::new(SyntaxKind::CREATE_SCHEMA, &text)])
    }
}

impl Definition for ExtensionSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn compose(&self, _kind: Kind, _space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let text = format!(
            "CREATE EXTENSION IF NOT EXISTS {} SCHEMA {}",
            identifier(&self.name)?,
            identifier(EXTENSION_SCHEMA)?
        );
        Ok(vec![Statement::new(SyntaxKind::CREATE_EXTENSION, &text)])
    }

    fn check(&self, journey: &Journey<'_>) -> Result<(), String> {
        if journey.allowed.extensions.contains(&self.name) {
            return Ok(());
        }
        Err(format!("the configuration does not let tenants use the extension `{}`", self.name))
    }
}
