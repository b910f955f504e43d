//! Tables with their columns, constraints and indexes.

use serde::Deserialize;

use super::{
    super::{Members, reading::Reading},
    types,
};
use crate::{
    Kind, ResourceId,
    domains::postgres_metadata::{
        self as model, identifier,
        spec::{
            ColumnSpec, ConstraintSpec, IndexSpec, ObjectKind, ObjectRef, OwnedSequence, SequenceOnCreation,
            SequenceOptions, SequenceSpec, TableOnCreation, TableSpec,
        },
    },
};

#[derive(Deserialize)]
pub(super) struct Table {
    #[serde(alias = "table_name")]
    name: String,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
struct Column {
    #[serde(alias = "name")]
    column_name: String,
    data_type: String,
    is_nullable: Option<String>,
    column_default: Option<String>,
    #[serde(flatten)]
    rest: Members,
}

/// One row per column of a key.
#[derive(Deserialize)]
struct ConstraintRow {
    constraint_name: String,
    constraint_type: String,
    column_name: Option<String>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
struct Index {
    #[serde(alias = "name")]
    indexname: String,
    indexdef: String,
    #[serde(flatten)]
    rest: Members,
}

/// A constraint out of its rows.
struct Key {
    path: String,
    name: String,
    kind: String,
    columns: Vec<String>,
}

/// The id of a table.
pub(super) fn id(name: &str) -> ResourceId {
    ObjectRef::new(ObjectKind::Table, name, None).resource()
}

pub(super) fn migrate(path: &str, mut table: Table, reading: &mut Reading<'_>) {
    let columns: Vec<(String, Column)> = reading.take_list(&mut table.rest, "columns", path);
    let keys = keys(path, &mut table, reading);
    let indexes: Vec<(String, Index)> = reading.take_list(&mut table.rest, "indexes", path);
    reading.leftovers(path, table.rest, &[]);
    if !self::table(path, &table.name, columns, reading) {
        let parts = keys.len() + indexes.len();
        if parts > 0 {
            reading.warn(path, format!("{parts} constraints and indexes of `{}` were not carried with it", table.name));
        }
        return;
    }
    for key in &keys {
        constraint(&table.name, key, reading);
    }
    for (path, item) in indexes {
        index(&path, &table.name, item, &keys, reading);
    }
}

/// Adds the table; false when it could not be, as a table with other columns is another one.
fn table(path: &str, name: &str, columns: Vec<(String, Column)>, reading: &mut Reading<'_>) -> bool {
    if columns.is_empty() {
        reading.warn(path, format!("table `{name}` was not carried: the artifact states no columns"));
        return false;
    }
    let mut spec = TableSpec {
        name: name.to_owned(),
        unlogged: false,
        columns: Vec::new(),
        options: Vec::new(),
        row_security: false,
        force_row_security: false,
        replica_identity_full: false,
        owned_sequences: Vec::new(),
        on_creation: TableOnCreation::default(),
    };
    let mut vague = Vec::new();
    let mut sequences = Vec::new();
    for (at, column) in columns {
        let read = match types::canonical(&column.data_type) {
            Ok(read) => read,
            Err(why) => {
                let column = &column.column_name;
                let message = format!("table `{name}` was not carried: of its column `{column}` {why}");
                reading.warn(path, message);
                return false;
            }
        };
        if read.vague {
            vague.push(column.column_name.clone());
        }
        let schema = &reading.space.schema;
        let mut default = column.column_default.map(|text| model::without_schema(Kind::Table, &text, schema));
        if read.serial && default.is_none() {
            default = Some(format!("nextval('{}'::regclass)", quoted(&serial(name, &column.column_name))));
        }
        if let Some(sequence) = default.as_deref().and_then(sequence_of) {
            if sequence == serial(name, &column.column_name) {
                let owned = OwnedSequence { sequence: sequence.clone(), column: column.column_name.clone() };
                spec.owned_sequences.push(owned);
            }
            sequences.push(self::sequence(&at, &sequence, &read.name, read.serial, reading));
        }
        reading.leftovers(&at, column.rest, &["ordinal_position"]);
        spec.columns.push(ColumnSpec {
            not_null: read.serial || not_null(&at, column.is_nullable.as_deref(), reading),
            name: column.column_name,
            r#type: model::without_schema(Kind::Type, &read.name, &reading.space.schema),
            collation: None,
            default,
            generated: None,
            identity: None,
            storage: None,
            compression: None,
            statistics: None,
        });
    }
    if !vague.is_empty() {
        let columns = vague.join(", ");
        let message = format!("a length or precision of {columns}, if there was one, is not in the artifact");
        reading.warn(&format!("{path}/columns"), message);
    }
    spec.owned_sequences.sort_by(|one, other| one.sequence.cmp(&other.sequence));
    let resource = model::table(&spec).map(|resource| resource.requiring(sequences));
    reading.add(path, resource.map_err(|error| error.to_string()), true);
    reading.has(&id(name))
}

fn not_null(path: &str, stated: Option<&str>, reading: &mut Reading<'_>) -> bool {
    match stated {
        None | Some("YES") => false,
        Some("NO") => true,
        Some(other) => {
            reading.warn(&format!("{path}/is_nullable"), format!("`{other}` is neither YES nor NO: NULL was allowed"));
            false
        }
    }
}

/// What Postgres calls the sequence of a `serial` column.
fn serial(table: &str, column: &str) -> String {
    format!("{table}_{column}_seq")
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The sequence of the tenant that a default takes its value from.
fn sequence_of(default: &str) -> Option<String> {
    let name = default.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?.replace("''", "'");
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => Some(inner.replace("\"\"", "\"")),
        None => (!name.contains(['.', '"'])).then_some(name),
    }
}

/// A sequence of which only a default speaks.
fn sequence(path: &str, name: &str, column_type: &str, serial: bool, reading: &mut Reading<'_>) -> ResourceId {
    let id = model::sequence_id(name);
    if reading.has(&id) {
        return id;
    }
    let (r#type, max) = match column_type {
        "smallint" => ("smallint", i64::from(i16::MAX)),
        "integer" => ("integer", i64::from(i32::MAX)),
        _ => ("bigint", i64::MAX),
    };
    if !serial {
        let message = format!("sequence `{name}` starts anew with default options: the artifact holds only its name");
        reading.warn(&format!("{path}/column_default"), message);
    }
    let options = SequenceOptions {
        r#type: r#type.to_owned(),
        start: "1".to_owned(),
        increment: "1".to_owned(),
        min: "1".to_owned(),
        max: max.to_string(),
        cache: "1".to_owned(),
        cycle: false,
    };
    let spec = SequenceSpec { name: name.to_owned(), options, on_creation: SequenceOnCreation::default() };
    reading.add(path, model::sequence(&spec).map_err(|error| error.to_string()), true);
    id
}

fn keys(path: &str, table: &mut Table, reading: &mut Reading<'_>) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (path, row) in reading.take_list::<ConstraintRow>(&mut table.rest, "constraints", path) {
        reading.leftovers(&path, row.rest, &[]);
        match keys.iter_mut().find(|key| key.name == row.constraint_name) {
            Some(key) => key.columns.extend(row.column_name),
            None => keys.push(Key {
                path,
                name: row.constraint_name,
                kind: row.constraint_type,
                columns: row.column_name.into_iter().collect(),
            }),
        }
    }
    keys
}

fn constraint(table: &str, key: &Key, reading: &mut Reading<'_>) {
    let Key { path, name, kind, columns } = key;
    let why = match kind.as_str() {
        "PRIMARY KEY" | "UNIQUE" if !columns.is_empty() => {
            let columns: Result<Vec<String>, String> = columns.iter().map(|column| identifier(column)).collect();
            let resource = columns.and_then(|columns| {
                let definition = format!("{kind} ({})", columns.join(", "));
                let spec = ConstraintSpec { name: name.clone(), table: table.to_owned(), definition };
                model::constraint(&spec).map_err(|error| error.to_string())
            });
            reading.add(path, resource, true);
            return;
        }
        "PRIMARY KEY" | "UNIQUE" => "the artifact states none of its columns",
        "FOREIGN KEY" => "the artifact does not state what it refers to",
        // Postgres lists NOT NULL among the checks, and the columns say it too.
        "CHECK" if name.ends_with("_not_null") => return,
        "CHECK" => "the artifact does not hold its expression",
        _ => "format 1.0.0 does not say what it is",
    };
    reading.warn(path, format!("{kind} `{name}` of `{table}` was not carried: {why}"));
}

fn index(path: &str, table: &str, item: Index, keys: &[Key], reading: &mut Reading<'_>) {
    reading.leftovers(path, item.rest, &[]);
    let definition = model::without_schema(Kind::PostgresIndex, &item.indexdef, &reading.space.schema);
    let key = keys.iter().find(|key| key.name == item.indexname && !key.columns.is_empty());
    let Some(key) = key else {
        let spec = IndexSpec { name: item.indexname, table: table.to_owned(), on_view: false, definition };
        reading.add(path, model::index(&spec).map_err(|error| error.to_string()), true);
        return;
    };
    // It comes with its constraint, whose rows say no more than its columns.
    let quote = |name: &str| identifier(name).unwrap_or_default();
    let columns: Vec<String> = key.columns.iter().map(|column| quote(column)).collect();
    let plain =
        format!("CREATE UNIQUE INDEX {} ON {} USING btree ({})", quote(&key.name), quote(table), columns.join(", "));
    if !model::same_definition(Kind::PostgresIndex, &plain, &definition) {
        let message = format!("the index of constraint `{}` was made plain; it was: {definition}", key.name);
        reading.warn(&format!("{path}/indexdef"), message);
    }
}
