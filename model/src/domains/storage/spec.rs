//! The typed spec of a bucket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policy;
use crate::{
    Kind, Resource,
    artifact::{REDACTED, is_secret_name, is_secret_value},
};

/// A bucket and its settings. Unset members are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BucketSpec {
    /// None when it never was enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versioning: Option<Versioning>,
    /// Present when objects can be locked; only a new bucket can be given it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_lock: Option<ObjectLock>,
    /// Ordered by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lifecycle: Vec<LifecycleRule>,
    /// In normal form, relative to the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// By key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// In the order in which S3 tries them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cors: Vec<CorsRule>,
    /// Default encryption of new objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

/// The versioning state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// New versions are kept.
    Enabled,
    /// Old versions stay, new ones are not made.
    Suspended,
}

/// Object lock, with the default retention if there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectLock {
    /// Of the default retention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<RetentionMode>,
    /// Of the default retention; either this or `years`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// Of the default retention; either this or `days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<i32>,
}

/// Who may shorten a retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RetentionMode {
    /// Those with a special permission.
    Governance,
    /// Nobody.
    Compliance,
}

/// One lifecycle rule. Days are days after creation, dates are RFC 3339.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    /// Unique within the bucket.
    pub id: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// Objects whose key starts with this; all when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Objects that carry all of these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Objects larger than this, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_greater_than: Option<i64>,
    /// Objects smaller than this, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_less_than: Option<i64>,
    /// When current versions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// When older versions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_expiration: Option<NoncurrentExpiration>,
    /// Days after which an unfinished upload is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_upload_days: Option<i32>,
    /// To cheaper storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// Of older versions, to cheaper storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
}

/// When current versions end: exactly one member is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expiration {
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// On this date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Once nothing but its delete marker is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired_object_delete_marker: bool,
}

/// When older versions end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoncurrentExpiration {
    /// Days after they became old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// How many of them are kept all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_versions: Option<i32>,
}

/// To cheaper storage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// On this date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// For example `GLACIER`.
    pub storage_class: String,
}

/// Of older versions, to cheaper storage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoncurrentTransition {
    /// Days after they became old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// How many of them stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_versions: Option<i32>,
    /// For example `GLACIER`.
    pub storage_class: String,
}

/// One rule for requests from other origins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsRule {
    /// A name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Sorted.
    pub allowed_origins: Vec<String>,
    /// Sorted.
    pub allowed_methods: Vec<String>,
    /// Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_headers: Vec<String>,
    /// Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// How long a browser may remember the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<i32>,
}

/// Default encryption of new objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// `AES256` or `aws:kms`.
    pub algorithm: String,
    /// Of `aws:kms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
}

impl BucketSpec {
    /// Checks what types cannot say.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(lock) = &self.object_lock
            && (lock.mode.is_some() != (lock.days.is_some() || lock.years.is_some())
                || (lock.days.is_some() && lock.years.is_some()))
        {
            return Err("object_lock: a default retention has a mode and either days or years".into());
        }
        let mut ids: Vec<&str> = self.lifecycle.iter().map(|rule| rule.id.as_str()).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("lifecycle: two rules have the id `{}`", pair[0]));
        }
        self.policy.as_ref().map_or(Ok(()), policy::check_relative)
    }
}

/// A bucket in normal form. Tags are free-form: the value of one that is called like a secret, or looks like one, is redacted.
///
/// # Errors
/// When the spec has no canonical form.
pub fn bucket(name: &str, mut spec: BucketSpec) -> Result<Resource, serde_json::Error> {
    spec.lifecycle.sort_by(|one, other| one.id.cmp(&other.id));
    for rule in &mut spec.cors {
        for set in
            [&mut rule.allowed_origins, &mut rule.allowed_methods, &mut rule.allowed_headers, &mut rule.expose_headers]
        {
            set.sort();
        }
    }
    for (name, value) in &mut spec.tags {
        if is_secret_name(name) || is_secret_value(value) {
            REDACTED.clone_into(value);
        }
    }
    spec.policy = spec.policy.map(policy::normalise);
    // An object lock implies versioning, which S3 then reports: one way to write it.
    if spec.object_lock.is_some() && spec.versioning.is_none() {
        spec.versioning = Some(Versioning::Enabled);
    }
    Resource::new(Kind::Bucket, name, &spec)
}
