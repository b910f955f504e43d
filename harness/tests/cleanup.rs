//! Several tenants are removed at once, from every backend, and nobody else loses anything.

use restore_conformance::{
    backends::Backends,
    fixtures::{Domain, Space, TenantFixture},
    probes, seeds,
    stack::{self, StackRequest},
};

#[tokio::test(flavor = "multi_thread")]
async fn tenants_that_are_removed_together_are_all_gone_and_one_whose_name_begins_alike_is_whole() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = StackRequest {
        guardian_program: Some(env!("CARGO_BIN_EXE_restore-conformance").into()),
        holder: "cleanup".into(),
        ..StackRequest::default()
    };
    let stack = stack::acquire(&request).await.unwrap();
    let backends = Backends::connect(stack.endpoints()).await.unwrap();
    let prefix = format!("rc-clean-{:06x}", rand::random::<u32>() & 0xff_ffff);
    let ids = [format!("{prefix}-a"), format!("{prefix}-b"), format!("{prefix}-a-more")];
    // So that no space takes what lies in another one for its own.
    let space = |id: &String| {
        let others = ids.iter().filter(|other| *other != id).map(|other| Space::of(other));
        others.fold(Space::of(id), |space, other| space.beside(&other))
    };
    let spaces: Vec<Space> = ids.iter().map(space).collect();
    for space in &spaces {
        let tenant = TenantFixture::load("small").unwrap().concretise(1, space.clone()).unwrap();
        seeds::seed(&backends, &tenant, &Domain::ALL).await.unwrap();
    }
    let kept = probes::snapshot(&backends, &spaces[2]).await.unwrap();

    let problems = seeds::remove(&backends, &spaces[..2]).await;
    let mut left = Vec::new();
    for space in &spaces[..2] {
        for (domain, probed) in probes::snapshot(&backends, space).await.unwrap() {
            left.extend(probed.resources.keys().map(|name| format!("{domain}: {name}")));
        }
    }
    let after = probes::snapshot(&backends, &spaces[2]).await.unwrap();
    let last = seeds::remove(&backends, &spaces).await;

    assert!(problems.is_empty() && last.is_empty(), "{problems:?} {last:?}");
    assert!(left.is_empty(), "still there:\n{}", left.join("\n"));
    for domain in Domain::ALL {
        assert!(!kept[&domain].resources.is_empty(), "{domain}: nothing was seeded");
        let findings = probes::compare(&kept[&domain].resources, &after[&domain].resources);
        assert!(findings.is_empty(), "{domain}: {}", findings[0]);
    }
}
