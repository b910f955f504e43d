//! Writes one bucket: creates it, then sets what the plan says. Every answer is checked.

use std::{collections::BTreeMap, sync::OnceLock};

use aws_sdk_s3::{
    error::ProvideErrorMetadata as _,
    types::{
        BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus, CorsConfiguration,
        CreateBucketConfiguration, Tag, Tagging, VersioningConfiguration,
    },
};
use backon::BackoffBuilder as _;
use restore_model::{
    artifact::REDACTED,
    domains::storage::{BucketSpec, ObjectLock, Versioning, absolute_policy, compose_bucket},
    plan::{Action, Decision},
    report::Outcome,
};

use super::{client::S3, convert, observe::read};
use crate::{
    Error, ErrorKind, Result,
    domains::{LOST_SIGHT, Target},
};

/// Regions that CreateBucket takes no location constraint for.
const NO_CONSTRAINT: [&str; 2] = ["us-east-1", ""];

/// Writes one bucket, unless another one has found out why the endpoint is `gone`: whoever asked it for each of a
/// hundred more buckets would wait a hundred times.
pub(super) async fn apply_bucket(s3: &S3, target: &Target<'_>, action: &Action, gone: &OnceLock<String>) -> Outcome {
    if let Some(why) = gone.get() {
        return Outcome::failed(action.id.clone(), format!("not attempted: {why}"));
    }
    match write(s3, target, action).await {
        Ok(()) => Outcome::done(action.id.clone()),
        Err(error) => {
            if error.kind() == ErrorKind::BackendUnavailable {
                gone.get_or_init(|| error.to_string());
            }
            Outcome::failed(action.id.clone(), error.to_string())
        }
    }
}

async fn write(s3: &S3, target: &Target<'_>, action: &Action) -> Result<()> {
    let name = compose_bucket(&target.space.bucket_prefix, &action.id.name);
    let spec: BucketSpec = action.parse_spec().map_err(|error| {
        Error::new(ErrorKind::Internal, format!("the plan of bucket {name} cannot be read")).caused_by(error)
    })?;
    // A half-made bucket of an earlier run: only what is unset is set.
    let there = match action.decision {
        Decision::Complete => read(s3, &name).await?,
        _ => {
            target.fence.check(s3.timeout).await?;
            create(s3, &name, &spec).await?;
            // Object lock turns versioning on by itself; it is set all the same: whoever lists buckets while one is made may
            // leave MinIO with a picture of it from before it had any lock, and each setting that it takes makes it look
            // again.
            BucketSpec::default()
        }
    };
    configure(s3, target, &name, &spec, &there).await
}

async fn create(s3: &S3, name: &str, spec: &BucketSpec) -> Result<()> {
    let constraint = (!NO_CONSTRAINT.contains(&s3.region.as_str())).then(|| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(s3.region.as_str()))
            .build()
    });
    s3.client
        .create_bucket()
        .bucket(name)
        .set_create_bucket_configuration(constraint)
        .set_object_lock_enabled_for_bucket(spec.object_lock.as_ref().map(|_| true))
        .send()
        .await
        .map_err(|error| s3.error(&format!("create bucket {name}"), error))?;
    Ok(())
}

async fn put_versioning(s3: &S3, target: &Target<'_>, name: &str, wanted: Versioning) -> Result<()> {
    target.fence.check(s3.timeout).await?;
    let status = match wanted {
        Versioning::Enabled => BucketVersioningStatus::Enabled,
        Versioning::Suspended => BucketVersioningStatus::Suspended,
    };
    s3.client
        .put_bucket_versioning()
        .bucket(name)
        .versioning_configuration(VersioningConfiguration::builder().status(status).build())
        .send()
        .await
        .map_err(|error| s3.error(&format!("set the versioning of {name}"), error))?;
    Ok(())
}

/// The bucket was made with object lock: an endpoint that says otherwise looks at a picture from before it had any.
/// Setting its versioning, which is what object lock implies, makes MinIO look anew.
async fn put_object_lock(s3: &S3, target: &Target<'_>, name: &str, lock: &ObjectLock) -> Result<()> {
    let put = || async {
        target.fence.check(s3.timeout).await?;
        let put = s3.client.put_object_lock_configuration().bucket(name);
        Ok::<_, Error>(put.object_lock_configuration(convert::object_lock(lock)).send().await)
    };
    let without_lock =
        |code: Option<&str>| matches!(code, Some("InvalidBucketState" | "ObjectLockConfigurationNotFoundError"));
    let mut answer = put().await?;
    for delay in LOST_SIGHT.build() {
        match &answer {
            Err(error) if without_lock(error.code()) => {}
            _ => break,
        }
        tracing::warn!(
            bucket = name,
            "the backend does not know yet that the bucket has object lock; it is told once more"
        );
        tokio::time::sleep(delay).await;
        put_versioning(s3, target, name, Versioning::Enabled).await?;
        answer = put().await?;
    }
    answer.map(drop).map_err(|error| s3.error(&format!("set the object lock of {name}"), error))
}

async fn configure(s3: &S3, target: &Target<'_>, name: &str, spec: &BucketSpec, there: &BucketSpec) -> Result<()> {
    let client = &s3.client;
    let doing = |what: &str| format!("set the {what} of {name}");
    let incomplete = |what: &str, error: String| {
        Error::new(ErrorKind::Internal, format!("the {what} of {name} cannot be written")).caused_by(error)
    };
    if let Some(wanted) = spec.versioning
        && spec.versioning != there.versioning
    {
        put_versioning(s3, target, name, wanted).await?;
    }
    if let Some(lock) =
        spec.object_lock.as_ref().filter(|lock| lock.mode.is_some() && spec.object_lock != there.object_lock)
    {
        put_object_lock(s3, target, name, lock).await?;
    }
    if !spec.lifecycle.is_empty() && spec.lifecycle != there.lifecycle {
        target.fence.check(s3.timeout).await?;
        let rules = spec.lifecycle.iter().map(convert::lifecycle_rule).collect::<Result<Vec<_>>>()?;
        let configuration = BucketLifecycleConfiguration::builder()
            .set_rules(Some(rules))
            .build()
            .map_err(|error| incomplete("lifecycle", error.to_string()))?;
        client
            .put_bucket_lifecycle_configuration()
            .bucket(name)
            .lifecycle_configuration(configuration)
            .send()
            .await
            .map_err(|error| s3.error(&doing("lifecycle"), error))?;
    }
    let tags = tags_to_set(&spec.tags, &there.tags);
    if !tags.is_empty() {
        target.fence.check(s3.timeout).await?;
        let tags = tags
            .into_iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Result<Vec<_>, _>>()
            .and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build())
            .map_err(|error| incomplete("tags", error.to_string()))?;
        client
            .put_bucket_tagging()
            .bucket(name)
            .tagging(tags)
            .send()
            .await
            .map_err(|error| s3.error(&doing("tags"), error))?;
    }
    if !spec.cors.is_empty() && spec.cors != there.cors {
        target.fence.check(s3.timeout).await?;
        let rules = spec.cors.iter().map(convert::cors_rule).collect::<Result<Vec<_>>>()?;
        let configuration = CorsConfiguration::builder()
            .set_cors_rules(Some(rules))
            .build()
            .map_err(|error| incomplete("CORS rules", error.to_string()))?;
        client
            .put_bucket_cors()
            .bucket(name)
            .cors_configuration(configuration)
            .send()
            .await
            .map_err(|error| s3.error(&doing("CORS rules"), error))?;
    }
    if let Some(encryption) = spec.encryption.as_ref().filter(|_| spec.encryption != there.encryption) {
        target.fence.check(s3.timeout).await?;
        client
            .put_bucket_encryption()
            .bucket(name)
            .server_side_encryption_configuration(convert::encryption(encryption)?)
            .send()
            .await
            .map_err(|error| s3.error(&doing("encryption"), error))?;
    }
    // Last, because a policy may forbid the calls above.
    if let Some(policy) = spec.policy.as_ref().filter(|_| spec.policy != there.policy) {
        target.fence.check(s3.timeout).await?;
        client
            .put_bucket_policy()
            .bucket(name)
            .policy(absolute_policy(policy.clone(), name).to_string())
            .send()
            .await
            .map_err(|error| s3.error(&doing("policy"), error))?;
    }
    Ok(())
}

/// All tags of a bucket but those whose values did not travel; none when it has them already.
fn tags_to_set<'a>(
    wanted: &'a BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
) -> Vec<(&'a String, &'a String)> {
    let known: Vec<_> = wanted.iter().filter(|(_, value)| *value != REDACTED).collect();
    if known.iter().all(|(name, value)| there.get(*name) == Some(*value)) { Vec::new() } else { known }
}

#[cfg(test)]
mod tests;
