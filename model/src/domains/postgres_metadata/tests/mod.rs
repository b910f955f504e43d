mod composed;
mod functions;
mod refused;
mod relations;
mod roles;

use serde_json::{Value, json};

use super::{
    compose::Definition,
    spec::{FunctionSpec, ObjectKind, ObjectRef, TableSpec},
    *,
};
use crate::{TenantSpace, domains::Allowed, space::Naming};

fn space(tenant: &str) -> TenantSpace {
    Naming::default().space_of(tenant)
}

fn record(kind: Kind, name: &str, spec: &Value) -> Record {
    serde_json::from_value(json!({"type": kind, "name": name, "spec": spec})).unwrap()
}

fn parse(kind: Kind, name: &str, spec: &Value) -> Result<Resource, Refusal> {
    let (source, target) = (space("acme"), space("globex"));
    let allowed = Allowed { extensions: ["citext".to_owned()].into(), ..Allowed::default() };
    parse_desired(&record(kind, name, spec), &Journey { source: &source, target: &target, allowed: &allowed })
}

fn table(column: &Value) -> Value {
    json!({"name": "t", "columns": [column]})
}

fn function(name: &str, changes: &Value) -> Value {
    let mut spec = json!({"name": name, "signature": "", "arguments": "", "returns": "integer", "language": "sql",
        "volatility": "stable", "parallel": "safe", "cost": "100", "source": "select 1"});
    for (member, value) in changes.as_object().unwrap() {
        spec[member] = value.clone();
    }
    spec
}

fn statistics(changes: &Value) -> Value {
    let mut spec = json!({"name": "s", "table": "t", "kinds": ["mcv"], "columns": ["a", "b"]});
    for (member, value) in changes.as_object().unwrap() {
        spec[member] = value.clone();
    }
    spec
}

fn part(name: &str, definition: &str) -> Value {
    json!({"name": name, "table": "t", "definition": definition})
}

fn allowed() -> Allowed {
    Allowed {
        extensions: ["citext".to_owned()].into(),
        shared_roles: ["metrics".to_owned()].into(),
        ..Allowed::default()
    }
}

/// What a record comes to in a tenant of another name: its statements, or why not.
fn composed(kind: Kind, name: &str, spec: &Value) -> String {
    let (source, target, allowed) = (space("acme"), space("globex"), allowed());
    let journey = Journey { source: &source, target: &target, allowed: &allowed };
    match parse_desired(&record(kind, name, spec), &journey) {
        Ok(resource) => statements(kind, resource.spec.get(), &target).unwrap().join(";\n"),
        Err(refusal) => format!("refused {refusal}"),
    }
}

fn view(definition: &str) -> Value {
    json!({"name": "v", "definition": definition})
}
