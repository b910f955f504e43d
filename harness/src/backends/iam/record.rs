//! What a realm holds, as both drivers tell it.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::fixtures::{self, Attributes};

/// One thing of a realm. Lists of names are sets: their order says nothing. What is left out is empty or null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// The realm itself. Every realm that is there has exactly one.
    Realm {
        /// Its settings.
        value: Realm,
    },
    /// A role.
    Role {
        /// Its name.
        name: String,
        /// What it is.
        value: Role,
    },
    /// A group.
    Group {
        /// Its path, as in `/warehouse/night`.
        name: String,
        /// What it is.
        value: Group,
    },
    /// A person.
    Member {
        /// The user name.
        name: String,
        /// What is known of it.
        value: Member,
    },
    /// A service account.
    ServiceAccount {
        /// Its client id.
        name: String,
        /// What it is.
        value: ServiceAccount,
    },
    /// A client scope.
    ClientScope {
        /// Its name.
        name: String,
        /// What it is.
        value: ClientScope,
    },
    /// An identity provider.
    IdentityProvider {
        /// Its alias.
        name: String,
        /// What it is.
        value: IdentityProvider,
    },
    /// That somebody has a credential.
    Credential {
        /// Whose: `member/USERNAME` or `service_account/CLIENT_ID`.
        name: String,
        /// The credential.
        #[serde(default)]
        value: Credential,
    },
}

/// The realm's own settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Realm {
    /// What people see.
    pub display_name: Option<String>,
    /// Session lifetimes, themes.
    pub settings: Map<String, Value>,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Role {
    /// What it is for.
    pub description: Option<String>,
    /// Each name has a list of texts; whatever else is there is told as it is.
    pub attributes: Map<String, Value>,
    /// Names of the roles that it grants.
    pub composites: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Group {
    /// The path of the group that it lies in; null at the top.
    pub parent: Option<String>,
    /// Each name has a list of texts; whatever else is there is told as it is.
    pub attributes: Map<String, Value>,
    /// Names of the roles that its members have.
    pub roles: Vec<String>,
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Member {
    /// E-mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Whether the member may log in.
    pub enabled: bool,
    /// Each name has a list of texts; whatever else is there is told as it is.
    pub attributes: Map<String, Value>,
    /// Names of roles that are given to the member itself.
    pub roles: Vec<String>,
    /// Paths of groups.
    pub groups: Vec<String>,
}

/// A service account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceAccount {
    /// What it is for.
    pub description: Option<String>,
    /// Whether it may log in.
    pub enabled: bool,
    /// Each name has a list of texts; whatever else is there is told as it is.
    pub attributes: Map<String, Value>,
    /// Names of roles.
    pub roles: Vec<String>,
}

/// A client scope.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientScope {
    /// What it is for.
    pub description: Option<String>,
    /// As `openid-connect` or `saml`.
    pub protocol: String,
    /// Its attributes.
    pub attributes: Map<String, Value>,
    /// Its mappers, ordered by name: objects with `name`, `protocolMapper` and `config`. Whatever else is there is told as it is.
    pub protocol_mappers: Vec<Value>,
}

/// An identity provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityProvider {
    /// Which provider it is, as `oidc`.
    pub provider_id: String,
    /// Whether it is offered.
    pub enabled: bool,
    /// Its settings but for secrets.
    pub config: Map<String, Value>,
    /// Its settings whose names end with `secret` or `password`, whatever their case. A backend that does not show them is told
    /// apart by whether they are there: any text that is always the same stands for one.
    pub secrets: BTreeMap<String, Value>,
}

/// A credential. It is written, and never read: what is read is that there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Credential {
    /// The password, or the client secret. Left out where it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// What names a thing within its realm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// As in a record.
    pub kind: String,
    /// As in a record; empty for the realm itself.
    #[serde(default)]
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}

impl Record {
    /// What names it.
    #[must_use]
    pub fn key(&self) -> Key {
        let (kind, name) = match self {
            Self::Realm { .. } => ("realm", ""),
            Self::Role { name, .. } => ("role", &**name),
            Self::Group { name, .. } => ("group", &**name),
            Self::Member { name, .. } => ("member", &**name),
            Self::ServiceAccount { name, .. } => ("service_account", &**name),
            Self::ClientScope { name, .. } => ("client_scope", &**name),
            Self::IdentityProvider { name, .. } => ("identity_provider", &**name),
            Self::Credential { name, .. } => ("credential", &**name),
        };
        Key { kind: kind.to_owned(), name: name.to_owned() }
    }

    /// What it is, without its name. Sets are in order, and nothing tells a credential.
    #[must_use]
    pub fn told(mut self) -> Value {
        match &mut self {
            Self::Role { value, .. } => value.composites.sort(),
            Self::Group { value, .. } => value.roles.sort(),
            Self::Member { value, .. } => {
                value.roles.sort();
                value.groups.sort();
            }
            Self::ServiceAccount { value, .. } => value.roles.sort(),
            Self::Credential { value, .. } => value.secret = None,
            Self::Realm { .. } | Self::ClientScope { .. } | Self::IdentityProvider { .. } => {}
        }
        // Maps with text as keys are always JSON.
        let mut whole = serde_json::to_value(self).unwrap_or_default();
        whole["value"].take()
    }
}

fn attributes(declared: &Attributes) -> Map<String, Value> {
    declared.iter().map(|(name, values)| (name.clone(), json!(values))).collect()
}

/// The records of what a fixture declares, credentials included.
#[must_use]
pub fn declared(iam: &fixtures::Iam) -> Vec<Record> {
    let realm = &iam.realm;
    let realm = Realm { display_name: realm.display_name.clone(), settings: realm.settings.clone() };
    let mut records = vec![Record::Realm { value: realm }];
    records.extend(iam.roles.iter().map(|it| Record::Role {
        name: it.name.clone(),
        value: Role {
            description: it.description.clone(),
            attributes: attributes(&it.attributes),
            composites: it.composites.clone(),
        },
    }));
    records.extend(iam.groups.iter().map(|it| Record::Group {
        name: it.path.clone(),
        value: Group {
            parent: it.path.rsplit_once('/').map(|it| it.0).filter(|it| !it.is_empty()).map(str::to_owned),
            attributes: attributes(&it.attributes),
            roles: it.roles.clone(),
        },
    }));
    records.extend(iam.members.iter().map(|it| Record::Member {
        name: it.username.clone(),
        value: Member {
            email: it.email.clone(),
            first_name: it.first_name.clone(),
            last_name: it.last_name.clone(),
            enabled: it.enabled,
            attributes: attributes(&it.attributes),
            roles: it.roles.clone(),
            groups: it.groups.clone(),
        },
    }));
    records.extend(iam.service_accounts.iter().map(|it| Record::ServiceAccount {
        name: it.client_id.clone(),
        value: ServiceAccount {
            description: it.description.clone(),
            enabled: it.enabled,
            attributes: attributes(&it.attributes),
            roles: it.roles.clone(),
        },
    }));
    records.extend(iam.client_scopes.iter().map(|it| Record::ClientScope {
        name: it.name.clone(),
        value: ClientScope {
            description: it.description.clone(),
            protocol: it.protocol.clone(),
            attributes: it.attributes.clone(),
            protocol_mappers: it.protocol_mappers.iter().map(|mapper| json!(mapper)).collect(),
        },
    }));
    records.extend(iam.identity_providers.iter().map(|it| Record::IdentityProvider {
        name: it.alias.clone(),
        value: IdentityProvider {
            provider_id: it.provider_id.clone(),
            enabled: it.enabled,
            config: it.config.clone(),
            secrets: it.secrets.iter().map(|(name, secret)| (name.clone(), secret.clone().into())).collect(),
        },
    }));
    let credential = |owner: String, secret: &Option<String>| {
        secret.clone().map(|it| Record::Credential { name: owner, value: Credential { secret: Some(it) } })
    };
    records.extend(
        iam.members.iter().filter_map(|member| credential(format!("member/{}", member.username), &member.password)),
    );
    let accounts = iam.service_accounts.iter();
    records.extend(
        accounts.filter_map(|account| credential(format!("service_account/{}", account.client_id), &account.secret)),
    );
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_implementation_left_in_a_realm_can_be_told() {
        let odd = json!({ "kind": "role", "name": "x", "value": { "attributes": { "a": [null, 1], "b": "c" } } });
        let odd: Record = serde_json::from_value(odd).unwrap();
        assert_eq!(odd.told()["attributes"], json!({ "a": [null, 1], "b": "c" }));
    }

    #[test]
    fn a_record_tells_its_kind_name_and_value_and_no_secret_of_a_credential() {
        let role = json!({ "kind": "role", "name": "chief", "value": { "composites": ["b", "a"] } });
        let role: Record = serde_json::from_value(role).unwrap();
        assert_eq!(role.key().to_string(), "role `chief`");
        assert_eq!(role.told(), json!({ "description": null, "attributes": {}, "composites": ["a", "b"] }));
        let credential = json!({ "kind": "credential", "name": "member/bob", "value": { "secret": "s" } });
        let credential: Record = serde_json::from_value(credential).unwrap();
        assert_eq!(credential.told(), json!({}));
    }

    #[test]
    fn what_is_no_record_is_refused_by_its_place() {
        let wrong = |it: Value| serde_json::from_value::<Record>(it).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                wrong(json!({ "kind": "rôle", "name": "x", "value": {} })),
                wrong(json!({ "kind": "role", "value": {} })),
                wrong(json!({ "kind": "role", "name": "x", "value": { "composite": [] } })),
                wrong(json!({ "kind": "member", "name": "x", "value": { "enabled": "yes" } })),
            ]
            .join("\n")
        );
    }
}
