//! What every test stands on: servers, an engine in this process, tenants that are removed afterwards.

use std::sync::Mutex;

use restore_conformance::{
    backends::Backends,
    fixtures::{Domain, Space, Tenant, TenantFixture},
    implementation::{Minter, build},
    run::configuration,
    seeds,
    stack::{Stack, StackRequest, acquire},
};
use restore_engine::{
    Engine, Result,
    config::Config,
    control::{
        ActorType, Caller,
        tenants::{NewTenant, TenantState},
    },
    export::ExportRequest,
    restore::{Asked, RestoreRequest, RestoreStarted},
};
use restore_model::{artifact::Artifact, report::Report};
use serde_json::{Value, value::RawValue};

/// Where all tenant data of these tests comes from.
const SEED: u64 = 20_261_125;

/// Servers, an engine, and the tenants that a test made.
pub(crate) struct Ground {
    /// The engine under test.
    pub(crate) engine: Engine,
    /// Its configuration.
    pub(crate) configuration: Value,
    /// The suite's own connections.
    pub(crate) backends: Backends,
    prefix: String,
    tenants: Mutex<Vec<Tenant>>,
    /// The servers.
    pub(crate) stack: Stack,
}

/// Runs a test on real servers and removes its tenants whatever came of it. A server that cannot be had is a failure.
pub(crate) fn on_real_servers<F: Future<Output = ()>>(test: impl FnOnce(std::sync::Arc<Ground>) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ground = std::sync::Arc::new(Ground::new().await);
        let outcome = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(test(ground.clone()))).await;
        let left = ground.remove_all().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
        assert!(left.is_empty(), "not removed: {left:#?}");
    });
}

impl Ground {
    async fn new() -> Self {
        let program = build("restore-conformance").await.unwrap();
        let request =
            StackRequest { guardian_program: Some(program), holder: "cargo test".into(), ..StackRequest::default() };
        let stack = acquire(&request).await.unwrap();
        let backends = Backends::connect(stack.endpoints()).await.unwrap();
        let configuration = configuration(stack.endpoints(), Minter::new().public_key());
        let engine = engine(&configuration).await;
        let prefix = format!("rt-{:06x}", rand::random::<u32>() >> 8);
        Self { engine, configuration, backends, prefix, tenants: Mutex::default(), stack }
    }

    /// Registers a tenant and seeds it straight into the given domains.
    pub(crate) async fn tenant(&self, name: &str, domains: &[Domain]) -> Tenant {
        let id = format!("{}-{name}", self.prefix);
        let tenant = TenantFixture::load("full").unwrap().concretise(SEED, Space::of(&id)).unwrap();
        self.tenants.lock().unwrap().push(tenant.clone());
        let new = NewTenant {
            tenant_id: id,
            name: Some(name.to_owned()),
            state: TenantState::Active,
            ..NewTenant::default()
        };
        self.engine.register_tenant(&caller(), new).await.unwrap();
        seeds::seed(&self.backends, &tenant, domains).await.unwrap();
        tenant
    }

    /// Exports a tenant.
    pub(crate) async fn export(&self, tenant: &Tenant) -> Artifact {
        let request = ExportRequest { tenant_id: tenant.space.tenant_id.clone(), domains: None };
        let exported = self.engine.export(&caller(), request).await.unwrap();
        assert!(!exported.any_failed, "{}", String::from_utf8_lossy(&exported.artifact));
        serde_json::from_slice(&exported.artifact).unwrap()
    }

    /// Restores an artifact with the map that the engine itself proposes, and waits for the report.
    pub(crate) async fn restore(&self, engine: &Engine, artifact: &Artifact, target: &Tenant) -> Result<Report> {
        match start(engine, artifact, target).await? {
            RestoreStarted::Running(run) => run.join().await,
            RestoreStarted::NeedsConfirmation { message, .. } => panic!("{message}"),
        }
    }

    async fn remove_all(&self) -> Vec<String> {
        let mut left = Vec::new();
        let tenants = std::mem::take(&mut *self.tenants.lock().unwrap());
        for tenant in tenants {
            left.extend(
                seeds::remove(&self.backends, std::slice::from_ref(&tenant.space))
                    .await
                    .iter()
                    .map(ToString::to_string),
            );
            let removed = self.engine.delete_tenant(&caller(), &tenant.space.tenant_id).await;
            left.extend(removed.err().map(|error| error.to_string()));
        }
        left
    }
}

/// An engine with this configuration.
pub(crate) async fn engine(configuration: &Value) -> Engine {
    Engine::connect(Config::parse(&configuration.to_string(), []).unwrap()).await.unwrap()
}

/// Starts a restore with the map that the engine itself proposes, once a preflight has looked.
pub(crate) async fn start(engine: &Engine, artifact: &Artifact, target: &Tenant) -> Result<RestoreStarted> {
    let tenant_id = target.space.tenant_id.clone();
    let raw: Box<RawValue> = serde_json::value::to_raw_value(artifact).unwrap();
    let map = engine.identifier_map(&caller(), &tenant_id, Some(&raw)).await?;
    let asked = || Asked {
        tenant_id: tenant_id.clone(),
        artifact: Some(raw.clone()),
        identifier_map: Some(serde_json::to_value(&map).unwrap()),
        domains: None,
    };
    let preflight = engine.preflight(&caller(), asked()).await?;
    let request = RestoreRequest {
        asked: asked(),
        dry_run: false,
        conflict_policy: Default::default(),
        preflight_digest: preflight.preflight_digest,
    };
    engine.restore(&caller(), request).await
}

pub(crate) fn caller() -> Caller {
    Caller { actor_id: "test".into(), actor_type: ActorType::Superadmin, correlation_id: "real-servers".into() }
}
