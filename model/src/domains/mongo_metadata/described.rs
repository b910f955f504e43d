//! From what a server says of a collection, view or index to its spec in normal form.

use std::collections::BTreeMap;

use super::{
    ordered::{Document, Value},
    spec::{Capped, ClusteredIndex, Collation, CollectionSpec, IndexSpec, Timeseries, ViewSpec},
};

type Read<T> = Result<T, String>;

fn wrong(name: &str, expected: &str) -> String {
    format!("option `{name}` is not {expected}")
}

fn truth(name: &str, value: &Value) -> Read<bool> {
    value.as_truth().ok_or_else(|| wrong(name, "a truth value"))
}

fn whole(name: &str, value: &Value) -> Read<i64> {
    let number = value.as_whole().filter(|number| number.unsigned_abs() < 1 << 53);
    number.ok_or_else(|| wrong(name, "a whole number below 2^53"))
}

fn double(name: &str, value: &Value) -> Read<f64> {
    value.as_double().filter(|number| number.is_finite()).ok_or_else(|| wrong(name, "a number"))
}

fn text(name: &str, value: &Value) -> Read<String> {
    value.as_text().map(str::to_owned).ok_or_else(|| wrong(name, "text"))
}

fn document(name: &str, value: &Value) -> Read<Document> {
    value.as_document().cloned().ok_or_else(|| wrong(name, "a document"))
}

fn filled(name: &str, value: &Value) -> Read<Option<Document>> {
    document(name, value).map(|document| Some(document).filter(|document| !document.is_empty()))
}

fn unless<T: PartialEq>(value: T, default: &T) -> Option<T> {
    Some(value).filter(|value| value != default)
}

/// The spec of a collection with these `options` of a listing.
///
/// # Errors
/// An option that is unknown, or not of its type.
pub fn collection(options: &Document) -> Read<CollectionSpec> {
    let mut spec = CollectionSpec::default();
    let (mut capped, mut size, mut max) = (false, None, None);
    for (name, value) in &options.0 {
        match name.as_str() {
            "capped" => capped = truth(name, value)?,
            "size" => size = Some(whole(name, value)?),
            "max" => max = Some(whole(name, value)?).filter(|max| *max > 0),
            "validator" => spec.validator = filled(name, value)?,
            "validationLevel" => spec.validation_level = unless(text(name, value)?, &"strict".to_owned()),
            "validationAction" => spec.validation_action = unless(text(name, value)?, &"error".to_owned()),
            "collation" => spec.collation = collation(&document(name, value)?)?,
            "timeseries" => spec.timeseries = Some(timeseries(&document(name, value)?)?),
            "clusteredIndex" => spec.clustered_index = clustered(value)?,
            "expireAfterSeconds" => spec.expire_after_seconds = Some(whole(name, value)?),
            "changeStreamPreAndPostImages" => {
                let enabled = document(name, value)?;
                spec.change_stream_pre_and_post_images =
                    enabled.get("enabled").map_or(Ok(false), |value| truth(name, value))?;
            }
            "encryptedFields" => spec.encrypted_fields = filled(name, value)?,
            "storageEngine" => spec.storage_engine = filled(name, value)?,
            "indexOptionDefaults" => spec.index_option_defaults = filled(name, value)?,
            "autoIndexId" if truth(name, value)? => {}
            "recordPreImages" | "flags" => {}
            _ => return Err(format!("has the option `{name}`, which is not known")),
        }
    }
    if capped {
        spec.capped = Some(Capped { size: size.ok_or("is capped without a size")?, max });
    }
    Ok(spec)
}

/// The spec of a view with these `options` of a listing.
///
/// # Errors
/// An option that is unknown, missing, or not of its type.
pub fn view(options: &Document) -> Read<ViewSpec> {
    let mut spec = ViewSpec { view_on: String::new(), pipeline: Vec::new(), collation: None };
    for (name, value) in &options.0 {
        match (name.as_str(), value) {
            ("viewOn", _) => spec.view_on = text(name, value)?,
            ("pipeline", Value::Array(stages)) => spec.pipeline.clone_from(stages),
            ("pipeline", _) => return Err(wrong(name, "a list")),
            ("collation", _) => spec.collation = collation(&document(name, value)?)?,
            _ => return Err(format!("has the option `{name}`, which is not known")),
        }
    }
    if spec.view_on.is_empty() { Err("does not say what it is a view on".into()) } else { Ok(spec) }
}

/// The spec of an index of `collection` with this `description` of a listing; none for the one that every collection
/// has.
///
/// # Errors
/// An option that is unknown, missing, or not of its type.
pub fn index(collection_name: &str, description: &Document) -> Read<Option<IndexSpec>> {
    let mut spec = IndexSpec { collection: collection_name.to_owned(), ..IndexSpec::default() };
    for (name, value) in &description.0 {
        match name.as_str() {
            "v" | "ns" | "background" | "dropDups" => {}
            "clustered" if truth(name, value)? => return Ok(None),
            "name" => spec.name = text(name, value)?,
            "key" => spec.key = document(name, value)?,
            "unique" => spec.unique = truth(name, value)?,
            "sparse" => spec.sparse = truth(name, value)?,
            "hidden" => spec.hidden = truth(name, value)?,
            "prepareUnique" => spec.prepare_unique = truth(name, value)?,
            "expireAfterSeconds" => spec.expire_after_seconds = Some(whole(name, value)?),
            "partialFilterExpression" => spec.partial_filter_expression = Some(document(name, value)?),
            "collation" => spec.collation = collation(&document(name, value)?)?,
            "wildcardProjection" => spec.wildcard_projection = filled(name, value)?,
            "columnstoreProjection" => spec.columnstore_projection = filled(name, value)?,
            "weights" => spec.weights = weights(value)?,
            "default_language" => spec.default_language = unless(text(name, value)?, &"english".to_owned()),
            "language_override" => spec.language_override = unless(text(name, value)?, &"language".to_owned()),
            "textIndexVersion" => spec.text_index_version = unless(whole(name, value)?, &3),
            "2dsphereIndexVersion" => spec.sphere_index_version = unless(whole(name, value)?, &3),
            "bits" => spec.bits = unless(whole(name, value)?, &26),
            "min" => spec.min = unless(double(name, value)?, &-180.0),
            "max" => spec.max = unless(double(name, value)?, &180.0),
            "storageEngine" => spec.storage_engine = filled(name, value)?,
            _ => return Err(format!("has the option `{name}`, which is not known")),
        }
    }
    if spec.key.is_empty() {
        return Err("has no key".into());
    }
    if spec.key.0.len() == 1 && spec.key.0[0].0 == "_id" && spec.key.0[0].1.as_whole().is_some() {
        return Ok(None);
    }
    if spec.name.is_empty() {
        spec.name = default_name(&spec.key);
    }
    gather_text_fields(&mut spec);
    Ok(Some(spec))
}

/// A text index as servers show it: `_fts` and `_ftsx` in the key, its fields in the weights.
fn gather_text_fields(spec: &mut IndexSpec) {
    let mut key = Document::default();
    for (field, value) in std::mem::take(&mut spec.key).0 {
        if field == "_fts" || value.as_text() != Some("text") {
            key.push(field, value);
            continue;
        }
        spec.weights.entry(field).or_insert(1);
        if key.get("_fts").is_none() {
            key.push("_fts", "text");
            key.push("_ftsx", 1);
        }
    }
    spec.key = key;
}

fn default_name(key: &Document) -> String {
    let part = |(field, value): &(String, Value)| match value {
        Value::Text(text) => format!("{field}_{text}"),
        other => format!("{field}_{}", other.as_double().unwrap_or(1.0)),
    };
    key.0.iter().map(part).collect::<Vec<_>>().join("_")
}

fn weights(value: &Value) -> Read<BTreeMap<String, i64>> {
    document("weights", value)?.0.iter().map(|(field, weight)| Ok((field.clone(), whole("weights", weight)?))).collect()
}

fn collation(options: &Document) -> Read<Option<Collation>> {
    let mut spec = Collation::default();
    for (name, value) in &options.0 {
        match name.as_str() {
            "version" => {}
            "locale" => spec.locale = text(name, value)?,
            "caseLevel" => spec.case_level = Some(truth(name, value)?),
            "caseFirst" => spec.case_first = Some(text(name, value)?),
            "strength" => spec.strength = Some(whole(name, value)?),
            "numericOrdering" => spec.numeric_ordering = Some(truth(name, value)?),
            "alternate" => spec.alternate = Some(text(name, value)?),
            "maxVariable" => spec.max_variable = Some(text(name, value)?),
            "normalization" => spec.normalization = Some(truth(name, value)?),
            "backwards" => spec.backwards = Some(truth(name, value)?),
            _ => return Err(format!("has the collation option `{name}`, which is not known")),
        }
    }
    Ok(Some(spec).filter(|spec| !spec.locale.is_empty() && spec.locale != "simple"))
}

fn timeseries(options: &Document) -> Read<Timeseries> {
    let mut spec = Timeseries {
        time_field: String::new(),
        meta_field: None,
        granularity: None,
        bucket_max_span_seconds: None,
        bucket_rounding_seconds: None,
    };
    for (name, value) in &options.0 {
        match name.as_str() {
            "timeField" => spec.time_field = text(name, value)?,
            "metaField" => spec.meta_field = Some(text(name, value)?),
            "granularity" => spec.granularity = Some(text(name, value)?),
            "bucketMaxSpanSeconds" => spec.bucket_max_span_seconds = Some(whole(name, value)?),
            "bucketRoundingSeconds" => spec.bucket_rounding_seconds = Some(whole(name, value)?),
            _ => return Err(format!("has the time-series option `{name}`, which is not known")),
        }
    }
    if spec.granularity.is_some() {
        spec.bucket_max_span_seconds = None;
        spec.bucket_rounding_seconds = None;
    }
    Ok(spec)
}

fn clustered(value: &Value) -> Read<Option<ClusteredIndex>> {
    match value {
        Value::Document(options) => {
            let name = options.get("name").map_or(Ok("_id_".to_owned()), |name| text("clusteredIndex.name", name))?;
            Ok(Some(ClusteredIndex { name }))
        }
        _ => truth("clusteredIndex", value).map(|yes| yes.then(|| ClusteredIndex { name: "_id_".into() })),
    }
}
