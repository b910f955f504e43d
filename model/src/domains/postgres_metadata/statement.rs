//! Statements composed around fragments that nobody trusts.
//!
//! A fragment is parsed where it stands: the whole must be one statement of the expected form, and each fragment one
//! node of the expected form that begins and ends where the fragment does. `default 1, drop column x` is one
//! statement, but no single expression.

use squawk_syntax::{
    SourceFile, SyntaxKind, SyntaxNode,
    ast::{AstNode, SelectVariant, Type},
};

use super::{name, reach::Reach};

/// What a fragment must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// A type's name, with its modifiers.
    Type,
    /// A query.
    Query,
    /// One node of this kind.
    Node(SyntaxKind),
}

/// A statement under composition.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    form: SyntaxKind,
    text: String,
    fragments: Vec<(usize, usize, Part)>,
    body: Option<(usize, String)>,
}

impl Statement {
    /// Begins a statement that must turn out to be of this form.
    pub(super) fn new(form: SyntaxKind, head: &str) -> Self {
        Self { form, text: head.to_owned(), fragments: Vec::new(), body: None }
    }

    /// Adds text of ours.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a quoted identifier.
    pub(super) fn name(&mut self, name: &str) -> Result<&mut Self, String> {
        self.text.push_str(&name::identifier(name)?);
        Ok(self)
    }

    /// Adds a fragment.
    pub(super) fn fragment(&mut self, part: Part, text: &str) -> &mut Self {
        let start = self.text.len();
        self.text.push_str(text.trim());
        self.fragments.push((start, self.text.len(), part));
        self
    }

    /// Adds an expression, in parentheses of ours.
    pub(super) fn expression(&mut self, text: &str) -> &mut Self {
        self.fragment(Part::Node(SyntaxKind::PAREN_EXPR), &format!("({})", text.trim()))
    }

    /// Adds a quoted body, which is not looked into.
    pub(super) fn body(&mut self, body: &str) -> Result<&mut Self, String> {
        self.body = Some((self.text.len(), name::literal(body)?));
        Ok(self)
    }

    /// The statement.
    #[must_use]
    pub(super) fn sql(&self) -> String {
        match &self.body {
            Some((position, body)) => {
                let (before, after) = self.text.split_at(*position);
                format!("{before}{body}{after}")
            }
            None => self.text.clone(),
        }
    }

    /// Checks that the statement is what it claims to be, and names nothing out of reach.
    pub(super) fn check(&self, reach: &Reach<'_>) -> Result<SyntaxNode, String> {
        let text = match &self.body {
            Some((position, _)) => {
                let (before, after) = self.text.split_at(*position);
                format!("{before}''{after}")
            }
            None => self.text.clone(),
        };
        if text.contains('\0') {
            return Err("the definition holds a NUL".into());
        }
        let parsed = SourceFile::parse(&text);
        if let Some(error) = parsed.errors().first() {
            return Err(format!("the definition is not SQL as expected: {}", error.message()));
        }
        let root = parsed.syntax_node();
        let mut statements = root.children();
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            return Err("the definition is not one statement".into());
        };
        if statement.kind() != self.form {
            return Err(format!("the definition is {:?}, not {:?}", statement.kind(), self.form));
        }
        for (start, end, part) in &self.fragments {
            let found = nodes_at(&root, *start, *end);
            let fits = found.iter().any(|node| match part {
                Part::Type => Type::can_cast(node.kind()),
                Part::Query => SelectVariant::can_cast(node.kind()),
                Part::Node(kind) => node.kind() == *kind,
            });
            if !fits {
                let fragment = &text[*start..*end];
                let expected = match part {
                    Part::Type => "a type".to_owned(),
                    Part::Query => "a query".to_owned(),
                    Part::Node(SyntaxKind::PAREN_EXPR) => "one expression".to_owned(),
                    Part::Node(kind) => format!("one {kind:?}").replace('_', " ").to_lowercase(),
                };
                return Err(format!("`{fragment}` is not {expected}"));
            }
        }
        reach.check(&root)?;
        Ok(statement)
    }
}

/// The nodes that begin and end there, from the outside in.
fn nodes_at(root: &SyntaxNode, start: usize, end: usize) -> Vec<SyntaxNode> {
    let bounds = |node: &SyntaxNode| {
        let range = node.text_range();
        (usize::from(range.start()), usize::from(range.end()))
    };
    let mut found = Vec::new();
    let mut node = root.clone();
    loop {
        if bounds(&node) == (start, end) {
            found.push(node.clone());
        }
        let next = node.children().find(|child| {
            let (from, to) = bounds(child);
            from <= start && end <= to
        });
        match next {
            Some(child) => node = child,
            None => return found,
        }
    }
}
