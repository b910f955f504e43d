//! `validate` and `migrate`: files alone, no backend.

use std::path::Path;

use restore_model::{
    artifact::MigrationWarning,
    validation::{Finding, Validity, Verdict},
};
use serde_json::value::RawValue;

use super::{arguments, artifact, output::Output, table::printable};
use crate::{
    Error, ErrorKind, Result,
    config::{Config, LimitsConfig},
    formats::{self, Conventions},
};

/// Judges a file.
pub(super) fn validate(config: Option<&Path>, arguments: &arguments::Validate, output: Output) -> Result<u8> {
    let (raw, conventions) = read(config, &arguments.artifact)?;
    let verdict = formats::validate(&raw, &conventions)?;
    output.show(&verdict, || judged(&verdict))?;
    Ok(if verdict.result == Validity::Invalid { ErrorKind::InvalidArtifact.exit_code() } else { super::exit::SUCCESS })
}

/// Writes a file in the current version.
pub(super) fn migrate(config: Option<&Path>, arguments: &arguments::Migrate, output: Output) -> Result<u8> {
    let (raw, conventions) = read(config, &arguments.artifact)?;
    let migrated = formats::migrate(&raw, &conventions)?;
    let bytes = serde_json::to_vec(&migrated.artifact)
        .map_err(|error| Error::new(ErrorKind::Internal, "the artifact could not be written").caused_by(error))?;
    artifact::replace(&arguments.output, &bytes)?;
    let summary = serde_json::json!({
        "artifact": arguments.output, "migration_required": migrated.migration_required,
        "_migration_metadata": migrated.migration_metadata, "_migration_warnings": migrated.migration_warnings,
    });
    output.show(&summary, || {
        let from = migrated.migration_metadata.as_ref().map(|it| it.migrated_from.as_str());
        told(from, &migrated.artifact.format_version, &migrated.migration_warnings, &arguments.output)
    })
}

fn read(config: Option<&Path>, file: &Path) -> Result<(Box<RawValue>, Conventions)> {
    let config = config.map(Config::load).transpose()?;
    let limits = config.as_ref().map_or_else(LimitsConfig::default, |config| config.limits);
    let raw = artifact::read(file, limits.max_artifact_bytes.saturating_add(LimitsConfig::ENVELOPE_BYTES))?;
    Ok((raw, config.as_ref().map(Conventions::of).unwrap_or_default()))
}

fn judged(verdict: &Verdict) -> String {
    let result = match verdict.result {
        Validity::Valid => "valid",
        Validity::ValidWithWarnings => "valid, with warnings",
        Validity::Invalid => "invalid",
    };
    let mut text = format!("{result}: format {}", printable(&verdict.format_version));
    if verdict.migration_required {
        text.push_str(", which a restore migrates first");
    }
    if verdict.schema_checksum_match == Some(false) {
        text.push_str("\nthe stated schema checksum is not that of this version");
    }
    for (kind, findings) in [("error", &verdict.errors), ("warning", &verdict.warnings)] {
        for Finding { path, message } in findings {
            let path = if path.is_empty() { "the artifact" } else { path };
            text.push_str(&format!("\n{kind}: {}: {}", printable(path), printable(message)));
        }
    }
    text
}

fn told(from: Option<&str>, to: &str, warnings: &[MigrationWarning], file: &Path) -> String {
    let Some(from) = from else {
        return format!("already format {to}; wrote it to {}", file.display());
    };
    let mut text = format!("migrated from {from} to {to}; wrote {}", file.display());
    for warning in warnings {
        let path = warning.affected_path.as_deref().unwrap_or("the artifact");
        text.push_str(&format!("\nwarning: {}: {}", printable(path), printable(&warning.message)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn errors_and_warnings_name_their_paths() {
        let artifact =
            raw(r#"{"format_version":"1.0.0","tenant_id":7,"domains":[{"domain_key":"kafka","status":"ok"}]}"#);
        insta::assert_snapshot!(judged(&formats::validate(&artifact, &Conventions::default()).unwrap()));
    }

    #[test]
    fn what_a_migration_could_not_carry_is_told() {
        let artifact = raw(include_str!("../../fixtures/artifacts/restore_1.0.0.json"));
        let migrated = formats::migrate(&artifact, &Conventions::default()).unwrap();
        insta::assert_snapshot!(told(Some("1.0.0"), "2.0.0", &migrated.migration_warnings, Path::new("new.json")));
    }

    #[test]
    fn a_file_is_judged_and_migrated_without_a_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old.json"), folder.path().join("new.json"));
        std::fs::write(&old, include_str!("../../fixtures/artifacts/restore_1.0.0.json")).unwrap();
        let output = Output { json: true };
        let arguments = arguments::Migrate { artifact: old.clone(), output: new.clone() };
        assert_eq!(migrate(None, &arguments, output).unwrap(), 0);
        assert_eq!(validate(None, &arguments::Validate { artifact: new }, output).unwrap(), 0);
        // The lenient artifact lacks members that the format demands.
        assert_eq!(validate(None, &arguments::Validate { artifact: old }, output).unwrap(), 65);
    }
}
