//! Whether the implementation sees what the suite writes into each backend.

use reqwest::Method;
use serde_json::{Value, json};

use super::Findings;
use crate::{
    fixtures::{Domain, TenantFixture},
    implementation::Api,
    probes,
    run::{EXTENSIONS, Session, tenant_path},
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
        let artifact = export(api, &id, domains).await?;
        Ok::<_, Failure>((artifact, session.state(&tenant.space).await?))
    };
    let fix = "offer `POST /v1/admin/tenants/{id}/config/export`; its own log tells more";
    let exported = seeded.await.map_err(|failure| failure.to_string());
    let Some((artifact, held)) = findings.need("export", exported, fix) else { return };
    if domains.contains(&Domain::PostgresMetadata) {
        let fix = format!(
            "allow tenants the extensions {} (the reference engine: `domains.postgres_metadata.extensions: [{0}]`)",
            EXTENSIONS.join(", ")
        );
        findings.add("extensions", extensions(api, session).await.map_err(|it| it.to_string()).and_then(served), &fix);
    }
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

/// An export in which a domain failed tells which; no other answer tells anything.
async fn export(api: &Api, id: &str, domains: &[Domain]) -> Result<Value, Failure> {
    let body = json!({ "domains": domains });
    let answer = api.call(Method::POST, &tenant_path(id, "/config/export"), Some(&body)).await;
    let answer = answer.map_err(Failure::Violation)?;
    answer.expect_status(&[200, 207])?;
    Ok(answer.body)
}

/// A table; and the same with another one that stands on an extension.
const WITHOUT: &str = "{tables: [{name: plain, columns: [{name: id, type: bigint}]}]}";
const WITH: &str = "{extensions: [citext], tables: [{name: plain, columns: [{name: id, type: bigint}]}, \
                    {name: words, columns: [{name: word, type: citext}]}]}";

/// How many resources an export counts without something that stands on an extension, and with it.
async fn extensions(api: &Api, session: &Session) -> Result<[u64; 2], Failure> {
    let mut counted = [0; 2];
    for ((name, postgres), counted) in [("plain", WITHOUT), ("words", WITH)].into_iter().zip(&mut counted) {
        let id = format!("{}-{name}", session.prefix);
        session.register(api, &id).await?;
        let fixture = TenantFixture::parse(name, &format!("postgres_metadata: {postgres}")).map_err(Failure::suite)?;
        session.plant_fixture(&fixture, &id).await?;
        let artifact = export(api, &id, &[Domain::PostgresMetadata]).await?;
        let entries = artifact["domains"].as_array().into_iter().flatten();
        *counted = entries.filter_map(|entry| entry["items_count"].as_u64()).sum();
    }
    Ok(counted)
}

fn served([without, with]: [u64; 2]) -> Result<String, String> {
    if with > without {
        return Ok("what stands on one is exported".to_owned());
    }
    Err("a table with a column of type `citext` is not exported: most tenants of the suite have some".to_owned())
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
    fn what_stands_on_an_extension_must_be_counted() {
        assert!(served([2, 4]).is_ok() && served([2, 3]).is_ok(), "an extension may count, and need not");
        assert!(served([2, 2]).unwrap_err().contains("`citext`"));
        for postgres in [WITHOUT, WITH] {
            TenantFixture::parse("x", &format!("postgres_metadata: {postgres}")).unwrap();
        }
    }

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
