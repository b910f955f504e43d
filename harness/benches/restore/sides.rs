//! One round of one case.

use std::time::{Duration, Instant};

use krafka::admin::ListTopicsOptions;
use reqwest::Method;
use restore_conformance::{
    fixtures::{Domain, Place, Tenant},
    implementation::{Answer, Api, Credential, Grant},
    measure::Round,
    probes,
    run::tenant_path,
    seeds, timeouts,
};
use serde_json::{Value, json};

use crate::bed::Bed;

/// Both sides; every other round the scripts go first.
pub(crate) async fn round(bed: &mut Bed, case: &[Domain], number: u16) -> Result<Round, String> {
    // What a side made is looked at once: the figures are worth nothing if one of them did less.
    let look = number == 0;
    let engine_first = number.is_multiple_of(2);
    let (script, (fresh, equal));
    if engine_first {
        (fresh, equal) = engine(bed, case, look).await?;
        script = by_hand(bed, case, look).await?;
    } else {
        script = by_hand(bed, case, look).await?;
        (fresh, equal) = engine(bed, case, look).await?;
    }
    Ok(Round { engine_first, fresh, equal, script })
}

/// The engine over HTTP: into an empty tenant, and again.
async fn engine(bed: &Bed, case: &[Domain], look: bool) -> Result<(Duration, Duration), String> {
    let id = format!("{}-{}", bed.session.prefix, hex::encode(rand::random::<[u8; 3]>()));
    let tenant = bed.tenant(&id)?;
    let api = bed.session.api(&id);
    bed.session.register(&api, &id).await.map_err(|failure| failure.to_string())?;
    let body = body(bed, &api, &id, case).await?;
    let path = tenant_path(&id, "/config/reprovision");
    let (fresh, first) = restore(&api, &path, &body).await?;
    expect(&first, "created")?;
    if look {
        same(bed, &tenant, case).await?;
    }
    let (equal, second) = restore(&api, &path, &body).await?;
    expect(&second, "skipped")?;
    bed.clear(&tenant).await?;
    Ok((fresh, equal))
}

/// The whole request, made beforehand.
async fn body(bed: &Bed, api: &Api, id: &str, case: &[Domain]) -> Result<String, String> {
    let path = tenant_path(id, "/config/reprovision/identifier-map");
    let request = format!(r#"{{"artifact":{}}}"#, bed.artifact);
    let answer = api.send(Method::POST, &path, Some(request), Credential::Good(Grant::All)).await?;
    let keys: Vec<&str> = case.iter().map(|domain| domain.key()).collect();
    Ok(format!(
        r#"{{"artifact":{},"identifier_map":{},"domains":{}}}"#,
        bed.artifact,
        answer.body["proposal"],
        json!(keys)
    ))
}

/// What is timed is the restore alone, and not the preflight that an engine may demand before it.
async fn restore(api: &Api, path: &str, body: &str) -> Result<(Duration, Answer), String> {
    let foreseen = format!("{path}/preflight");
    let preflight = api.send(Method::POST, &foreseen, Some(body.to_owned()), Credential::Good(Grant::All)).await?;
    let body = match (&preflight.body["preflight_digest"], body.strip_suffix('}')) {
        (digest @ serde_json::Value::String(_), Some(open)) => format!(r#"{open},"preflight_digest":{digest}}}"#),
        _ => body.to_owned(),
    };
    let body = Some(body);
    let started = Instant::now();
    let answer = api.send(Method::POST, path, body, Credential::Good(Grant::All)).await?;
    Ok((started.elapsed(), answer))
}

/// Everything was seen in place afterwards, and every resource came to be so in this way.
fn expect(answer: &Answer, action: &str) -> Result<(), String> {
    answer.expect_status(&[200]).map_err(|failure| failure.to_string())?;
    let results = answer.body["domain_results"].as_array().map_or(&[][..], Vec::as_slice);
    let others = results.iter().flat_map(|domain| domain["resource_results"].as_array().into_iter().flatten());
    let others: Vec<&Value> = others.filter(|result| result["action"] != action).collect();
    if answer.body["verified"] == true && others.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = others.iter().take(5).map(ToString::to_string).collect();
    Err(format!(
        "verified: {}; {} resources were not {action}:\n{}",
        answer.body["verified"],
        others.len(),
        shown.join("\n")
    ))
}

/// The scripts, side by side: one request or statement for all that a server takes at once, eight workers where it does
/// not.
async fn by_hand(bed: &Bed, case: &[Domain], look: bool) -> Result<Duration, String> {
    let backends = &bed.session.backends;
    let others: Vec<Domain> = case.iter().filter(|domain| **domain != Domain::PostgresMetadata).copied().collect();
    let postgres = bed.dump.as_ref().filter(|_| case.contains(&Domain::PostgresMetadata));
    if postgres.is_some() {
        // A dump of a schema names roles and does not hold them.
        let role = format!("create role \"{}\"", bed.source.space.owner_role());
        let made = sqlx::raw_sql(sqlx::AssertSqlSafe(role)).execute(&backends.platform).await;
        made.map_err(|error| format!("creating the owner role: {error}"))?;
    }
    let started = Instant::now();
    tokio::try_join!(
        async { seeds::seed(backends, &bed.source, &others).await.map_err(|error| error.to_string()) },
        async {
            match postgres {
                Some((tools, dump)) => tools.restore(&bed.platform_url, dump).await,
                None => Ok(()),
            }
        }
    )?;
    let took = started.elapsed();
    if case.contains(&Domain::Kafka) {
        visible(bed).await?;
    }
    if look {
        same(bed, &bed.source, case).await?;
    }
    bed.clear(&bed.source).await?;
    Ok(took)
}

/// Waits until the broker shows the script's topics: the answer to a creation comes earlier, and a script does not wait
/// for more than that. The engine does, so that it can say that they are there.
async fn visible(bed: &Bed) -> Result<(), String> {
    let (space, wanted) = (&bed.source.space, bed.source.declared.kafka.topics.len());
    let started = Instant::now();
    loop {
        let listed = bed.session.backends.kafka.list_topics(ListTopicsOptions::default()).await;
        let listed = listed.map_err(|error| format!("listing topics: {error}"))?;
        let there = listed.iter().filter(|name| space.relative(Place::TopicPrefix, name).is_some()).count();
        if there == wanted {
            return Ok(());
        }
        if started.elapsed() > timeouts::BACKEND_CALL {
            return Err(format!("the broker shows {there} of {wanted} topics that were created long ago"));
        }
        tokio::time::sleep(timeouts::POLL).await;
    }
}

/// Fails unless the space holds what the tenant declares, and nothing else.
async fn same(bed: &Bed, tenant: &Tenant, case: &[Domain]) -> Result<(), String> {
    for domain in case {
        let probed = probes::probe(&bed.session.backends, &tenant.space, *domain).await;
        let findings = probes::check_seeded(tenant, &probed.map_err(|error| error.to_string())?);
        if !findings.is_empty() {
            let shown: Vec<String> = findings.iter().take(5).map(ToString::to_string).collect();
            let (count, id) = (findings.len(), &tenant.space.tenant_id);
            return Err(format!("{count} differences in {domain} of {id}:\n{}", shown.join("\n")));
        }
    }
    Ok(())
}
