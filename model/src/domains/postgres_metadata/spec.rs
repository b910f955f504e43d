//! What is kept of each kind. Names are relative to the tenant; SQL fragments are as the catalog prints them when the
//! search path is the tenant's schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name::RoleRef;

fn is_false(value: &bool) -> bool {
    !value
}

macro_rules! specs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident: $type:ty,)* })*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$member_doc])* pub $member: $type,)* })*
    };
}

specs! {
    /// A role of the tenant. Its password is not kept.
    DatabaseRoleSpec {
        /// Without the tenant's prefix.
        name: String,
        /// Whether it uses the privileges of roles that it is a member of.
        inherit: bool,
        /// Roles of the tenant and shared ones that it is a member of, sorted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        member_of: Vec<RoleRef>,
        /// What a restore does not bring back.
        #[serde(default)]
        on_creation: RoleOnCreation,
    }
    /// The tenant's schema. The tenant's owner role owns it.
    SchemaSpec {}
    /// An extension that the schema may use.
    ExtensionSpec {
        /// Its name.
        name: String,
    }
    /// A type.
    TypeSpec {
        /// Its name.
        name: String,
        /// What it is.
        definition: TypeDefinition,
    }
    /// A domain.
    DomainDefinition {
        /// The type underneath.
        base: String,
        /// When not the base type's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collation: Option<String>,
        /// Expression.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<String>,
        /// Whether NULL is refused.
        #[serde(default, skip_serializing_if = "is_false")]
        not_null: bool,
        /// By name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        checks: Vec<NamedDefinition>,
    }
    /// A constraint of a domain.
    NamedDefinition {
        /// Its name.
        name: String,
        /// `CHECK (…)`.
        definition: String,
    }
    /// A member of a composite type.
    AttributeSpec {
        /// Its name.
        name: String,
        /// Its type.
        r#type: String,
        /// When not the type's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collation: Option<String>,
    }
    /// The options of a sequence; numbers are strings, as they exceed 2^53.
    SequenceOptions {
        /// `bigint`, `integer` or `smallint`.
        r#type: String,
        /// First value.
        start: String,
        /// Step.
        increment: String,
        /// Lower bound.
        min: String,
        /// Upper bound.
        max: String,
        /// Values that a session takes at once.
        cache: String,
        /// Whether it begins again.
        #[serde(default, skip_serializing_if = "is_false")]
        cycle: bool,
    }
    /// A sequence that is no identity column's.
    SequenceSpec {
        /// Its name.
        name: String,
        /// All options.
        options: SequenceOptions,
        /// Its value, which is set when it is created and never compared.
        #[serde(default, skip_serializing_if = "SequenceOnCreation::is_unset")]
        on_creation: SequenceOnCreation,
    }
    /// A function or procedure.
    FunctionSpec {
        /// Its name.
        name: String,
        /// The types of its input arguments, as in `integer, text`.
        #[serde(default)]
        signature: String,
        /// A procedure, not a function.
        #[serde(default, skip_serializing_if = "is_false")]
        procedure: bool,
        /// A window function.
        #[serde(default, skip_serializing_if = "is_false")]
        window: bool,
        /// Arguments with modes, names and defaults.
        #[serde(default)]
        arguments: String,
        /// What stands after RETURNS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        returns: Option<String>,
        /// `sql` or `plpgsql`.
        language: String,
        /// `immutable`, `stable` or `volatile`.
        volatility: String,
        /// Whether NULL in gives NULL out.
        #[serde(default, skip_serializing_if = "is_false")]
        strict: bool,
        /// Runs as its owner, which is the tenant's owner role.
        #[serde(default, skip_serializing_if = "is_false")]
        security_definer: bool,
        /// Whether it has no side effects that tell of its arguments.
        #[serde(default, skip_serializing_if = "is_false")]
        leakproof: bool,
        /// `safe`, `restricted` or `unsafe`.
        parallel: String,
        /// Estimate.
        cost: String,
        /// Estimate, of a set-returning function.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<String>,
        /// Settings while it runs, but for the search path.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        settings: BTreeMap<String, String>,
        /// The search path while it runs; `{space}` is the tenant's schema.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search_path: Option<Vec<String>>,
        /// A quoted body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// A body that Postgres has parsed: `BEGIN ATOMIC … END` or `RETURN …`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sql_body: Option<String>,
    }
    /// A table.
    TableSpec {
        /// Its name.
        name: String,
        /// Not written ahead.
        #[serde(default, skip_serializing_if = "is_false")]
        unlogged: bool,
        /// In order.
        columns: Vec<ColumnSpec>,
        /// Storage parameters, sorted, as in `fillfactor=70`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        options: Vec<String>,
        /// Whether policies apply.
        #[serde(default, skip_serializing_if = "is_false")]
        row_security: bool,
        /// Whether they apply to the owner too.
        #[serde(default, skip_serializing_if = "is_false")]
        force_row_security: bool,
        /// Updates and deletes tell replicas whole rows.
        #[serde(default, skip_serializing_if = "is_false")]
        replica_identity_full: bool,
        /// Sequences that go with a column.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        owned_sequences: Vec<OwnedSequence>,
        /// Values of identity columns, which are set when the table is created and never compared.
        #[serde(default, skip_serializing_if = "TableOnCreation::is_unset")]
        on_creation: TableOnCreation,
    }
    /// A column.
    ColumnSpec {
        /// Its name.
        name: String,
        /// With its modifiers.
        r#type: String,
        /// When not the type's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collation: Option<String>,
        /// Whether NULL is refused.
        #[serde(default, skip_serializing_if = "is_false")]
        not_null: bool,
        /// Expression.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<String>,
        /// Expression of a stored generated column.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        generated: Option<String>,
        /// Of an identity column.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<IdentitySpec>,
        /// When not the type's: `plain`, `external`, `extended` or `main`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        storage: Option<String>,
        /// `pglz` or `lz4`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compression: Option<String>,
        /// When not the default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statistics: Option<i32>,
    }
    /// An identity column's sequence.
    IdentitySpec {
        /// GENERATED ALWAYS, not BY DEFAULT.
        always: bool,
        /// The sequence's name.
        sequence: String,
        /// All options.
        options: SequenceOptions,
    }
    /// A sequence that is dropped with a column.
    OwnedSequence {
        /// The sequence.
        sequence: String,
        /// The column.
        column: String,
    }
    /// An index that belongs to no constraint.
    IndexSpec {
        /// Its name.
        name: String,
        /// The table or materialized view that it is on.
        table: String,
        /// It is on a materialized view.
        #[serde(default, skip_serializing_if = "is_false")]
        on_view: bool,
        /// `CREATE INDEX …`.
        definition: String,
    }
    /// A constraint of a table, foreign keys included.
    ConstraintSpec {
        /// Its name.
        name: String,
        /// Its table.
        table: String,
        /// What stands after the name.
        definition: String,
    }
    /// A view.
    ViewSpec {
        /// Its name.
        name: String,
        /// Keeps its rows; they are not restored.
        #[serde(default, skip_serializing_if = "is_false")]
        materialized: bool,
        /// Options, sorted, as in `security_barrier=true`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        options: Vec<String>,
        /// The query.
        definition: String,
    }
    /// Extended statistics: what is gathered, not what was found.
    StatisticsSpec {
        /// Their name.
        name: String,
        /// The table or materialized view that they are on.
        table: String,
        /// They are on a materialized view.
        #[serde(default, skip_serializing_if = "is_false")]
        on_view: bool,
        /// `dependencies`, `mcv` and `ndistinct`, sorted; none where they are of one expression alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<String>,
        /// In the table's order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<String>,
        /// Without parentheses around each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        expressions: Vec<String>,
        /// When not the default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<i32>,
    }
    /// A row-level security policy.
    PolicySpec {
        /// Its name.
        name: String,
        /// Its table.
        table: String,
        /// One permissive policy is enough to pass, each restrictive one must be passed.
        permissive: bool,
        /// `all`, `select`, `insert`, `update` or `delete`.
        command: String,
        /// Whom it applies to, sorted.
        roles: Vec<RoleRef>,
        /// Which rows are seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        using: Option<String>,
        /// Which rows may be written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<String>,
    }
    /// A trigger.
    TriggerSpec {
        /// Its name.
        name: String,
        /// The table or view that it is on.
        table: String,
        /// It is on a view.
        #[serde(default, skip_serializing_if = "is_false")]
        on_view: bool,
        /// `CREATE TRIGGER …`.
        definition: String,
        /// When not `origin`: `disabled`, `replica` or `always`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enabled: Option<String>,
    }
    /// What a comment or grant is on.
    ObjectRef {
        /// What it is.
        kind: ObjectKind,
        /// Its name; empty for the schema.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// The table, view or type that it is a part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<String>,
        /// Of a function: the types of its input arguments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    }
    /// A comment.
    CommentSpec {
        /// On what.
        on: ObjectRef,
        /// The text.
        text: String,
    }
    /// All privileges of one role on one object.
    GrantSpec {
        /// On what.
        on: ObjectRef,
        /// To whom.
        grantee: RoleRef,
        /// Privileges by name, and whether they may be passed on. None where everybody has some by default: these
        /// were taken away.
        privileges: BTreeMap<String, bool>,
    }
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeDefinition {
    /// Labels, in order.
    Enum(Vec<String>),
    /// A type with constraints.
    Domain(DomainDefinition),
    /// Attributes, in order.
    Composite(Vec<AttributeSpec>),
}

/// What a restore of a role does not bring back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleOnCreation {
    /// The role could log in.
    pub login: bool,
}

/// The value of a sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SequenceOnCreation {
    /// The last value that was given out; none when it was never used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_value: Option<String>,
}

impl SequenceOnCreation {
    fn is_unset(&self) -> bool {
        self.last_value.is_none()
    }
}

/// The values of a table's identity columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TableOnCreation {
    /// The last value that was given out, by sequence.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub identity_values: BTreeMap<String, String>,
}

impl TableOnCreation {
    fn is_unset(&self) -> bool {
        self.identity_values.is_empty()
    }
}

/// What kind of object a comment or grant is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// The tenant's schema.
    Schema,
    /// An enum or composite type.
    Type,
    /// A domain.
    Domain,
    /// A sequence.
    Sequence,
    /// A function.
    Function,
    /// A procedure.
    Procedure,
    /// A table.
    Table,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A column of a table.
    Column,
    /// A column of a view.
    ViewColumn,
    /// A column of a materialized view.
    MaterializedViewColumn,
    /// An index.
    Index,
    /// Extended statistics.
    Statistics,
    /// A constraint.
    Constraint,
    /// A foreign key.
    ForeignKey,
    /// A constraint of a domain.
    DomainConstraint,
    /// A policy.
    Policy,
    /// A trigger.
    Trigger,
    /// A trigger of a view.
    ViewTrigger,
}
