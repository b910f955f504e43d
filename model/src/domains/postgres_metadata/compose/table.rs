//! Tables.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{
    super::{
        name::{dotted, identifier},
        spec::{ColumnSpec, TableSpec},
        statement::{Part, Statement},
    },
    Definition, is_type, parameters, qualified,
    types::{collate, sequence_options, set_value},
    word,
};
use crate::{Kind, ResourceId, TenantSpace};

impl Definition for TableSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, dotted(&[&self.name]))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let table = qualified(space, &self.name)?;
        let unlogged = if self.unlogged { "UNLOGGED " } else { "" };
        let mut create = Statement::new(SyntaxKind::CREATE_TABLE, &format!("CREATE {unlogged}TABLE {table} ("));
        for (position, column) in self.columns.iter().enumerate() {
            create.push(if position == 0 { "\n  " } else { ",\n  " });
            compose_column(&mut create, column)?;
        }
        create.push("\n)").push(&parameters(&self.options)?);
        let mut statements = vec![create];
        for column in &self.columns {
            alter_column(&mut statements, &table, column)?;
        }
        for owned in &self.owned_sequences {
            let text = format!(
                "ALTER SEQUENCE {} OWNED BY {table}.{}",
                qualified(space, &owned.sequence)?,
                identifier(&owned.column)?
            );
            statements.push(Statement::new(SyntaxKind::ALTER_SEQUENCE, &text));
        }
        for (wanted, clause) in [
            (self.row_security, "ENABLE ROW LEVEL SECURITY"),
            (self.force_row_security, "FORCE ROW LEVEL SECURITY"),
            (self.replica_identity_full, "REPLICA IDENTITY FULL"),
        ] {
            if wanted {
                statements.push(alter(&format!("ALTER TABLE {table} {clause}")));
            }
        }
        for (sequence, value) in &self.on_creation.identity_values {
            statements.push(set_value(space, sequence, value)?);
        }
        Ok(statements)
    }

    fn check_parsed(&self, statement: &SyntaxNode, _space: &TenantSpace) -> Result<(), String> {
        if statement.kind() != SyntaxKind::CREATE_TABLE {
            return Ok(());
        }
        let arguments = statement.children().find(|node| node.kind() == SyntaxKind::TABLE_ARG_LIST);
        let columns: Vec<SyntaxNode> = arguments.iter().flat_map(SyntaxNode::children).collect();
        let as_declared = columns.len() == self.columns.len()
            && columns.iter().zip(&self.columns).all(|(node, column)| {
                let clauses = usize::from(column.collation.is_some())
                    + usize::from(column.default.is_some())
                    + usize::from(column.generated.is_some())
                    + usize::from(column.identity.is_some())
                    + usize::from(column.not_null);
                node.kind() == SyntaxKind::COLUMN
                    && node.children().filter(|child| is_type(child.kind())).count() == 1
                    && node.children().count() == clauses + 2
            });
        if as_declared { Ok(()) } else { Err("the definition has other columns than it declares".into()) }
    }
}

fn alter(text: &str) -> Statement {
    Statement::new(SyntaxKind::ALTER_TABLE, text)
}

fn compose_column(create: &mut Statement, column: &ColumnSpec) -> Result<(), String> {
    create.name(&column.name)?.push(" ").fragment(Part::Type, &column.r#type);
    collate(create, column.collation.as_deref());
    if let Some(default) = &column.default {
        create.push(" DEFAULT ").expression(default);
    }
    if let Some(expression) = &column.generated {
        create.push(" GENERATED ALWAYS AS (").expression(expression).push(") STORED");
    }
    if let Some(identity) = &column.identity {
        create.push(&format!(
            " GENERATED {} AS IDENTITY (SEQUENCE NAME {} {})",
            if identity.always { "ALWAYS" } else { "BY DEFAULT" },
            identifier(&identity.sequence)?,
            sequence_options(&identity.options)?
        ));
    }
    if column.not_null {
        create.push(" NOT NULL");
    }
    Ok(())
}

fn alter_column(statements: &mut Vec<Statement>, table: &str, column: &ColumnSpec) -> Result<(), String> {
    let name = identifier(&column.name)?;
    if let Some(storage) = &column.storage {
        let storage = word(storage, &["PLAIN", "EXTERNAL", "EXTENDED", "MAIN"])?;
        statements.push(alter(&format!("ALTER TABLE {table} ALTER COLUMN {name} SET STORAGE {storage}")));
    }
    if let Some(compression) = &column.compression {
        let compression = word(compression, &["pglz", "lz4"])?;
        statements.push(alter(&format!("ALTER TABLE {table} ALTER COLUMN {name} SET COMPRESSION {compression}")));
    }
    if let Some(statistics) = column.statistics {
        statements.push(alter(&format!("ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS {statistics}")));
    }
    Ok(())
}
