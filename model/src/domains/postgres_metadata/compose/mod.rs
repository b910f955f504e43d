//! The statements that create a resource. Heads are composed here, from quoted names; what the catalog printed goes
//! in as checked fragments.

mod grant;
mod object;
mod relation;
mod routine;
mod statistics;
mod table;
mod types;

use squawk_syntax::{SyntaxKind, SyntaxNode, ast::AstNode};

use super::{
    name::unquoted,
    reach::Reach,
    spec::{
        CommentSpec, ConstraintSpec, DatabaseRoleSpec, ExtensionSpec, FunctionSpec, GrantSpec, IndexSpec, PolicySpec,
        SchemaSpec, SequenceSpec, StatisticsSpec, TableSpec, TriggerSpec, TypeSpec, ViewSpec,
    },
    statement::Statement,
};
use crate::{Kind, Resource, ResourceId, TenantSpace, domains::Journey};

/// What every kind of resource can do.
pub(super) trait Definition: serde::Serialize + serde::de::DeserializeOwned {
    /// What it is called, within its tenant.
    fn id(&self, kind: Kind) -> ResourceId;

    /// What it is a part of.
    fn owner(&self, _kind: Kind) -> Option<ResourceId> {
        None
    }

    /// The statements that create it.
    fn compose(&self, kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String>;

    /// Refuses what parsing its statements cannot show.
    fn check(&self, _journey: &Journey<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Checks a parsed statement further: that a definition taken whole is of what it should be.
    fn check_parsed(&self, _statement: &SyntaxNode, _space: &TenantSpace) -> Result<(), String> {
        Ok(())
    }

    /// For people: what a restore does not bring back.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A resource in normal form.
pub(super) fn resource<D: Definition>(kind: Kind, spec: &D) -> Result<Resource, serde_json::Error> {
    let id = spec.id(kind);
    let mut resource = Resource::new(kind, id.name, spec)?;
    resource.warnings = spec.warnings();
    if let Some(owner) = spec.owner(kind) {
        resource = resource.owned_by(owner);
    }
    let schema = ResourceId::new(Kind::Schema, ".");
    let within = !matches!(kind, Kind::DatabaseRole | Kind::Schema | Kind::Extension);
    Ok(if within && resource.owner.is_none() { resource.requiring([schema]) } else { resource })
}

fn parse<D: Definition>(
    kind: Kind,
    record: &crate::artifact::Record,
    journey: &Journey<'_>,
) -> Result<Resource, String> {
    let spec: D = record.parse_spec()?;
    let id = spec.id(kind);
    if id.name != record.name {
        return Err(format!("the record is named `{}`, and its definition `{}`", record.name, id.name));
    }
    spec.check(journey)?;
    let reach = Reach::of(journey);
    for statement in spec.compose(kind, journey.target)? {
        let tree = statement.check(&reach)?;
        spec.check_parsed(&tree, journey.target)?;
    }
    resource(kind, &spec).map_err(|error| error.to_string())
}

fn compose<D: Definition>(kind: Kind, spec: &str, space: &TenantSpace) -> Result<Vec<String>, String> {
    let spec: D = serde_json::from_str(spec).map_err(|error| error.to_string())?;
    Ok(spec.compose(kind, space)?.iter().map(Statement::sql).collect())
}

macro_rules! by_kind {
    ($kind:expr, $call:ident($($argument:expr),*)) => {
        match $kind {
            Kind::DatabaseRole => $call::<DatabaseRoleSpec>($($argument),*),
            Kind::Schema => $call::<SchemaSpec>($($argument),*),
            Kind::Extension => $call::<ExtensionSpec>($($argument),*),
            Kind::Type => $call::<TypeSpec>($($argument),*),
            Kind::Sequence => $call::<SequenceSpec>($($argument),*),
            Kind::Function => $call::<FunctionSpec>($($argument),*),
            Kind::Table => $call::<TableSpec>($($argument),*),
            Kind::PostgresIndex => $call::<IndexSpec>($($argument),*),
            Kind::Constraint | Kind::ForeignKey => $call::<ConstraintSpec>($($argument),*),
            Kind::View => $call::<ViewSpec>($($argument),*),
            Kind::Statistics => $call::<StatisticsSpec>($($argument),*),
            Kind::Policy => $call::<PolicySpec>($($argument),*),
            Kind::Trigger => $call::<TriggerSpec>($($argument),*),
            Kind::Comment => $call::<CommentSpec>($($argument),*),
            Kind::Grant => $call::<GrantSpec>($($argument),*),
            other => Err(format!("{other} is no kind of this domain")),
        }
    };
}

/// Parses and checks a record.
pub(super) fn parse_record(record: &crate::artifact::Record, journey: &Journey<'_>) -> Result<Resource, String> {
    by_kind!(record.kind, parse(record.kind, record, journey))
}

/// The statements that create a resource whose record passed [`super::parse_desired`].
///
/// # Errors
/// When the spec is not of its kind, or a composed name is too long.
pub fn statements(kind: Kind, spec: &str, space: &TenantSpace) -> Result<Vec<String>, String> {
    by_kind!(kind, compose(kind, spec, space))
}

/// `"schema"."name"`.
fn qualified(space: &TenantSpace, name: &str) -> Result<String, String> {
    Ok(format!("{}.{}", super::name::identifier(&space.schema)?, super::name::identifier(name)?))
}

/// Refuses a definition whose node of this kind names something else.
fn expect_name(statement: &SyntaxNode, kind: SyntaxKind, expected: &str, space: &TenantSpace) -> Result<(), String> {
    let node = statement.children().find(|node| node.kind() == kind).ok_or("the definition has no name")?;
    let segments: Vec<String> = node
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .filter(|token| !token.kind().is_trivia() && !matches!(token.text(), "." | "ON" | "on"))
        .map(|token| unquoted(token.text()))
        .collect();
    let matches = match segments.as_slice() {
        [name] => name == expected,
        [schema, name] => *schema == space.schema && name == expected,
        _ => false,
    };
    if matches { Ok(()) } else { Err(format!("the definition is of `{}`, not of `{expected}`", segments.join("."))) }
}

/// Refuses a definition with a part of one of these kinds, however deep.
fn refuse_parts(statement: &SyntaxNode, kinds: &[(SyntaxKind, &str)]) -> Result<(), String> {
    for part in statement.descendants() {
        if let Some((_, what)) = kinds.iter().find(|(kind, _)| *kind == part.kind()) {
            return Err(format!("the definition has {what}"));
        }
    }
    Ok(())
}

/// `key=value` as storage parameters hold them.
fn parameters(options: &[String]) -> Result<String, String> {
    let mut parts = Vec::new();
    for option in options {
        let (key, value) = option.split_once('=').unwrap_or((option, "true"));
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(format!("`{key}` is no storage parameter"));
        }
        parts.push(format!("{key} = {}", super::name::literal(value)?));
    }
    Ok(if parts.is_empty() { String::new() } else { format!(" WITH ({})", parts.join(", ")) })
}

/// One of a few words.
fn word<'a>(value: &str, known: &[&'a str]) -> Result<&'a str, String> {
    known
        .iter()
        .find(|one| one.eq_ignore_ascii_case(value))
        .copied()
        .ok_or_else(|| format!("`{value}` is none of {}", known.join(", ")))
}

fn is_type(kind: SyntaxKind) -> bool {
    squawk_syntax::ast::Type::can_cast(kind)
}
