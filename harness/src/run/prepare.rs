//! What a run needs before its first scenario: servers, implementation, connections.

use std::sync::Arc;

use reqwest::Method;

use super::{Engines, Ledger, Request, Session, redact::Redactor};
use crate::{
    backends::Backends,
    features,
    fixtures::Domain,
    implementation::{self, Api, Dialect, Reach, Subject, is_implementation},
    manifest::{Declared, schema},
    stack::{self, Stack},
};

/// Dropping it lets the servers go and kills the implementation.
pub(super) struct Prepared {
    pub(super) session: Arc<Session>,
    pub(super) subject: Subject,
    /// Held for as long as the servers are needed.
    pub(super) stack: Arc<Stack>,
}

/// Gets servers and implementation side by side. The first that cannot be had ends the run.
pub(super) async fn prepare(
    request: &Request,
    declared: &[Declared],
    ledger: &Ledger,
    seed: u64,
    tag: String,
) -> Result<Prepared, String> {
    let source_by = declared.iter().find(|it| it.runs() && it.tags.iter().any(|tag| tag == features::PROVIDES_SOURCE));
    let source_by = source_by.map(|it| it.id.clone());
    let style = request.style;
    let builds = request.certification.is_none() && implementation::is_built(request.engine.as_deref());
    style.note(&format!("getting the servers{}", if builds { " and building the engine" } else { "" }));
    let servers = async {
        let stack = stack::acquire(&request.stack).await.map_err(|error| error.to_string())?;
        let backends = stack.endpoints().summary().into_iter();
        let backends = backends.map(|it| schema::Backend::of_stack(&it.service, it.version, &it.origin));
        ledger.update(|recorder| recorder.set_backends(backends.collect()));
        for reason in stack.resolution().passed_over() {
            style.note(&reason);
        }
        style.note("the servers are ready");
        Ok::<_, String>(stack)
    };
    let executable = async {
        let (reach, dialect, mut facts) = match &request.certification {
            Some(certification) => {
                let (reach, facts) = certification.reach()?;
                (reach, certification.dialect()?, facts)
            }
            None => {
                let executable = implementation::find(request.engine.as_deref()).await?;
                let here = std::env::current_dir().ok();
                let path = here.and_then(|here| executable.path.strip_prefix(here).ok()).unwrap_or(&executable.path);
                style.note(&format!(
                    "judging the reference engine, {}; yours is judged by `certify FILE`, or `--implementation FILE`",
                    path.display()
                ));
                (Reach::Start(executable.path.into()), Dialect::default(), executable.facts)
            }
        };
        facts.capabilities.retain(|it| !request.selection.withheld.keys().any(|withheld| withheld.as_str() == it));
        ledger.update(|recorder| recorder.set_implementation(facts));
        if builds {
            style.note("the engine is built");
        }
        Ok::<_, String>((reach, dialect))
    };
    let (stack, (reach, dialect)) = tokio::try_join!(servers, executable)?;
    let (folder, endpoints) = (ledger.folder.path(), stack.endpoints());
    let (program, base) = match reach {
        Reach::Start(program) => (Some(program), None),
        Reach::At(base) => (None, Some(base)),
    };
    let engines = Engines::speaking(program, folder, endpoints, Api::http_client()?, dialect);
    let (subject, backends) = tokio::try_join!(subject(&engines, base), async {
        let driver = match &request.certification {
            Some(certification) => certification.iam_driver(endpoints).await?,
            None => None,
        };
        if let Some((driver, told)) = driver.as_ref() {
            let (hello, told) = (driver.hello(), told.clone());
            let supplied = schema::Backend::supplied(Domain::Iam, &hello.backend, &hello.version, told);
            ledger.update(|recorder| recorder.add_backend(supplied));
        }
        let driver = driver.map(|it| Arc::new(it.0));
        Backends::connect_with(endpoints, driver).await.map_err(|error| error.to_string())
    })?;
    style.note("the implementation is ready");
    let base = subject.base().to_owned();
    let redactor = Redactor::new(endpoints).and_tokens(engines.dialect().clone());
    let session = Session::new(seed, format!("rc-{tag}"), backends, engines, base);
    let session = session
        .of_stack(request.stack.clone())
        .serving(request.selection.served().into_iter().collect())
        .with_fixtures(request.fixtures.clone())
        .with_kept(request.kept.clone())
        .with_redactor(redactor)
        .with_source_by(source_by);
    Ok(Prepared { session: Arc::new(session), subject, stack: Arc::new(stack) })
}

/// Starts what all scenarios share, or makes sure that something answers at its address.
async fn subject(engines: &Engines, base: Option<String>) -> Result<Subject, String> {
    let Some(base) = base else { return Ok(Subject::Started(Box::new(engines.shared(|_| ()).await?))) };
    let asked = engines.api(&base, "rc-hello").call(Method::GET, "/v1/admin/config/format-versions", None).await;
    let answer = asked.map_err(|error| format!("nothing answers at {base}: {error}; `doctor` tells more"))?;
    match answer.status {
        _ if is_implementation(&answer) => Ok(Subject::Running { base }),
        401 | 403 => Err(format!("{base} takes no token of ours: {answer}; `doctor` tells more")),
        _ => Err(format!("{base} is no implementation: {answer}; `doctor` tells more")),
    }
}
