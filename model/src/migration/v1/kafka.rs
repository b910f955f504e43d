//! `kafka`: topics, access control entries by name or protocol number, consumer groups.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Members, kafka_defaults::is_default, reading::Reading};
use crate::{
    artifact::REDACTED,
    domains::kafka::{
        Binding, ConsumerGroupSpec, Operation, PatternType, Permission, Placement, ResourceType, TopicSpec, relativise,
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Topic {
    name: String,
    #[serde(alias = "partitions")]
    num_partitions: Option<i32>,
    #[serde(alias = "replication_factor")]
    replication_factor: Option<i32>,
    #[serde(alias = "config")]
    config_entries: Option<Value>,
    /// All writable settings, the broker's defaults included.
    #[serde(rename = "config_overrides")]
    config_overrides: Option<Value>,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Acl {
    /// Not stated by exports, which list topics only.
    resource_type: Option<Value>,
    #[serde(alias = "resource")]
    resource_name: String,
    /// Not stated by exports, which list literal names only.
    #[serde(alias = "patternType")]
    resource_pattern_type: Option<Value>,
    principal: String,
    host: Option<String>,
    operation: Value,
    permission_type: Value,
    #[serde(flatten)]
    rest: Members,
}

#[derive(Deserialize)]
struct ConsumerGroup {
    #[serde(rename = "groupId", alias = "group_id", alias = "name")]
    id: String,
    #[serde(flatten)]
    rest: Members,
}

pub(super) fn migrate(mut data: Members, reading: &mut Reading<'_>) {
    for (path, item) in reading.take_list(&mut data, "topics", "") {
        topic(&path, item, reading);
    }
    for (path, item) in reading.take_list(&mut data, "acls", "") {
        acl(&path, item, reading);
    }
    for (path, item) in reading.take_list::<ConsumerGroup>(&mut data, "consumer_groups", "") {
        let prefix = reading.space.topic_prefix.clone();
        reading.leftovers(&path, item.rest, &["state", "member_count"]);
        match relativise(&prefix, &item.id).filter(|name| !name.is_empty()) {
            Some(name) => {
                reading.warn(&path, format!("consumer group `{}` is told and never created", item.id));
                reading.add(&path, ConsumerGroupSpec::default().into_resource(name), true);
            }
            None => outside(&path, "consumer group", &item.id, &prefix, reading),
        }
    }
    reading.leftovers("", data, &[]);
}

fn outside(path: &str, what: &str, name: &str, prefix: &str, reading: &mut Reading<'_>) {
    reading.warn(path, format!("{what} `{name}` was not carried: it is outside the tenant's space `{prefix}`"));
}

fn topic(path: &str, item: Topic, reading: &mut Reading<'_>) {
    let prefix = reading.space.topic_prefix.clone();
    reading.leftovers(path, item.rest, &[]);
    let Some(name) = relativise(&prefix, &item.name).filter(|name| !name.is_empty()) else {
        outside(path, "topic", &item.name, &prefix, reading);
        return;
    };
    let mut config = settings(&format!("{path}/configEntries"), item.config_entries, reading);
    let overrides = format!("{path}/config_overrides");
    let (defaults, set): (BTreeMap<_, _>, BTreeMap<_, _>) = settings(&overrides, item.config_overrides, reading)
        .into_iter()
        .partition(|(name, value)| is_default(name, value));
    config.extend(set);
    if !defaults.is_empty() {
        let names: Vec<String> = defaults.into_keys().collect();
        let message = format!(
            "{} left to the broker: the value is Kafka's own default, and the artifact does not say whether the topic \
             was given it",
            names.join(", ")
        );
        reading.warn(&overrides, message);
    }
    let spec = TopicSpec {
        partitions: item.num_partitions.unwrap_or(1),
        replication_factor: item.replication_factor.unwrap_or(1),
        config,
    };
    reading.add(path, spec.into_resource(name), true);
}

/// Settings as a map, or as a list of `{name, value}` or `{configName, configValue}`.
fn settings(path: &str, stated: Option<Value>, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    let pairs: Vec<(String, Value)> = match stated {
        None | Some(Value::Null) => return BTreeMap::new(),
        Some(Value::Object(members)) => members.into_iter().collect(),
        Some(Value::Array(items)) => items
            .into_iter()
            .enumerate()
            .filter_map(|(position, item)| {
                let member = |names: [&str; 2]| names.iter().find_map(|name| item.get(*name)).cloned();
                let pair = match (member(["name", "configName"]), member(["value", "configValue"])) {
                    (Some(Value::String(name)), Some(value)) => Some((name, value)),
                    _ => None,
                };
                if pair.is_none() {
                    reading.warn(&format!("{path}/{position}"), "was not carried: it is no pair of name and value");
                }
                pair
            })
            .collect(),
        Some(_) => {
            reading.warn(path, "is neither a map nor a list, so nothing of it was carried");
            return BTreeMap::new();
        }
    };
    let mut config = BTreeMap::new();
    for (name, value) in pairs {
        let text = match value {
            Value::String(text) if text == REDACTED => {
                reading.warn(&format!("{path}/{name}"), "is redacted and must be supplied again");
                continue;
            }
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => {
                reading.warn(&format!("{path}/{name}"), "was not carried: it is no setting's value");
                continue;
            }
        };
        config.insert(name, text);
    }
    config
}

fn acl(path: &str, item: Acl, reading: &mut Reading<'_>) {
    reading.leftovers(path, item.rest, &[]);
    let binding = Binding {
        resource_type: item.resource_type.as_ref().map_or(ResourceType::Topic, resource_type),
        resource: item.resource_name,
        pattern: item.resource_pattern_type.as_ref().map_or(PatternType::Literal, pattern),
        principal: item.principal,
        host: item.host.unwrap_or_else(|| "*".to_owned()),
        operation: operation(&item.operation),
        permission: permission(&item.permission_type),
    };
    let shared = reading.context.allowed.map_or_else(BTreeSet::new, |allowed| allowed.shared_principals.clone());
    match binding.placed_in(&reading.space, &shared) {
        Placement::Inside(spec) => reading.add(path, spec.into_resource(), false),
        Placement::Across(why) => reading.warn(path, format!("was not carried: {why}")),
        Placement::Outside => {
            reading.warn(
                path,
                format!("was not carried: acl {binding}: neither the resource nor the principal is the tenant's"),
            );
        }
    }
}

/// A protocol number, or a name without regard to case and separators.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => {
            text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
        }
        other => other.to_string(),
    }
}

fn resource_type(value: &Value) -> ResourceType {
    match word(value).as_str() {
        "2" | "topic" => ResourceType::Topic,
        "3" | "group" => ResourceType::Group,
        "5" | "transactionalid" => ResourceType::TransactionalId,
        _ => ResourceType::Other,
    }
}

fn pattern(value: &Value) -> PatternType {
    match word(value).as_str() {
        "3" | "literal" => PatternType::Literal,
        "4" | "prefixed" => PatternType::Prefixed,
        _ => PatternType::Other,
    }
}

fn operation(value: &Value) -> Operation {
    match word(value).as_str() {
        "2" | "all" => Operation::All,
        "3" | "read" => Operation::Read,
        "4" | "write" => Operation::Write,
        "5" | "create" => Operation::Create,
        "6" | "delete" => Operation::Delete,
        "7" | "alter" => Operation::Alter,
        "8" | "describe" => Operation::Describe,
        "9" | "clusteraction" => Operation::ClusterAction,
        "10" | "describeconfigs" => Operation::DescribeConfigs,
        "11" | "alterconfigs" => Operation::AlterConfigs,
        "12" | "idempotentwrite" => Operation::IdempotentWrite,
        _ => Operation::Other,
    }
}

fn permission(value: &Value) -> Permission {
    match word(value).as_str() {
        "2" | "deny" => Permission::Deny,
        "3" | "allow" => Permission::Allow,
        _ => Permission::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Every word by its number, and by its name as exports and as Kafka's own tools write it.
    fn read<T: std::fmt::Debug>(of: fn(&Value) -> T, words: &[(u8, &str)]) -> String {
        let each = words.iter().map(|(number, name)| {
            let by = [json!(number), json!(number.to_string()), json!(name), json!(name.to_ascii_uppercase())];
            let all: Vec<String> = by.iter().map(|it| format!("{:?}", of(it))).collect();
            assert!(all.iter().all(|it| *it == all[0]), "{name}: {all:?}");
            format!("{number} {name}: {}\n", all[0])
        });
        each.collect()
    }

    #[test]
    fn words_of_access_control_are_read_by_number_and_by_name() {
        let types = [(2, "topic"), (3, "group"), (4, "cluster"), (5, "transactional_id")];
        let operations = [
            (1, "any"),
            (2, "all"),
            (3, "read"),
            (4, "write"),
            (5, "create"),
            (6, "delete"),
            (7, "alter"),
            (8, "describe"),
            (9, "cluster_action"),
            (10, "describe_configs"),
            (11, "alter_configs"),
            (12, "idempotent_write"),
            (13, "create_tokens"),
        ];
        insta::assert_snapshot!(
            [
                read(resource_type, &types),
                read(pattern, &[(2, "match"), (3, "literal"), (4, "prefixed")]),
                read(operation, &operations),
                read(permission, &[(1, "any"), (2, "deny"), (3, "allow")]),
            ]
            .join("\n")
        );
    }
}
