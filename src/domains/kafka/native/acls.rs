//! Access control entries.

use std::ffi::CString;

use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka_sys as sys;
use restore_model::domains::kafka::{Binding, Operation, PatternType, Permission, ResourceType};
use sys::{
    rd_kafka_AclOperation_t as NativeOperation, rd_kafka_AclPermissionType_t as NativePermission,
    rd_kafka_ResourcePatternType_t as NativePattern, rd_kafka_ResourceType_t as NativeType,
};

use super::{
    Admin, Failure,
    call::{Owned, failure, items, text},
};

impl Admin {
    /// Lists all entries of the cluster: brokers cannot filter by what a name begins with.
    pub(in super::super) fn acls(&self) -> Result<Vec<Binding>, Failure> {
        let mut told = [0; 512];
        // SAFETY: null stands for any name; the buffer's size is its size; the object is ours.
        let filter = unsafe {
            let filter = sys::rd_kafka_AclBindingFilter_new(
                NativeType::RD_KAFKA_RESOURCE_ANY,
                std::ptr::null(),
                NativePattern::RD_KAFKA_RESOURCE_PATTERN_ANY,
                std::ptr::null(),
                std::ptr::null(),
                NativeOperation::RD_KAFKA_ACL_OPERATION_ANY,
                NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_ANY,
                told.as_mut_ptr(),
                told.len(),
            );
            Owned::new(filter, sys::rd_kafka_AclBinding_destroy)
                .ok_or_else(|| Failure { code: Code::InvalidArgument, message: text(told.as_ptr()) })?
        };
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBEACLS;
        let answer = self.call(operation, |client, options, queue| {
            // SAFETY: all are alive; the filter is copied.
            unsafe { sys::rd_kafka_DescribeAcls(client, filter.ptr(), options, queue) };
        })?;
        // SAFETY: the answer is one to this call and outlives what is read from it.
        let bindings: Vec<Binding> = unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DescribeAcls_result(answer.ptr());
            let listed = items(sys::rd_kafka_DescribeAcls_result_acls(result, &raw mut count), count);
            listed.iter().map(|acl| binding(*acl)).collect()
        };
        if bindings.is_empty() {
            self.confirm_no_acls()?;
        }
        Ok(bindings)
    }

    /// Creates all entries in one request; one result each, in order. An entry that exists is created again unharmed.
    pub(in super::super) fn create_acls(&self, bindings: &[Binding]) -> Result<Vec<Result<(), Failure>>, Failure> {
        let made: Vec<Result<_, Failure>> = bindings.iter().map(native_binding).collect();
        let mut pointers: Vec<_> = made.iter().flatten().map(Owned::ptr).collect();
        let mut answers = Vec::new();
        if !pointers.is_empty() {
            let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATEACLS;
            let answer = self.call(operation, |client, options, queue| {
                // SAFETY: all are alive; the entries are copied.
                unsafe { sys::rd_kafka_CreateAcls(client, pointers.as_mut_ptr(), pointers.len(), options, queue) };
            })?;
            // SAFETY: the answer is one to this call and outlives what is read from it.
            unsafe {
                let mut count = 0;
                let result = sys::rd_kafka_event_CreateAcls_result(answer.ptr());
                let results = items(sys::rd_kafka_CreateAcls_result_acls(result, &raw mut count), count);
                answers.extend(results.iter().map(|acl| failure(sys::rd_kafka_acl_result_error(*acl))));
            }
        }
        let mut answers = answers.into_iter();
        let unanswered =
            || Failure { code: Code::Fail, message: "the broker did not answer for this entry".to_owned() };
        let result =
            |made: Result<_, Failure>| made.and_then(|_| answers.next().ok_or_else(unanswered)?.map_or(Ok(()), Err));
        Ok(made.into_iter().map(result).collect())
    }
}

/// # Safety
/// `acl` is alive.
unsafe fn binding(acl: *const sys::rd_kafka_AclBinding_t) -> Binding {
    // SAFETY: alive by this function's contract; librdkafka turns values that it does not know into UNKNOWN.
    unsafe {
        Binding {
            resource_type: match sys::rd_kafka_AclBinding_restype(acl) {
                NativeType::RD_KAFKA_RESOURCE_TOPIC => ResourceType::Topic,
                NativeType::RD_KAFKA_RESOURCE_GROUP => ResourceType::Group,
                NativeType::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID => ResourceType::TransactionalId,
                _ => ResourceType::Other,
            },
            resource: text(sys::rd_kafka_AclBinding_name(acl)),
            pattern: match sys::rd_kafka_AclBinding_resource_pattern_type(acl) {
                NativePattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL => PatternType::Literal,
                NativePattern::RD_KAFKA_RESOURCE_PATTERN_PREFIXED => PatternType::Prefixed,
                _ => PatternType::Other,
            },
            principal: text(sys::rd_kafka_AclBinding_principal(acl)),
            host: text(sys::rd_kafka_AclBinding_host(acl)),
            operation: OPERATIONS
                .iter()
                .find(|(_, native)| *native == sys::rd_kafka_AclBinding_operation(acl))
                .map_or(Operation::Other, |(operation, _)| *operation),
            permission: match sys::rd_kafka_AclBinding_permission_type(acl) {
                NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW => Permission::Allow,
                NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_DENY => Permission::Deny,
                _ => Permission::Other,
            },
        }
    }
}

fn native_binding(binding: &Binding) -> Result<Owned<sys::rd_kafka_AclBinding_t>, Failure> {
    let invalid = |message: String| Failure { code: Code::InvalidArgument, message };
    let c_string = |text: &str| CString::new(text).map_err(|error| invalid(error.to_string()));
    let (resource, principal, host) =
        (c_string(&binding.resource)?, c_string(&binding.principal)?, c_string(&binding.host)?);
    let resource_type = match binding.resource_type {
        ResourceType::Topic => NativeType::RD_KAFKA_RESOURCE_TOPIC,
        ResourceType::Group => NativeType::RD_KAFKA_RESOURCE_GROUP,
        ResourceType::TransactionalId => NativeType::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID,
        ResourceType::Other => NativeType::RD_KAFKA_RESOURCE_UNKNOWN,
    };
    let pattern = match binding.pattern {
        PatternType::Literal => NativePattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        PatternType::Prefixed => NativePattern::RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
        PatternType::Other => NativePattern::RD_KAFKA_RESOURCE_PATTERN_UNKNOWN,
    };
    let operation = OPERATIONS
        .iter()
        .find(|(operation, _)| *operation == binding.operation)
        .map_or(NativeOperation::RD_KAFKA_ACL_OPERATION_UNKNOWN, |(_, native)| *native);
    let permission = match binding.permission {
        Permission::Allow => NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
        Permission::Deny => NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_DENY,
        Permission::Other => NativePermission::RD_KAFKA_ACL_PERMISSION_TYPE_UNKNOWN,
    };
    let mut told = [0; 512];
    // SAFETY: strings and buffer are alive, the strings are copied; the object is ours.
    unsafe {
        let native = sys::rd_kafka_AclBinding_new(
            resource_type,
            resource.as_ptr(),
            pattern,
            principal.as_ptr(),
            host.as_ptr(),
            operation,
            permission,
            told.as_mut_ptr(),
            told.len(),
        );
        Owned::new(native, sys::rd_kafka_AclBinding_destroy).ok_or_else(|| invalid(text(told.as_ptr())))
    }
}

const OPERATIONS: [(Operation, NativeOperation); 11] = [
    (Operation::All, NativeOperation::RD_KAFKA_ACL_OPERATION_ALL),
    (Operation::Read, NativeOperation::RD_KAFKA_ACL_OPERATION_READ),
    (Operation::Write, NativeOperation::RD_KAFKA_ACL_OPERATION_WRITE),
    (Operation::Create, NativeOperation::RD_KAFKA_ACL_OPERATION_CREATE),
    (Operation::Delete, NativeOperation::RD_KAFKA_ACL_OPERATION_DELETE),
    (Operation::Alter, NativeOperation::RD_KAFKA_ACL_OPERATION_ALTER),
    (Operation::Describe, NativeOperation::RD_KAFKA_ACL_OPERATION_DESCRIBE),
    (Operation::ClusterAction, NativeOperation::RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION),
    (Operation::DescribeConfigs, NativeOperation::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS),
    (Operation::AlterConfigs, NativeOperation::RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS),
    (Operation::IdempotentWrite, NativeOperation::RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE),
];
