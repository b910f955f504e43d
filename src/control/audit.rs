//! One row for every operation, also for those that were refused.

use serde_json::Value;

use super::{Caller, Control};
use crate::{Error, Result};

impl Control {
    /// Records an operation. A failure to do so is logged and changes nothing else.
    pub(crate) async fn audit<T>(
        &self,
        caller: &Caller,
        operation: &str,
        tenant_id: &str,
        result: &Result<T>,
        details: Value,
    ) {
        let outcome = result.as_ref().map_or_else(|error| error.kind().code(), |_| "OK");
        let details = match (result, details) {
            (Err(error), Value::Object(mut members)) => {
                members.insert("message".into(), Value::String(error.to_string()));
                Value::Object(members)
            }
            (_, details) => details,
        };
        let written = sqlx::query(
            "INSERT INTO restore_control.audit \
             (operation, tenant_id, actor_id, actor_type, correlation_id, outcome, details) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(operation)
        .bind(tenant_id)
        .bind(&caller.actor_id)
        .bind(caller.actor_type.as_str())
        .bind(&caller.correlation_id)
        .bind(outcome)
        .bind(details)
        .execute(&self.pool)
        .await;
        if let Err(error) = written {
            let error: Error = self.failed(error);
            tracing::warn!(operation, tenant_id, correlation_id = %caller.correlation_id, %error, "audit row lost");
        }
    }
}
