//! `preflight`: what a restore would find, as a table that a person can decide from.

use std::{collections::BTreeSet, fmt::Write as _};

use restore_model::{
    conflict::{Conflict, Contrast, Severity},
    identifier_map::IdentifierMap,
    preflight::{AnalysisStatus, DomainAnalysis, Preflight},
};
use serde_json::{Value, value::RawValue};

use super::{
    arguments, artifact, exit,
    output::Output,
    render::{self, word},
    table::{Style, printable},
};
use crate::{Engine, Error, ErrorKind, Result, control::Caller, restore::Asked};

/// Values longer than this are cut in tables; `--json` has them whole.
const VALUE_LENGTH: usize = 60;

/// Of one member, at most this many differences are shown in tables.
const LEAVES: usize = 3;

/// Analyses, and says what to do next.
pub(super) async fn run(
    engine: &Engine,
    caller: &Caller,
    arguments: arguments::Preflight,
    output: Output,
) -> Result<u8> {
    let max_bytes = engine.config().limits.max_artifact_bytes;
    let raw: Box<RawValue> = artifact::read(&arguments.artifact, max_bytes)?;
    let given: Option<Value> = arguments.map.as_deref().map(|path| artifact::read(path, max_bytes)).transpose()?;
    let proposal = engine.identifier_map(caller, &arguments.tenant, Some(&raw)).await?;
    let crosses = proposal.source_tenant_id.as_deref() != Some(arguments.tenant.as_str());
    let identifier_map = if crosses { Some(agreed_map(given, proposal)?) } else { given };
    let next = next_command(&arguments);
    let asked = Asked {
        tenant_id: arguments.tenant,
        artifact: Some(raw),
        identifier_map: identifier_map.clone(),
        domains: arguments.domains.map(|keys| keys.iter().map(|key| key.as_str().to_owned()).collect()),
    };
    let preflight = engine.preflight(caller, asked).await?;
    let map = identifier_map.filter(|_| crosses).map(|map| IdentifierMap::parse(&map)).transpose()?;
    output.show(&preflight, || {
        let style = Style::of_stdout();
        let map = map.map(|map| format!("{}\n\n", render::identifier_map(&map, style))).unwrap_or_default();
        format!("{map}{}\nNext: {next}", describe(&preflight, style))
    })?;
    Ok(exit_code(&preflight))
}

/// The given map, else the proposal, as it is sent.
pub(super) fn agreed_map(given: Option<Value>, proposal: IdentifierMap) -> Result<Value> {
    let sent = |error| Error::new(ErrorKind::Internal, "the proposal is no JSON").caused_by(error);
    given.map_or_else(|| serde_json::to_value(proposal).map_err(sent), Ok)
}

fn next_command(arguments: &arguments::Preflight) -> String {
    let mut command = format!("restore-engine restore --tenant {}", arguments.tenant);
    if let Some(domains) = &arguments.domains {
        let keys: Vec<&str> = domains.iter().map(|domain| domain.as_str()).collect();
        let _ = write!(command, " --domains {}", keys.join(","));
    }
    if let Some(map) = &arguments.map {
        let _ = write!(command, " --map {}", quoted(&map.display().to_string()));
    }
    format!("{command} {}", quoted(&arguments.artifact.display().to_string()))
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-+=:,@".contains(character);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

fn exit_code(preflight: &Preflight) -> u8 {
    let summary = &preflight.summary;
    let clear = summary.conflict_counts.all() == 0 && summary.refused == 0 && !summary.incomplete_analysis;
    if clear { exit::SUCCESS } else { exit::PARTIAL }
}

/// A preflight: one line a domain, then every conflict with what differs and what to do, then the risk.
pub(super) fn describe(preflight: &Preflight, style: Style) -> String {
    let (source, target) = (printable(&preflight.source_tenant_id), printable(&preflight.target_tenant_id));
    let mut text = format!("Preflight of {source} into {target}; nothing was written\n\n");
    text.push_str(&style.render(
        &["DOMAIN", "STATUS", "RESOURCES", "COMPATIBLE", "REDACTED", "CONFLICTS", "REFUSED"],
        preflight.domains.iter().map(domain_row),
    ));
    for domain in &preflight.domains {
        if let Some(message) = &domain.analysis_error_message {
            let _ = write!(text, "\n{}: {}", printable(&domain.domain_key), printable(message));
        }
    }
    let conflicts = preflight.domains.iter().flat_map(|domain| domain.conflicts.iter().map(move |it| (domain, it)));
    let mut conflicts: Vec<(&DomainAnalysis, &Conflict)> = conflicts.collect();
    conflicts.sort_by_key(|(_, conflict)| std::cmp::Reverse(conflict.severity));
    if !conflicts.is_empty() {
        let rows = conflicts.into_iter().map(|(domain, conflict)| conflict_row(domain, conflict));
        text.push_str("\n\n");
        text.push_str(&style.render(&["SEVERITY", "DOMAIN", "TYPE", "NAME", "WHAT DIFFERS", "WHAT TO DO"], rows));
    }
    for domain in &preflight.domains {
        for it in &domain.refused {
            let (name, message) = (printable(&it.resource_name), printable(&it.message));
            let _ = write!(text, "\nwill be refused: {} {} {name}: {message}", domain.domain_key, it.resource_type);
        }
        for it in &domain.compatible_with_redacted {
            let (name, fields) = (printable(&it.resource_name), printable(&it.redacted_fields.join(", ")));
            let _ = write!(text, "\nsupply again: {} {} {name}: {fields}", domain.domain_key, it.resource_type);
        }
    }
    for warning in &preflight.migration_warnings {
        let _ = write!(text, "\nwarning: {}: {}", warning.step, printable(&warning.message));
    }
    text.push_str("\n\n");
    text.push_str(&risk_line(preflight));
    text
}

fn risk_line(preflight: &Preflight) -> String {
    let summary = &preflight.summary;
    let counts = summary.conflict_counts;
    let severities = [
        (counts.critical, Severity::Critical),
        (counts.high, Severity::High),
        (counts.medium, Severity::Medium),
        (counts.low, Severity::Low),
    ];
    let counted = severities.into_iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = counted.map(|(count, severity)| format!("{count} {}", severity.as_str())).collect();
    if parts.is_empty() {
        parts.push("no conflicts".to_owned());
    }
    if summary.refused > 0 {
        parts.push(format!("{} refused", summary.refused));
    }
    if summary.incomplete_analysis {
        parts.push("not everything could be read".to_owned());
    }
    let compatible = summary.compatible + summary.compatible_with_redacted_fields;
    format!(
        "Risk: {} ({}); {compatible} of {} resources are absent or equal. A restore leaves conflicts as they are.",
        summary.risk_level.as_str(),
        parts.join(", "),
        summary.total_resources_analyzed
    )
}

fn domain_row(domain: &DomainAnalysis) -> Vec<String> {
    let skipped = domain.status == AnalysisStatus::SkippedNotExportable;
    let count = |count: u64| if skipped { "-".to_owned() } else { count.to_string() };
    vec![
        domain.domain_key.clone(),
        word(&domain.status),
        count(domain.resources_analyzed),
        count(domain.compatible_count),
        count(domain.compatible_with_redacted_count),
        count(domain.conflicts.len() as u64),
        count(domain.refused.len() as u64),
    ]
}

fn conflict_row(domain: &DomainAnalysis, conflict: &Conflict) -> Vec<String> {
    let differs = match &conflict.diff {
        None => "missing; its owner differs".to_owned(),
        Some(diff) => diff.iter().map(|(member, sides)| difference(member, sides)).collect::<Vec<_>>().join("; "),
    };
    vec![
        conflict.severity.as_str().to_owned(),
        domain.domain_key.clone(),
        conflict.resource_type.clone(),
        conflict.resource_name.clone(),
        differs,
        conflict.recommendation.clone(),
    ]
}

/// What differs within a member, leaf by leaf: a table of forty columns is not shown for the sake of one.
fn difference(member: &str, sides: &Contrast) -> String {
    let mut leaves = Vec::new();
    collect_leaves(member, &sides.destination, &sides.artifact, &mut leaves);
    let more = leaves.len().saturating_sub(LEAVES);
    leaves.truncate(LEAVES);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{more}", leaves.join("; "))
}

fn collect_leaves(path: &str, target: &Value, artifact: &Value, leaves: &mut Vec<String>) {
    match (target, artifact) {
        (one, other) if one == other => {}
        (Value::Object(existing), Value::Object(wanted)) => {
            let names: BTreeSet<&String> = existing.keys().chain(wanted.keys()).collect();
            for name in names {
                let (one, other) = (existing.get(name), wanted.get(name));
                let path = format!("{path}.{name}");
                collect_leaves(&path, one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null), leaves);
            }
        }
        (Value::Array(existing), Value::Array(wanted)) if existing.len() == wanted.len() => {
            for (position, (one, other)) in existing.iter().zip(wanted).enumerate() {
                let name = other["name"].as_str().filter(|_| one["name"] == other["name"]);
                let at = name.map_or_else(|| position.to_string(), str::to_owned);
                collect_leaves(&format!("{path}[{at}]"), one, other, leaves);
            }
        }
        (one, other) => leaves.push(format!("{path}: target has {}, artifact {}", short(one), short(other))),
    }
}

fn short(value: &Value) -> String {
    if value.is_null() {
        return "nothing".to_owned();
    }
    let text = value.to_string();
    match text.char_indices().nth(VALUE_LENGTH) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests;
