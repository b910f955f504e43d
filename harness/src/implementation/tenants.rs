//! How tenants are administered: as SPEC.md has it, or as the implementation's own interface does.

use reqwest::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// How tenants are made, put into a state and removed, where it is not as SPEC.md has it. What is left out is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tenants {
    /// Makes a tenant that is active. Default: `POST /v1/admin/tenants` with `tenant_id`, `name` and `state`.
    pub create: Option<Route>,
    /// Puts a tenant into a state: `active`, `suspended` or `deleting`. Default: `PATCH /v1/admin/tenants/{id}` with `state`.
    pub set_state: Option<Route>,
    /// Removes the registration of a tenant. Default: `DELETE /v1/admin/tenants/{id}`.
    pub delete: Option<Route>,
}

/// A request, with `{id}`, `{name}` and `{state}` for what it is about, in its path and in every text of its body. `{state}` has no
/// meaning when a tenant is removed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its method.
    pub method: Verb,
    /// Its path, behind the address of the implementation.
    #[schemars(regex(pattern = "^/"))]
    pub path: String,
    /// Its body; none unless stated.
    #[serde(default)]
    pub body: Option<Value>,
}

/// The methods that a request may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "they are those of HTTP")]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What is to be done with a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Administration<'a> {
    /// Make it, active.
    Create,
    /// Put it into this state.
    SetState(&'a str),
    /// Remove it.
    Delete,
}

/// A request that is ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Its body.
    pub body: Option<Value>,
}

const NAMES: [&str; 3] = ["id", "name", "state"];

impl Tenants {
    /// What is wrong with it.
    pub(super) fn flaw(&self) -> Option<String> {
        let routes = [
            ("create", &self.create, &NAMES[..]),
            ("set_state", &self.set_state, &NAMES[..]),
            ("delete", &self.delete, &NAMES[..2]),
        ];
        routes.into_iter().find_map(|(name, route, known)| {
            let flaw = route.as_ref()?.flaw(known)?;
            Some(format!("`tenants.{name}`: {flaw}"))
        })
    }

    /// The request that does this with a tenant.
    #[must_use]
    pub fn request(&self, what: Administration<'_>, id: &str) -> Prepared {
        let own = match what {
            Administration::Create => &self.create,
            Administration::SetState(_) => &self.set_state,
            Administration::Delete => &self.delete,
        };
        let state = match what {
            Administration::Create => "active",
            Administration::SetState(state) => state,
            Administration::Delete => "",
        };
        if let Some(route) = own {
            return route.filled(&[("id", id), ("name", id), ("state", state)]);
        }
        let one = crate::run::tenant_path(id, "");
        match what {
            Administration::Create => Prepared {
                method: Method::POST,
                path: "/v1/admin/tenants".into(),
                body: Some(json!({ "tenant_id": id, "name": id, "state": state })),
            },
            Administration::SetState(_) => {
                Prepared { method: Method::PATCH, path: one, body: Some(json!({ "state": state })) }
            }
            Administration::Delete => Prepared { method: Method::DELETE, path: one, body: None },
        }
    }

    /// Whether a tenant's state can be read as SPEC.md has it.
    #[must_use]
    pub const fn state_can_be_read(&self) -> bool {
        self.set_state.is_none()
    }
}

impl Route {
    fn flaw(&self, known: &[&str]) -> Option<String> {
        if !self.path.starts_with('/') {
            return Some(format!(
                "`path` is `{}`: it begins with `/`, behind the address of the implementation",
                self.path
            ));
        }
        let mut texts = vec![self.path.as_str()];
        self.body.iter().for_each(|body| texts_of(body, &mut texts));
        texts.into_iter().flat_map(placeholders).find(|name| !known.contains(name)).map(|name| {
            let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
            format!("there is no placeholder `{{{name}}}`; there are {}", known.join(", "))
        })
    }

    fn filled(&self, values: &[(&str, &str)]) -> Prepared {
        let method = match self.method {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Patch => Method::PATCH,
            Verb::Delete => Method::DELETE,
        };
        Prepared { method, path: fill(&self.path, values), body: self.body.as_ref().map(|body| fill_all(body, values)) }
    }
}

/// The names in braces. Braces around anything else than a word are text.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    names.filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

fn texts_of<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        Value::Object(members) => members.values().for_each(|member| texts_of(member, texts)),
        _ => {}
    }
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

fn fill_all(value: &Value, values: &[(&str, &str)]) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, values)),
        Value::Array(items) => items.iter().map(|item| fill_all(item, values)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), fill_all(member, values))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_administered_as_the_specification_has_it_unless_stated() {
        let tenants: Tenants = serde_yaml::from_str(
            "set_state: { method: PUT, path: '/t/{id}/{state}', body: { by: suite, to: ['{state}'], deep: { id: '{id}', n: 1 } } }",
        )
        .unwrap();
        assert_eq!(tenants.flaw(), None);
        let told = |what| {
            let it = tenants.request(what, "acme");
            format!("{} {} {}", it.method, it.path, it.body.unwrap_or_default())
        };
        insta::assert_snapshot!(
            [Administration::Create, Administration::SetState("suspended"), Administration::Delete].map(told).join("\n"),
            @r#"
        POST /v1/admin/tenants {"tenant_id":"acme","name":"acme","state":"active"}
        PUT /t/acme/suspended {"by":"suite","to":["suspended"],"deep":{"id":"acme","n":1}}
        DELETE /v1/admin/tenants/acme null
        "#
        );
        assert!(!tenants.state_can_be_read() && Tenants::default().state_can_be_read());
    }

    #[test]
    fn an_unknown_placeholder_is_told_with_those_there_are() {
        let flaw = |yaml: &str| {
            serde_yaml::from_str::<Tenants>(yaml).map(|it| it.flaw().unwrap()).unwrap_or_else(|error| error.to_string())
        };
        insta::assert_snapshot!(
            [
                "create: { method: POST, path: '/t', body: { a: [{ b: '{tenant}' }] } }",
                "delete: { method: DELETE, path: '/t/{id}?was={state}' }",
                "create: { method: POST, path: 't' }",
                "create: { method: FETCH, path: '/t' }",
                "suspend: { method: POST, path: '/t' }",
            ]
            .map(flaw)
            .join("\n"),
            @"
        `tenants.create`: there is no placeholder `{tenant}`; there are {id}, {name}, {state}
        `tenants.delete`: there is no placeholder `{state}`; there are {id}, {name}
        `tenants.create`: `path` is `t`: it begins with `/`, behind the address of the implementation
        create.method: unknown variant `FETCH`, expected one of `GET`, `POST`, `PUT`, `PATCH`, `DELETE` at line 1 column 19
        unknown field `suspend`, expected one of `create`, `set_state`, `delete`
        "
        );
    }
}
