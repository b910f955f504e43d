//! How often the reference engine asks its backends does not grow with a tenant, but where a backend has no bulk read.
//!
//! No other implementation owes this: it is a property of the engine, so it stands here and not in SPEC.md.

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use futures::FutureExt as _;
use reqwest::Method;
use restore_conformance::{
    backends::Backends,
    fixtures::{Bucket, Collection, Domain, Generate, TenantFixture},
    implementation::{self, Api},
    proxy::{Access, Counts, Proxies},
    run::{Engines, Session, foresee, tenant_path},
    stack::{self, StackRequest},
};
use serde_json::{Value, json};

const SMALL: usize = 50;
const LARGE: usize = 500;

/// A bucket's settings have no bulk read: one GET for each kind of setting.
const GETS_A_BUCKET: u64 = 9;

/// A transaction of writes looks once at the schema, and once at its own lock.
const READS_A_TRANSACTION: u64 = 2;

/// A connection asks for the cluster's brokers now and then, whatever is in the cluster.
const METADATA: u64 = 8;

/// Requests by domain.
type Counted = BTreeMap<Domain, Counts>;

/// What one tenant took.
struct Measured {
    size: u64,
    export: Counted,
    /// Into an empty tenant.
    fresh: Counted,
    /// Into the same tenant, where all is equal.
    again: Counted,
}

#[tokio::test(flavor = "multi_thread")]
async fn backends_are_read_in_bulk_whatever_the_size_of_a_tenant() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = StackRequest {
        guardian_program: Some(env!("CARGO_BIN_EXE_restore-conformance").into()),
        holder: "backend_reads".into(),
        ..StackRequest::default()
    };
    let (stack, executable) = tokio::join!(stack::acquire(&request), implementation::find(None));
    let (stack, executable) = (stack.unwrap(), executable.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let engines = Engines::new(executable.path, folder.path(), stack.endpoints(), Api::http_client().unwrap());
    let engine = engines.proxied("reads", |_| ()).await.unwrap();
    let backends = Backends::connect(stack.endpoints()).await.unwrap();
    let prefix = format!("rc-reads-{:06x}", rand::random::<u32>() & 0xff_ffff);
    let session = Session::new(1, prefix, backends, engines, engine.process.base().to_owned());

    let measuring =
        async { (measure(&session, &engine.proxies, SMALL).await, measure(&session, &engine.proxies, LARGE).await) };
    let measured = AssertUnwindSafe(measuring).catch_unwind().await;
    let left = session.forget_all().await;
    engine.process.stop().await;
    let (small, large) = measured.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    assert!(left.is_empty(), "what was created could not be removed: {left:?}");
    judge(&small, &large);
}

async fn measure(session: &Session, proxies: &Proxies, size: usize) -> Measured {
    let (source, target) = (format!("{}-source-{size}", session.prefix), format!("{}-target-{size}", session.prefix));
    let api = session.api(&format!("reads-{size}"));
    session.register(&api, &source).await.unwrap();
    session.register(&api, &target).await.unwrap();
    let fixture = tenant_of(size);
    session.plant_fixture(&fixture, &source).await.unwrap();
    session.concretise_fixture(&fixture, &target).unwrap();

    // Only what comes from here on counts.
    drop(proxies.take_counts());
    let artifact = session.export(&api, &source).await.unwrap();
    let exported = proxies.take_counts();
    let path = tenant_path(&target, "/config/reprovision");
    let body = json!({ "artifact": artifact });
    let proposed = api.call(Method::POST, &format!("{path}/identifier-map"), Some(&body)).await.unwrap();
    let body = json!({ "artifact": artifact, "identifier_map": proposed.body["proposal"] });
    let restore = async |way: &str| {
        let mut body = body.clone();
        foresee(&api, &target, &mut body).await.unwrap();
        // What is counted is the restore alone.
        drop(proxies.take_counts());
        let answer = api.call(Method::POST, &path, Some(&body)).await.unwrap();
        let told = cut(&answer.body);
        assert_eq!((answer.status, &answer.body["verified"]), (200, &json!(true)), "{told}");
        for result in answer.body["domain_results"].as_array().unwrap() {
            let (counts, listed) = (&result["counts"], result["resource_results"].as_array().unwrap().len());
            assert!(listed >= size && counts[way] == listed, "{}: {counts}", result["domain_key"]);
        }
        proxies.take_counts()
    };
    let measured = Measured {
        size: size as u64,
        export: exported,
        fresh: restore("created").await,
        again: restore("skipped").await,
    };
    for (what, counted) in [("export", &measured.export), ("fresh", &measured.fresh), ("again", &measured.again)] {
        for (domain, counts) in counted {
            println!("{size} {what} {domain}: {counts}");
        }
    }
    measured
}

/// So many of each kind. Collections and buckets are bare: what they hold is read along with them, and making it takes
/// the test's time.
fn tenant_of(size: usize) -> TenantFixture {
    let sizes = Generate { tables: size, topics: size, roles: size, members: size, ..Generate::default() };
    let mut fixture = TenantFixture::generated(sizes);
    fixture.mongo_metadata.collections =
        (0..size).map(|number| Collection { name: format!("bare_{number}"), ..Collection::default() }).collect();
    fixture.storage.buckets =
        (0..size).map(|number| Bucket { name: format!("bare-{number}"), ..Bucket::default() }).collect();
    fixture
}

fn judge(small: &Measured, large: &Measured) {
    for it in [small, large] {
        for (what, counted) in [("an export", &it.export), ("a restore that finds all in place", &it.again)] {
            for (domain, counts) in counted {
                assert_eq!(counts.total(Access::Write), 0, "{what} of {} wrote into {domain}: {counts}", it.size);
            }
        }
        for (what, counted) in it.runs() {
            let at = format!("{what} of {}", it.size);
            buckets(&at, &counted[&Domain::Storage], it.size);
            collections(&at, &counted[&Domain::MongoMetadata], it.size);
        }
        let created = it.fresh[&Domain::Kafka].of("CreateTopics");
        assert_eq!(created, 1, "one CreateTopics call creates all of {} topics", it.size);
    }
    for ((what, few), (_, many)) in small.runs().into_iter().zip(large.runs()) {
        for domain in [Domain::Iam, Domain::PostgresMetadata] {
            tables(what, domain, &few[&domain], &many[&domain]);
        }
        topics(what, &few[&Domain::Kafka], &many[&Domain::Kafka]);
    }
}

impl Measured {
    fn runs(&self) -> [(&'static str, &Counted); 3] {
        [("an export", &self.export), ("a fresh restore", &self.fresh), ("a second restore", &self.again)]
    }
}

/// As many queries for many as for few, but for those that belong to each transaction of writes.
fn tables(what: &str, domain: Domain, few: &Counts, many: &Counts) {
    let transactions = many.of("COMMIT").saturating_sub(few.of("COMMIT"));
    let more = many.total(Access::Read).saturating_sub(few.total(Access::Read));
    assert!(
        more <= READS_A_TRANSACTION * transactions,
        "{what}: {domain} is asked {more} more times for {LARGE} than for {SMALL}, in {transactions} more transactions\n  \
         {few}\n  {many}"
    );
}

/// Each kind of request as often for many as for few. `Metadata` also tells when new topics can be seen.
fn topics(what: &str, few: &Counts, many: &Counts) {
    let reads = |counts: &Counts| -> BTreeMap<String, u64> {
        let each = counts.each(Access::Read).filter(|(name, _)| *name != "Metadata");
        each.map(|(name, count)| (name.to_owned(), count)).collect()
    };
    assert_eq!(reads(few), reads(many), "{what}: kafka is asked differently for {SMALL} and for {LARGE}");
    if what != "a fresh restore" {
        assert!(many.of("Metadata") <= METADATA, "{what}: {many}");
    }
}

/// A listing, and the indexes of each collection once for each look at the database.
fn collections(at: &str, counts: &Counts, size: u64) {
    let indexes = counts.of("listIndexes");
    assert!(indexes <= size, "{at}: indexes are listed {indexes} times\n  {counts}");
    let others = counts.total(Access::Read) - indexes;
    assert!(others <= 4, "{at}: mongo_metadata is asked {others} times besides\n  {counts}");
}

/// A listing, and each setting of each bucket once for each look at them.
fn buckets(at: &str, counts: &Counts, size: u64) {
    let listings = counts.of("GET /");
    let gets = counts.total(Access::Read) - listings;
    assert!(gets <= GETS_A_BUCKET * size, "{at}: {gets} GETs\n  {counts}");
    assert!(listings <= 2, "{at}: buckets are listed {listings} times\n  {counts}");
}

fn cut(body: &Value) -> String {
    body.to_string().chars().take(2_000).collect()
}
