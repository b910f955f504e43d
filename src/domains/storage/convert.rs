//! Between the specs of the model and the types of the SDK.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types as s3;
use restore_model::domains::storage::{
    CorsRule, Encryption, Expiration, LifecycleRule, NoncurrentExpiration, NoncurrentTransition, ObjectLock,
    RetentionMode, Transition,
};

use crate::{Error, ErrorKind, Result};

fn unwritable(what: &str, error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("a {what} cannot be written: {error}"))
}

fn text_of(date: &DateTime) -> Option<String> {
    date.fmt(DateTimeFormat::DateTime).ok()
}

fn date_of(text: Option<&String>) -> Result<Option<DateTime>> {
    text.map(|text| DateTime::from_str(text, DateTimeFormat::DateTime)).transpose().map_err(|error| {
        Error::new(ErrorKind::InvalidArtifact, format!("a lifecycle date is no RFC 3339 date: {error}"))
    })
}

pub(super) fn object_lock_spec(lock: &s3::ObjectLockConfiguration) -> ObjectLock {
    let retention = lock.rule().and_then(|rule| rule.default_retention());
    // Some endpoints report an unset number as zero.
    let number = |value: Option<i32>| value.filter(|value| *value != 0);
    ObjectLock {
        mode: retention.and_then(|retention| retention.mode()).and_then(|mode| match mode.as_str() {
            "GOVERNANCE" => Some(RetentionMode::Governance),
            "COMPLIANCE" => Some(RetentionMode::Compliance),
            _ => None,
        }),
        days: retention.and_then(|retention| number(retention.days())),
        years: retention.and_then(|retention| number(retention.years())),
    }
}

pub(super) fn object_lock(lock: &ObjectLock) -> s3::ObjectLockConfiguration {
    let mode = lock.mode.map(|mode| match mode {
        RetentionMode::Governance => s3::ObjectLockRetentionMode::Governance,
        RetentionMode::Compliance => s3::ObjectLockRetentionMode::Compliance,
    });
    let retention = s3::DefaultRetention::builder().set_mode(mode).set_days(lock.days).set_years(lock.years).build();
    s3::ObjectLockConfiguration::builder()
        .object_lock_enabled(s3::ObjectLockEnabled::Enabled)
        .rule(s3::ObjectLockRule::builder().default_retention(retention).build())
        .build()
}

#[expect(deprecated, reason = "rules written by old clients carry their prefix outside the filter")]
pub(super) fn lifecycle_spec(rules: &[s3::LifecycleRule]) -> Result<Vec<LifecycleRule>> {
    rules
        .iter()
        .map(|rule| {
            let filter = rule.filter();
            let and = filter.and_then(|filter| filter.and());
            let prefix = and
                .and_then(|and| and.prefix())
                .or_else(|| filter.and_then(|filter| filter.prefix()))
                .or_else(|| rule.prefix());
            let tags = and.map(|and| and.tags().to_vec()).unwrap_or_default();
            let tag = filter.and_then(|filter| filter.tag()).cloned();
            Ok(LifecycleRule {
                id: rule.id().unwrap_or_default().to_owned(),
                enabled: *rule.status() == s3::ExpirationStatus::Enabled,
                prefix: prefix.unwrap_or_default().to_owned(),
                tags: tags.into_iter().chain(tag).map(|tag| (tag.key, tag.value)).collect(),
                size_greater_than: and
                    .and_then(|and| and.object_size_greater_than())
                    .or_else(|| filter.and_then(|filter| filter.object_size_greater_than()))
                    .filter(|size| *size != 0),
                size_less_than: and
                    .and_then(|and| and.object_size_less_than())
                    .or_else(|| filter.and_then(|filter| filter.object_size_less_than()))
                    .filter(|size| *size != 0),
                expiration: rule.expiration().map(|expiration| Expiration {
                    days: expiration.days().filter(|days| *days != 0),
                    date: expiration.date().and_then(text_of),
                    expired_object_delete_marker: expiration.expired_object_delete_marker().unwrap_or_default(),
                }),
                noncurrent_expiration: rule.noncurrent_version_expiration().map(|expiration| NoncurrentExpiration {
                    days: expiration.noncurrent_days().filter(|days| *days != 0),
                    newer_versions: expiration.newer_noncurrent_versions().filter(|count| *count != 0),
                }),
                abort_incomplete_upload_days: rule
                    .abort_incomplete_multipart_upload()
                    .and_then(|abort| abort.days_after_initiation())
                    .filter(|days| *days != 0),
                transitions: rule
                    .transitions()
                    .iter()
                    .map(|transition| Transition {
                        days: transition.days(),
                        date: transition.date().and_then(text_of),
                        storage_class: class_of(transition.storage_class().map(s3::TransitionStorageClass::as_str)),
                    })
                    .collect(),
                noncurrent_transitions: rule
                    .noncurrent_version_transitions()
                    .iter()
                    .map(|transition| NoncurrentTransition {
                        days: transition.noncurrent_days(),
                        newer_versions: transition.newer_noncurrent_versions().filter(|count| *count != 0),
                        storage_class: class_of(transition.storage_class().map(s3::TransitionStorageClass::as_str)),
                    })
                    .collect(),
            })
        })
        .collect()
}

fn class_of(class: Option<&str>) -> String {
    class.unwrap_or_default().to_owned()
}

pub(super) fn lifecycle_rule(rule: &LifecycleRule) -> Result<s3::LifecycleRule> {
    let status = if rule.enabled { s3::ExpirationStatus::Enabled } else { s3::ExpirationStatus::Disabled };
    let expiration = rule
        .expiration
        .as_ref()
        .map(|expiration| {
            let marker = expiration.expired_object_delete_marker.then_some(true);
            Ok::<_, Error>(
                s3::LifecycleExpiration::builder()
                    .set_days(expiration.days)
                    .set_date(date_of(expiration.date.as_ref())?)
                    .set_expired_object_delete_marker(marker)
                    .build(),
            )
        })
        .transpose()?;
    let noncurrent = rule.noncurrent_expiration.as_ref().map(|expiration| {
        s3::NoncurrentVersionExpiration::builder()
            .set_noncurrent_days(expiration.days)
            .set_newer_noncurrent_versions(expiration.newer_versions)
            .build()
    });
    let abort = rule
        .abort_incomplete_upload_days
        .map(|days| s3::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let transitions = rule
        .transitions
        .iter()
        .map(|transition| {
            Ok(s3::Transition::builder()
                .set_days(transition.days)
                .set_date(date_of(transition.date.as_ref())?)
                .storage_class(transition.storage_class.as_str().into())
                .build())
        })
        .collect::<Result<Vec<_>>>()?;
    let noncurrent_transitions: Vec<_> = rule
        .noncurrent_transitions
        .iter()
        .map(|transition| {
            s3::NoncurrentVersionTransition::builder()
                .set_noncurrent_days(transition.days)
                .set_newer_noncurrent_versions(transition.newer_versions)
                .storage_class(transition.storage_class.as_str().into())
                .build()
        })
        .collect();
    s3::LifecycleRule::builder()
        .id(&rule.id)
        .status(status)
        .filter(lifecycle_filter(rule)?)
        .set_expiration(expiration)
        .set_noncurrent_version_expiration(noncurrent)
        .set_abort_incomplete_multipart_upload(abort)
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_noncurrent_version_transitions((!noncurrent_transitions.is_empty()).then_some(noncurrent_transitions))
        .build()
        .map_err(|error| unwritable("lifecycle rule", error))
}

/// S3 wants a single condition bare and several in an `And`.
fn lifecycle_filter(rule: &LifecycleRule) -> Result<s3::LifecycleRuleFilter> {
    let tags = rule
        .tags
        .iter()
        .map(|(key, value)| s3::Tag::builder().key(key).value(value).build())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unwritable("lifecycle tag", error))?;
    let conditions = usize::from(!rule.prefix.is_empty())
        + tags.len()
        + usize::from(rule.size_greater_than.is_some())
        + usize::from(rule.size_less_than.is_some());
    let builder = s3::LifecycleRuleFilter::builder();
    if conditions > 1 {
        let and = s3::LifecycleRuleAndOperator::builder()
            .set_prefix((!rule.prefix.is_empty()).then(|| rule.prefix.clone()))
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_object_size_greater_than(rule.size_greater_than)
            .set_object_size_less_than(rule.size_less_than)
            .build();
        return Ok(builder.and(and).build());
    }
    Ok(match tags.into_iter().next() {
        Some(tag) => builder.tag(tag).build(),
        None if rule.size_greater_than.is_some() => {
            builder.set_object_size_greater_than(rule.size_greater_than).build()
        }
        None if rule.size_less_than.is_some() => builder.set_object_size_less_than(rule.size_less_than).build(),
        None => builder.prefix(&rule.prefix).build(),
    })
}

pub(super) fn cors_spec(rules: &[s3::CorsRule]) -> Vec<CorsRule> {
    rules
        .iter()
        .map(|rule| CorsRule {
            id: rule.id().filter(|id| !id.is_empty()).map(str::to_owned),
            allowed_origins: rule.allowed_origins().to_vec(),
            allowed_methods: rule.allowed_methods().to_vec(),
            allowed_headers: rule.allowed_headers().to_vec(),
            expose_headers: rule.expose_headers().to_vec(),
            max_age_seconds: rule.max_age_seconds(),
        })
        .collect()
}

pub(super) fn cors_rule(rule: &CorsRule) -> Result<s3::CorsRule> {
    let set = |items: &[String]| (!items.is_empty()).then(|| items.to_vec());
    s3::CorsRule::builder()
        .set_id(rule.id.clone())
        .set_allowed_origins(set(&rule.allowed_origins))
        .set_allowed_methods(set(&rule.allowed_methods))
        .set_allowed_headers(set(&rule.allowed_headers))
        .set_expose_headers(set(&rule.expose_headers))
        .set_max_age_seconds(rule.max_age_seconds)
        .build()
        .map_err(|error| unwritable("CORS rule", error))
}

pub(super) fn encryption_spec(configuration: &s3::ServerSideEncryptionConfiguration) -> Option<Encryption> {
    let default = configuration.rules().first()?.apply_server_side_encryption_by_default()?;
    let algorithm = default.sse_algorithm().as_str().to_owned();
    let kms_key_id = default.kms_master_key_id().filter(|id| !id.is_empty()).map(str::to_owned);
    // S3 itself encrypts every bucket like this: it is no setting of the tenant's.
    (algorithm != "AES256" || kms_key_id.is_some()).then_some(Encryption { algorithm, kms_key_id })
}

pub(super) fn encryption(encryption: &Encryption) -> Result<s3::ServerSideEncryptionConfiguration> {
    let default = s3::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(encryption.algorithm.as_str().into())
        .set_kms_master_key_id(encryption.kms_key_id.clone())
        .build()
        .map_err(|error| unwritable("bucket encryption", error))?;
    s3::ServerSideEncryptionConfiguration::builder()
        .rules(s3::ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build())
        .build()
        .map_err(|error| unwritable("bucket encryption", error))
}
