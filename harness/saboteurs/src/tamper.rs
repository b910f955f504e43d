//! What several saboteurs do alike to requests and reports.

use axum::http::Method;
use restore_engine::config::RequirePreflight;
use serde_json::{Value, json};

use crate::{
    Saboteur,
    seams::{Answer, Asked, Beyond, Operation},
};

impl Saboteur {
    /// Restores without a look at the digest of a preflight: whoever restores something else than it was asked for must.
    pub(crate) fn careless(self) -> Self {
        self.configured(|config| config.require_preflight = RequirePreflight::Never).asks(Operation::Restore, |body| {
            if let Some(members) = body.as_object_mut() {
                members.remove("preflight_digest");
            }
        })
    }
}

/// Gives a report this verdict.
pub(crate) fn conclude(answer: &mut Answer, status: &str) {
    for member in ["status", "result_status"] {
        answer.body[member] = json!(status);
    }
}

/// Renames what was done with resources and domains.
pub(crate) fn rename(answer: &mut Answer, names: &[(&str, &str)]) {
    let renamed = |value: &mut Value| {
        if let Some((_, to)) = names.iter().find(|(from, _)| value == from) {
            *value = json!(to);
        }
    };
    answer.resources().for_each(|it| renamed(&mut it["action"]));
    answer.domains().for_each(|it| renamed(&mut it["status"]));
}

/// The map that the engine proposes for a restore.
pub(crate) async fn proposal(asked: &Asked, beyond: &Beyond) -> Value {
    let body = json!({"artifact": asked.json()["artifact"]});
    let path = "/config/reprovision/identifier-map";
    beyond.ask(asked.to(Method::POST, path, &body)).await.body["proposal"].take()
}

/// Asks again as if the tenant were active, and leaves it suspended.
pub(crate) async fn as_if_active(asked: &Asked, beyond: &Beyond) -> Answer {
    let put = |state: &str| asked.to(Method::PATCH, "", &json!({"state": state}));
    beyond.ask(put("active")).await;
    let answer = beyond.ask(asked.clone()).await;
    beyond.ask(put("suspended")).await;
    answer
}

/// Whether an answer refuses a restore for its tenant's state.
pub(crate) fn is_for_state(answer: &Answer) -> bool {
    answer.body["code"] == "TENANT_SUSPENDED"
}
