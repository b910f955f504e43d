//! `mongo_metadata`: collections and indexes as the server describes them, written as JSON.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Members, reading::Reading};
use crate::{
    ResourceId, Scope,
    domains::mongo_metadata::{
        self as model, described,
        ordered::{Document, Value},
    },
    kind::Kind,
};

/// A database, as exports have it.
#[derive(Deserialize)]
struct Database {
    db_name: Option<String>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
struct Collection {
    #[serde(alias = "collection_name")]
    name: String,
    validator: Option<Members>,
    options: Option<Members>,
    indexes: Option<Vec<Members>>,
    #[serde(flatten)]
    rest: Members,
}

pub(super) fn migrate(mut data: Members, reading: &mut Reading<'_>) {
    let stated = reading.take_name(&mut data, "database");
    let databases: Vec<(String, Database)> = reading.take_list(&mut data, "databases", "");
    let stated = stated.or_else(|| databases.first().and_then(|(_, database)| database.db_name.clone()));
    if let Some(name) = &stated {
        reading.container(Scope::MongoDatabase, name);
    }
    for (path, mut database) in databases {
        if database.db_name.is_some() && database.db_name != stated {
            let name = database.db_name.unwrap_or_default();
            reading.warn(&path, format!("database `{name}` was not carried: a tenant has one"));
            continue;
        }
        part(&mut database.rest, &path, reading);
        reading.leftovers(&path, database.rest, &[]);
    }
    part(&mut data, "", reading);
    reading.leftovers("", data, &[]);
}

/// What stands in a database of an export, or beside its name in what restores take.
fn part(members: &mut Members, within: &str, reading: &mut Reading<'_>) {
    for (path, item) in reading.take_list(members, "collections", within) {
        collection(&path, item, reading);
    }
    for (path, mut item) in reading.take_list::<Members>(members, "indexes", within) {
        match item.shift_remove("collection") {
            Some(Json::String(collection)) => index(&path, &collection, item, true, reading),
            _ => reading.warn(&path, "an index was not carried: it does not say of which collection it is"),
        }
    }
    if let Some(sharding) = members.shift_remove("sharding").filter(|value| !super::reading::says_nothing(value)) {
        let path = if within.is_empty() { "sharding".to_owned() } else { format!("{within}/sharding") };
        let shards = sharding.as_array().map_or(String::new(), |list| format!(" ({} shards)", list.len()));
        reading.warn(&path, format!("sharding{shards} was not carried: it is the cluster's, not the tenant's"));
    }
}

fn collection(path: &str, item: Collection, reading: &mut Reading<'_>) {
    reading.leftovers(path, item.rest, &[]);
    // With its options a collection is described whole; without, the artifact speaks of the validator only.
    let partial = item.options.is_none();
    let mut options = item.options.unwrap_or_default();
    if options.contains_key("viewOn") {
        if item.validator.is_some_and(|validator| !validator.is_empty()) {
            reading.warn(&format!("{path}/validator"), "was not carried: a view has none");
        }
        if item.indexes.is_some_and(|indexes| !indexes.is_empty()) {
            reading.warn(&format!("{path}/indexes"), "were not carried: a view has none");
        }
        let view = document(options).and_then(|options| described::view(&options)).and_then(|spec| {
            let known = [Kind::Collection, Kind::MongoView].map(|kind| ResourceId::new(kind, spec.view_on.clone()));
            let view = model::view(&item.name, &spec)?;
            Ok(view.requiring(known.into_iter().filter(|id| reading.has(id))))
        });
        reading.add(path, view, false);
        return;
    }
    if let Some(validator) = item.validator {
        let validator = Json::Object(validator);
        if options.get("validator").is_some_and(|stated| *stated != validator) {
            reading.warn(&format!("{path}/options/validator"), "differs from `validator`, which was taken");
        }
        options.insert("validator".to_owned(), validator);
    }
    let resource = document(options)
        .and_then(|options| described::collection(&options))
        .and_then(|spec| model::collection(&item.name, &spec));
    reading.add(path, resource, partial);
    for (position, described) in item.indexes.unwrap_or_default().into_iter().enumerate() {
        index(&format!("{path}/indexes/{position}"), &item.name, described, false, reading);
    }
}

fn index(path: &str, collection: &str, description: Members, partial: bool, reading: &mut Reading<'_>) {
    let spec = document(description).and_then(|description| described::index(collection, &description));
    match spec {
        // The one on `_id`, which every collection has.
        Ok(None) => {}
        Ok(Some(spec)) => reading.add(path, model::index(&spec), partial),
        Err(why) => reading.warn(path, format!("an index of `{collection}` was not carried: {why}")),
    }
}

fn document(members: Members) -> Result<Document, String> {
    members.into_iter().map(|(name, json)| Ok((name, value(json)?))).collect::<Result<_, String>>().map(Document)
}

/// JSON as BSON: whole numbers are int or long by their size, unless they are written as Extended JSON.
fn value(json: Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::String(text) => Value::Text(text),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => i32::try_from(whole).map_or(Value::Long(whole), Value::Int),
            (None, Some(double)) => Value::Double(double),
            (None, None) => return Err(format!("{number} is no number that BSON has")),
        },
        Json::Array(items) => Value::Array(items.into_iter().map(value).collect::<Result<_, _>>()?),
        Json::Object(members) => match extended(&members) {
            Some(value) => value?,
            None => Value::Document(document(members)?),
        },
    })
}

/// What stands for a type of its own in Extended JSON: an object of one such member.
fn extended(members: &Members) -> Option<Result<Value, String>> {
    const OPAQUE: [&str; 8] =
        ["$oid", "$date", "$binary", "$numberDecimal", "$regularExpression", "$timestamp", "$minKey", "$maxKey"];
    let (tag, inner) = members.iter().next().filter(|_| members.len() == 1)?;
    let wrong = || format!("`{tag}` holds {inner}");
    let digits = inner.as_str();
    Some(match tag.as_str() {
        "$numberInt" => digits.and_then(|text| text.parse().ok()).map(Value::Int).ok_or_else(wrong),
        "$numberLong" => digits.and_then(|text| text.parse().ok()).map(Value::Long).ok_or_else(wrong),
        "$numberDouble" => digits.and_then(|text| text.parse().ok()).map(Value::Double).ok_or_else(wrong),
        known if OPAQUE.contains(&known) => Ok(Value::Opaque(Json::Object(members.clone()))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_extended_json_are_read_as_what_they_are() {
        let read = |text: &str| value(serde_json::from_str(text).unwrap());
        let double = |text: &str| match read(&format!(r#"{{"$numberDouble": "{text}"}}"#)) {
            Ok(Value::Double(double)) => Some(double),
            _ => None,
        };
        assert_eq!(double("1.5"), Some(1.5));
        assert_eq!(double("Infinity"), Some(f64::INFINITY));
        assert_eq!(double("-Infinity"), Some(f64::NEG_INFINITY));
        assert!(double("NaN").is_some_and(f64::is_nan));
        assert_eq!(double("one"), None);
        assert_eq!(read(r#"{"$numberInt": "7"}"#), Ok(Value::Int(7)));
        assert_eq!(read(r#"{"$numberLong": "7"}"#), Ok(Value::Long(7)));
        assert_eq!(read(r#"{"$numberDouble": "7"}"#), Ok(Value::Double(7.0)));
        assert_eq!(read("7"), Ok(Value::Int(7)));
        assert_eq!(read("3000000000"), Ok(Value::Long(3_000_000_000)));
        assert_eq!(read("7.5"), Ok(Value::Double(7.5)));
        for (text, told) in [
            (r#"{"$numberInt": 7}"#, "`$numberInt` holds 7"),
            (r#"{"$numberLong": "x"}"#, "`$numberLong` holds \"x\""),
            (r#"{"$numberDouble": "x"}"#, "`$numberDouble` holds \"x\""),
        ] {
            assert_eq!(read(text).unwrap_err(), told);
        }
        for tag in
            ["$oid", "$date", "$binary", "$numberDecimal", "$regularExpression", "$timestamp", "$minKey", "$maxKey"]
        {
            let whole = serde_json::json!({ tag: "x" });
            assert_eq!(value(whole.clone()), Ok(Value::Opaque(whole)));
        }
        // Not of one member, it is a document like any other.
        assert!(matches!(read(r#"{"$numberInt": "7", "x": 1}"#), Ok(Value::Document(_))));
        assert!(matches!(read(r#"{"$or": []}"#), Ok(Value::Document(_))));
    }
}
