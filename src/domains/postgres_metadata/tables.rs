//! Reads sequences, tables, views, and what belongs to them.

use std::collections::BTreeMap;

use restore_model::{
    Kind, ResourceId,
    domains::postgres_metadata::{
        self as model, RoleRef,
        spec::{
            ConstraintSpec, IndexSpec, ObjectKind, ObjectRef, OwnedSequence, PolicySpec, SequenceOnCreation,
            SequenceSpec, StatisticsSpec, TableOnCreation, TableSpec, TriggerSpec, ViewSpec,
        },
    },
};
use sqlx::PgConnection;

use super::{
    observe::Observation,
    rows::{ColumnRow, ConstraintRow, IndexRow, PolicyRow, RelationRow, SequenceRow, StatisticsRow, TriggerRow},
};
use crate::Result;

impl Observation<'_> {
    pub(super) async fn relations(&mut self, connection: &mut PgConnection) -> Result<()> {
        let mut columns: BTreeMap<i64, Vec<ColumnRow>> = BTreeMap::new();
        for row in self.all::<ColumnRow>(connection, catalog!("columns")).await? {
            columns.entry(row.table).or_default().push(row);
        }
        let mut owned = self.sequences(connection).await?;
        for mut row in self.all::<RelationRow>(connection, catalog!("relations")).await? {
            if let Some(what) = &row.unsupported {
                self.note(format!("not exported: {}, {what}", row.name));
                continue;
            }
            if row.toast_options {
                self.note(format!("not exported: storage parameters of the toast table of {}", row.name));
            }
            row.options.sort();
            match row.definition.take() {
                Some(definition) => {
                    let materialized = row.kind == "m";
                    let kind = if materialized { ObjectKind::MaterializedView } else { ObjectKind::View };
                    let object = ObjectRef::new(kind, &row.name, None);
                    let definition = definition.trim().trim_end_matches(';').to_owned();
                    let spec = ViewSpec { name: row.name, materialized, options: row.options, definition };
                    self.add(model::view(&spec), "pg_class", row.oid, Some(object))?;
                }
                None => {
                    let columns = columns.remove(&row.oid).unwrap_or_default();
                    let sequences = owned.remove(&row.oid).unwrap_or_default();
                    self.table(row, columns, sequences)?;
                }
            }
        }
        Ok(())
    }

    async fn sequences(&mut self, connection: &mut PgConnection) -> Result<BTreeMap<i64, Vec<OwnedSequence>>> {
        let mut owned: BTreeMap<i64, Vec<OwnedSequence>> = BTreeMap::new();
        for row in self.all::<SequenceRow>(connection, catalog!("sequences")).await? {
            if !row.readable {
                self.note(format!("not exported: the value of sequence {}, which may not be read", row.name));
            }
            if row.identity {
                continue;
            }
            if let (Some(table), Some(column)) = (row.table, row.column) {
                owned.entry(table).or_default().push(OwnedSequence { sequence: row.name.clone(), column });
            }
            let object = ObjectRef::new(ObjectKind::Sequence, &row.name, None);
            let on_creation = SequenceOnCreation { last_value: row.value };
            let spec = SequenceSpec { name: row.name, options: row.options, on_creation };
            self.add(model::sequence(&spec), "pg_class", row.oid, Some(object))?;
        }
        Ok(owned)
    }

    fn table(&mut self, row: RelationRow, columns: Vec<ColumnRow>, mut owned: Vec<OwnedSequence>) -> Result<()> {
        owned.sort_by(|one, other| one.sequence.cmp(&other.sequence));
        let mut on_creation = TableOnCreation::default();
        let mut specs = Vec::with_capacity(columns.len());
        for column in columns {
            if !column.options.is_empty() {
                self.note(format!("not exported: options of column {}.{}", row.name, column.spec.name));
            }
            if let (Some(identity), Some(value)) = (&column.spec.identity, column.value) {
                on_creation.identity_values.insert(identity.sequence.clone(), value);
            }
            specs.push(column.spec);
        }
        if row.replica_identity == "n" {
            self.note(format!("not exported: REPLICA IDENTITY NOTHING of table {}", row.name));
        }
        let sequences: Vec<ResourceId> = owned
            .iter()
            .filter_map(|sequence| {
                let wanted = model::sequence_id(&sequence.sequence);
                self.inventory.resources.contains_key(&wanted).then_some(wanted)
            })
            .collect();
        let object = ObjectRef::new(ObjectKind::Table, &row.name, None);
        let spec = TableSpec {
            name: row.name,
            unlogged: row.unlogged,
            columns: specs,
            options: row.options,
            row_security: row.row_security,
            force_row_security: row.force_row_security,
            replica_identity_full: row.replica_identity == "f",
            owned_sequences: owned,
            on_creation,
        };
        let resource = model::table(&spec).map(|resource| resource.requiring(sequences));
        self.add(resource, "pg_class", row.oid, Some(object))
    }

    pub(super) async fn parts(&mut self, connection: &mut PgConnection) -> Result<()> {
        for row in self.all::<IndexRow>(connection, catalog!("indexes")).await? {
            if row.clustered {
                self.note(format!("not exported: that index {} clusters or identifies its table's rows", row.name));
            }
            let Some((table, on_view)) = self.on(row.table).filter(|_| !row.constraint) else { continue };
            if !row.valid {
                self.note(format!("not exported: index {}, which is invalid", row.name));
                continue;
            }
            let object = ObjectRef::new(ObjectKind::Index, &row.name, None);
            let spec = IndexSpec { name: row.name, table, on_view, definition: row.definition };
            self.add(model::index(&spec), "pg_class", row.oid, Some(object))?;
        }
        for row in self.all::<ConstraintRow>(connection, catalog!("constraints")).await? {
            let Some((table, _)) = self.on(row.table) else { continue };
            let kind = if row.foreign { ObjectKind::ForeignKey } else { ObjectKind::Constraint };
            let object = ObjectRef::new(kind, &row.name, Some(&table));
            let spec = ConstraintSpec { name: row.name, table, definition: row.definition };
            let resource = if row.foreign { model::foreign_key(&spec) } else { model::constraint(&spec) };
            self.add(resource, "pg_constraint", row.oid, Some(object))?;
        }
        for row in self.all::<TriggerRow>(connection, catalog!("triggers")).await? {
            let Some((table, on_view)) = self.on(row.table) else { continue };
            let kind = if on_view { ObjectKind::ViewTrigger } else { ObjectKind::Trigger };
            let object = ObjectRef::new(kind, &row.name, Some(&table));
            let spec = TriggerSpec { name: row.name, table, on_view, definition: row.definition, enabled: row.enabled };
            self.add(model::trigger(&spec), "pg_trigger", row.oid, Some(object))?;
        }
        self.statistics(connection).await?;
        self.policies(connection).await
    }

    async fn statistics(&mut self, connection: &mut PgConnection) -> Result<()> {
        for row in self.all::<StatisticsRow>(connection, catalog!("statistics")).await? {
            // They have a schema of their own: their table may be one that no note tells of.
            let Some((table, on_view)) = self.on(row.table) else {
                self.note(format!("not exported: statistics {}, whose table is not exported", row.name));
                continue;
            };
            let object = ObjectRef::new(ObjectKind::Statistics, &row.name, None);
            let spec = StatisticsSpec {
                name: row.name,
                table,
                on_view,
                kinds: row.kinds,
                columns: row.columns,
                expressions: row.expressions.iter().map(|expression| expression.trim().to_owned()).collect(),
                target: row.target,
            };
            self.add(model::statistics(&spec), "pg_statistic_ext", row.oid, Some(object))?;
        }
        Ok(())
    }

    async fn policies(&mut self, connection: &mut PgConnection) -> Result<()> {
        for row in self.all::<PolicyRow>(connection, catalog!("policies")).await? {
            let Some((table, _)) = self.on(row.table) else { continue };
            let mut roles = Vec::new();
            let mut foreign = Vec::new();
            for role in &row.roles {
                match role {
                    None => roles.push(RoleRef::Public),
                    Some(name) => match RoleRef::of(name, self.space, &self.driver.shared_roles) {
                        Some(role) => roles.push(role),
                        None => foreign.push(name.clone()),
                    },
                }
            }
            if !foreign.is_empty() {
                let id = model::part_id(Kind::Policy, &table, &row.name);
                let roles = foreign.join(", ");
                self.note(format!("not exported: {id}, which is for {roles}, outside of the tenant's space"));
                continue;
            }
            roles.sort();
            let object = ObjectRef::new(ObjectKind::Policy, &row.name, Some(&table));
            let requires = self.links.roles(&roles);
            let spec = PolicySpec {
                name: row.name,
                table,
                permissive: row.permissive,
                command: row.command,
                roles,
                using: row.using,
                check: row.check,
            };
            let resource = model::policy(&spec).map(|resource| resource.requiring(requires));
            self.add(resource, "pg_policy", row.oid, Some(object))?;
        }
        Ok(())
    }

    /// The name of a known table or view, and whether it is a view.
    fn on(&self, relation: i64) -> Option<(String, bool)> {
        let object = self.links.object("pg_class", relation)?;
        match object.kind {
            ObjectKind::Table => Some((object.name.clone(), false)),
            ObjectKind::View | ObjectKind::MaterializedView => Some((object.name.clone(), true)),
            _ => None,
        }
    }
}
