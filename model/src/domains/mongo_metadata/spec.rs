//! What collections, views and indexes are made of. Defaults are left out; what order matters in is ordered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ordered::{Document, Value};

fn is_false(truth: &bool) -> bool {
    !truth
}

/// A collection's options. A member that is left out has the server's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollectionSpec {
    /// Size and number of documents of a capped collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capped: Option<Capped>,
    /// What documents must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validator: Option<Document>,
    /// `off` or `moderate`; `strict` is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_level: Option<String>,
    /// `warn` and so on; `error` is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_action: Option<String>,
    /// How text is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<Collation>,
    /// Makes it a time-series collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeseries: Option<Timeseries>,
    /// Clusters the documents by `_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clustered_index: Option<ClusteredIndex>,
    /// Seconds after which documents of a time-series or clustered collection go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_after_seconds: Option<i64>,
    /// Keeps what documents were before they changed.
    #[serde(skip_serializing_if = "is_false")]
    pub change_stream_pre_and_post_images: bool,
    /// Queryable encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_fields: Option<Document>,
    /// Raw options of a storage engine: exported, so that it is known that they exist, never restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_engine: Option<Document>,
    /// The same for the collection's indexes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_option_defaults: Option<Document>,
}

/// Of a capped collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capped {
    /// Bytes.
    pub size: i64,
    /// Documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// How text is compared. Servers state every member; only the version of their tables is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Collation {
    /// For example `de`.
    pub locale: String,
    /// Whether to compare case at strength 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_level: Option<bool>,
    /// `upper`, `lower` or `off`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_first: Option<String>,
    /// 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<i64>,
    /// Digits by their value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numeric_ordering: Option<bool>,
    /// `non-ignorable` or `shifted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternate: Option<String>,
    /// `punct` or `space`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_variable: Option<String>,
    /// Whether text is normalised first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalization: Option<bool>,
    /// Accents from the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backwards: Option<bool>,
}

/// Of a time-series collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeseries {
    /// The field that holds the time.
    pub time_field: String,
    /// The field that names the series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_field: Option<String>,
    /// `seconds`, `minutes` or `hours`; the spans follow from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<String>,
    /// Without a granularity: the span of a bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_max_span_seconds: Option<i64>,
    /// Without a granularity: what a bucket's start is rounded to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_rounding_seconds: Option<i64>,
}

/// Of a clustered collection, whose key always is `_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusteredIndex {
    /// Of the index.
    pub name: String,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewSpec {
    /// The collection or view of the same database that it reads.
    pub view_on: String,
    /// Its stages, each a document.
    pub pipeline: Vec<Value>,
    /// How text is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<Collation>,
}

/// An index. A member that is left out has the server's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IndexSpec {
    /// Of the collection.
    pub collection: String,
    /// Of the index.
    pub name: String,
    /// Fields and their directions or types, in order; a text index has `_fts` and `_ftsx` in place of its fields.
    pub key: Document,
    /// No two documents may have the same key.
    #[serde(skip_serializing_if = "is_false")]
    pub unique: bool,
    /// Documents without the fields are left out.
    #[serde(skip_serializing_if = "is_false")]
    pub sparse: bool,
    /// Not used by queries.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// On the way to a unique index.
    #[serde(skip_serializing_if = "is_false")]
    pub prepare_unique: bool,
    /// Seconds after which documents go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_after_seconds: Option<i64>,
    /// Which documents are indexed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_filter_expression: Option<Document>,
    /// How text is compared; the simple comparison when left out, whatever the collection's is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<Collation>,
    /// Of a wildcard index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wildcard_projection: Option<Document>,
    /// Of a column store index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columnstore_projection: Option<Document>,
    /// Of a text index: what each field counts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, i64>,
    /// Of a text index; `english` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_language: Option<String>,
    /// Of a text index; `language` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_override: Option<String>,
    /// Of a text index; 3 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_index_version: Option<i64>,
    /// Of a 2dsphere index; 3 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sphere_index_version: Option<i64>,
    /// Of a 2d index; 26 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<i64>,
    /// Of a 2d index; −180 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Of a 2d index; 180 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Raw options of a storage engine: exported, so that it is known that they exist, never restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_engine: Option<Document>,
}
