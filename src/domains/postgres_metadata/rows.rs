//! Rows of the catalog queries in `catalog/`.

use restore_model::domains::postgres_metadata::spec::{
    AttributeSpec, ColumnSpec, DomainDefinition, FunctionSpec, SequenceOptions,
};
use serde::Deserialize;

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($member:ident: $type:ty,)* })*) => {
        $($(#[$doc])* #[derive(Debug, Deserialize)]
        pub(super) struct $name { $(pub(super) $member: $type,)* })*
    };
}

rows! {
    /// What is there before anything is read or written.
    Context {
        identity: String,
        version: u32,
        engine: String,
        superuser: bool,
        schema_exists: bool,
        schema_usable: bool,
        owner_exists: bool,
        owner_may_create: bool,
        engine_is_owner: bool,
        extension_schemas: Vec<String>,
    }
    RoleRow {
        name: String,
        login: bool,
        inherit: bool,
        more: bool,
        member_of: Vec<String>,
    }
    ExtensionRow {
        name: String,
    }
    TypeRow {
        oid: i64,
        name: String,
        labels: Option<Vec<String>>,
        domain: Option<DomainDefinition>,
        attributes: Option<Vec<AttributeSpec>>,
    }
    SequenceRow {
        oid: i64,
        name: String,
        options: SequenceOptions,
        value: Option<String>,
        readable: bool,
        table: Option<i64>,
        column: Option<String>,
        identity: bool,
    }
    FunctionRow {
        oid: i64,
        more: bool,
        config: Vec<String>,
        spec: FunctionSpec,
    }
    RelationRow {
        oid: i64,
        kind: String,
        name: String,
        unlogged: bool,
        options: Vec<String>,
        toast_options: bool,
        row_security: bool,
        force_row_security: bool,
        replica_identity: String,
        definition: Option<String>,
        unsupported: Option<String>,
    }
    ColumnRow {
        table: i64,
        value: Option<String>,
        options: Vec<String>,
        spec: ColumnSpec,
    }
    IndexRow {
        oid: i64,
        table: i64,
        name: String,
        definition: String,
        valid: bool,
        clustered: bool,
        constraint: bool,
    }
    ConstraintRow {
        oid: i64,
        table: i64,
        name: String,
        foreign: bool,
        definition: String,
    }
    PolicyRow {
        oid: i64,
        table: i64,
        name: String,
        permissive: bool,
        command: String,
        roles: Vec<Option<String>>,
        using: Option<String>,
        check: Option<String>,
    }
    StatisticsRow {
        oid: i64,
        table: i64,
        name: String,
        kinds: Vec<String>,
        columns: Vec<String>,
        expressions: Vec<String>,
        target: Option<i32>,
    }
    TriggerRow {
        oid: i64,
        table: i64,
        name: String,
        definition: String,
        enabled: Option<String>,
    }
    CommentRow {
        class: String,
        oid: i64,
        column: Option<String>,
        text: String,
    }
    GrantRow {
        class: String,
        oid: i64,
        column: Option<String>,
        public_by_default: bool,
        owner_differs: bool,
        grants: Vec<GrantedRow>,
    }
    GrantedRow {
        public: bool,
        role: Option<String>,
        privilege: String,
        grantable: bool,
    }
    DependencyRow {
        class: String,
        oid: i64,
        on_class: Option<String>,
        on_oid: Option<i64>,
        outside: Option<String>,
    }
}
