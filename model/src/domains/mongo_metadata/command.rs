//! From a spec to the members of `create` and `createIndexes`.

use super::{
    ordered::{Document, Value},
    spec::{Collation, CollectionSpec, IndexSpec, Timeseries, ViewSpec},
};

/// Small numbers travel as 32-bit integers, as shells send them.
fn number(value: i64) -> Value {
    i32::try_from(value).map_or(Value::Long(value), Value::Int)
}

fn put(document: &mut Document, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        document.push(name, value);
    }
}

/// What follows `create: <name>` for a collection.
#[must_use]
pub fn create_collection(spec: &CollectionSpec) -> Document {
    let mut options = Document::default();
    if let Some(capped) = spec.capped {
        options.push("capped", true);
        options.push("size", number(capped.size));
        put(&mut options, "max", capped.max.map(number));
    }
    put(&mut options, "validator", spec.validator.clone());
    put(&mut options, "validationLevel", spec.validation_level.clone());
    put(&mut options, "validationAction", spec.validation_action.clone());
    put(&mut options, "collation", spec.collation.as_ref().map(collation));
    put(&mut options, "timeseries", spec.timeseries.as_ref().map(timeseries));
    if let Some(clustered) = &spec.clustered_index {
        let mut index = Document::default();
        let mut key = Document::default();
        key.push("_id", 1);
        index.push("key", key);
        index.push("name", clustered.name.clone());
        index.push("unique", true);
        options.push("clusteredIndex", index);
    }
    put(&mut options, "expireAfterSeconds", spec.expire_after_seconds.map(number));
    if spec.change_stream_pre_and_post_images {
        let mut images = Document::default();
        images.push("enabled", true);
        options.push("changeStreamPreAndPostImages", images);
    }
    put(&mut options, "encryptedFields", spec.encrypted_fields.clone());
    options
}

/// What follows `create: <name>` for a view.
#[must_use]
pub fn create_view(spec: &ViewSpec) -> Document {
    let mut options = Document::default();
    options.push("viewOn", spec.view_on.clone());
    options.push("pipeline", spec.pipeline.clone());
    put(&mut options, "collation", spec.collation.as_ref().map(collation));
    options
}

/// One element of `indexes` of `createIndexes`.
#[must_use]
pub fn create_index(spec: &IndexSpec) -> Document {
    let mut index = Document::default();
    index.push("key", spec.key.clone());
    index.push("name", spec.name.clone());
    for (name, truth) in [
        ("unique", spec.unique),
        ("sparse", spec.sparse),
        ("hidden", spec.hidden),
        ("prepareUnique", spec.prepare_unique),
    ] {
        put(&mut index, name, truth.then_some(true));
    }
    put(&mut index, "expireAfterSeconds", spec.expire_after_seconds.map(number));
    put(&mut index, "partialFilterExpression", spec.partial_filter_expression.clone());
    // An index without a collation of its own would take over its collection's.
    let simple = Collation { locale: "simple".into(), ..Collation::default() };
    index.push("collation", collation(spec.collation.as_ref().unwrap_or(&simple)));
    put(&mut index, "wildcardProjection", spec.wildcard_projection.clone());
    put(&mut index, "columnstoreProjection", spec.columnstore_projection.clone());
    if !spec.weights.is_empty() {
        let weights = spec.weights.iter().map(|(field, weight)| (field.clone(), number(*weight))).collect();
        index.push("weights", Document(weights));
    }
    put(&mut index, "default_language", spec.default_language.clone());
    put(&mut index, "language_override", spec.language_override.clone());
    put(&mut index, "textIndexVersion", spec.text_index_version.map(number));
    put(&mut index, "2dsphereIndexVersion", spec.sphere_index_version.map(number));
    put(&mut index, "bits", spec.bits.map(number));
    put(&mut index, "min", spec.min);
    put(&mut index, "max", spec.max);
    index
}

fn collation(spec: &Collation) -> Document {
    let mut options = Document::default();
    options.push("locale", spec.locale.clone());
    put(&mut options, "caseLevel", spec.case_level);
    put(&mut options, "caseFirst", spec.case_first.clone());
    put(&mut options, "strength", spec.strength.map(number));
    put(&mut options, "numericOrdering", spec.numeric_ordering);
    put(&mut options, "alternate", spec.alternate.clone());
    put(&mut options, "maxVariable", spec.max_variable.clone());
    put(&mut options, "normalization", spec.normalization);
    put(&mut options, "backwards", spec.backwards);
    options
}

fn timeseries(spec: &Timeseries) -> Document {
    let mut options = Document::default();
    options.push("timeField", spec.time_field.clone());
    put(&mut options, "metaField", spec.meta_field.clone());
    put(&mut options, "granularity", spec.granularity.clone());
    put(&mut options, "bucketMaxSpanSeconds", spec.bucket_max_span_seconds.map(number));
    put(&mut options, "bucketRoundingSeconds", spec.bucket_rounding_seconds.map(number));
    options
}
