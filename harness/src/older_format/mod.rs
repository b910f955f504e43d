//! Writes artifacts of the public format 1.0.0 out of what a tenant declares.
//!
//! - `export`: the shape that exports of 1.0.0 have
//! - `restore`: the shape that restores of 1.0.0 take
//! - `parts`: what both write alike

mod export;
mod parts;
mod restore;

use serde_json::{Value, json};

use crate::fixtures::{Domain, Tenant};

/// The shape of `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As exports have it.
    Export,
    /// As restores take it.
    Restore,
}

impl std::str::FromStr for Shape {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "export" => Ok(Self::Export),
            "restore" => Ok(Self::Restore),
            _ => Err(format!("no such shape of format 1.0.0: {name}")),
        }
    }
}

/// The artifact of a tenant, with these domains in it.
#[must_use]
pub fn artifact(tenant: &Tenant, shape: Shape, domains: &[Domain]) -> Value {
    let data = match shape {
        Shape::Export => export::domains(tenant),
        Shape::Restore => restore::domains(tenant),
    };
    let at = "2026-05-04T09:30:00.000Z";
    let entries: Vec<Value> = data
        .into_iter()
        .filter(|(domain, ..)| domains.contains(domain))
        .map(|(domain, items, data)| {
            json!({"domain_key": domain.key(), "status": "ok", "exported_at": at, "items_count": items, "data": data})
        })
        .collect();
    json!({
        "export_timestamp": at, "tenant_id": tenant.space.tenant_id, "format_version": "1.0.0",
        "deployment_profile": "full", "correlation_id": "req-5b1f0c2e-9a4",
        "schema_checksum": "sha256:97ed32438119c00f321888e660ea2ee9b37077ebd415eabea5821fea96773a29",
        "domains": entries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::TenantFixture;

    #[test]
    fn both_shapes_of_the_legacy_tenant_are_as_the_contract_says() {
        let tenant =
            TenantFixture::load("legacy").unwrap().concretise(1, crate::fixtures::Space::of("acme-prod")).unwrap();
        insta::assert_json_snapshot!("export_shape", artifact(&tenant, Shape::Export, &Domain::ALL));
        insta::assert_json_snapshot!("restore_shape", artifact(&tenant, Shape::Restore, &Domain::ALL));
    }
}
