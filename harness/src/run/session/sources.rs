//! The tenants that scenarios restore from: seeded, probed, exported, and rehearsed once for all.

use std::{collections::BTreeMap, sync::Arc};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Session, Source, State, tenant_path};
use crate::{
    fixtures::{Domain, Tenant},
    implementation::{Answer, Api},
    probes,
    proxy::Access,
    seeds, timeouts,
    world::Failure,
};

impl Session {
    /// The full tenant that all scenarios restore from. The first one who asks seeds and exports it.
    ///
    /// # Errors
    /// What went wrong, for the scenario that answers for it; that it is missing, for all others.
    pub async fn source(&self, scenario: &str) -> Result<Arc<Source>, Failure> {
        self.source.get(scenario, || self.make_source("full", "source", self.api("source"))).await
    }

    /// The tenant of which format 1.0.0 can say everything. The first one who asks seeds and exports it.
    ///
    /// # Errors
    /// What went wrong, for the first one; that it is missing, for all others.
    pub async fn legacy(&self, scenario: &str) -> Result<Arc<Source>, Failure> {
        self.legacy.get(scenario, || self.make_source("legacy", "legacy", self.api("legacy"))).await
    }

    /// Waits until no other scenario is at work on an artifact as large as may be; for as long as the turn is held, none
    /// begins. Each keeps a machine and its servers busy, and several at once would starve all that runs beside them.
    pub async fn large_turn(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.large_turn.clone().lock_owned().await
    }

    /// The tenant whose export comes close to 64 MiB. The first one who asks seeds it, and has it exported by the
    /// implementation at `base`, which must take artifacts of that size.
    ///
    /// # Errors
    /// What went wrong, for the first one; that it is missing, for all others.
    pub async fn large(&self, scenario: &str, base: &str) -> Result<Arc<Source>, Failure> {
        let api = self.api("large").at(base).patient(timeouts::LARGE_REQUEST);
        self.large.get(scenario, || self.make_source("large", "large", api)).await
    }

    async fn make_source(&self, fixture: &str, name: &str, api: Api) -> Result<Source, Failure> {
        let id = format!("{}-{name}", self.prefix);
        self.register(&api, &id).await?;
        let tenant = self.concretise(fixture, &id)?;
        self.seeded_and_exported(&api, tenant).await
    }

    /// Writes a registered tenant straight into the backends and has it exported.
    ///
    /// # Errors
    /// When a backend refuses it, the probes see something else, or the implementation does not export it.
    pub async fn seeded_and_exported(&self, api: &Api, tenant: Tenant) -> Result<Source, Failure> {
        let held = self.seeded(&tenant).await?;
        let artifact = self.export(api, &tenant.space.tenant_id).await?;
        Ok(Source { tenant, held, artifact })
    }

    /// Writes a tenant straight into the backends, and returns what they hold.
    ///
    /// # Errors
    /// When a backend refuses it, or the probes see something else.
    pub async fn seeded(&self, tenant: &Tenant) -> Result<State, Failure> {
        seeds::seed(&self.backends, tenant, &self.served).await.map_err(Failure::suite)?;
        let held = self.state(&tenant.space).await?;
        let seeded = held.iter().filter(|(domain, _)| self.served.contains(domain));
        let unseeded: Vec<String> =
            seeded.flat_map(|(_, probed)| probes::check_seeded(tenant, probed)).map(|it| it.to_string()).collect();
        if !unseeded.is_empty() {
            return Err(Failure::Suite(format!("the seeds are not what the probes see:\n{}", unseeded.join("\n"))));
        }
        Ok(held)
    }

    /// Exports all domains of a tenant that the implementation serves.
    ///
    /// # Errors
    /// When the implementation does not answer with an artifact.
    pub async fn export(&self, api: &Api, id: &str) -> Result<Value, Failure> {
        let body = json!({ "domains": self.served });
        let path = tenant_path(id, "/config/export");
        let answer = api.call(Method::POST, &path, Some(&body)).await.map_err(Failure::Violation)?;
        answer.expect_status(&[200])?;
        // Whatever is answered 200: what is none would make every scenario fail in its own words.
        let told = &answer.body["tenant_id"];
        if *told != id {
            return Err(Failure::Violation(format!("{answer}\n  it is no artifact of {id}: `tenant_id` is {told}")));
        }
        Ok(answer.body)
    }

    /// How many writes a restore of the source into an empty tenant takes in a domain. The first one who asks rehearses
    /// it.
    ///
    /// # Errors
    /// What went wrong, for the first one; that it is missing, for all others.
    pub async fn writes(&self, scenario: &str, domain: Domain) -> Result<u64, Failure> {
        let all = self.writes.get(scenario, || self.rehearse(scenario)).await?;
        match all.get(&domain) {
            Some(writes @ 1..) => Ok(*writes),
            _ => Err(Failure::Suite(format!("a restore wrote nothing into {domain}, so it cannot fail there"))),
        }
    }

    async fn rehearse(&self, scenario: &str) -> Result<BTreeMap<Domain, u64>, Failure> {
        let source = self.source(scenario).await?;
        let id = format!("{}-rehearsal", self.prefix);
        let own = self.engines.proxied("rehearsal", |_| ()).await.map_err(Failure::Suite)?;
        let api = self.api("rehearsal").at(own.process.base());
        self.concretise("full", &id)?;
        self.register(&api, &id).await?;
        let answer = restore(&api, &id, &source.artifact).await?;
        answer.expect_status(&[200])?;
        own.process.stop().await;
        let counts = own.proxies.take_counts();
        Ok(counts.into_iter().map(|(domain, counts)| (domain, counts.total(Access::Write))).collect())
    }
}

/// Restores an artifact with the identifier map that the implementation proposes.
async fn restore(api: &Api, id: &str, artifact: &Value) -> Result<Answer, Failure> {
    let path = tenant_path(id, "/config/reprovision");
    let body = json!({ "artifact": artifact });
    let proposed = api.call(Method::POST, &format!("{path}/identifier-map"), Some(&body)).await;
    let proposed = proposed.map_err(Failure::Violation)?;
    proposed.expect_status(&[200])?;
    let mut body = json!({ "artifact": artifact, "identifier_map": proposed.body["proposal"] });
    foresee(api, id, &mut body).await?;
    api.call(Method::POST, &path, Some(&body)).await.map_err(Failure::Violation)
}

/// Makes the preflight of a restore that is about to be asked for, and puts the digest that it answers with into the
/// request. An implementation that knows no digest is asked without.
///
/// # Errors
/// When there is no answer.
pub async fn foresee(api: &Api, id: &str, request: &mut Value) -> Result<Answer, Failure> {
    let mut body = json!({ "artifact": request["artifact"] });
    for member in ["identifier_map", "domains"] {
        if let Some(value) = request.get(member) {
            body[member] = value.clone();
        }
    }
    let path = tenant_path(id, "/config/reprovision/preflight");
    let answer = api.call(Method::POST, &path, Some(&body)).await.map_err(Failure::Violation)?;
    let digest = &answer.body["preflight_digest"];
    if digest.is_string() {
        request["preflight_digest"] = digest.clone();
    }
    Ok(answer)
}
