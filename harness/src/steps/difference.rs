//! Targets that hold something else than the source, made so straight in the backends.

use std::collections::BTreeMap;

use cucumber::{given, then, when};

use crate::{
    fixtures::Domain,
    probes::{Resources, expected_in},
    run::differences,
    seeds::differences::Difference,
    world::{Failure, Outcome, RestoreWorld},
};

#[given(regex = r#"^the target holds its "([^"]+)" as the source does, but for a gap and (.+)$"#)]
async fn planted(world: &mut RestoreWorld, domain: String, describe: String) -> Outcome {
    let difference = find(&domain, &describe)?;
    let (session, target) = (world.session()?, world.target()?.clone());
    world.planted = Some(difference.plant(&session.backends, &target).await.map_err(Failure::suite)?);
    Ok(())
}

#[when(regex = r#"^the target's "([^"]+)" comes to hold (.+)$"#)]
async fn changed(world: &mut RestoreWorld, domain: String, describe: String) -> Outcome {
    let difference = find(&domain, &describe)?;
    difference.make(&world.session()?.backends, world.target()?).await.map_err(Failure::suite)
}

#[then("the target holds what it held, and what it lacked as the source has it")]
async fn kept_and_filled(world: &mut RestoreWorld) -> Outcome {
    let session = world.session()?;
    let space = world.target()?.space.clone();
    let (source, now) = (world.source().await?, session.state(&space).await?);
    let withheld = world.planted()?.withheld.clone();
    let before = world.remembered.as_ref().ok_or_else(|| Failure::suite("nothing was remembered"))?;
    let mut expected: BTreeMap<Domain, Resources> = BTreeMap::new();
    for (domain, held) in &source.held {
        let mut resources = expected_in(held, &space);
        resources.retain(|name, _| !withheld.contains(name));
        // What was there stands as it was, whether it differs or not.
        resources.extend(before.get(domain).map(|probed| probed.resources.clone()).unwrap_or_default());
        expected.insert(*domain, resources);
    }
    world.compared(expected.values().map(|resources| u64::try_from(resources.len()).unwrap_or(u64::MAX)).sum());
    let differences = differences(&expected, &now);
    world.same(format!("{} differences in {}", differences.len(), space.tenant_id), differences)
}

fn find(domain: &str, describe: &str) -> Result<&'static Difference, Failure> {
    let domain: Domain = domain.parse().map_err(Failure::Suite)?;
    Difference::find(domain, describe)
        .ok_or_else(|| Failure::Suite(format!("there is no difference `{describe}` in {domain}")))
}
