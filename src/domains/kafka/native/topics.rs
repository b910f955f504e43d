//! Topics, their settings, and consumer groups.

use std::{collections::BTreeMap, ffi::CString};

use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};
use rdkafka_sys as sys;

use super::{
    Admin, Failure,
    call::{Owned, failure, failure_of, items, text},
};

/// A topic to be created.
pub(in super::super) struct NewTopic {
    /// The whole name.
    pub(in super::super) name: String,
    /// How many partitions.
    pub(in super::super) partitions: i32,
    /// How many copies of each.
    pub(in super::super) replication_factor: i32,
    /// Settings.
    pub(in super::super) config: BTreeMap<String, String>,
}

/// A topic that was seen.
pub(in super::super) struct TopicState {
    /// How many partitions.
    pub(in super::super) partitions: usize,
    /// How many copies of each.
    pub(in super::super) replication_factor: usize,
    /// Not all partitions have that many copies.
    pub(in super::super) uneven: bool,
}

/// Per name.
type Results<T> = BTreeMap<String, Result<T, Failure>>;

fn c_string(text: &str) -> Result<CString, Failure> {
    CString::new(text).map_err(|error| Failure { code: Code::InvalidArgument, message: format!("{text:?}: {error}") })
}

impl Admin {
    /// Lists the topics whose name begins with `prefix`. Those that the user may not describe are not among them.
    pub(in super::super) fn topics(&self, prefix: &str) -> Result<Results<TopicState>, Failure> {
        let metadata = self.client.fetch_metadata(None, self.timeout()).map_err(|error| {
            let code = match &error {
                KafkaError::MetadataFetch(code) => *code,
                _ => Code::Fail,
            };
            self.explained(Failure { code, message: error.to_string() })
        })?;
        let seen = metadata.topics().iter().filter(|topic| topic.name().starts_with(prefix)).map(|topic| {
            let state = match topic.error().and_then(|code| failure_of(code, String::new())) {
                Some(failure) => Err(failure),
                None => {
                    let factor = |partition: &rdkafka::metadata::MetadataPartition| partition.replicas().len();
                    let first = topic.partitions().first().map_or(0, factor);
                    Ok(TopicState {
                        partitions: topic.partitions().len(),
                        replication_factor: first,
                        uneven: topic.partitions().iter().any(|partition| factor(partition) != first),
                    })
                }
            };
            (topic.name().to_owned(), state)
        });
        Ok(seen.collect())
    }

    /// Asks for topics by name: the only way to tell one that is absent from one that may not be seen.
    pub(in super::super) fn describe_topics(&self, names: &[String]) -> Result<Results<()>, Failure> {
        let names: Vec<CString> = names.iter().map(|name| c_string(name)).collect::<Result<_, _>>()?;
        let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        // SAFETY: the array has that many C strings, which are copied.
        let collection = unsafe {
            Owned::new(
                sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
                sys::rd_kafka_TopicCollection_destroy,
            )
        };
        let Some(collection) = collection else { return Ok(BTreeMap::new()) };
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive; the collection is copied.
            unsafe { sys::rd_kafka_DescribeTopics(client, collection.ptr(), options, queue) };
        })?;
        let mut results = Results::new();
        // SAFETY: the answer is one to this call and outlives what is read from it.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DescribeTopics_result(answer.ptr());
            for topic in items(sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count), count) {
                let failed = failure(sys::rd_kafka_TopicDescription_error(*topic));
                results.insert(text(sys::rd_kafka_TopicDescription_name(*topic)), failed.map_or(Ok(()), Err));
            }
        }
        Ok(results)
    }

    /// Creates all topics in one request.
    pub(in super::super) fn create_topics(&self, topics: &[NewTopic]) -> Result<Results<()>, Failure> {
        let mut results = Results::new();
        let mut made = Vec::with_capacity(topics.len());
        for topic in topics {
            match native_topic(topic) {
                Ok(native) => made.push(native),
                Err(failure) => {
                    results.insert(topic.name.clone(), Err(failure));
                }
            }
        }
        if made.is_empty() {
            return Ok(results);
        }
        let mut pointers: Vec<_> = made.iter().map(Owned::ptr).collect();
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive; the topics are copied.
            unsafe { sys::rd_kafka_CreateTopics(client, pointers.as_mut_ptr(), pointers.len(), options, queue) };
        })?;
        // SAFETY: the answer is one to this call and outlives what is read from it.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_CreateTopics_result(answer.ptr());
            for topic in items(sys::rd_kafka_CreateTopics_result_topics(result, &raw mut count), count) {
                let message = text(sys::rd_kafka_topic_result_error_string(*topic));
                let failed = failure_of(sys::rd_kafka_topic_result_error(*topic), message);
                results.insert(text(sys::rd_kafka_topic_result_name(*topic)), failed.map_or(Ok(()), Err));
            }
        }
        Ok(results)
    }

    /// Reads the settings that are set on the topics themselves, in one request.
    pub(in super::super) fn topic_configs(
        &self,
        names: &[String],
    ) -> Result<Results<BTreeMap<String, String>>, Failure> {
        let made = config_resources(names.iter())?;
        let mut pointers: Vec<_> = made.iter().map(Owned::ptr).collect();
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive; the resources are copied.
            unsafe { sys::rd_kafka_DescribeConfigs(client, pointers.as_mut_ptr(), pointers.len(), options, queue) };
        })?;
        let mut results = Results::new();
        // SAFETY: the answer is one to this call and outlives what is read from it.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DescribeConfigs_result(answer.ptr());
            for resource in items(sys::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count), count) {
                let message = text(sys::rd_kafka_ConfigResource_error_string(*resource));
                let settings = match failure_of(sys::rd_kafka_ConfigResource_error(*resource), message) {
                    Some(failure) => Err(failure),
                    None => Ok(own_settings(*resource)),
                };
                results.insert(text(sys::rd_kafka_ConfigResource_name(*resource)), settings);
            }
        }
        Ok(results)
    }

    /// Sets settings of topics and leaves their other settings alone, in one request.
    pub(in super::super) fn set_topic_configs(
        &self,
        settings: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<Results<()>, Failure> {
        let made = config_resources(settings.keys())?;
        for (resource, settings) in made.iter().zip(settings.values()) {
            for (name, value) in settings {
                let (name, value) = (c_string(name)?, c_string(value)?);
                let set = sys::rd_kafka_AlterConfigOpType_t::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET;
                // SAFETY: all are alive; the strings are copied; the error object is ours.
                unsafe {
                    let error = sys::rd_kafka_ConfigResource_add_incremental_config(
                        resource.ptr(),
                        name.as_ptr(),
                        set,
                        value.as_ptr(),
                    );
                    if let Some(error) = Owned::new(error, sys::rd_kafka_error_destroy) {
                        failure(error.ptr()).map_or(Ok(()), Err)?;
                    }
                }
            }
        }
        let mut pointers: Vec<_> = made.iter().map(Owned::ptr).collect();
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive; the resources are copied.
            unsafe {
                sys::rd_kafka_IncrementalAlterConfigs(client, pointers.as_mut_ptr(), pointers.len(), options, queue);
            }
        })?;
        let mut results = Results::new();
        // SAFETY: the answer is one to this call and outlives what is read from it.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_IncrementalAlterConfigs_result(answer.ptr());
            for resource in items(sys::rd_kafka_IncrementalAlterConfigs_result_resources(result, &raw mut count), count)
            {
                let message = text(sys::rd_kafka_ConfigResource_error_string(*resource));
                let failed = failure_of(sys::rd_kafka_ConfigResource_error(*resource), message);
                results.insert(text(sys::rd_kafka_ConfigResource_name(*resource)), failed.map_or(Ok(()), Err));
            }
        }
        Ok(results)
    }

    /// Lists consumer groups: names, whether each is a simple one, and what went wrong at single brokers.
    pub(in super::super) fn consumer_groups(&self) -> Result<(BTreeMap<String, bool>, Vec<Failure>), Failure> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive.
            unsafe { sys::rd_kafka_ListConsumerGroups(client, options, queue) };
        })?;
        // SAFETY: the answer is one to this call and outlives what is read from it.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_ListConsumerGroups_result(answer.ptr());
            let listed = items(sys::rd_kafka_ListConsumerGroups_result_valid(result, &raw mut count), count);
            let groups = listed.iter().map(|group| {
                let simple = sys::rd_kafka_ConsumerGroupListing_is_simple_consumer_group(*group) != 0;
                (text(sys::rd_kafka_ConsumerGroupListing_group_id(*group)), simple)
            });
            let groups = groups.collect();
            let errors = items(sys::rd_kafka_ListConsumerGroups_result_errors(result, &raw mut count), count);
            Ok((groups, errors.iter().filter_map(|error| failure(*error)).collect()))
        }
    }
}

fn native_topic(topic: &NewTopic) -> Result<Owned<sys::rd_kafka_NewTopic_t>, Failure> {
    let name = c_string(&topic.name)?;
    let mut told = [0; 512];
    // SAFETY: strings and buffer are alive, the strings are copied; the object is ours.
    unsafe {
        let native = sys::rd_kafka_NewTopic_new(
            name.as_ptr(),
            topic.partitions,
            topic.replication_factor,
            told.as_mut_ptr(),
            told.len(),
        );
        let native = Owned::new(native, sys::rd_kafka_NewTopic_destroy)
            .ok_or_else(|| Failure { code: Code::InvalidArgument, message: text(told.as_ptr()) })?;
        for (name, value) in &topic.config {
            let (setting, value) = (c_string(name)?, c_string(value)?);
            let set = sys::rd_kafka_NewTopic_set_config(native.ptr(), setting.as_ptr(), value.as_ptr());
            failure_of(set, format!("the setting {name} was not taken")).map_or(Ok(()), Err)?;
        }
        Ok(native)
    }
}

fn config_resources<'a>(
    names: impl Iterator<Item = &'a String>,
) -> Result<Vec<Owned<sys::rd_kafka_ConfigResource_t>>, Failure> {
    let topic = sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
    let resource = |name: &String| {
        let name = c_string(name)?;
        // SAFETY: the string is alive and copied; the object is ours.
        unsafe {
            let native = sys::rd_kafka_ConfigResource_new(topic, name.as_ptr());
            Owned::new(native, sys::rd_kafka_ConfigResource_destroy)
                .ok_or_else(|| Failure { code: Code::InvalidArgument, message: format!("{name:?} names no topic") })
        }
    };
    names.map(resource).collect()
}

/// # Safety
/// `resource` is alive.
unsafe fn own_settings(resource: *const sys::rd_kafka_ConfigResource_t) -> BTreeMap<String, String> {
    let on_topic = sys::rd_kafka_ConfigSource_t::RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
    let mut count = 0;
    // SAFETY: the entries live as long as the resource.
    unsafe {
        let entries = items(sys::rd_kafka_ConfigResource_configs(resource, &raw mut count), count);
        let own = entries.iter().filter(|entry| {
            sys::rd_kafka_ConfigEntry_source(**entry) == on_topic && !sys::rd_kafka_ConfigEntry_value(**entry).is_null()
        });
        let pair = |entry: &*const sys::rd_kafka_ConfigEntry_t| {
            (text(sys::rd_kafka_ConfigEntry_name(*entry)), text(sys::rd_kafka_ConfigEntry_value(*entry)))
        };
        own.map(pair).collect()
    }
}
