//! The program itself, ended by a signal in the midst of a restore.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use restore_conformance::{
    fixtures::{Domain, Tenant},
    implementation::{Grant, Minter},
};
use restore_engine::{control::runs::RunState, restore::Asked};
use restore_model::report::ResultStatus;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ground::{Ground, caller, on_real_servers};

fn program(folder: &Path, configuration: &Value) -> Command {
    let path = folder.join("engine.yaml");
    std::fs::write(&path, configuration.to_string()).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_restore-engine"));
    program.arg("--config").arg(path).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Looks until somebody holds the tenant's lock; a program that ends without it is a failure.
async fn until_locked(ground: &Ground, tenant: &Tenant, child: &mut Child) {
    let control = sqlx::PgPool::connect(ground.configuration["control"]["url"].as_str().unwrap()).await.unwrap();
    let held = "SELECT EXISTS (SELECT FROM restore_control.restore_lock WHERE tenant_id = $1 AND released_at IS NULL)";
    while !sqlx::query_scalar::<_, bool>(held).bind(&tenant.space.tenant_id).fetch_one(&control).await.unwrap() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it took the lock");
    }
}

async fn completes(ground: &Ground, artifact: &restore_model::artifact::Artifact, target: &Tenant) {
    let again = ground.restore(&ground.engine, artifact, target).await.unwrap();
    assert_eq!((again.result_status, again.verified), (ResultStatus::Success, Some(true)), "{again:#?}");
}

#[test]
fn ctrl_c_ends_a_restore_after_its_batch_releases_the_lock_and_says_what_was_done() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &Domain::ALL).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("artifact.json");
        std::fs::write(&file, serde_json::to_vec(&artifact).unwrap()).unwrap();
        let mut restore = program(folder.path(), &ground.configuration)
            .args(["restore", "--yes", "--tenant", &target.space.tenant_id])
            .arg(&file)
            .spawn()
            .unwrap();
        until_locked(&ground, &target, &mut restore).await;
        signal(&restore, "-INT");
        let ended = tokio::task::spawn_blocking(|| restore.wait_with_output()).await.unwrap().unwrap();
        let (told, said) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert_eq!(ended.status.code(), Some(130), "{told}\n{said}");
        assert!(said.contains("ending the current batch and releasing the lock…"), "{said}");
        assert!(said.contains("interrupted; restore again to complete it"), "{said}");
        assert!(Domain::ALL.iter().all(|domain| told.contains(domain.key())), "{told}");
        completes(&ground, &artifact, &target).await;
    });
}

#[test]
fn a_service_that_is_told_to_end_ends_the_runs_that_nobody_waits_for() {
    on_real_servers(|ground| async move {
        // Whichever comes first; the program has its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let source = ground.tenant("source", &Domain::ALL).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        let (map, digest) = {
            let raw = serde_json::value::to_raw_value(&artifact).unwrap();
            let tenant_id = target.space.tenant_id.clone();
            let map = ground.engine.identifier_map(&caller(), &tenant_id, Some(&raw)).await.unwrap();
            let identifier_map = Some(serde_json::to_value(&map).unwrap());
            let asked = Asked { tenant_id, artifact: Some(raw), identifier_map, domains: None };
            (map, ground.engine.preflight(&caller(), asked).await.unwrap().preflight_digest)
        };
        let minter = Minter::new();
        let mut configuration = ground.configuration.clone();
        configuration["auth"]["public_key"] = json!(minter.public_key());
        let folder = tempfile::tempdir().unwrap();
        let mut service = program(folder.path(), &configuration).arg("serve").stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("listening on ").unwrap();
        let token = minter.mint(Grant::All, time::Duration::minutes(5));
        let answer = reqwest::Client::new()
            .post(format!("{base}/v1/admin/tenants/{}/config/reprovision", target.space.tenant_id))
            .bearer_auth(token)
            .header("Prefer", "respond-async")
            .json(&json!({"artifact": artifact, "identifier_map": map, "preflight_digest": digest}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        let run: Uuid = answer.json::<Value>().await.unwrap()["run_id"].as_str().unwrap().parse().unwrap();
        signal(&service, "-TERM");
        let ended = tokio::task::spawn_blocking(move || service.wait()).await.unwrap().unwrap();
        assert_eq!(ended.code(), Some(0));
        let seen = ground.engine.run(&target.space.tenant_id, run).await.unwrap();
        assert!(matches!(seen.state, RunState::Interrupted | RunState::Ended), "{seen:#?}");
        completes(&ground, &artifact, &target).await;
    });
}
