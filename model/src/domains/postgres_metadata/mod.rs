//! Resources of the `postgres_metadata` domain.
//!
//! - `name`: quoting, and roles as a tenant sees them
//! - [`spec`]: what is kept of each kind
//! - `statement`: a statement composed around fragments, and the check that it is just that
//! - `reach`: which schemas a definition may name
//! - `compose`: the statements that create a resource
//! - `text`: two ways to write one definition

mod compose;
mod name;
mod reach;
pub mod spec;
mod statement;
#[cfg(test)]
mod tests;
mod text;

pub use compose::statements;
pub use name::{EXTENSION_SCHEMA, OWNER_ROLE, RoleRef, identifier, literal};
pub use reach::body_names_schema;
pub use text::{relations_in, same_definition, without_schema};

use super::Journey;
use crate::{Kind, Resource, ResourceId, artifact::Record, resource::Refusal};

/// Stands for the tenant's schema in the search path of a function.
pub const SPACE: &str = "{space}";

/// Parses a record of this domain.
///
/// # Errors
/// A refusal, by name.
pub fn parse_desired(record: &Record, journey: &Journey<'_>) -> Result<Resource, Refusal> {
    compose::parse_record(record, journey).map_err(|message| Refusal::new(record.id(), message))
}

/// The id of a sequence.
#[must_use]
pub fn sequence_id(name: &str) -> ResourceId {
    ResourceId::new(Kind::Sequence, name::dotted(&[name]))
}

/// The id of a role of the tenant.
#[must_use]
pub fn role_id(name: &str) -> ResourceId {
    ResourceId::new(Kind::DatabaseRole, name::dotted(&[name]))
}

/// The id of a policy, trigger or constraint of a table.
#[must_use]
pub fn part_id(kind: Kind, table: &str, name: &str) -> ResourceId {
    ResourceId::new(kind, name::dotted(&[table, name]))
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident: $spec:ident = $kind:ident;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// When the spec has no canonical form.
        pub fn $name(spec: &spec::$spec) -> Result<Resource, serde_json::Error> {
            compose::resource(Kind::$kind, spec)
        })*
    };
}

constructors! {
    /// A role as a resource.
    database_role: DatabaseRoleSpec = DatabaseRole;
    /// The schema as a resource.
    schema: SchemaSpec = Schema;
    /// An extension as a resource.
    extension: ExtensionSpec = Extension;
    /// A type as a resource.
    data_type: TypeSpec = Type;
    /// A sequence as a resource.
    sequence: SequenceSpec = Sequence;
    /// A function or procedure as a resource.
    function: FunctionSpec = Function;
    /// A table as a resource.
    table: TableSpec = Table;
    /// An index as a resource.
    index: IndexSpec = PostgresIndex;
    /// A constraint as a resource.
    constraint: ConstraintSpec = Constraint;
    /// A foreign key as a resource.
    foreign_key: ConstraintSpec = ForeignKey;
    /// A view as a resource.
    view: ViewSpec = View;
    /// Extended statistics as a resource.
    statistics: StatisticsSpec = Statistics;
    /// A policy as a resource.
    policy: PolicySpec = Policy;
    /// A trigger as a resource.
    trigger: TriggerSpec = Trigger;
    /// A comment as a resource.
    comment: CommentSpec = Comment;
    /// A grant as a resource.
    grant: GrantSpec = Grant;
}
