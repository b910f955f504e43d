//! A driver of the reference directory: what a driver does, to try things against.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;

use super::{
    Iam,
    protocol::{Hello, Op, PROTOCOL, Records, Request, Response},
};
use crate::timeouts;

/// Answers requests until there are no more. It waits for them on this thread: there is nothing else to do.
///
/// # Errors
/// When the URL is none, or the pipes break. What a request asks in vain is its answer.
pub async fn serve(url: &str, requests: impl BufRead, mut responses: impl Write) -> Result<(), String> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(timeouts::BACKEND_CONNECT);
    let iam = Iam::Directory(pool.connect_lazy(url).map_err(|error| error.to_string())?);
    for line in requests.lines() {
        let line = line.map_err(|error| error.to_string())?;
        let response = match serde_json::from_str::<Request>(&line) {
            Ok(Request { id, op }) => match answer(&iam, op).await {
                Ok(result) => Response { id, result, error: None },
                Err(error) => Response { id, result: Value::Null, error: Some(error) },
            },
            Err(error) => Response { error: Some(format!("that is no request: {error}")), ..Response::default() },
        };
        writeln!(responses, "{}", json!(response)).map_err(|error| error.to_string())?;
        responses.flush().map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn answer(iam: &Iam, op: Op) -> Result<Value, String> {
    let told = |error: crate::backends::BackendError| error.to_string();
    match op {
        Op::Hello { .. } => {
            let version = iam.version().await.map_err(told)?;
            Ok(json!(Hello { protocol: PROTOCOL, backend: "reference directory".to_owned(), version }))
        }
        Op::Read { realm } => Ok(json!(Records { records: iam.read(&realm).await.map_err(told)? })),
        Op::Write { realm, put, delete } => {
            iam.write(&realm, &put, &delete).await.map_err(told)?;
            Ok(json!({}))
        }
        Op::Remove { realms } => {
            iam.remove(&realms).await.map_err(told)?;
            Ok(json!({}))
        }
    }
}
