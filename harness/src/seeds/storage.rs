//! Buckets.

use std::result::Result as StdResult;

use aws_sdk_s3::{
    error::{BuildError, ProvideErrorMetadata},
    types::{
        BucketLifecycleConfiguration, BucketVersioningStatus, DefaultRetention, Delete, ExpirationStatus,
        LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
        ObjectIdentifier, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule, Tag,
        Tagging, VersioningConfiguration,
    },
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    backends::{BackendError, Backends, Doing, Result},
    fixtures::{self, Bucket, Place, Space, Tenant},
    probes::{
        Resources, compare,
        storage::{bucket as look_at, declared_bucket, names, with_bucket},
    },
};

const KEY: &str = "storage";
const SIDE_BY_SIDE: usize = 8;

/// How often a bucket is looked at before its endpoint is said not to keep what it was told.
const LOOKS: usize = 5;

pub(super) async fn seed(backends: &Backends, tenant: &Tenant) -> Result<()> {
    let prefix = tenant.space.get(Place::BucketPrefix);
    stream::iter(&tenant.declared.storage.buckets)
        .map(|it| async {
            let name = format!("{prefix}{}", it.name);
            bucket(backends, name.clone(), it).await?;
            shown(backends, &tenant.space, &name, it).await
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await
}

async fn bucket(backends: &Backends, name: String, declared: &Bucket) -> Result<()> {
    let s3 = &backends.s3;
    let doing = |what: &str| format!("{what} of bucket {name}");
    let create = s3.create_bucket().bucket(&name).object_lock_enabled_for_bucket(declared.object_lock.is_some());
    create.send().await.doing(KEY, doing("creation"))?;
    if let Some(status) = versioning_of(declared) {
        put_versioning(backends, &name, status).await?;
    }
    if !declared.lifecycle.is_empty() {
        let rules = declared.lifecycle.iter().map(rule).collect::<std::result::Result<_, _>>();
        let rules = rules.and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build());
        let put = s3.put_bucket_lifecycle_configuration().bucket(&name);
        put.lifecycle_configuration(rules.doing(KEY, doing("lifecycle"))?)
            .send()
            .await
            .doing(KEY, doing("lifecycle"))?;
    }
    if let Some(policy) = &declared.policy {
        let put = s3.put_bucket_policy().bucket(&name).policy(with_bucket(policy, &name).to_string());
        put.send().await.doing(KEY, doing("policy"))?;
    }
    if !declared.tags.is_empty() {
        let tags = declared.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<std::result::Result<_, _>>();
        let tags = tags.and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build());
        let put = s3.put_bucket_tagging().bucket(&name).tagging(tags.doing(KEY, doing("tags"))?);
        put.send().await.doing(KEY, doing("tags"))?;
    }
    if let Some((mode, lock)) = declared.object_lock.as_ref().and_then(|lock| Some((lock.mode.as_ref()?, lock))) {
        let retention =
            DefaultRetention::builder().mode(ObjectLockRetentionMode::from(mode.as_str())).set_days(lock.days);
        let lock = ObjectLockConfiguration::builder()
            .object_lock_enabled(ObjectLockEnabled::Enabled)
            .rule(ObjectLockRule::builder().default_retention(retention.build()).build());
        let put = s3.put_object_lock_configuration().bucket(&name).object_lock_configuration(lock.build());
        // A stale picture (see `shown`) may be one from before the bucket had any lock.
        let mut answer = put.clone().send().await;
        for _ in 0..LOOKS {
            if answer.as_ref().err().and_then(ProvideErrorMetadata::code) != Some("InvalidBucketState") {
                break;
            }
            put_versioning(backends, &name, "Enabled").await?;
            answer = put.clone().send().await;
        }
        answer.doing(KEY, doing("object lock"))?;
    }
    Ok(())
}

async fn put_versioning(backends: &Backends, name: &str, status: &str) -> Result<()> {
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::from(status)).build();
    let put = backends.s3.put_bucket_versioning().bucket(name).versioning_configuration(versioning);
    put.send().await.doing(KEY, format!("versioning of bucket {name}")).map(drop)
}

/// With object lock comes versioning.
fn versioning_of(declared: &Bucket) -> Option<&str> {
    declared.object_lock.as_ref().map(|_| "Enabled").or(declared.versioning.as_deref())
}

/// Looks until the endpoint shows a bucket as it was made. Whoever lists buckets while one is made may leave MinIO with a
/// picture of it from before it had settings; the next setting makes it read them again, all of them.
async fn shown(backends: &Backends, space: &Space, name: &str, declared: &Bucket) -> Result<()> {
    let one = |value| Resources::from([(format!("bucket:{name}"), value)]);
    let wanted = one(declared_bucket(declared));
    let mut findings = Vec::new();
    for _ in 0..LOOKS {
        findings = compare(&wanted, &one(look_at(backends, space, name).await?));
        if findings.is_empty() {
            return Ok(());
        }
        if let Some(status) = versioning_of(declared) {
            put_versioning(backends, name, status).await?;
        }
    }
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let cause = format!("it is not shown as it was made, at {LOOKS} looks: {}", findings.join("; "));
    Err(BackendError { backend: KEY, doing: format!("looking at bucket {name}"), cause })
}

fn rule(rule: &fixtures::LifecycleRule) -> std::result::Result<LifecycleRule, BuildError> {
    let tags: Vec<Tag> = rule
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<StdResult<_, _>>()?;
    let filter = LifecycleRuleFilter::builder();
    let filter = match (tags.as_slice(), &rule.prefix) {
        ([], prefix) => filter.prefix(prefix.clone().unwrap_or_default()),
        ([tag], None) => filter.tag(tag.clone()),
        (_, prefix) => {
            filter.and(LifecycleRuleAndOperator::builder().set_prefix(prefix.clone()).set_tags(Some(tags)).build())
        }
    };
    let expiration = rule.expire_days.map(|days| LifecycleExpiration::builder().days(days).build());
    let noncurrent = rule.expire_noncurrent_days.map(|days| {
        let versions = NoncurrentVersionExpiration::builder().noncurrent_days(days);
        versions.set_newer_noncurrent_versions(rule.keep_noncurrent).build()
    });
    let status = if rule.disabled { ExpirationStatus::Disabled } else { ExpirationStatus::Enabled };
    LifecycleRule::builder()
        .id(&rule.id)
        .status(status)
        .filter(filter.build())
        .set_expiration(expiration)
        .set_noncurrent_version_expiration(noncurrent)
        .build()
}

pub(super) async fn remove(backends: &Backends, spaces: &[Space]) -> Vec<BackendError> {
    let names = match names(backends, spaces).await {
        Ok(names) => names,
        Err(error) => return vec![error],
    };
    let removed: Vec<StdResult<(), BackendError>> = stream::iter(names)
        .map(|name| async move { remove_bucket(backends, &name).await })
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    removed.into_iter().filter_map(StdResult::err).collect()
}

async fn remove_bucket(backends: &Backends, name: &str) -> Result<()> {
    let doing = || format!("deleting bucket {name}");
    // Each round lists what is still there, so no place in the listing need be kept.
    loop {
        let page = backends.s3.list_object_versions().bucket(name).send().await.doing(KEY, doing())?;
        let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
        let markers = page.delete_markers().iter().map(|it| (it.key(), it.version_id()));
        let objects: Vec<ObjectIdentifier> = versions
            .chain(markers)
            .filter_map(|(key, version)| {
                ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_owned)).build().ok()
            })
            .collect();
        if objects.is_empty() {
            break;
        }
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build().doing(KEY, doing())?;
        let delete = backends.s3.delete_objects().bucket(name).delete(delete).bypass_governance_retention(true);
        let deleted = delete.send().await.doing(KEY, doing())?;
        if let Some(error) = deleted.errors().first() {
            let cause = format!("{}: {}", error.key().unwrap_or_default(), error.message().unwrap_or_default());
            return Err(BackendError { backend: KEY, doing: doing(), cause });
        }
    }
    match backends.s3.delete_bucket().bucket(name).send().await {
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("NoSuchBucket") => Ok(()),
        other => other.map(|_| ()).doing(KEY, doing()),
    }
}
