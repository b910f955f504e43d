//! A realm and what is in it.

use crate::{
    backends::{Backends, Result, iam::declared},
    fixtures::{Space, Tenant},
};

pub(super) async fn seed(backends: &Backends, tenant: &Tenant) -> Result<()> {
    backends.iam.write(&tenant.space.realm(), &declared(&tenant.declared.iam), &[]).await
}

pub(super) async fn remove(backends: &Backends, spaces: &[Space]) -> Result<()> {
    let realms: Vec<String> = spaces.iter().map(Space::realm).collect();
    backends.iam.remove(&realms).await
}
