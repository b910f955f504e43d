//! `config`.

use std::path::Path;

use serde::Serialize;

use super::{
    arguments::ConfigCommand,
    exit, load,
    output::Output,
    render::word,
    table::{Style, printable},
};
use crate::{
    Engine, Error, Result,
    domains::Registry,
    export::{self, Availability, DomainAvailability},
    http::auth::Verifier,
};

/// What a check found.
#[derive(Serialize)]
struct Findings {
    control: String,
    tokens: String,
    domains: Vec<DomainAvailability>,
}

/// Checks the configuration, or prints its schema.
pub(super) async fn run(path: Option<&Path>, command: ConfigCommand, output: Output) -> Result<u8> {
    if matches!(command, ConfigCommand::Schema) {
        return output.text(&crate::schemas::configuration());
    }
    let config = load(path)?;
    let registry = Registry::connect(&config.domains).await?;
    let domains = export::availability(&registry, "", config.deployment_profile).await.domains;
    let tokens = config.auth.as_ref().map(Verifier::new).transpose();
    let control = match Engine::builder(config).registry(registry).connect().await {
        Ok(engine) => engine.ready().await,
        Err(error) => Err(error),
    };
    let degraded = domains.iter().any(|domain| domain.availability == Availability::Degraded);
    let first_failure = control.as_ref().err().or(tokens.as_ref().err()).map(|error: &Error| error.kind().exit_code());
    let findings = Findings {
        control: said(control.map(|()| "answers")),
        tokens: said(tokens.map(|verifier| verifier.map_or("none trusted; `serve` needs auth", |_| "keys configured"))),
        domains,
    };
    output.show(&findings, || describe(&findings, Style::of_stdout()))?;
    Ok(first_failure.unwrap_or(if degraded { exit::PARTIAL } else { exit::SUCCESS }))
}

fn said(result: Result<&str>) -> String {
    result.map_or_else(|error| format!("error: {error}"), str::to_owned)
}

fn describe(findings: &Findings, style: Style) -> String {
    let domains = findings.domains.iter().map(|domain| {
        vec![domain.domain_key.to_string(), word(&domain.availability), domain.reason.clone().unwrap_or_default()]
    });
    format!(
        "control database: {}\ntokens: {}\n\n{}",
        printable(&findings.control),
        printable(&findings.tokens),
        style.render(&["DOMAIN", "BACKEND", "WHY"], domains)
    )
}
