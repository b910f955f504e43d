//! One admin call: submit, wait, and know why when no answer comes.

use std::{
    ffi::{CStr, c_char},
    ptr::NonNull,
    time::{Duration, Instant},
};

use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka_sys as sys;

use super::{Admin, Failure};

/// How long the wait for an answer goes on before the connection's state is looked at again.
const GLANCE: Duration = Duration::from_millis(50);

/// What librdkafka may take beyond its own time-out to say that it timed out.
pub(in super::super) const GRACE: Duration = Duration::from_secs(1);

/// Copies a C string; null is the empty string.
///
/// # Safety
/// `text` is null or points to a C string.
pub(super) unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and a C string by this function's contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Copies an error object; none when it is null or says that all went well.
///
/// # Safety
/// `error` is null or points to a live error object.
pub(super) unsafe fn failure(error: *const sys::rd_kafka_error_t) -> Option<Failure> {
    if error.is_null() {
        return None;
    }
    // SAFETY: not null, and alive by this function's contract.
    let (code, message) = unsafe { (sys::rd_kafka_error_code(error), text(sys::rd_kafka_error_string(error))) };
    failure_of(code, message)
}

/// A failure out of a code; none when it says that all went well.
pub(super) fn failure_of(code: sys::rd_kafka_resp_err_t, message: String) -> Option<Failure> {
    let code = Code::from(code);
    let message = if message.is_empty() { code.to_string() } else { message };
    (code != Code::NoError).then_some(Failure { code, message })
}

/// The items of a result.
///
/// # Safety
/// `items` is null or points to `count` pointers that outlive `'a`.
pub(super) unsafe fn items<'a, T>(items: *mut *const T, count: usize) -> &'a [*const T] {
    if items.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: not null, and of that length by this function's contract.
    unsafe { std::slice::from_raw_parts(items, count) }
}

/// Owns a C object.
pub(super) struct Owned<T> {
    object: NonNull<T>,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Takes an object over; none when it is null.
    ///
    /// # Safety
    /// `object` is null, or nobody else destroys it and `destroy` is its destructor.
    pub(super) unsafe fn new(object: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        NonNull::new(object).map(|object| Self { object, destroy })
    }

    pub(super) const fn ptr(&self) -> *mut T {
        self.object.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the object is alive and ours by the contract of `new`.
        unsafe { (self.destroy)(self.ptr()) }
    }
}

/// The answer to a call.
pub(super) type Answer = Owned<sys::rd_kafka_event_t>;

fn not_made(what: &str) -> Failure {
    Failure { code: Code::CriticalSystemResource, message: format!("librdkafka did not make {what}") }
}

impl Admin {
    /// Makes one admin call and waits for its answer, which is one of success as a whole.
    pub(super) fn call(
        &self,
        operation: sys::rd_kafka_admin_op_t,
        submit: impl FnOnce(*mut sys::rd_kafka_t, *mut sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
    ) -> Result<Answer, Failure> {
        let client = self.client.native_ptr();
        let milliseconds = i32::try_from(self.timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the client is alive; the objects are ours, and their destructors are the matching ones.
        let (queue, options) = unsafe {
            let queue = Owned::new(sys::rd_kafka_queue_new(client), sys::rd_kafka_queue_destroy);
            let options =
                Owned::new(sys::rd_kafka_AdminOptions_new(client, operation), sys::rd_kafka_AdminOptions_destroy);
            (queue.ok_or_else(|| not_made("a queue"))?, options.ok_or_else(|| not_made("options"))?)
        };
        let mut told = [0; 512];
        // SAFETY: options and buffer are alive, and the buffer's size is its size.
        unsafe {
            let set = sys::rd_kafka_AdminOptions_set_request_timeout(
                options.ptr(),
                milliseconds,
                told.as_mut_ptr(),
                told.len(),
            );
            failure_of(set, text(told.as_ptr())).map_or(Ok(()), Err)?;
            // Only calls that wait for the brokers take it; the others are unchanged by a refusal.
            sys::rd_kafka_AdminOptions_set_operation_timeout(
                options.ptr(),
                milliseconds,
                told.as_mut_ptr(),
                told.len(),
            );
        }
        submit(client, options.ptr(), queue.ptr());
        let answer = self.wait(&queue)?;
        // SAFETY: the answer is alive.
        let failed = unsafe {
            let message = text(sys::rd_kafka_event_error_string(answer.ptr()));
            failure_of(sys::rd_kafka_event_error(answer.ptr()), message)
        };
        self.hear();
        match failed {
            None => {
                *self.connection() = None;
                Ok(answer)
            }
            Some(failure) => Err(self.explained(failure)),
        }
    }

    fn wait(&self, queue: &Owned<sys::rd_kafka_queue_t>) -> Result<Answer, Failure> {
        let end = Instant::now() + self.timeout + GRACE;
        loop {
            let glance = i32::try_from(GLANCE.as_millis()).unwrap_or(i32::MAX);
            // SAFETY: the queue is alive; what it gives is ours to destroy.
            let answer =
                unsafe { Owned::new(sys::rd_kafka_queue_poll(queue.ptr(), glance), sys::rd_kafka_event_destroy) };
            if let Some(answer) = answer {
                return Ok(answer);
            }
            self.hear();
            let heard = self.connection().clone();
            let hopeless = heard.as_ref().is_some_and(Failure::refuses_credentials);
            if hopeless || Instant::now() >= end {
                let message = "no answer".to_owned();
                return Err(heard.unwrap_or(Failure { code: Code::OperationTimedOut, message }));
            }
        }
    }

    /// What the connection said explains a time-out better than the time-out does.
    pub(super) fn explained(&self, failure: Failure) -> Failure {
        self.hear();
        let vague = matches!(
            failure.code,
            Code::OperationTimedOut | Code::TimedOutQueue | Code::BrokerTransportFailure | Code::AllBrokersDown
        );
        if vague { self.connection().clone().unwrap_or(failure) } else { failure }
    }

    /// Listens to what librdkafka said about the connection meanwhile.
    fn hear(&self) {
        // SAFETY: the client is alive; the reference to its queue is ours to drop.
        let main =
            unsafe { Owned::new(sys::rd_kafka_queue_get_main(self.client.native_ptr()), sys::rd_kafka_queue_destroy) };
        let Some(main) = main else { return };
        loop {
            // SAFETY: the queue is alive; what it gives is ours to destroy.
            let event = unsafe { Owned::new(sys::rd_kafka_queue_poll(main.ptr(), 0), sys::rd_kafka_event_destroy) };
            let Some(event) = event else { return };
            // SAFETY: the event is alive.
            let kind = unsafe { sys::rd_kafka_event_type(event.ptr()) };
            if kind == sys::RD_KAFKA_EVENT_ERROR {
                // SAFETY: as above.
                let heard = unsafe {
                    let message = text(sys::rd_kafka_event_error_string(event.ptr()));
                    failure_of(sys::rd_kafka_event_error(event.ptr()), message)
                };
                let Some(heard) = heard else { continue };
                tracing::debug!(code = ?heard.code, message = heard.message, "librdkafka");
                let mut known = self.connection();
                // "All brokers down" follows every other error and says less.
                if known.is_none() || heard.code != Code::AllBrokersDown {
                    *known = Some(heard);
                }
            }
        }
    }
}
