//! Whether the implementation sees what the suite writes into each backend.

use reqwest::Method;
use serde_json::{Value, json};

use super::Findings;
use crate::{
    fixtures::Domain,
    implementation::Api,
    probes,
    run::{Session, tenant_path},
    seeds,
    world::Failure,
};

/// What to do about a driver.
pub(super) const TRY_DRIVER: &str = "run `iam.command` by hand and say `{\"id\":1,\"op\":\"hello\",\"protocol\":1}`: \
                                     schemas/iam-driver.json tells what it must answer";

/// Has a driver write a tenant, change it and read it again: whatever it does not see, no restore could be judged by.
pub(super) async fn look_at_driver(session: &Session, findings: &mut Findings) {
    let id = format!("{}-driver", session.prefix);
    let seen = async {
        let tenant = session.concretise("full", &id).map_err(|failure| failure.to_string())?;
        seeds::seed(&session.backends, &tenant, &[Domain::Iam]).await.map_err(|error| error.to_string())?;
        let read = probes::probe(&session.backends, &tenant.space, Domain::Iam).await;
        let read = read.map_err(|error| error.to_string())?;
        let blind = probes::check_seeded(&tenant, &read);
        if let Some(first) = blind.first() {
            return Err(format!(
                "of what was written into a realm it reads something else: {first} ({} in all)",
                blind.len()
            ));
        }
        let losses = probes::losses::run_on(&session.backends, &tenant.space, &[Domain::Iam], false).await;
        match losses.iter().find(|it| !it.seen()) {
            Some(unseen) => Err(format!("it does not tell a change: {unseen}")),
            None => Ok(format!(
                "it reads what it wrote, {} resources, and tells {} changes",
                read.resources.len(),
                losses.len()
            )),
        }
    };
    findings.add("iam driver", seen.await, TRY_DRIVER);
}

/// Seeds a tenant and has it exported.
pub(super) async fn look(api: &Api, session: &Session, domains: &[Domain], findings: &mut Findings) {
    let id = format!("{}-wiring", session.prefix);
    let seeded = async {
        session.register(api, &id).await?;
        let tenant = session.plant("small", &id).await?;
        // An export in which a domain failed tells which; no other answer tells anything.
        let body = json!({ "domains": domains });
        let answer = api.call(Method::POST, &tenant_path(&id, "/config/export"), Some(&body)).await;
        let answer = answer.map_err(Failure::Violation)?;
        answer.expect_status(&[200, 207])?;
        Ok::<_, Failure>((answer.body, session.state(&tenant.space).await?))
    };
    let fix = "offer `POST /v1/admin/tenants/{id}/config/export`; its own log tells more";
    let exported = seeded.await.map_err(|failure| failure.to_string());
    let Some((artifact, held)) = findings.need("export", exported, fix) else { return };
    for domain in domains {
        let driven = *domain == Domain::Iam && session.backends.iam.driver().is_some();
        let named = if driven { "`iam.command` looks into" } else { "`backends` names" };
        let fix = format!(
            "let it use the {domain} that {named}, as a user who may read it, and the tenant's names as SPEC.md has them under \"Terms\"; \
             or leave {domain} out of `domains`"
        );
        let there = held.get(domain).map_or(0, |probed| probed.resources.len());
        findings.add(domain.key(), seen(&artifact, *domain, there), &fix);
    }
}

/// What an export says of a domain in which so many resources are. Implementations count parts differently, but not by half; and
/// the roles of a tenant are seen from every database of a Postgres server, so that to see something is not enough.
fn seen(artifact: &Value, domain: Domain, there: usize) -> Result<String, String> {
    let entries = artifact["domains"].as_array().into_iter().flatten();
    let entry = entries.into_iter().find(|entry| entry["domain_key"] == domain.key());
    let entry = entry.ok_or("the export of a seeded tenant does not list it")?;
    let status = entry["status"].as_str().unwrap_or("without a status");
    match (status, entry["items_count"].as_u64()) {
        ("ok", Some(count))
            if usize::try_from(count).is_ok_and(|count| count > 0 && count.saturating_mul(2) >= there) =>
        {
            Ok(format!("it sees what the suite wrote: {count} resources"))
        }
        ("ok" | "empty", count) => Err(format!(
            "it sees {} of about {there} resources that the suite wrote: it looks into another server or database, or for other names",
            count.unwrap_or_default()
        )),
        _ => {
            let why =
                ["error", "reason"].into_iter().find_map(|it| entry[it].as_str()).unwrap_or("it does not say why");
            Err(format!("it is `{status}` in an export: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_tells_whether_the_implementation_saw_what_was_seeded() {
        let artifact = json!({ "domains": [
            { "domain_key": "iam", "status": "ok", "items_count": 3 },
            { "domain_key": "postgres_metadata", "status": "ok", "items_count": 2 },
            { "domain_key": "mongo_metadata", "status": "error", "error": "no answer" },
            { "domain_key": "kafka", "status": "not_available" },
            { "domain_key": "storage", "status": "empty" },
        ] });
        let told = Domain::ALL.map(|domain| format!("{domain}: {:?}", seen(&artifact, domain, 6)));
        insta::assert_snapshot!(told.join("\n"), @r#"
        iam: Ok("it sees what the suite wrote: 3 resources")
        postgres_metadata: Err("it sees 2 of about 6 resources that the suite wrote: it looks into another server or database, or for other names")
        mongo_metadata: Err("it is `error` in an export: no answer")
        kafka: Err("it is `not_available` in an export: it does not say why")
        storage: Err("it sees 0 of about 6 resources that the suite wrote: it looks into another server or database, or for other names")
        "#);
        let unlisted = seen(&json!({ "domains": [] }), Domain::Iam, 6);
        assert_eq!(unlisted.unwrap_err(), "the export of a seeded tenant does not list it");
    }
}
