//! `export`.

use restore_model::artifact::{Artifact, DomainStatus};

use super::{
    arguments, artifact, exit,
    output::Output,
    table::{Style, printable},
};
use crate::{Engine, Error, ErrorKind, Result, control::Caller, export::ExportRequest};

/// Exports to a file or to standard output; says on the error output what the artifact holds.
pub(super) async fn run(engine: &Engine, caller: &Caller, arguments: arguments::Export, output: Output) -> Result<u8> {
    let domains = arguments.domains.map(|keys| keys.iter().map(|key| key.as_str().to_owned()).collect());
    let exported = engine.export(caller, ExportRequest { tenant_id: arguments.tenant, domains }).await?;
    let envelope: Artifact = serde_json::from_slice(&exported.artifact)
        .map_err(|error| Error::new(ErrorKind::Internal, "the export is no artifact").caused_by(error))?;
    match &arguments.output {
        Some(path) => {
            artifact::replace(path, &exported.artifact)?;
            let summary = serde_json::json!({
                "artifact": path, "bytes": exported.artifact.len(), "tenant_id": envelope.tenant_id,
                "format_version": envelope.format_version, "complete": !exported.any_failed,
            });
            output.show(&summary, || {
                let bytes = exported.artifact.len();
                format!("{}\n\nwrote {bytes} bytes to {}", describe(&envelope, Style::of_stdout()), path.display())
            })?;
        }
        None => {
            output.bytes(&exported.artifact)?;
            output.bytes(b"\n")?;
            if exported.any_failed && !output.json {
                eprintln!("{}", describe(&envelope, Style::of_stderr()));
            }
        }
    }
    Ok(if exported.any_failed { exit::PARTIAL } else { exit::SUCCESS })
}

fn describe(artifact: &Artifact, style: Style) -> String {
    let rows = artifact.domains.iter().map(|entry| {
        let count = entry.items_count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        let why = entry.error.as_ref().or(entry.reason.as_ref()).cloned().unwrap_or_default();
        let redacted = match entry.redacted_fields.len() {
            0 => "-".to_owned(),
            count => count.to_string(),
        };
        vec![entry.domain_key.clone(), entry.status.as_str().to_owned(), count, redacted, why]
    });
    let mut text = style.render(&["DOMAIN", "STATUS", "RESOURCES", "REDACTED", "WHY"], rows);
    for entry in artifact.domains.iter().filter(|entry| entry.status == DomainStatus::Ok) {
        for note in &entry.notes {
            text.push_str(&format!("\nnote: {}: {}", printable(&entry.domain_key), printable(note)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_what_is_missing() {
        let artifact: Artifact = serde_json::from_value(serde_json::json!({
            "format_version": "2.0.0", "tenant_id": "acme", "domains": [
                {"domain_key": "iam", "status": "ok", "items_count": 12, "redacted_fields": ["/records/3/spec/secret"]},
                {"domain_key": "kafka", "status": "error", "error": "kafka at 127.0.0.1:9092 does not answer"},
                {"domain_key": "postgres_metadata", "status": "ok", "items_count": 40,
                    "notes": ["function report(): its body names its own schema"]},
                {"domain_key": "storage", "status": "not_available", "reason": "not configured"},
            ],
        }))
        .unwrap();
        insta::assert_snapshot!(describe(&artifact, Style::plain()));
    }
}
