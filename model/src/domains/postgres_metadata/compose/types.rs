//! Types and sequences.

use squawk_syntax::SyntaxKind;

use super::{
    super::{
        name::{dotted, literal},
        spec::{SequenceOptions, SequenceSpec, TypeDefinition, TypeSpec},
        statement::{Part, Statement},
    },
    Definition, qualified, word,
};
use crate::{Kind, ResourceId, TenantSpace};

impl Definition for TypeSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let name = qualified(space, &self.name)?;
        let statement = match &self.definition {
            TypeDefinition::Enum(labels) => {
                let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect::<Result<_, _>>()?;
                let text = format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "));
                Statement::new(SyntaxKind::CREATE_TYPE, &text)
            }
            TypeDefinition::Composite(attributes) => {
                let mut statement = Statement::new(SyntaxKind::CREATE_TYPE, &format!("CREATE TYPE {name} AS ("));
                for (position, attribute) in attributes.iter().enumerate() {
                    statement.push(if position == 0 { "" } else { ", " });
                    statement.name(&attribute.name)?.push(" ").fragment(Part::Type, &attribute.r#type);
                    collate(&mut statement, attribute.collation.as_deref());
                }
                statement.push(")");
                statement
            }
            TypeDefinition::Domain(domain) => {
                let mut statement = Statement::new(SyntaxKind::CREATE_DOMAIN, &format!("CREATE DOMAIN {name} AS "));
                statement.fragment(Part::Type, &domain.base);
                collate(&mut statement, domain.collation.as_deref());
                if let Some(default) = &domain.default {
                    statement.push(" DEFAULT ").expression(default);
                }
                if domain.not_null {
                    statement.push(" NOT NULL");
                }
                for check in &domain.checks {
                    let text =
                        format!("CONSTRAINT {} {}", super::super::name::identifier(&check.name)?, check.definition);
                    statement.push(" ").fragment(Part::Node(SyntaxKind::CHECK_CONSTRAINT), &text);
                }
                statement
            }
        };
        Ok(vec![statement])
    }
}

/// Adds `COLLATE …`.
pub(super) fn collate(statement: &mut Statement, collation: Option<&str>) {
    if let Some(collation) = collation {
        statement.push(" ").fragment(Part::Node(SyntaxKind::COLLATE), &format!("COLLATE {}", collation.trim()));
    }
}

/// A whole number, as text.
pub(super) fn integer(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("`{text}` is no whole number"))
}

/// What stands after `CREATE SEQUENCE name AS type`.
pub(super) fn sequence_options(options: &SequenceOptions) -> Result<String, String> {
    Ok(format!(
        "START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {}{}",
        integer(&options.start)?,
        integer(&options.increment)?,
        integer(&options.min)?,
        integer(&options.max)?,
        integer(&options.cache)?,
        if options.cycle { " CYCLE" } else { " NO CYCLE" }
    ))
}

/// `SELECT setval(…)`.
pub(super) fn set_value(space: &TenantSpace, sequence: &str, value: &str) -> Result<Statement, String> {
    let name = literal(&qualified(space, sequence)?)?;
    let text = format!("SELECT pg_catalog.setval({name}, {}, true)", integer(value)?);
    Ok(Statement::new(SyntaxKind::SELECT, &text))
}

impl Definition for SequenceSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let text = format!(
            "CREATE SEQUENCE {} AS {} {}",
            qualified(space, &self.name)?,
            word(&self.options.r#type, &["bigint", "integer", "smallint"])?,
            sequence_options(&self.options)?
        );
        let mut statements = vec![Statement::new(SyntaxKind::CREATE_SEQUENCE, &text)];
        if let Some(value) = &self.on_creation.last_value {
            statements.push(set_value(space, &self.name, value)?);
        }
        Ok(statements)
    }
}
