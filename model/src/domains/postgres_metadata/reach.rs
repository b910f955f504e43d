//! What a definition may name: the tenant's own schema, the system's, and that of extensions.

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{AstNode, Type},
};

use super::name::{EXTENSION_SCHEMA, unquoted};
use crate::domains::Journey;

/// Types whose values are names of objects, with or without a schema.
const REGISTERED: [&str; 11] = [
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
];

/// The schemas that a definition may name.
pub(super) struct Reach<'a> {
    own: Option<&'a str>,
    target: &'a str,
}

impl<'a> Reach<'a> {
    /// Across tenants a definition may not name the schema that it comes from: it would be left pointing there.
    pub(super) fn of(journey: &Journey<'a>) -> Self {
        let same = journey.source.schema == journey.target.schema;
        Self { own: same.then_some(journey.source.schema.as_str()), target: &journey.target.schema }
    }

    fn admit(&self, schema: &str, composed: bool) -> Result<(), String> {
        let known = ["pg_catalog", "information_schema", EXTENSION_SCHEMA].contains(&schema)
            || self.own == Some(schema)
            || (composed && schema == self.target);
        if known { Ok(()) } else { Err(format!("names the schema `{schema}`, which is outside of the tenant's space")) }
    }

    pub(super) fn admit_named(&self, schema: &str) -> Result<(), String> {
        self.admit(schema, false)
    }

    /// Refuses a tree that names another schema.
    pub(super) fn check(&self, root: &SyntaxNode) -> Result<(), String> {
        for node in root.descendants() {
            match node.kind() {
                SyntaxKind::PATH | SyntaxKind::PATH_REF => {
                    // `app.limit` in `SET app.limit TO` is a parameter, in no schema.
                    let parameter = node.ancestors().any(|around| around.kind() == SyntaxKind::CONFIG_PARAMETER_REF);
                    if let Some(first) = qualifier(&node).filter(|_| !parameter) {
                        self.admit(&first, true)?;
                    }
                }
                SyntaxKind::CALL_EXPR => {
                    if let Some(callee) = node.first_child().filter(|child| child.kind() == SyntaxKind::FIELD_EXPR) {
                        self.admit(&leftmost(&callee), true)?;
                    }
                }
                SyntaxKind::FIELD_EXPR => {
                    let inner = node.first_child().filter(|child| child.kind() == SyntaxKind::FIELD_EXPR);
                    if let Some(inner) = inner {
                        self.admit(&leftmost(&inner), true)?;
                    }
                }
                SyntaxKind::LITERAL => self.check_literal(&node)?,
                SyntaxKind::PERCENT_TYPE => return Err("uses %TYPE".into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// `'other.sequence'::regclass` names a schema too, whatever stands in between.
    fn check_literal(&self, literal: &SyntaxNode) -> Result<(), String> {
        let casts = literal
            .ancestors()
            .skip(1)
            .take_while(|around| matches!(around.kind(), SyntaxKind::CAST_EXPR | SyntaxKind::PAREN_EXPR));
        let mut types = casts.flat_map(|cast| cast.children()).filter(|child| Type::can_cast(child.kind()));
        if !types.any(|to| is_registered(&to.text().to_string())) {
            return Ok(());
        }
        let literal = literal.text().to_string();
        let Some(inner) = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else {
            return Err(format!("casts {literal} to a registered object"));
        };
        qualified(&inner.replace("''", "'")).map_or(Ok(()), |schema| self.admit(&schema, false))
    }
}

/// Whether values of a type are names of objects.
fn is_registered(type_name: &str) -> bool {
    let mut words = type_name.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| REGISTERED.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

fn qualifier(path: &SyntaxNode) -> Option<String> {
    let mut inner = path.children().find(|child| matches!(child.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF))?;
    while let Some(next) =
        inner.children().find(|child| matches!(child.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF))
    {
        inner = next;
    }
    Some(unquoted(inner.text().to_string().trim()))
}

fn leftmost(field: &SyntaxNode) -> String {
    let mut node = field.clone();
    while let Some(child) = node.first_child() {
        if !matches!(node.kind(), SyntaxKind::FIELD_EXPR) {
            break;
        }
        node = child;
    }
    unquoted(node.text().to_string().trim())
}

/// The schema in `schema.name`, quotes respected.
fn qualified(text: &str) -> Option<String> {
    let mut in_quotes = false;
    for (position, character) in text.char_indices() {
        match character {
            '"' => in_quotes = !in_quotes,
            '.' if !in_quotes => return Some(unquoted(text[..position].trim())),
            '(' if !in_quotes => return None,
            _ => {}
        }
    }
    None
}

/// True when a quoted body, which Postgres keeps as text, names the schema that it lives in.
#[must_use]
pub fn body_names_schema(body: &str, schema: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let sets_path = body.to_lowercase().contains("search_path");
    body.match_indices(schema).any(|(position, _)| {
        let before = body[..position].chars().next_back();
        let after = &body[position + schema.len()..];
        if before.is_some_and(part_of_word) || after.starts_with(part_of_word) {
            return false;
        }
        let quoted = matches!(before, Some('\'' | '"')) && after.starts_with(['\'', '"']);
        let qualifies = after.strip_prefix('"').unwrap_or(after).trim_start().starts_with('.');
        quoted || qualifies || sets_path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_names_its_schema_is_seen() {
        for body in [
            "select acme.f()",
            "select \"acme\".f()",
            "select acme . f()",
            "select \"acme\" . f()",
            "format('%I.x', 'acme')",
            "execute format('x %I', \"acme\")",
            "acme.f()",
            "set search_path to acme",
            "SET Search_Path TO pg_temp, acme;",
            "select acme_prod.f(), acme.f()",
        ] {
            assert!(body_names_schema(body, "acme"), "{body}");
        }
        for body in [
            "",
            "select acme_prod.f()",
            "select 1 -- acme makes everything",
            "select my_acme.f()",
            "select myacme.f()",
            "select $acme.f()",
            "select acme1.f(), acme$.f()",
            "select 'acme ltd'",
            "select 'of acme'",
            "raise notice '%', acme",
            "set search_path to acme_prod",
        ] {
            assert!(!body_names_schema(body, "acme"), "{body}");
        }
    }
}
