//! `config`.

use std::path::Path;

use super::{arguments::ConfigCommand, connect, output::Output};
use crate::Result;

/// Checks the configuration, or prints its schema.
pub(super) async fn run(path: Option<&Path>, command: ConfigCommand, output: Output) -> Result<u8> {
    match command {
        ConfigCommand::Schema => output.text(&crate::schemas::configuration()),
        ConfigCommand::Check => {
            let engine = connect(path).await?;
            engine.ready().await?;
            if let Some(auth) = &engine.config().auth {
                crate::http::auth::Verifier::new(auth)?;
            }
            let done = serde_json::json!({"usable": true});
            output.show(&done, || "the configuration is usable, and the control database answers".into())
        }
    }
}
