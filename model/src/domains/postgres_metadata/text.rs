//! Definitions as text: two ways to write the same one, and the same without a schema's name.
//!
//! Postgres prints a definition in two ways, with or without parentheses that its own precedence makes superfluous.
//! Artifacts of format 2.0.0 hold the second, older ones the first. They are told to be the same by their trees.

use std::{collections::BTreeSet, ops::Range};

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxKind, SyntaxNode};

use super::name::unquoted;
use crate::Kind;

/// The statement that a definition of this kind is a part of: what stands before it.
fn head(kind: Kind) -> &'static str {
    match kind {
        Kind::View => "CREATE VIEW v AS ",
        Kind::Constraint | Kind::ForeignKey => "ALTER TABLE t ADD CONSTRAINT c ",
        Kind::PostgresIndex => "",
        Kind::Type => "SELECT NULL::",
        _ => "SELECT ",
    }
}

/// Whether two definitions of a kind say the same: but for superfluous parentheses, quotes, case, and white space.
#[must_use]
pub fn same_definition(kind: Kind, one: &str, other: &str) -> bool {
    one == other
        || fingerprint(head(kind), one).is_some_and(|one| fingerprint(head(kind), other).is_some_and(|it| one == it))
}

/// The tree, written down without what does not matter; none when the text is no SQL.
fn fingerprint(head: &str, text: &str) -> Option<String> {
    let parsed = SourceFile::parse(&format!("{head}{}", text.trim().trim_end_matches(';')));
    if !parsed.errors().is_empty() {
        return None;
    }
    let superfluous = |kind: SyntaxKind| matches!(kind, SyntaxKind::PAREN_EXPR | SyntaxKind::PAREN_FROM_ITEM);
    let mut written = String::new();
    let mut ahead = vec![Visit::Enter(parsed.syntax_node().into())];
    while let Some(visit) = ahead.pop() {
        let element = match visit {
            Visit::Leave => {
                written.push(']');
                continue;
            }
            Visit::Enter(element) => element,
        };
        if let Some(token) = element.as_token() {
            let bracket = matches!(token.kind(), SyntaxKind::L_PAREN | SyntaxKind::R_PAREN);
            let left_out = bracket && token.parent().is_some_and(|it| superfluous(it.kind()));
            if !token.kind().is_trivia() && !left_out {
                let literal = token.text().contains('\'');
                let text = if literal { token.text().to_owned() } else { unquoted(token.text()) };
                written.push_str(&format!("{text:?} "));
            }
        } else if let Some(node) = element.as_node() {
            if !superfluous(node.kind()) {
                written.push_str(&format!("{:?}[", node.kind()));
                ahead.push(Visit::Leave);
            }
            let children: Vec<SyntaxElement> = node.children_with_tokens().collect();
            ahead.extend(children.into_iter().rev().map(Visit::Enter));
        }
    }
    Some(written)
}

enum Visit {
    Enter(SyntaxElement),
    Leave,
}

/// The definition without `schema` before names; as it is when it is no SQL, which is found out when it is restored.
#[must_use]
pub fn without_schema(kind: Kind, definition: &str, schema: &str) -> String {
    let head = head(kind);
    let definition = definition.trim().trim_end_matches(';').trim_end();
    let mut text = format!("{head}{definition}");
    let parsed = SourceFile::parse(&text);
    if !parsed.errors().is_empty() {
        return definition.to_owned();
    }
    let mut edits: Vec<(Range<usize>, String)> =
        parsed.syntax_node().descendants().filter_map(|node| edit(&node, schema)).collect();
    edits.sort_by_key(|(range, _)| range.start);
    for (range, replacement) in edits.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    text.split_off(head.len())
}

fn edit(node: &SyntaxNode, schema: &str) -> Option<(Range<usize>, String)> {
    match node.kind() {
        SyntaxKind::PATH | SyntaxKind::PATH_REF if node.parent().is_none_or(|it| it.kind() != node.kind()) => {
            unqualify(node, schema)
        }
        SyntaxKind::CALL_EXPR => {
            let callee = node.first_child().filter(|child| child.kind() == SyntaxKind::FIELD_EXPR)?;
            unqualify(&callee, schema)
        }
        SyntaxKind::FIELD_EXPR => {
            node.first_child().filter(|child| child.kind() == SyntaxKind::FIELD_EXPR)?;
            unqualify(node, schema)
        }
        SyntaxKind::CAST_EXPR => registered(node, schema),
        _ => None,
    }
}

/// Where the first of several names, and the dot after it, stand: when it is the schema's.
fn unqualify(names: &SyntaxNode, schema: &str) -> Option<(Range<usize>, String)> {
    let first = names.first_token().filter(|token| unquoted(token.text()) == schema)?;
    let dot = first.next_token().filter(|token| token.kind() == SyntaxKind::DOT)?;
    let (start, end) = (first.text_range().start(), dot.text_range().end());
    (end < names.text_range().end()).then(|| (usize::from(start)..usize::from(end), String::new()))
}

/// `'schema.sequence'::regclass`.
fn registered(node: &SyntaxNode, schema: &str) -> Option<(Range<usize>, String)> {
    let to = node.children().last()?.text().to_string().to_lowercase();
    let literal =
        node.children().find(|child| child.kind() == SyntaxKind::LITERAL).filter(|_| to.starts_with("reg"))?;
    let text = literal.text().to_string();
    let inner = text.strip_prefix('\'')?;
    let quoted = format!("\"{}\".", schema.replace('"', "\"\""));
    let rest = inner.strip_prefix(&quoted).or_else(|| inner.strip_prefix(&format!("{schema}.")))?;
    let range = literal.text_range();
    Some((usize::from(range.start())..usize::from(range.end()), format!("'{rest}")))
}

/// The tables and views that a query reads, by the names that stand in it without a schema.
#[must_use]
pub fn relations_in(query: &str) -> BTreeSet<String> {
    let parsed = SourceFile::parse(query);
    parsed
        .syntax_node()
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::RELATION_NAME_REF)
        .map(|node| unquoted(node.text().to_string().trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superfluous_parentheses_quotes_and_case_do_not_matter() {
        let same = [
            (
                Kind::View,
                "SELECT o.id FROM orders o WHERE ((o.total > (100)::numeric) AND o.open)",
                "select o.id\n  from orders o\n where o.total > 100::numeric and o.open;",
            ),
            (Kind::View, "SELECT 1 FROM (a JOIN b ON ((a.x = b.x)))", "SELECT 1 FROM a JOIN b ON a.x = b.x"),
            (
                Kind::PostgresIndex,
                "CREATE INDEX i ON t USING btree (lower((name)::text)) WHERE (n > 0)",
                "CREATE INDEX i ON t USING btree (lower(name::text)) WHERE n > 0",
            ),
            (Kind::Constraint, "PRIMARY KEY (\"id\")", "PRIMARY KEY (id)"),
            (Kind::ForeignKey, "FOREIGN KEY (\"a\") REFERENCES t(id)", "foreign key (a) references t (id)"),
            (Kind::Type, "\"text\"", "text"),
            (Kind::Table, "('x'::text)", "'x'::text"),
            (Kind::Table, "now() /* when */", "now()"),
            (Kind::View, "no SQL", "no SQL"),
        ];
        for (kind, one, other) in same {
            assert!(same_definition(kind, one, other), "{one} / {other}");
        }
    }

    #[test]
    fn what_matters_is_told_apart() {
        let different = [
            (Kind::View, "SELECT (a + b) * c FROM t", "SELECT a + b * c FROM t"),
            (Kind::View, "SELECT 'A' FROM t", "SELECT 'a' FROM t"),
            (Kind::View, "SELECT \"A\" FROM t", "SELECT a FROM t"),
            (Kind::Constraint, "PRIMARY KEY (a, b)", "PRIMARY KEY (b, a)"),
            (Kind::PostgresIndex, "CREATE INDEX i ON t USING btree (a DESC)", "CREATE INDEX i ON t USING btree (a)"),
            (Kind::View, "no SQL", "no  SQL"),
            (Kind::View, "SELECT f((a, b)) FROM t", "SELECT f(a, b) FROM t"),
            (Kind::View, "SELECT a FROM t", "SELECT a FROM t, u"),
            (Kind::ForeignKey, "FOREIGN KEY (a) REFERENCES t(id)", "FOREIGN KEY (a) REFERENCES u(id)"),
            (Kind::Type, "text", "text[]"),
            (Kind::Table, "now()", "no SQL("),
            (Kind::Table, "no SQL(", "now()"),
        ];
        for (kind, one, other) in different {
            assert!(!same_definition(kind, one, other), "{one} / {other}");
        }
    }

    #[test]
    fn a_schemas_name_goes_only_where_it_is_one() {
        let index = "CREATE UNIQUE INDEX i ON \"acme-prod\".orders USING btree (id) WHERE (s = 'acme-prod.x'::\"acme-prod\".state)";
        assert_eq!(
            without_schema(Kind::PostgresIndex, index, "acme-prod"),
            "CREATE UNIQUE INDEX i ON orders USING btree (id) WHERE (s = 'acme-prod.x'::state)"
        );
        let view = " SELECT orders.id, acme.f(orders.id), acme.orders.total FROM acme.orders JOIN other.acme ON true;";
        assert_eq!(
            without_schema(Kind::View, view, "acme"),
            "SELECT orders.id, f(orders.id), orders.total FROM orders JOIN other.acme ON true"
        );
        let own = "SELECT acme.id FROM acme.acme";
        assert_eq!(without_schema(Kind::View, own, "acme"), "SELECT acme.id FROM acme");
        assert_eq!(without_schema(Kind::Type, "acme.\"Order state\"[]", "acme"), "\"Order state\"[]");
        let default = "nextval('acme.ids'::regclass)";
        assert_eq!(without_schema(Kind::Table, default, "acme"), "nextval('ids'::regclass)");
        assert_eq!(without_schema(Kind::Table, "nextval('\"a-b\".ids'::regclass)", "a-b"), "nextval('ids'::regclass)");
    }

    #[test]
    fn a_schemas_name_goes_from_every_kind_of_definition() {
        let cases = [
            (Kind::Constraint, "CHECK (acme.f(a) > 0);", "CHECK (f(a) > 0)"),
            (Kind::ForeignKey, "FOREIGN KEY (a) REFERENCES acme.users(id)", "FOREIGN KEY (a) REFERENCES users(id)"),
            (Kind::Type, "ACME.mood", "mood"),
            (Kind::Type, "\"ACME\".mood", "\"ACME\".mood"),
            (Kind::Table, "acme", "acme"),
            (Kind::Table, "(acme).f", "(acme).f"),
            (Kind::Table, "acme.a + acme.t.b", "acme.a + t.b"),
            (Kind::Table, "other.f(1, acme.g(2))", "other.f(1, g(2))"),
            (Kind::Table, "'acme.x'::text", "'acme.x'::text"),
            (Kind::Table, "'acme_x.s'::regclass", "'acme_x.s'::regclass"),
            (Kind::Table, "'\"acme\".s'::regclass", "'s'::regclass"),
            (Kind::Table, "E'acme.s'::regclass", "E'acme.s'::regclass"),
            (Kind::View, "SELECT acme.* FROM acme.acme;", "SELECT acme.* FROM acme"),
            (Kind::View, "SELECT 1 FROM acme.other.orders", "SELECT 1 FROM other.orders"),
            (Kind::View, " no SQL ; ", "no SQL"),
        ];
        for (kind, stated, relative) in cases {
            assert_eq!(without_schema(kind, stated, "acme"), relative, "{stated}");
        }
    }

    #[test]
    fn a_query_names_its_relations() {
        let query = "SELECT o.id FROM orders o JOIN \"Big ones\" b ON b.id = o.id WHERE o.x IN (SELECT x FROM third)";
        assert_eq!(relations_in(query).into_iter().collect::<Vec<_>>(), ["Big ones", "orders", "third"]);
    }
}
