//! Comments and grants.

use squawk_syntax::SyntaxKind;

use super::{
    super::{
        name::{OWNER_ROLE, RoleRef, dotted, identifier, literal},
        spec::{CommentSpec, GrantSpec, ObjectKind, ObjectRef},
        statement::{Part, Statement},
    },
    Definition, qualified,
    relation::relation,
    word,
};
use crate::{Kind, ResourceId, TenantSpace, domains::Journey};

impl ObjectRef {
    /// Refers to an object, or to a part of one.
    #[must_use]
    pub fn new(kind: ObjectKind, name: &str, of: Option<&str>) -> Self {
        Self { kind, name: name.to_owned(), of: of.map(str::to_owned), signature: None }
    }

    /// Refers to a column of this table or view.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Self> {
        let kind = match self.kind {
            ObjectKind::Table => ObjectKind::Column,
            ObjectKind::View => ObjectKind::ViewColumn,
            ObjectKind::MaterializedView => ObjectKind::MaterializedViewColumn,
            _ => return None,
        };
        Some(Self::new(kind, name, Some(&self.name)))
    }

    fn owner_name(&self) -> Result<&str, String> {
        self.of.as_deref().ok_or_else(|| format!("{} is a part of nothing", self.label()))
    }

    fn signature(&self) -> &str {
        self.signature.as_deref().unwrap_or("")
    }

    fn word(&self) -> &'static str {
        match self.kind {
            ObjectKind::Schema => "schema",
            ObjectKind::Type => "type",
            ObjectKind::Domain => "domain",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Function => "function",
            ObjectKind::Procedure => "procedure",
            ObjectKind::Table => "table",
            ObjectKind::View => "view",
            ObjectKind::MaterializedView => "materialized view",
            ObjectKind::Column | ObjectKind::ViewColumn | ObjectKind::MaterializedViewColumn => "column",
            ObjectKind::Index => "index",
            ObjectKind::Statistics => "statistics",
            ObjectKind::Constraint | ObjectKind::ForeignKey | ObjectKind::DomainConstraint => "constraint",
            ObjectKind::Policy => "policy",
            ObjectKind::Trigger | ObjectKind::ViewTrigger => "trigger",
        }
    }

    /// For people and for names of resources, for example `column orders.id`.
    pub(in super::super) fn label(&self) -> String {
        let name = match (&self.of, self.kind) {
            (_, ObjectKind::Schema) => ".".to_owned(),
            (Some(of), _) => dotted(&[of, &self.name]),
            (None, ObjectKind::Function | ObjectKind::Procedure) => {
                format!("{}({})", dotted(&[&self.name]), self.signature())
            }
            (None, _) => dotted(&[&self.name]),
        };
        format!("{} {name}", self.word())
    }

    /// The resource that it is, or is a part of.
    #[must_use]
    pub fn resource(&self) -> ResourceId {
        let of = self.of.as_deref().unwrap_or_default();
        let part = |kind| ResourceId::new(kind, dotted(&[of, &self.name]));
        let whole = |kind| ResourceId::new(kind, dotted(&[&self.name]));
        match self.kind {
            ObjectKind::Schema => ResourceId::new(Kind::Schema, "."),
            ObjectKind::Type | ObjectKind::Domain => whole(Kind::Type),
            ObjectKind::DomainConstraint => ResourceId::new(Kind::Type, dotted(&[of])),
            ObjectKind::Sequence => whole(Kind::Sequence),
            ObjectKind::Function | ObjectKind::Procedure => {
                ResourceId::new(Kind::Function, format!("{}({})", dotted(&[&self.name]), self.signature()))
            }
            ObjectKind::Table => relation(&self.name, false),
            ObjectKind::View | ObjectKind::MaterializedView => relation(&self.name, true),
            ObjectKind::Column => relation(of, false),
            ObjectKind::ViewColumn | ObjectKind::MaterializedViewColumn => relation(of, true),
            ObjectKind::Index => whole(Kind::PostgresIndex),
            ObjectKind::Statistics => whole(Kind::Statistics),
            ObjectKind::Constraint => part(Kind::Constraint),
            ObjectKind::ForeignKey => part(Kind::ForeignKey),
            ObjectKind::Policy => part(Kind::Policy),
            ObjectKind::Trigger | ObjectKind::ViewTrigger => part(Kind::Trigger),
        }
    }

    fn push(&self, statement: &mut Statement, space: &TenantSpace) -> Result<(), String> {
        let word = self.word().to_uppercase();
        match self.kind {
            ObjectKind::Schema => {
                statement.push("SCHEMA ").name(&space.schema)?;
            }
            ObjectKind::Column | ObjectKind::ViewColumn | ObjectKind::MaterializedViewColumn => {
                let owner = qualified(space, self.owner_name()?)?;
                statement.push(&format!("COLUMN {owner}.")).name(&self.name)?;
            }
            ObjectKind::Constraint | ObjectKind::ForeignKey | ObjectKind::DomainConstraint => {
                let domain = if self.kind == ObjectKind::DomainConstraint { "DOMAIN " } else { "" };
                let owner = qualified(space, self.owner_name()?)?;
                statement.push("CONSTRAINT ").name(&self.name)?.push(&format!(" ON {domain}{owner}"));
            }
            ObjectKind::Policy | ObjectKind::Trigger | ObjectKind::ViewTrigger => {
                let owner = qualified(space, self.owner_name()?)?;
                statement.push(&format!("{word} ")).name(&self.name)?.push(&format!(" ON {owner}"));
            }
            ObjectKind::Function | ObjectKind::Procedure => {
                statement.push(&format!("{word} {}", qualified(space, &self.name)?));
                let list = format!("({})", self.signature().trim());
                statement.fragment(Part::Node(SyntaxKind::PARAM_LIST), &list);
            }
            _ => {
                statement.push(&format!("{word} {}", qualified(space, &self.name)?));
            }
        }
        Ok(())
    }
}

impl Definition for CommentSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, self.on.label())
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(self.on.resource())
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let mut statement = Statement::new(SyntaxKind::COMMENT_ON, "COMMENT ON ");
        self.on.push(&mut statement, space)?;
        statement.push(&format!(" IS {}", literal(&self.text)?));
        Ok(vec![statement])
    }
}

const PRIVILEGES: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
    "USAGE",
    "CREATE",
    "EXECUTE",
];

impl Definition for GrantSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, format!("{} to {}", self.on.label(), self.grantee))
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(self.on.resource())
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let grantee = self.grantee.sql(space)?;
        let column =
            matches!(self.on.kind, ObjectKind::Column | ObjectKind::ViewColumn | ObjectKind::MaterializedViewColumn);
        let mut statements = Vec::new();
        if !column && self.grantee == RoleRef::Public {
            let mut revoke = Statement::new(SyntaxKind::REVOKE, "REVOKE ALL ON ");
            self.push_object(&mut revoke, space)?;
            revoke.push(" FROM PUBLIC");
            statements.push(revoke);
        }
        for grantable in [false, true] {
            let columns = if column { format!(" ({})", identifier(&self.on.name)?) } else { String::new() };
            let privileges: Vec<String> = self
                .privileges
                .iter()
                .filter(|(_, passes_on)| **passes_on == grantable)
                .map(|(privilege, _)| Ok(format!("{}{columns}", word(privilege, PRIVILEGES)?)))
                .collect::<Result<_, String>>()?;
            if privileges.is_empty() {
                continue;
            }
            let mut grant = Statement::new(SyntaxKind::GRANT, &format!("GRANT {} ON ", privileges.join(", ")));
            self.push_object(&mut grant, space)?;
            grant.push(&format!(" TO {grantee}"));
            if grantable {
                grant.push(" WITH GRANT OPTION");
            }
            statements.push(grant);
        }
        Ok(statements)
    }

    fn check(&self, journey: &Journey<'_>) -> Result<(), String> {
        if self.privileges.is_empty() && self.grantee != RoleRef::Public {
            return Err("grants nothing".into());
        }
        if self.grantee == RoleRef::Tenant(OWNER_ROLE.into()) {
            return Err("the tenant's owner role has what its objects give it".into());
        }
        self.grantee.check(journey.allowed)
    }
}

impl GrantSpec {
    /// Tables and views are one to GRANT, and a column is granted on its table.
    fn push_object(&self, statement: &mut Statement, space: &TenantSpace) -> Result<(), String> {
        match self.on.kind {
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView => {
                statement.push(&format!("TABLE {}", qualified(space, &self.on.name)?));
                Ok(())
            }
            ObjectKind::Column | ObjectKind::ViewColumn | ObjectKind::MaterializedViewColumn => {
                statement.push(&format!("TABLE {}", qualified(space, self.on.owner_name()?)?));
                Ok(())
            }
            ObjectKind::Schema
            | ObjectKind::Type
            | ObjectKind::Domain
            | ObjectKind::Sequence
            | ObjectKind::Function
            | ObjectKind::Procedure => self.on.push(statement, space),
            _ => Err(format!("nothing can be granted on {}", self.on.label())),
        }
    }
}
