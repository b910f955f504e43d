//! Whether an implementation is wired to the suite: its address, tokens, tenants and backends. In seconds, and with nothing left behind.
//!
//! What is wired wrongly makes scenarios fail in ways that mislead: a restore that "created nothing" may have written into
//! another database than the suite looks into. So a tenant is seeded into each backend and exported: what the export counts, the
//! implementation has seen there.

mod finding;
mod wiring;

use std::{path::Path, sync::Arc};

use futures::future::join_all;
use reqwest::Method;

pub use self::finding::{Finding, Findings, Told};
use crate::{
    backends::Backends,
    capability::Capability,
    fixtures::{Domain, Space},
    implementation::{Administration, Api, Certification, Reach, Subject, invocation, is_implementation},
    probes,
    run::{Engines, Session},
    stack::{self, Stack, StackRequest},
};

/// How to come by a token.
const TOKEN: &str = "give one that is there: `openssl genpkey -algorithm ed25519 -out signing.pem` makes a key for `token.signing_key`, \
                     whose public half the implementation must trust; docs/certify.md tells the other ways";

/// What every name of a look begins with.
const PREFIX: &str = "rc-doctor-";

/// Looks at everything that a run builds on, as far as one thing lets the next be looked at; `tell` hears of each at once.
pub async fn examine(certification: &Certification, request: &StackRequest, tell: fn(Told<'_>)) -> Findings {
    let mut findings = Findings::told_by(tell);
    // Without servers or implementation there is nothing more to see; what was found until then is all there is to tell.
    let _ = look(certification, request, &mut findings).await;
    findings
}

/// Ends with `None` where nothing further can be looked at.
async fn look(certification: &Certification, request: &StackRequest, findings: &mut Findings) -> Option<()> {
    let domains: Vec<Domain> = certification.domains.iter().copied().collect();
    let (stack, backends) = servers(certification, request, &domains, findings).await?;
    let folder = findings.need(
        "folder",
        tempfile::tempdir().map_err(|it| it.to_string()),
        "make the temporary folder writable",
    )?;
    let (session, subject) = implementation(certification, &stack, backends, folder.path(), &domains, findings).await?;
    let api = session.api("doctor");
    if let Some(told) = without_effect(certification) {
        findings.note("capabilities", told);
    }
    let token = token(&api, subject.base(), certification.base_url.is_some(), findings).await;
    if token.is_some() {
        let others = tenants(&api).await;
        earlier(&api, &session, &others).await;
        foreign(&others, findings);
        if administered(&api, &session, findings).await.is_some() {
            findings.wait("making a tenant in each backend, and asking for its export");
            wiring::look(&api, &session, &domains, findings).await;
            if session.backends.iam.driver().is_some() {
                wiring::look_at_driver(&session, findings).await;
            }
        }
        let left = session.forget_all().await;
        let fix = if findings.are_fine() {
            "offer `DELETE /v1/admin/tenants/{id}`, or say in `tenants.delete` how a tenant is removed".to_owned()
        } else {
            "mend what stands above, which may be all it is; the next `doctor` removes what is left".to_owned()
        };
        let left = if left.is_empty() { Ok("nothing was left".into()) } else { Err(left.join("; ")) };
        findings.add("cleanup", left, &fix);
    }
    subject.stop().await;
    token
}

/// What is declared and can never be tried.
fn without_effect(certification: &Certification) -> Option<String> {
    certification.base_url.as_ref()?;
    let declared = Capability::OF_STARTED.into_iter().filter(|it| certification.capabilities.contains(it));
    let names: Vec<String> = declared.map(|it| format!("`{it}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "of no effect with `base_url`, as it takes copies that the suite starts (`start`): {}",
            names.join(", ")
        )
    })
}

/// The servers, and that the suite may look into those that matter.
async fn servers(
    certification: &Certification,
    request: &StackRequest,
    domains: &[Domain],
    findings: &mut Findings,
) -> Option<(Stack, Backends)> {
    let place = request.given_in.as_deref().unwrap_or("`backends`, `stack_file` or the variables that give them");
    let fix = format!("correct its address and credentials in {place}, or see `{} stack status`", invocation());
    let fix = fix.as_str();
    findings.wait("getting the servers");
    let stack = stack::acquire(request).await.map_err(|error| error.to_string());
    let stack = findings.need("servers", stack, fix)?;
    for it in stack.endpoints().summary() {
        findings.add(it.service.as_str(), Ok(format!("{} at {} ({})", it.version, it.address, it.origin)), "");
    }
    let driver = findings.need("iam driver", certification.iam_driver(stack.endpoints()).await, wiring::TRY_DRIVER)?;
    let driver = driver.map(|(driver, _)| Arc::new(driver));
    if let Some(hello) = driver.as_ref().map(|it| it.hello()) {
        findings.add("iam driver", Ok(format!("it speaks for {} {}", hello.backend, hello.version)), "");
    }
    let backends = Backends::connect_with(stack.endpoints(), driver).await.map_err(|error| error.to_string());
    let backends = findings.need("servers", backends, fix)?;
    let nowhere = Space::named(&format!("{PREFIX}nobody"), &Arc::new(certification.naming.clone()));
    let looks = domains.iter().map(|domain| async { (*domain, probes::probe(&backends, &nowhere, *domain).await) });
    for (domain, looked) in join_all(looks).await {
        let looked = looked.map(|_| "the suite can look into it".to_owned()).map_err(|error| error.to_string());
        findings.add(domain.key(), looked, fix);
    }
    findings.are_fine().then_some((stack, backends))
}

/// Starts it, or finds it at its address.
async fn implementation(
    certification: &Certification,
    stack: &Stack,
    backends: Backends,
    folder: &Path,
    domains: &[Domain],
    findings: &mut Findings,
) -> Option<(Session, Subject)> {
    let dialect = findings.need("token", certification.dialect(), TOKEN)?;
    let reached = findings.need("implementation", certification.reach(), "correct `start.command`")?;
    let client = findings.need("http", Api::http_client(), "see what it says")?;
    let (program, base) = match reached.0 {
        Reach::Start(program) => (Some(program), None),
        Reach::At(base) => (None, Some(base)),
    };
    let engines = Engines::speaking(program, folder, stack.endpoints(), client, dialect);
    if base.is_none() {
        findings.wait("starting the implementation");
    }
    let subject = match base {
        Some(base) => Subject::Running { base },
        None => Subject::Started(Box::new(findings.need(
            "start",
            engines.shared(|_| ()).await,
            "run `start.command` by hand with the variables of docs/certify.md; `start.ready_path` must answer 200",
        )?)),
    };
    let prefix = format!("{PREFIX}{}", hex::encode(rand::random::<[u8; 3]>()));
    let session = Session::new(rand::random::<u32>().into(), prefix, backends, engines, subject.base().to_owned());
    Some((session.serving(domains.to_vec()), subject))
}

/// That something answers there, is what it should be, and takes the suite's tokens.
async fn token(api: &Api, base: &str, runs_already: bool, findings: &mut Findings) -> Option<()> {
    let answer = api.call(Method::GET, "/v1/admin/config/format-versions", None).await;
    let fix = format!("is it running, and can it be reached from here? try `curl -i {base}`");
    let answer = findings.need("address", answer, &fix)?;
    let (what, wrong, fix) = match answer.status {
        _ if is_implementation(&answer) => {
            findings.add("address", Ok(base.to_owned()), "");
            findings.add("token", Ok("it is taken".into()), "");
            return Some(());
        }
        401 | 403 => (
            "token",
            format!("it is refused: {answer}"),
            if runs_already {
                "let it trust the public half of `token.signing_key`, or give a token that allows everything"
            } else {
                "let it trust the key that it is handed as `${auth.public_key}`"
            },
        ),
        _ => (
            "address",
            format!("something else answers there: {answer}"),
            "correct `base_url`: what is before `/v1/admin/config/format-versions`, which must list `versions`",
        ),
    };
    findings.add(what, Err(wrong), fix);
    None
}

/// That a tenant can be made and put into states.
async fn administered(api: &Api, session: &Session, findings: &mut Findings) -> Option<()> {
    let id = format!("{}-states", session.prefix);
    let made = session.register(api, &id).await.map(|()| "one is made".to_owned()).map_err(|it| it.to_string());
    findings.need("tenants", made, "offer `POST /v1/admin/tenants`, or say in `tenants.create` how it is done")?;
    for state in ["suspended", "active"] {
        let answer = api.administer(Administration::SetState(state), &id).await;
        let put = match answer {
            Ok(answer) if answer.status < 300 => continue,
            Ok(answer) => answer.to_string(),
            Err(error) => error,
        };
        let fix = "offer `PATCH /v1/admin/tenants/{id}`, or say in `tenants.set_state` how it is done";
        findings.add("states", Err(format!("a tenant cannot be made {state}: {put}")), fix);
        return None;
    }
    findings.add("tenants", Ok("one is made, suspended and activated again".into()), "");
    Some(())
}

/// The tenants that it lists, if it does.
async fn tenants(api: &Api) -> Vec<String> {
    let answer = api.call(Method::GET, "/v1/admin/tenants", None).await;
    answer.map(|answer| finding::tenants(&answer.body)).unwrap_or_default()
}

/// Removes what an earlier look could not, as something was wrong then. What still cannot be removed is told by this one.
async fn earlier(api: &Api, session: &Session, tenants: &[String]) {
    for id in tenants.iter().filter(|id| id.starts_with(PREFIX)) {
        session.adopt(id);
        session.forget_within(api, id).await;
    }
}

/// That nobody else's tenants are there.
fn foreign(tenants: &[String], findings: &mut Findings) {
    let others = finding::foreign(tenants);
    let told = match others.len() {
        0 => Ok("none but the suite's".to_owned()),
        count => Err(format!("{count} are not the suite's: {}", finding::some(&others))),
    };
    let fix =
        "certify a deployment of its own: the suite makes and removes tenants beside them, and makes its backends busy";
    findings.add("other tenants", told, fix);
}
