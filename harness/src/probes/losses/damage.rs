//! Damages, straight in the backends.

use aws_sdk_s3::types::{BucketVersioningStatus, ObjectLockConfiguration, ObjectLockEnabled, VersioningConfiguration};
use krafka::admin::{
    AclFilter, ConfigOp, ConfigResource, CreatePartitionsOptions, DeleteAclsOptions, DeleteConsumerGroupsOptions,
    DeleteTopicsOptions, IncrementalAlterConfigsOptions,
};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::{super::document, named};
use crate::{
    backends::{BackendError, Backends, Doing, Result, iam::Edit},
    fixtures::{Place, Space},
    seeds::quote::ident,
};

/// Something that is done to a tenant in a backend. Names are relative to the space.
#[derive(Debug, Clone, Copy)]
pub enum Damage {
    /// A change of the realm.
    Iam(Edit),
    /// SQL in the platform database; `{schema}` is the quoted schema, `{app}`, `{readers}` and `{owner}` are quoted roles of
    /// the tenant, `{engine}` is the role of the implementation.
    Platform(&'static str),
    /// A MongoDB command as Extended JSON.
    Mongo(&'static str),
    /// A topic is deleted.
    DropTopic(&'static str),
    /// A topic's setting gets another value, or none.
    TopicSetting(&'static str, &'static str, Option<&'static str>),
    /// A topic gets more partitions.
    Partitions(&'static str, i32),
    /// The entries of a principal on a resource name are deleted.
    DropAcls(&'static str, &'static str),
    /// A consumer group is deleted.
    DropGroup(&'static str),
    /// A bucket is deleted.
    DropBucket(&'static str),
    /// A bucket's versioning is suspended.
    SuspendVersioning(&'static str),
    /// A bucket's lifecycle is deleted.
    DropLifecycle(&'static str),
    /// A bucket's policy is deleted.
    DropPolicy(&'static str),
    /// A bucket's tags are deleted.
    DropTags(&'static str),
    /// A bucket's default retention is deleted.
    DropRetention(&'static str),
}

impl Damage {
    /// Does it.
    ///
    /// # Errors
    /// When the backend refuses.
    pub async fn apply(&self, backends: &Backends, space: &Space) -> Result<()> {
        let topic = |name: &str| format!("{}{name}", space.get(Place::TopicPrefix));
        let bucket = |name: &str| format!("{}{name}", space.get(Place::BucketPrefix));
        match *self {
            Self::Iam(edit) => backends.iam.edit(&space.realm(), &edit).await?,
            Self::Platform(sql) => {
                let app = ident(&format!("{}app", space.get(Place::RolePrefix)));
                let readers = ident(&format!("{}readers", space.get(Place::RolePrefix)));
                let schema = ident(&space.schema());
                let (owner, engine) = (ident(&space.owner_role()), ident(&backends.engine_role));
                let names = [
                    ("{schema}", schema),
                    ("{app}", app),
                    ("{readers}", readers),
                    ("{owner}", owner),
                    ("{engine}", engine),
                ];
                let sql = names.iter().fold(sql.to_owned(), |sql, (name, quoted)| sql.replace(name, quoted));
                let run = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&backends.platform).await;
                run.doing("postgres_metadata", "damaging")?;
            }
            Self::Mongo(command) => {
                let command: Value = serde_json::from_str(command).doing("mongo_metadata", "reading the command")?;
                let command = document(command.as_object().unwrap_or(&serde_json::Map::new()));
                let database = backends.mongodb.database(&space.database());
                database.run_command(command).await.doing("mongo_metadata", "damaging")?;
            }
            Self::DropTopic(name) => {
                let options = DeleteTopicsOptions::default();
                each(backends.kafka.delete_topics([topic(name)], options).await)?;
            }
            Self::TopicSetting(name, setting, value) => {
                let op = value.map_or_else(|| ConfigOp::delete(setting), |value| ConfigOp::set(setting, value));
                let changes = [(ConfigResource::topic(topic(name)), vec![op])];
                let options = IncrementalAlterConfigsOptions::default();
                each(backends.kafka.incremental_alter_configs(changes, options).await)?;
            }
            Self::Partitions(name, count) => {
                let options = CreatePartitionsOptions::default();
                each(backends.kafka.create_partitions([(topic(name), count)], options).await)?;
            }
            Self::DropAcls(principal, name) => {
                let principal = named(space, &format!("{{principal_prefix}}{principal}"));
                let mut filter = AclFilter::for_principal(principal);
                filter = filter.resource_name(topic(name));
                let deleted = backends.kafka.delete_acls(vec![filter], DeleteAclsOptions::default()).await;
                for (_, result) in deleted.doing("kafka", "damaging")? {
                    result.doing("kafka", "damaging")?;
                }
            }
            Self::DropGroup(name) => {
                let options = DeleteConsumerGroupsOptions::default();
                each(backends.kafka.delete_consumer_groups([topic(name)], options).await)?;
            }
            Self::DropBucket(name) => {
                backends.s3.delete_bucket().bucket(bucket(name)).send().await.doing("storage", "damaging")?;
            }
            Self::SuspendVersioning(name) => {
                let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
                let put = backends.s3.put_bucket_versioning().bucket(bucket(name)).versioning_configuration(suspended);
                put.send().await.doing("storage", "damaging")?;
            }
            Self::DropLifecycle(name) => {
                backends.s3.delete_bucket_lifecycle().bucket(bucket(name)).send().await.doing("storage", "damaging")?;
            }
            Self::DropPolicy(name) => {
                backends.s3.delete_bucket_policy().bucket(bucket(name)).send().await.doing("storage", "damaging")?;
            }
            Self::DropTags(name) => {
                backends.s3.delete_bucket_tagging().bucket(bucket(name)).send().await.doing("storage", "damaging")?;
            }
            Self::DropRetention(name) => {
                let lock = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
                let put = backends.s3.put_object_lock_configuration().bucket(bucket(name));
                put.object_lock_configuration(lock).send().await.doing("storage", "damaging")?;
            }
        }
        Ok(())
    }
}

/// Fails with the first item that failed.
fn each<K>(
    results: krafka::Result<std::collections::HashMap<K, krafka::Result<()>>>,
) -> std::result::Result<(), BackendError> {
    results.doing("kafka", "damaging")?.into_values().try_for_each(|result| result.doing("kafka", "damaging"))
}
