//! What belongs to a table or stands on several: indexes, constraints, views, policies, triggers.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{
    super::{
        name::{dotted, identifier},
        spec::{ConstraintSpec, IndexSpec, PolicySpec, TriggerSpec, ViewSpec},
        statement::{Part, Statement},
    },
    Definition, expect_name, parameters, qualified, refuse_parts, word,
};
use crate::{Kind, ResourceId, TenantSpace, domains::Journey};

pub(super) fn relation(name: &str, view: bool) -> ResourceId {
    ResourceId::new(if view { Kind::View } else { Kind::Table }, dotted(&[name]))
}

impl Definition for IndexSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(relation(&self.table, self.on_view))
    }

    fn compose(&self, _kind: Kind, _space: &TenantSpace) -> Result<Vec<Statement>, String> {
        identifier(&self.name)?;
        Ok(vec![Statement::new(SyntaxKind::CREATE_INDEX, self.definition.trim())])
    }

    fn check_parsed(&self, statement: &SyntaxNode, space: &TenantSpace) -> Result<(), String> {
        expect_name(statement, SyntaxKind::INDEX, &self.name, space)?;
        expect_name(statement, SyntaxKind::TABLE_RELATION_NAME, &self.table, space)?;
        refuse_parts(
            statement,
            &[(SyntaxKind::TABLESPACE_CLAUSE, "a tablespace"), (SyntaxKind::IF_NOT_EXISTS, "IF NOT EXISTS")],
        )?;
        let concurrently = statement
            .children_with_tokens()
            .filter_map(squawk_syntax::SyntaxElement::into_token)
            .any(|token| token.kind() == SyntaxKind::CONCURRENTLY_KW);
        if concurrently { Err("the definition has CONCURRENTLY".into()) } else { Ok(()) }
    }
}

impl Definition for ConstraintSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.table, &self.name]))
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(relation(&self.table, false))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let head = format!("ALTER TABLE {} ", qualified(space, &self.table)?);
        let mut statement = Statement::new(SyntaxKind::ALTER_TABLE, &head);
        let text = format!("ADD CONSTRAINT {} {}", identifier(&self.name)?, self.definition.trim());
        statement.fragment(Part::Node(SyntaxKind::ADD_CONSTRAINT), &text);
        Ok(vec![statement])
    }

    fn check_parsed(&self, statement: &SyntaxNode, _space: &TenantSpace) -> Result<(), String> {
        let added: Vec<SyntaxNode> = statement
            .children()
            .filter(|node| node.kind() == SyntaxKind::ADD_CONSTRAINT)
            .flat_map(|node| node.children().collect::<Vec<_>>())
            .collect();
        let known = [
            SyntaxKind::PRIMARY_KEY_CONSTRAINT,
            SyntaxKind::UNIQUE_CONSTRAINT,
            SyntaxKind::CHECK_CONSTRAINT,
            SyntaxKind::EXCLUDE_CONSTRAINT,
            SyntaxKind::FOREIGN_KEY_CONSTRAINT,
        ];
        match added.as_slice() {
            [constraint] if known.contains(&constraint.kind()) => refuse_parts(
                constraint,
                &[
                    (SyntaxKind::CONSTRAINT_INDEX_TABLESPACE, "a tablespace"),
                    (SyntaxKind::USING_INDEX, "an existing index"),
                    (SyntaxKind::USING_INDEX_NAME, "an existing index"),
                ],
            ),
            _ => Err("the definition is not one constraint".into()),
        }
    }
}

impl Definition for ViewSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let (form, what) = if self.materialized {
            (SyntaxKind::CREATE_MATERIALIZED_VIEW, "MATERIALIZED VIEW")
        } else {
            (SyntaxKind::CREATE_VIEW, "VIEW")
        };
        let head = format!("CREATE {what} {}{} AS ", qualified(space, &self.name)?, parameters(&self.options)?);
        let mut statement = Statement::new(form, &head);
        statement.fragment(Part::Query, self.definition.trim().trim_end_matches(';'));
        if self.materialized {
            statement.push(" WITH NO DATA");
        }
        Ok(vec![statement])
    }

    fn check_parsed(&self, statement: &SyntaxNode, _space: &TenantSpace) -> Result<(), String> {
        let writes = |kind| {
            matches!(
                kind,
                SyntaxKind::INSERT
                    | SyntaxKind::UPDATE
                    | SyntaxKind::DELETE
                    | SyntaxKind::MERGE
                    | SyntaxKind::SELECT_INTO
                    | SyntaxKind::INTO_CLAUSE
            )
        };
        match statement.descendants().find(|node| writes(node.kind())) {
            Some(node) => Err(format!("the definition has {:?}", node.kind())),
            None => Ok(()),
        }
    }

    fn warnings(&self) -> Vec<String> {
        if self.materialized {
            vec!["created WITH NO DATA: it must be refreshed before it can be read".into()]
        } else {
            Vec::new()
        }
    }
}

impl Definition for PolicySpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.table, &self.name]))
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(relation(&self.table, false))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let roles: Vec<String> = self.roles.iter().map(|role| role.sql(space)).collect::<Result<_, _>>()?;
        let text = format!(
            "CREATE POLICY {} ON {} AS {} FOR {} TO {}",
            identifier(&self.name)?,
            qualified(space, &self.table)?,
            if self.permissive { "PERMISSIVE" } else { "RESTRICTIVE" },
            word(&self.command, &["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"])?,
            roles.join(", ")
        );
        let mut statement = Statement::new(SyntaxKind::CREATE_POLICY, &text);
        if let Some(using) = &self.using {
            statement.push(" USING (").expression(using).push(")");
        }
        if let Some(check) = &self.check {
            statement.push(" WITH CHECK (").expression(check).push(")");
        }
        Ok(vec![statement])
    }

    fn check(&self, journey: &Journey<'_>) -> Result<(), String> {
        if self.roles.is_empty() {
            return Err("is for nobody".into());
        }
        self.roles.iter().try_for_each(|role| role.check(journey.allowed))
    }
}

impl Definition for TriggerSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.table, &self.name]))
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(relation(&self.table, self.on_view))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let name = identifier(&self.name)?;
        let mut statements = vec![Statement::new(SyntaxKind::CREATE_TRIGGER, self.definition.trim())];
        if let Some(enabled) = &self.enabled {
            let clause = match enabled.as_str() {
                "disabled" => "DISABLE",
                "replica" => "ENABLE REPLICA",
                "always" => "ENABLE ALWAYS",
                other => return Err(format!("`{other}` is none of disabled, replica, always")),
            };
            let text = format!("ALTER TABLE {} {clause} TRIGGER {name}", qualified(space, &self.table)?);
            statements.push(Statement::new(SyntaxKind::ALTER_TABLE, &text));
        }
        Ok(statements)
    }

    fn check_parsed(&self, statement: &SyntaxNode, space: &TenantSpace) -> Result<(), String> {
        if statement.kind() != SyntaxKind::CREATE_TRIGGER {
            return Ok(());
        }
        expect_name(statement, SyntaxKind::TRIGGER, &self.name, space)?;
        expect_name(statement, SyntaxKind::ON_RELATION, &self.table, space)?;
        refuse_parts(statement, &[(SyntaxKind::OR_REPLACE, "OR REPLACE")])
    }
}
