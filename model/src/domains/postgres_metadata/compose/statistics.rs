//! Extended statistics.

use squawk_syntax::SyntaxKind;

use super::{
    super::{
        name::{dotted, identifier},
        spec::StatisticsSpec,
        statement::Statement,
    },
    Definition, qualified,
    relation::relation,
    word,
};
use crate::{Kind, ResourceId, TenantSpace, domains::Journey};

/// Postgres lowers what is larger with no more than a warning.
const LARGEST_TARGET: i32 = 10_000;

impl Definition for StatisticsSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        Some(relation(&self.table, self.on_view))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let name = qualified(space, &self.name)?;
        let kinds: Vec<&str> = self
            .kinds
            .iter()
            .map(|kind| word(kind, &["dependencies", "mcv", "ndistinct"]))
            .collect::<Result<_, String>>()?;
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let mut create = Statement::new(SyntaxKind::CREATE_STATISTICS, &format!("CREATE STATISTICS {name}{kinds} ON "));
        let columns: Vec<String> = self.columns.iter().map(|column| identifier(column)).collect::<Result<_, _>>()?;
        create.push(&columns.join(", "));
        for (position, expression) in self.expressions.iter().enumerate() {
            create.push(if position == 0 && columns.is_empty() { "" } else { ", " }).expression(expression);
        }
        create.push(&format!(" FROM {}", qualified(space, &self.table)?));
        let mut statements = vec![create];
        if let Some(target) = self.target {
            let text = format!("ALTER STATISTICS {name} SET STATISTICS {target}");
            statements.push(Statement::new(SyntaxKind::ALTER_STATISTICS, &text));
        }
        Ok(statements)
    }

    fn check(&self, _journey: &Journey<'_>) -> Result<(), String> {
        // Without kinds Postgres takes all of them where it can, which is not what was asked for.
        let single = self.columns.is_empty() && self.expressions.len() == 1;
        let several = self.columns.len() + self.expressions.len() > 1;
        if !(if self.kinds.is_empty() { single } else { several }) {
            return Err("are neither of one expression nor of several columns, with kinds".into());
        }
        match self.target {
            Some(target) if !(0..=LARGEST_TARGET).contains(&target) => {
                Err(format!("the target {target} is not between 0 and {LARGEST_TARGET}"))
            }
            _ => Ok(()),
        }
    }
}
