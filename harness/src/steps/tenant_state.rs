//! Whether a tenant may be restored into.

use cucumber::{given, then};
use reqwest::Method;

use crate::{
    implementation::Administration,
    run::tenant_path,
    world::{Failure, Outcome, RestoreWorld},
};

#[given(expr = "the target is in state {string}")]
async fn put(world: &mut RestoreWorld, state: String) -> Outcome {
    let (api, path) = (world.api()?, tenant_path(&world.target_id()?, ""));
    let put =
        api.administer(Administration::SetState(&state), &world.target_id()?).await.map_err(Failure::Violation)?;
    if !api.states_can_be_read() {
        return put.expect_status(&[200, 201, 202, 204]);
    }
    put.expect_status(&[200, 204])?;
    let answer = api.call(Method::GET, &path, None).await.map_err(Failure::Violation)?;
    world.check(answer.body["state"] == *state, || format!("{answer}\n  `state` is {}", answer.body["state"]))
}

#[then("the restore is refused for the tenant's state")]
async fn refused(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    // 409 is what the public suite takes as well.
    world.check(matches!(answer.status, 409 | 422), || format!("{answer}\n  wanted 422 or 409"))?;
    world.has_code(&answer, "TENANT_SUSPENDED")
}
