//! What people read: identifier maps and reports.

use std::fmt::Write as _;

use restore_model::{
    identifier_map::IdentifierMap,
    report::{DomainResult, Report, ResourceAction, ResourceResult},
};
use serde::Serialize;

use super::table::{Style, printable};

/// An identifier map as a table, with its warnings below.
#[must_use]
pub(super) fn identifier_map(map: &IdentifierMap, style: Style) -> String {
    let rows = map.entries.iter().map(|entry| vec![entry.scope.to_string(), entry.from.clone(), entry.to.clone()]);
    let mut text = style.render(&["SCOPE", "FROM", "TO"], rows);
    for warning in &map.warnings {
        let _ = write!(text, "\nwarning: {}", printable(warning));
    }
    text
}

/// A report: one line a domain, then the resources that need attention, or all.
#[must_use]
pub(super) fn report(report: &Report, all: bool, style: Style) -> String {
    let (source, target) = (printable(&report.source_tenant_id), printable(&report.tenant_id));
    let mut text = if report.dry_run {
        format!("Dry run of {source} into {target}; nothing was written  (run {})\n\n", report.run_id)
    } else {
        format!("Restore of {source} into {target}: {}  (run {})\n\n", word(&report.result_status), report.run_id)
    };
    text.push_str(&style.render(
        &["DOMAIN", "STATUS", "CREATED", "SKIPPED", "CONFLICTS", "ERRORS", "WARNINGS", "VERIFIED"],
        report.domain_results.iter().map(domain_row),
    ));
    for domain in &report.domain_results {
        if let Some(message) = &domain.message {
            let _ = write!(text, "\n{}: {}", printable(&domain.domain_key), printable(message));
        }
    }
    let rows: Vec<_> = report
        .domain_results
        .iter()
        .flat_map(|domain| domain.resource_results.iter().map(move |resource| (domain, resource)))
        .filter(|(_, resource)| all || needs_attention(resource))
        .map(|(domain, resource)| resource_row(domain, resource))
        .collect();
    if !rows.is_empty() {
        text.push_str("\n\n");
        text.push_str(&style.render(&["DOMAIN", "TYPE", "NAME", "ACTION", "WHY"], rows));
    }
    for warning in &report.migration_warnings {
        let _ = write!(text, "\nwarning: {}: {}", warning.step, printable(&warning.message));
    }
    text
}

fn needs_attention(resource: &ResourceResult) -> bool {
    let settled = matches!(
        resource.action,
        ResourceAction::Created | ResourceAction::Skipped | ResourceAction::WouldCreate | ResourceAction::WouldSkip
    );
    !settled || !resource.warnings.is_empty() || resource.verified == Some(false)
}

fn domain_row(domain: &DomainResult) -> Vec<String> {
    let counts = domain.counts;
    vec![
        domain.domain_key.clone(),
        word(&domain.status),
        counts.created.to_string(),
        counts.skipped.to_string(),
        counts.conflicts.to_string(),
        counts.errors.to_string(),
        counts.warnings.to_string(),
        domain.verified.map_or("-", |verified| if verified { "yes" } else { "NO" }).to_owned(),
    ]
}

fn resource_row(domain: &DomainResult, resource: &ResourceResult) -> Vec<String> {
    let mut why: Vec<String> = resource.message.iter().chain(&resource.warnings).cloned().collect();
    if let Some(diff) = &resource.diff {
        why.push(format!("differs in {}", diff.keys().map(String::as_str).collect::<Vec<_>>().join(", ")));
    }
    if resource.verified == Some(false) {
        why.push("not seen in the target afterwards".into());
    }
    vec![
        domain.domain_key.clone(),
        resource.resource_type.clone(),
        resource.resource_name.clone(),
        word(&resource.action),
        why.join("; "),
    ]
}

/// The word by which a status stands in JSON.
pub(super) fn word(status: &impl Serialize) -> String {
    match serde_json::to_value(status) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "?".to_owned(),
    }
}
