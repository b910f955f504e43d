//! `storage`: buckets with settings as the S3 API writes them.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Members, reading::Reading};
use crate::domains::storage::{
    BucketSpec, CorsRule, Expiration, LifecycleRule, NoncurrentExpiration, NoncurrentTransition, Transition,
    Versioning, bucket, relative_policy,
};

#[derive(Deserialize)]
struct Bucket {
    name: String,
    versioning: Option<Value>,
    #[serde(alias = "lifecycle_rules")]
    lifecycle: Option<Value>,
    #[serde(alias = "bucket_policy")]
    policy: Option<Value>,
    #[serde(alias = "cors_rules")]
    cors: Option<Value>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Rule {
    #[serde(rename = "ID")]
    id: Option<String>,
    status: String,
    prefix: Option<String>,
    filter: Option<Filter>,
    expiration: Option<ExpirationRule>,
    noncurrent_version_expiration: Option<Noncurrent>,
    abort_incomplete_multipart_upload: Option<Abort>,
    #[serde(default)]
    transitions: Vec<TransitionRule>,
    #[serde(default)]
    noncurrent_version_transitions: Vec<Noncurrent>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    prefix: Option<String>,
    tag: Option<Tag>,
    and: Option<Box<Filter>>,
    #[serde(default)]
    tags: Vec<Tag>,
    object_size_greater_than: Option<i64>,
    object_size_less_than: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExpirationRule {
    days: Option<i32>,
    date: Option<String>,
    #[serde(default)]
    expired_object_delete_marker: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Noncurrent {
    noncurrent_days: Option<i32>,
    newer_noncurrent_versions: Option<i32>,
    storage_class: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Abort {
    days_after_initiation: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TransitionRule {
    days: Option<i32>,
    date: Option<String>,
    storage_class: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Cors {
    #[serde(rename = "ID")]
    id: Option<String>,
    allowed_origins: Vec<String>,
    allowed_methods: Vec<String>,
    #[serde(default)]
    allowed_headers: Vec<String>,
    #[serde(default)]
    expose_headers: Vec<String>,
    max_age_seconds: Option<i32>,
}

pub(super) fn migrate(mut data: Members, reading: &mut Reading<'_>) {
    let prefix = reading.space.bucket_prefix.clone();
    for (path, item) in reading.take_list::<Bucket>(&mut data, "buckets", "") {
        let Some(name) = item.name.strip_prefix(&prefix).filter(|name| !name.is_empty()).map(str::to_owned) else {
            let whole = &item.name;
            reading
                .warn(&path, format!("bucket `{whole}` was not carried: it is outside the tenant's space `{prefix}`"));
            continue;
        };
        let spec = spec(&path, item, reading);
        reading.add(&path, bucket(&name, spec).map_err(|error| error.to_string()), true);
    }
    reading.leftovers("", data, &[]);
}

fn spec(path: &str, mut item: Bucket, reading: &mut Reading<'_>) -> BucketSpec {
    item.rest.retain(|_, value| !value.is_null());
    reading.leftovers(path, item.rest, &[]);
    let lifecycle: Vec<(String, Value)> = wrapped(&format!("{path}/lifecycle"), item.lifecycle, "Rules", reading);
    let cors: Vec<(String, Value)> = wrapped(&format!("{path}/cors"), item.cors, "CORSRules", reading);
    BucketSpec {
        versioning: versioning(&format!("{path}/versioning"), item.versioning, reading),
        lifecycle: lifecycle
            .into_iter()
            .enumerate()
            .filter_map(|(position, (path, value))| Some(lifecycle_rule(position, read(&path, value, reading)?)))
            .collect(),
        policy: policy(&format!("{path}/policy"), item.policy, &item.name, reading),
        cors: cors.into_iter().filter_map(|(path, value)| Some(cors_rule(read(&path, value, reading)?))).collect(),
        ..BucketSpec::default()
    }
}

fn read<T: DeserializeOwned>(path: &str, value: Value, reading: &mut Reading<'_>) -> Option<T> {
    match serde_json::from_value(value) {
        Ok(item) => Some(item),
        Err(error) => {
            reading.warn(path, format!("was not carried: {error}"));
            None
        }
    }
}

/// The rules of a list, which stands alone or as the only member of an object.
fn wrapped(path: &str, stated: Option<Value>, member: &str, reading: &mut Reading<'_>) -> Vec<(String, Value)> {
    let list = match stated {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Object(mut members)) => {
            let list = members.remove(member);
            reading.leftovers(path, members, &[]);
            list
        }
        other => other,
    };
    match list {
        Some(Value::Array(items)) => {
            items.into_iter().enumerate().map(|(position, item)| (format!("{path}/{position}"), item)).collect()
        }
        None | Some(Value::Null) => Vec::new(),
        Some(_) => {
            reading.warn(path, "is not a list of rules, so nothing of it was carried");
            Vec::new()
        }
    }
}

fn versioning(path: &str, stated: Option<Value>, reading: &mut Reading<'_>) -> Option<Versioning> {
    let status = match stated {
        None | Some(Value::Null) => return None,
        Some(Value::Object(mut members)) => {
            let status = members.remove("Status");
            reading.leftovers(path, members, &[]);
            status?
        }
        Some(other) => other,
    };
    match status.as_str() {
        Some("Enabled") => Some(Versioning::Enabled),
        Some("Suspended") => Some(Versioning::Suspended),
        Some("Disabled" | "") => None,
        _ => {
            reading.warn(path, format!("was not carried: {status} is none of Enabled, Suspended, Disabled"));
            None
        }
    }
}

/// A document, or the same as text; its resources become relative to the bucket.
fn policy(path: &str, stated: Option<Value>, bucket: &str, reading: &mut Reading<'_>) -> Option<Value> {
    match stated? {
        Value::Object(members) => Some(relative_policy(Value::Object(members), bucket)),
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(members)) => Some(relative_policy(Value::Object(members), bucket)),
            _ => {
                reading.warn(path, "was not carried: it is no policy document");
                None
            }
        },
        _ => {
            reading.warn(path, "was not carried: it is no policy document");
            None
        }
    }
}

fn lifecycle_rule(position: usize, rule: Rule) -> LifecycleRule {
    let mut filter = rule.filter.unwrap_or_default();
    let and = filter.and.take().map(|and| *and).unwrap_or_default();
    let tags: BTreeMap<String, String> =
        and.tags.into_iter().chain(filter.tags).chain(filter.tag).map(|tag| (tag.key, tag.value)).collect();
    LifecycleRule {
        id: rule.id.unwrap_or_else(|| format!("rule-{}", position + 1)),
        enabled: rule.status == "Enabled",
        prefix: and.prefix.or(filter.prefix).or(rule.prefix).unwrap_or_default(),
        tags,
        size_greater_than: and.object_size_greater_than.or(filter.object_size_greater_than),
        size_less_than: and.object_size_less_than.or(filter.object_size_less_than),
        expiration: rule.expiration.map(|it| Expiration {
            days: it.days,
            date: it.date,
            expired_object_delete_marker: it.expired_object_delete_marker,
        }),
        noncurrent_expiration: rule
            .noncurrent_version_expiration
            .map(|it| NoncurrentExpiration { days: it.noncurrent_days, newer_versions: it.newer_noncurrent_versions }),
        abort_incomplete_upload_days: rule.abort_incomplete_multipart_upload.and_then(|it| it.days_after_initiation),
        transitions: rule
            .transitions
            .into_iter()
            .map(|it| Transition { days: it.days, date: it.date, storage_class: it.storage_class })
            .collect(),
        noncurrent_transitions: rule
            .noncurrent_version_transitions
            .into_iter()
            .map(|it| NoncurrentTransition {
                days: it.noncurrent_days,
                newer_versions: it.newer_noncurrent_versions,
                storage_class: it.storage_class.unwrap_or_default(),
            })
            .collect(),
    }
}

fn cors_rule(rule: Cors) -> CorsRule {
    CorsRule {
        id: rule.id,
        allowed_origins: rule.allowed_origins,
        allowed_methods: rule.allowed_methods,
        allowed_headers: rule.allowed_headers,
        expose_headers: rule.expose_headers,
        max_age_seconds: rule.max_age_seconds,
    }
}
