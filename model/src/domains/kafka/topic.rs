//! Topics and consumer groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Kind, Resource};

/// A topic, with only those settings that are set on the topic itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// How many partitions.
    pub partitions: i32,
    /// How many copies of each.
    pub replication_factor: i32,
    /// Settings as the broker writes them, for example `retention.ms`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
}

impl TopicSpec {
    /// Brings the spec into normal form.
    ///
    /// # Errors
    /// Why there is no such topic, for people.
    pub fn into_resource(self, name: &str) -> Result<Resource, String> {
        if self.partitions < 1 {
            return Err(format!("partitions is {}; it must be at least 1", self.partitions));
        }
        if !(1..=i32::from(i16::MAX)).contains(&self.replication_factor) {
            let factor = self.replication_factor;
            return Err(format!("replication_factor is {factor}; it must be between 1 and {}", i16::MAX));
        }
        if let Some((name, _)) = self
            .config
            .iter()
            .find(|(name, value)| name.trim().is_empty() || name.contains('\0') || value.contains('\0'))
        {
            return Err(format!("config: the setting {name:?} is blank or holds a NUL character"));
        }
        Resource::new(Kind::Topic, name, &self).map_err(|error| error.to_string())
    }
}

/// A consumer group, of which nothing can be restored but the knowledge that it was there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsumerGroupSpec {
    /// It only commits offsets and has no members that the broker manages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simple: bool,
}

impl ConsumerGroupSpec {
    /// Brings the spec into normal form.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub fn into_resource(self, name: &str) -> Result<Resource, String> {
        Resource::new(Kind::ConsumerGroup, name, &self).map_err(|error| error.to_string())
    }
}
