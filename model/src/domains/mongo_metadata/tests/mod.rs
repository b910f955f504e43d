mod commands;
mod refused;
mod shown;
mod values;

use proptest::prelude::*;
use serde_json::{Value as Json, json, value::RawValue};

use super::{
    command, described,
    ordered::{Document, Value},
    parse_desired, trust,
};
use crate::{
    Kind,
    artifact::Record,
    domains::{Allowed, Journey},
    space::Naming,
};

fn members<const N: usize>(members: [(&str, Value); N]) -> Document {
    Document(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn doc<const N: usize>(list: [(&str, Value); N]) -> Value {
    Value::Document(members(list))
}

fn record(kind: Kind, name: &str, spec: &Json) -> Record {
    let spec = RawValue::from_string(spec.to_string()).unwrap();
    Record { kind, name: name.into(), spec, requires: vec![], partial: false }
}

fn refusal(kind: Kind, name: &str, spec: &Json, tenant: &str) -> String {
    let space = Naming::default().space_of(tenant);
    let journey = Journey { source: &space, target: &space, allowed: &Allowed::default() };
    match parse_desired(&record(kind, name, spec), &journey) {
        Ok(resource) => format!("{}: accepted", resource.id),
        Err(refusal) => refusal.to_string(),
    }
}
