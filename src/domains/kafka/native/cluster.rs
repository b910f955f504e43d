//! What the user may do with the cluster itself.

use std::ffi::c_int;

use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka_sys as sys;

use super::{
    Admin, Failure,
    call::{Owned, failure},
};

impl Admin {
    /// Whether the brokers say that the user may describe the cluster. Brokers before Kafka 2.3 do not say.
    pub(super) fn may_describe_cluster(&self) -> Result<bool, Failure> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
        let mut refused = None;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive; the error object is ours.
            unsafe {
                let error = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
                refused = Owned::new(error, sys::rd_kafka_error_destroy).and_then(|error| failure(error.ptr()));
                sys::rd_kafka_DescribeCluster(client, options, queue);
            }
        })?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        let describe = sys::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_DESCRIBE as c_int;
        // SAFETY: the answer is one to this call and outlives what is read from it; a C enum is read as its integer.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DescribeCluster_result(answer.ptr());
            let operations =
                sys::rd_kafka_DescribeCluster_result_authorized_operations(result, &raw mut count).cast::<c_int>();
            Ok(!operations.is_null() && std::slice::from_raw_parts(operations, count).contains(&describe))
        }
    }

    /// Fails unless an empty listing of access control entries means that there are none.
    ///
    /// librdkafka drops the error of that answer (`rd_kafka_DescribeAclsResponse_parse`), so a refusal reads as an
    /// empty list. Brokers refuse whoever may not describe the cluster; one without an authorizer allows everything.
    pub(super) fn confirm_no_acls(&self) -> Result<(), Failure> {
        if self.may_describe_cluster()? {
            return Ok(());
        }
        let message = "access control entries cannot be listed: the engine's user needs Describe on the cluster";
        Err(Failure { code: Code::ClusterAuthorizationFailed, message: message.to_owned() })
    }
}
