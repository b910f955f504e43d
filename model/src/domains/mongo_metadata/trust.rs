//! What an artifact may not make of a tenant's database: refused by name.

use super::{
    ordered::{Document, Value},
    spec::{CollectionSpec, IndexSpec, ViewSpec},
};

/// Operators and accumulators that run code on the server.
const CODE: [&str; 3] = ["$where", "$function", "$accumulator"];
/// Stages that write.
const WRITES: [&str; 2] = ["$out", "$merge"];
/// Stages that read another collection.
const JOINS: [&str; 3] = ["$lookup", "$graphLookup", "$unionWith"];

type Checked = Result<(), String>;

/// Checks a database's name.
///
/// # Errors
/// Why it cannot be a tenant's.
pub fn check_database(name: &str) -> Checked {
    if name.is_empty() || name.len() > 63 {
        return Err(format!("the database name `{name}` has {} bytes; 1 to 63 are possible", name.len()));
    }
    if let Some(forbidden) = name.chars().find(|c| "/\\. \"$*<>:|?\0".contains(*c)) {
        return Err(format!("the database name `{name}` contains {forbidden:?}"));
    }
    if ["admin", "local", "config"].contains(&name) {
        return Err(format!("`{name}` is a database of the server's own"));
    }
    Ok(())
}

/// Checks a collection's or view's name within a database.
///
/// # Errors
/// Why a server would not take it.
pub fn check_namespace(database: &str, name: &str) -> Checked {
    if name.is_empty() {
        return Err("has an empty name".into());
    }
    if let Some(forbidden) = name.chars().find(|c| ['$', '\0'].contains(c)) {
        return Err(format!("the name contains {forbidden:?}, which servers refuse"));
    }
    if name.starts_with("system.") {
        return Err("names that start with `system.` are the server's own".into());
    }
    if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err("the name has an empty part between dots".into());
    }
    let length = database.len() + 1 + name.len();
    if length > 255 {
        return Err(format!("the name has {length} bytes with its database; 255 are possible"));
    }
    Ok(())
}

/// Checks a collection's definition.
///
/// # Errors
/// What is refused in it.
pub fn check_collection(spec: &CollectionSpec) -> Checked {
    if spec.storage_engine.is_some() || spec.index_option_defaults.is_some() {
        return Err("raw storage engine options are not restored".into());
    }
    spec.validator.as_ref().map_or(Ok(()), |validator| check_expression(validator, "the validator"))
}

/// Checks a view's definition.
///
/// # Errors
/// What is refused in it.
pub fn check_view(spec: &ViewSpec) -> Checked {
    check_namespace("", &spec.view_on).map_err(|error| format!("its source `{}`: {error}", spec.view_on))?;
    check_stages(&spec.pipeline)
}

/// Checks an index's definition.
///
/// # Errors
/// What is refused in it.
pub fn check_index(spec: &IndexSpec) -> Checked {
    if spec.storage_engine.is_some() {
        return Err("raw storage engine options are not restored".into());
    }
    if spec.key.is_empty() {
        return Err("has no key".into());
    }
    if spec.name.is_empty() || spec.name == "*" || spec.name.starts_with('$') || spec.name.contains('\0') {
        return Err(format!("`{}` cannot be the name of an index", spec.name));
    }
    let filter = spec.partial_filter_expression.as_ref();
    filter.map_or(Ok(()), |filter| check_expression(filter, "the partial filter"))
}

fn check_stages(stages: &[Value]) -> Checked {
    for stage in stages {
        if stage.as_document().is_none_or(|stage| stage.0.len() != 1) {
            return Err("a stage of the pipeline is not a document of one member".into());
        }
    }
    walk(&Value::Array(stages.to_vec()), "the pipeline")
}

fn check_expression(expression: &Document, place: &str) -> Checked {
    expression.0.iter().try_for_each(|(name, value)| check_member(name, value, place))
}

fn walk(value: &Value, place: &str) -> Checked {
    match value {
        Value::Document(document) => check_expression(document, place),
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, place)),
        Value::Opaque(json) if json.get("$code").is_some() => Err(format!("{place} contains server-side JavaScript")),
        _ => Ok(()),
    }
}

fn check_member(name: &str, value: &Value, place: &str) -> Checked {
    if CODE.contains(&name) {
        return Err(format!("{place} uses `{name}`, which runs code on the server"));
    }
    if WRITES.contains(&name) {
        return Err(format!("{place} uses `{name}`, which writes"));
    }
    if JOINS.contains(&name) {
        check_join(name, value, place)?;
    }
    walk(value, place)
}

fn check_join(name: &str, value: &Value, place: &str) -> Checked {
    let Value::Document(join) = value else { return Ok(()) };
    let elsewhere = |member: &str| join.get(member).is_some_and(|from| from.as_text().is_none());
    if join.get("db").is_some() || elsewhere("from") || elsewhere("coll") {
        return Err(format!("{place} uses `{name}` on another database"));
    }
    Ok(())
}
