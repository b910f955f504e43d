//! Buckets and their settings.

use std::collections::BTreeMap;

use aws_sdk_s3::{
    error::{ProvideErrorMetadata, SdkError},
    types::{LifecycleRule as Rule, ObjectLockConfiguration},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{
    Resources,
    mark::{mark, marked},
};
use crate::{
    backends::{Backends, Doing, Result},
    fixtures::{Bucket, LifecycleRule, ObjectLock, Place, Space, Storage},
};

const KEY: &str = "storage";
const ARN: &str = "arn:aws:s3:::";

/// How many buckets are read at once.
const SIDE_BY_SIDE: usize = 8;

/// The names of all buckets in these spaces.
pub(crate) async fn names(backends: &Backends, spaces: &[Space]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut pages = backends.s3.list_buckets().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.doing(KEY, "listing buckets")?;
        let all = page.buckets().iter().filter_map(|bucket| bucket.name().map(str::to_owned));
        names.extend(all.filter(|name| spaces.iter().any(|space| space.relative(Place::BucketPrefix, name).is_some())));
    }
    Ok(names)
}

pub(super) async fn probe(backends: &Backends, space: &Space) -> Result<(String, Resources)> {
    let resources = stream::iter(names(backends, std::slice::from_ref(space)).await?)
        .map(|name| async move {
            let value = bucket(backends, space, &name).await?;
            Ok((format!("bucket:{}", marked(space, Place::BucketPrefix, &name)), value))
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    Ok(("S3 API".to_owned(), resources))
}

/// Turns the answer "there is none" into nothing, and only that.
fn or_none<T, E, R>(
    result: std::result::Result<T, SdkError<E, R>>,
    none: &str,
) -> std::result::Result<Option<T>, SdkError<E, R>>
where
    E: ProvideErrorMetadata,
{
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(none) => Ok(None),
        Err(error) => Err(error),
    }
}

/// One bucket, in the form of [`declared_bucket`].
pub(crate) async fn bucket(backends: &Backends, space: &Space, name: &str) -> Result<Value> {
    let s3 = &backends.s3;
    let (versioning, lifecycle, policy, tags, lock) = tokio::join!(
        s3.get_bucket_versioning().bucket(name).send(),
        s3.get_bucket_lifecycle_configuration().bucket(name).send(),
        s3.get_bucket_policy().bucket(name).send(),
        s3.get_bucket_tagging().bucket(name).send(),
        s3.get_object_lock_configuration().bucket(name).send(),
    );
    let doing = |what: &str| format!("reading the {what} of {name}");
    let versioning = versioning.doing(KEY, doing("versioning"))?;
    let lifecycle = or_none(lifecycle, "NoSuchLifecycleConfiguration").doing(KEY, doing("lifecycle"))?;
    let policy = or_none(policy, "NoSuchBucketPolicy").doing(KEY, doing("policy"))?;
    let tags = or_none(tags, "NoSuchTagSet").doing(KEY, doing("tags"))?;
    let lock = or_none(lock, "ObjectLockConfigurationNotFoundError").doing(KEY, doing("object lock"))?;
    let policy = policy.and_then(|policy| policy.policy).filter(|text| !text.is_empty());
    let policy: Option<Value> =
        policy.map(|text| serde_json::from_str(&text)).transpose().doing(KEY, doing("policy"))?;
    let rules = lifecycle.map(|lifecycle| lifecycle.rules.unwrap_or_default()).unwrap_or_default();
    let tags: BTreeMap<_, _> =
        tags.map(|tags| tags.tag_set).unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
    Ok(json!({
        "versioning": versioning.status().map(|status| status.as_str().to_owned()),
        "lifecycle": by_id(rules.iter().map(rule)),
        "policy": policy.map(|policy| mark_policy(space, policy)),
        "tags": tags,
        "object_lock": lock.and_then(|lock| lock.object_lock_configuration).map(|lock| lock_value(&lock)),
    }))
}

/// Rules by id: their order says nothing.
fn by_id(rules: impl Iterator<Item = (String, Value)>) -> BTreeMap<String, Value> {
    rules.collect()
}

fn rule(rule: &Rule) -> (String, Value) {
    let filter = rule.filter();
    let and = filter.and_then(|filter| filter.and());
    let prefix = filter.and_then(|filter| filter.prefix()).or_else(|| and.and_then(|and| and.prefix()));
    let tags = filter.and_then(|filter| filter.tag()).into_iter().chain(and.map(|and| and.tags()).unwrap_or_default());
    let tags: BTreeMap<_, _> = tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    let noncurrent = rule.noncurrent_version_expiration();
    let known = LifecycleRule {
        id: rule.id().unwrap_or_default().to_owned(),
        disabled: rule.status().as_str() == "Disabled",
        prefix: prefix.filter(|prefix| !prefix.is_empty()).map(str::to_owned),
        tags,
        expire_days: rule.expiration().and_then(|it| it.days()).filter(|days| *days != 0),
        expire_noncurrent_days: noncurrent.and_then(|it| it.noncurrent_days()).filter(|days| *days != 0),
        keep_noncurrent: noncurrent.and_then(|it| it.newer_noncurrent_versions()).filter(|count| *count != 0),
    };
    let mut value = json!(known);
    // What a fixture cannot declare is seen all the same.
    let other = (
        rule.expiration().and_then(|it| it.date()),
        rule.expiration().and_then(|it| it.expired_object_delete_marker()).filter(|flag| *flag),
        rule.transitions(),
        rule.noncurrent_version_transitions(),
        rule.abort_incomplete_multipart_upload(),
    );
    if other != (None, None, &[], &[], None) {
        value["other"] = format!("{other:?}").into();
    }
    (known.id, value)
}

fn lock_value(lock: &ObjectLockConfiguration) -> Value {
    let retention = lock.rule().and_then(|rule| rule.default_retention());
    json!({
        "mode": retention.and_then(|it| it.mode()).map(|mode| mode.as_str().to_owned()),
        "days": retention.and_then(|it| it.days()).filter(|days| *days != 0),
        "years": retention.and_then(|it| it.years()).filter(|years| *years != 0),
    })
}

/// The policy in one form: lists sorted, single values as lists, and the bucket marked in the resource names.
fn mark_policy(space: &Space, mut policy: Value) -> Value {
    let statements = policy.get_mut("Statement").and_then(Value::as_array_mut);
    for statement in statements.into_iter().flatten().filter_map(Value::as_object_mut) {
        if statement.get("Sid").is_some_and(|sid| sid == "") {
            statement.remove("Sid");
        }
        for (name, member) in statement.iter_mut() {
            match name.as_str() {
                "Action" | "NotAction" => *member = list(member),
                "Resource" | "NotResource" => {
                    *member = list(member);
                    for resource in member.as_array_mut().into_iter().flatten() {
                        if let Some(rest) = resource.as_str().and_then(|text| text.strip_prefix(ARN)) {
                            *resource = format!("{ARN}{}", marked(space, Place::BucketPrefix, rest)).into();
                        }
                    }
                }
                "Principal" => {
                    let everyone = json!({"AWS": ["*"]});
                    let aws = member.get("AWS").map(list);
                    if member == "*" || aws.as_ref() == everyone.get("AWS") {
                        *member = everyone;
                    } else if let Some(aws) = aws {
                        member["AWS"] = aws;
                    }
                }
                _ => {}
            }
        }
    }
    policy
}

fn list(value: &Value) -> Value {
    let mut items = match value {
        Value::Array(items) => items.clone(),
        single => vec![single.clone()],
    };
    items.sort_by_key(Value::to_string);
    Value::Array(items)
}

pub(super) fn declared(storage: &Storage) -> Resources {
    let prefix = mark(Place::BucketPrefix);
    let describe = |bucket: &Bucket| (format!("bucket:{prefix}{}", bucket.name), declared_bucket(bucket));
    storage.buckets.iter().map(describe).collect()
}

/// What is seen of a bucket that is as declared.
pub(crate) fn declared_bucket(bucket: &Bucket) -> Value {
    let name = format!("{}{}", mark(Place::BucketPrefix), bucket.name);
    let policy = bucket.policy.as_ref().map(|policy| with_bucket(policy, &name));
    json!({
        "versioning": bucket.versioning,
        "lifecycle": by_id(bucket.lifecycle.iter().map(|rule| (rule.id.clone(), json!(rule)))),
        // The lists are brought into one order; the names in it are marked already.
        "policy": policy.map(|policy| mark_policy(&Space::of(""), policy)),
        "tags": bucket.tags,
        "object_lock": bucket.object_lock.as_ref().map(|ObjectLock { mode, days }| json!({"mode": mode, "days": days})),
    })
}

/// A declared policy for a bucket of this name.
pub(crate) fn with_bucket(policy: &Value, bucket: &str) -> Value {
    match policy {
        Value::String(text) => Value::String(text.replace("{bucket}", bucket)),
        Value::Array(items) => Value::Array(items.iter().map(|item| with_bucket(item, bucket)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, item)| (name.clone(), with_bucket(item, bucket))).collect())
        }
        other => other.clone(),
    }
}
