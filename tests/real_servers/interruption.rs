//! Runs that are asked to end early.

use restore_conformance::fixtures::Domain;
use restore_engine::{control::runs::RunState, restore::RestoreStarted};
use restore_model::report::ResultStatus;

use crate::ground::{engine, on_real_servers, start};

#[test]
fn an_engine_that_is_asked_to_end_finishes_its_batches_releases_the_lock_and_a_retry_completes() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &Domain::ALL).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        let leaving = engine(&ground.configuration).await;
        let RestoreStarted::Running(run) = start(&leaving, &artifact, &target).await.unwrap() else {
            panic!("the proposed map was not taken");
        };
        let run_id = run.run_id;
        // Asked to end before it could plan: whatever it had begun is finished, nothing more is started.
        leaving.shutdown().await;
        let report = run.join().await.unwrap();
        assert_ne!(report.result_status, ResultStatus::Success, "it had time to do everything");
        let seen = ground.engine.run(&target.space.tenant_id, run_id).await.unwrap();
        assert_eq!(seen.state, RunState::Interrupted);
        assert!(
            leaving.restore(&crate::ground::caller(), restore_of_nothing(&target.space.tenant_id)).await.is_err(),
            "an engine that is leaving takes no more work"
        );
        // The lock is free at once, and nothing of the first run is in the way.
        let again = ground.restore(&ground.engine, &artifact, &target).await.unwrap();
        assert_eq!((again.result_status, again.verified), (ResultStatus::Success, Some(true)), "{again:#?}");
    });
}

#[test]
fn a_run_that_has_ended_holds_no_lock_and_was_never_abandoned() {
    on_real_servers(|ground| async move {
        let source = ground.tenant("source", &[Domain::Iam]).await;
        let target = ground.tenant("target", &[]).await;
        let artifact = ground.export(&source).await;
        for _ in 0..5 {
            let RestoreStarted::Running(run) = start(&ground.engine, &artifact, &target).await.unwrap() else {
                panic!("the proposed map was not taken");
            };
            let state = loop {
                let seen = ground.engine.run(&target.space.tenant_id, run.run_id).await.unwrap();
                if seen.state != RunState::Running {
                    break seen.state;
                }
            };
            assert_eq!(state, RunState::Ended);
        }
    });
}

fn restore_of_nothing(tenant_id: &str) -> restore_engine::restore::RestoreRequest {
    let tenant_id = tenant_id.to_owned();
    restore_engine::restore::RestoreRequest {
        asked: restore_engine::restore::Asked { tenant_id, artifact: None, identifier_map: None, domains: None },
        dry_run: false,
        conflict_policy: Default::default(),
        preflight_digest: None,
    }
}
