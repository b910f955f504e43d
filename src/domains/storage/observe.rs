//! Reads the buckets of a space: seven reads a bucket, sixteen buckets at a time.

use futures::{StreamExt, stream};
use restore_model::{
    Inventory, Kind, ResourceId,
    domains::storage::{BucketSpec, Versioning, bucket, relative_policy},
};

use super::{client::S3, convert};
use crate::{Error, ErrorKind, Result};

/// Buckets read at a time.
const READERS: usize = 16;

pub(super) async fn observe(s3: &S3, prefix: &str) -> Result<Inventory> {
    let mut inventory = Inventory::default();
    let names = list(s3, prefix).await?;
    let mut specs = stream::iter(names)
        .map(|name| async move {
            let spec = read(s3, &name).await;
            (name, spec)
        })
        .buffer_unordered(READERS);
    while let Some((name, spec)) = specs.next().await {
        let relative = &name[prefix.len()..];
        match spec {
            Ok(spec) => {
                let resource = bucket(relative, spec).map_err(|error| {
                    Error::new(ErrorKind::Internal, format!("bucket {name} has no normal form")).caused_by(error)
                })?;
                inventory.insert(resource);
            }
            // The endpoint is gone: the other buckets cannot be read either, and nothing is known about absence.
            Err(error) if error.kind() == ErrorKind::BackendUnavailable => return Err(error),
            Err(error) => {
                inventory.unreadable.insert(ResourceId::new(Kind::Bucket, relative), error.to_string());
            }
        }
    }
    Ok(inventory)
}

/// All buckets whose name starts with the prefix, paged to the end.
async fn list(s3: &S3, prefix: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut continuation: Option<String> = None;
    loop {
        let page = s3
            .client
            .list_buckets()
            .prefix(prefix)
            .set_continuation_token(continuation.clone())
            .send()
            .await
            .map_err(|error| s3.error("list buckets", error))?;
        // Not every endpoint knows the prefix parameter.
        let matching = page.buckets().iter().filter_map(|found| found.name()).filter(|name| name.starts_with(prefix));
        names.extend(matching.map(str::to_owned));
        let next = page.continuation_token().map(str::to_owned);
        if next.is_none() || next == continuation {
            return Ok(names);
        }
        continuation = next;
    }
}

pub(super) async fn read(s3: &S3, name: &str) -> Result<BucketSpec> {
    let client = &s3.client;
    let (versioning, lifecycle, policy, tags, lock, cors, encryption) = tokio::join!(
        client.get_bucket_versioning().bucket(name).send(),
        client.get_bucket_lifecycle_configuration().bucket(name).send(),
        client.get_bucket_policy().bucket(name).send(),
        client.get_bucket_tagging().bucket(name).send(),
        client.get_object_lock_configuration().bucket(name).send(),
        client.get_bucket_cors().bucket(name).send(),
        client.get_bucket_encryption().bucket(name).send(),
    );
    let doing = |what: &str| format!("read the {what} of {name}");
    let versioning = versioning.map_err(|error| s3.error(&doing("versioning"), error))?;
    let lifecycle = s3.unless_absent(&doing("lifecycle"), lifecycle, &["NoSuchLifecycleConfiguration"])?;
    let policy = s3.unless_absent(&doing("policy"), policy, &["NoSuchBucketPolicy"])?;
    let tags = s3.unless_absent(&doing("tags"), tags, &["NoSuchTagSet", "NoSuchTagSetError"])?;
    let lock = s3.unless_absent(&doing("object lock"), lock, &["ObjectLockConfigurationNotFoundError"])?;
    // Endpoints without these settings answer that they have none or know none: both are a definite not-found.
    let cors = s3.unless_absent(&doing("CORS rules"), cors, &["NoSuchCORSConfiguration", "NotImplemented"])?;
    let encryption = s3.unless_absent(
        &doing("encryption"),
        encryption,
        &["ServerSideEncryptionConfigurationNotFoundError", "NotImplemented"],
    )?;

    let policy = policy
        .and_then(|answer| answer.policy)
        .map(|text| {
            serde_json::from_str(&text).map(|policy| relative_policy(policy, name)).map_err(|error| {
                Error::new(ErrorKind::BackendFailed, format!("the policy of {name} is not JSON")).caused_by(error)
            })
        })
        .transpose()?;
    Ok(BucketSpec {
        versioning: versioning.status.and_then(|status| match status.as_str() {
            "Enabled" => Some(Versioning::Enabled),
            "Suspended" => Some(Versioning::Suspended),
            _ => None,
        }),
        object_lock: lock
            .and_then(|answer| answer.object_lock_configuration)
            .map(|lock| convert::object_lock_spec(&lock)),
        lifecycle: lifecycle.map(|answer| convert::lifecycle_spec(answer.rules())).transpose()?.unwrap_or_default(),
        policy,
        tags: tags
            .map(|answer| answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
            .unwrap_or_default(),
        cors: cors.map(|answer| convert::cors_spec(answer.cors_rules())).unwrap_or_default(),
        encryption: encryption
            .and_then(|answer| answer.server_side_encryption_configuration)
            .and_then(|configuration| convert::encryption_spec(&configuration)),
    })
}
