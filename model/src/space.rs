//! A tenant's space: its container name or prefix in each backend, and the templates those come from.

use std::{collections::BTreeMap, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::DomainKey;

/// What an identifier map entry speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
pub enum Scope {
    /// The realm's name.
    #[serde(rename = "iam.realm")]
    IamRealm,
    /// The schema's name.
    #[serde(rename = "postgres.schema")]
    PostgresSchema,
    /// What the tenant's database roles start with.
    #[serde(rename = "postgres.role_prefix")]
    PostgresRolePrefix,
    /// The MongoDB database's name.
    #[serde(rename = "mongo.database")]
    MongoDatabase,
    /// What the tenant's topics and consumer groups start with.
    #[serde(rename = "kafka.topic_prefix")]
    KafkaTopicPrefix,
    /// What the tenant's principals start with, `User:` included.
    #[serde(rename = "kafka.principal_prefix")]
    KafkaPrincipalPrefix,
    /// What the tenant's buckets start with.
    #[serde(rename = "storage.bucket_prefix")]
    StorageBucketPrefix,
    /// Known from the public format; the functions domain is outside, so an entry of this scope changes nothing.
    #[serde(rename = "functions.namespace")]
    FunctionsNamespace,
    /// The tenant's id where it stands as a whole value.
    #[serde(rename = "tenant_id")]
    TenantId,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 9] = [
        Self::IamRealm,
        Self::PostgresSchema,
        Self::PostgresRolePrefix,
        Self::MongoDatabase,
        Self::KafkaTopicPrefix,
        Self::KafkaPrincipalPrefix,
        Self::StorageBucketPrefix,
        Self::FunctionsNamespace,
        Self::TenantId,
    ];

    /// The scope as it stands in identifier maps and artifacts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IamRealm => "iam.realm",
            Self::PostgresSchema => "postgres.schema",
            Self::PostgresRolePrefix => "postgres.role_prefix",
            Self::MongoDatabase => "mongo.database",
            Self::KafkaTopicPrefix => "kafka.topic_prefix",
            Self::KafkaPrincipalPrefix => "kafka.principal_prefix",
            Self::StorageBucketPrefix => "storage.bucket_prefix",
            Self::FunctionsNamespace => "functions.namespace",
            Self::TenantId => "tenant_id",
        }
    }

    /// The domain whose names it rewrites; none for [`Scope::TenantId`] and [`Scope::FunctionsNamespace`].
    #[must_use]
    pub const fn domain(self) -> Option<DomainKey> {
        match self {
            Self::IamRealm => Some(DomainKey::Iam),
            Self::PostgresSchema | Self::PostgresRolePrefix => Some(DomainKey::PostgresMetadata),
            Self::MongoDatabase => Some(DomainKey::MongoMetadata),
            Self::KafkaTopicPrefix | Self::KafkaPrincipalPrefix => Some(DomainKey::Kafka),
            Self::StorageBucketPrefix => Some(DomainKey::Storage),
            Self::FunctionsNamespace | Self::TenantId => None,
        }
    }

    /// The scopes of one domain.
    pub fn of(domain: DomainKey) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |scope| scope.domain() == Some(domain))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("unknown scope `{name}`; known are {known}")
        })
    }
}

/// The part of a space that one domain's entry of an artifact states.
pub type DomainSpace = BTreeMap<Scope, String>;

/// A tenant's container name or prefix in each backend.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct TenantSpace {
    /// The tenant's id.
    pub tenant_id: String,
    /// Realm, for example `acme-prod`.
    pub realm: String,
    /// Schema, for example `acme_prod`.
    pub schema: String,
    /// What database roles start with, for example `acme_prod_`.
    pub role_prefix: String,
    /// MongoDB database, for example `acme_prod`.
    pub database: String,
    /// What topics and consumer groups start with, for example `acme-prod.`.
    pub topic_prefix: String,
    /// What principals start with, for example `User:acme-prod-`.
    pub principal_prefix: String,
    /// What buckets start with, for example `acme-prod-`.
    pub bucket_prefix: String,
}

impl TenantSpace {
    /// The name or prefix of a scope; none for [`Scope::FunctionsNamespace`].
    #[must_use]
    pub fn get(&self, scope: Scope) -> Option<&str> {
        match scope {
            Scope::IamRealm => Some(&self.realm),
            Scope::PostgresSchema => Some(&self.schema),
            Scope::PostgresRolePrefix => Some(&self.role_prefix),
            Scope::MongoDatabase => Some(&self.database),
            Scope::KafkaTopicPrefix => Some(&self.topic_prefix),
            Scope::KafkaPrincipalPrefix => Some(&self.principal_prefix),
            Scope::StorageBucketPrefix => Some(&self.bucket_prefix),
            Scope::TenantId => Some(&self.tenant_id),
            Scope::FunctionsNamespace => None,
        }
    }

    /// The part of the space that `domain` lives in.
    #[must_use]
    pub fn of(&self, domain: DomainKey) -> DomainSpace {
        Scope::of(domain).filter_map(|scope| Some((scope, self.get(scope)?.to_owned()))).collect()
    }

    /// This space with what an artifact states about itself in place of the convention.
    #[must_use]
    pub fn overlaid(mut self, stated: &DomainSpace) -> Self {
        for (scope, value) in stated {
            let field = match scope {
                Scope::IamRealm => &mut self.realm,
                Scope::PostgresSchema => &mut self.schema,
                Scope::PostgresRolePrefix => &mut self.role_prefix,
                Scope::MongoDatabase => &mut self.database,
                Scope::KafkaTopicPrefix => &mut self.topic_prefix,
                Scope::KafkaPrincipalPrefix => &mut self.principal_prefix,
                Scope::StorageBucketPrefix => &mut self.bucket_prefix,
                Scope::TenantId | Scope::FunctionsNamespace => continue,
            };
            field.clone_from(value);
        }
        self
    }
}

/// Templates that make a space out of a tenant id.
///
/// Placeholders: `{tenant}`, `{tenant_underscored}` (dashes become underscores) and, in `role_prefix`, `{schema}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Naming {
    /// Template of the realm.
    pub realm: String,
    /// Template of the schema.
    pub schema: String,
    /// Template of the database role prefix.
    pub role_prefix: String,
    /// Template of the MongoDB database.
    pub database: String,
    /// Template of the topic prefix.
    pub topic_prefix: String,
    /// Template of the principal prefix.
    pub principal_prefix: String,
    /// Template of the bucket prefix.
    pub bucket_prefix: String,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            realm: "{tenant}".into(),
            schema: "{tenant_underscored}".into(),
            role_prefix: "{schema}_".into(),
            database: "{tenant_underscored}".into(),
            topic_prefix: "{tenant}.".into(),
            principal_prefix: "User:{tenant}-".into(),
            bucket_prefix: "{tenant}-".into(),
        }
    }
}

impl Naming {
    /// Whether spaces that these templates make can be told apart.
    ///
    /// # Errors
    /// Names the first template that is the same for all tenants, or has a placeholder that is not known.
    pub fn check(&self) -> Result<(), String> {
        const TENANT: [&str; 2] = ["{tenant}", "{tenant_underscored}"];
        const ROLE: [&str; 3] = ["{tenant}", "{tenant_underscored}", "{schema}"];
        let templates = [
            ("realm", &self.realm, &TENANT[..]),
            ("schema", &self.schema, &TENANT),
            ("role_prefix", &self.role_prefix, &ROLE),
            ("database", &self.database, &TENANT),
            ("topic_prefix", &self.topic_prefix, &TENANT),
            ("principal_prefix", &self.principal_prefix, &TENANT),
            ("bucket_prefix", &self.bucket_prefix, &TENANT),
        ];
        for (name, template, known) in templates {
            let told = known.join(", ");
            if !known.iter().any(|word| template.contains(word)) {
                return Err(format!("naming.{name}: `{template}` is the same for all tenants; it takes one of {told}"));
            }
            let rest = known.iter().fold(template.clone(), |rest, word| rest.replace(word, ""));
            if rest.contains(['{', '}']) {
                return Err(format!("naming.{name}: `{template}` has a placeholder that is none of {told}"));
            }
        }
        // Names of buckets: see `domains::storage::check_bucket_name`.
        let bucket = self.bucket_prefix.replace("{tenant}", "");
        if !bucket.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            let template = &self.bucket_prefix;
            return Err(format!("naming.bucket_prefix: `{template}` has other characters than a-z, 0-9 and `-`"));
        }
        if !self.principal_prefix.starts_with("User:") {
            let template = &self.principal_prefix;
            return Err(format!("naming.principal_prefix: `{template}` does not start with `User:`"));
        }
        Ok(())
    }

    /// The space of `tenant_id` by these templates.
    #[must_use]
    pub fn space_of(&self, tenant_id: &str) -> TenantSpace {
        let underscored = tenant_id.replace('-', "_");
        let fill =
            |template: &str| template.replace("{tenant_underscored}", &underscored).replace("{tenant}", tenant_id);
        let schema = fill(&self.schema);
        TenantSpace {
            tenant_id: tenant_id.to_owned(),
            realm: fill(&self.realm),
            role_prefix: fill(&self.role_prefix.replace("{schema}", &schema)),
            schema,
            database: fill(&self.database),
            topic_prefix: fill(&self.topic_prefix),
            principal_prefix: fill(&self.principal_prefix),
            bucket_prefix: fill(&self.bucket_prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_templates_follow_the_convention() {
        let space = Naming::default().space_of("acme-prod");
        assert_eq!(
            Scope::ALL.map(|scope| space.get(scope).unwrap_or("-").to_owned()),
            [
                "acme-prod",
                "acme_prod",
                "acme_prod_",
                "acme_prod",
                "acme-prod.",
                "User:acme-prod-",
                "acme-prod-",
                "-",
                "acme-prod"
            ]
        );
    }

    #[test]
    fn a_template_that_tells_no_tenants_apart_is_refused_by_its_name() {
        let told = |change: fn(&mut Naming)| {
            let mut naming = Naming::default();
            change(&mut naming);
            naming.check().err().unwrap_or_else(|| "usable".into())
        };
        let all = [
            told(|_| ()),
            told(|naming| naming.schema = "t_{tenant_underscored}".into()),
            told(|naming| naming.bucket_prefix = "backup-".into()),
            told(|naming| naming.topic_prefix = "{tenant}.{stage}.".into()),
            told(|naming| naming.database = "{schema}".into()),
            told(|naming| naming.role_prefix = "{schema}__{tenant".into()),
            told(|naming| naming.principal_prefix = "{tenant}-".into()),
            told(|naming| naming.bucket_prefix = "b.{tenant}-".into()),
            told(|naming| naming.bucket_prefix = "b2-{tenant}-".into()),
            told(|naming| naming.role_prefix = "{tenant}_".into()),
            told(|naming| naming.bucket_prefix = "b-{tenant_underscored}-".into()),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn what_an_artifact_states_replaces_the_convention() {
        let stated = DomainSpace::from([(Scope::PostgresSchema, "legacy".to_owned())]);
        let space = Naming::default().space_of("acme").overlaid(&stated);
        assert_eq!((space.schema.as_str(), space.realm.as_str()), ("legacy", "acme"));
    }

    #[test]
    fn everything_but_the_tenants_id_can_be_stated() {
        let before = Naming::default().space_of("acme");
        for scope in Scope::ALL {
            let after = before.clone().overlaid(&DomainSpace::from([(scope, "x".to_owned())]));
            for other in Scope::ALL {
                let stated = other == scope && scope.domain().is_some();
                assert_eq!(after.get(other), if stated { Some("x") } else { before.get(other) }, "{scope} {other}");
            }
        }
    }

    #[test]
    fn a_domain_lives_in_its_scopes() {
        let space = Naming::default().space_of("acme");
        let lines = DomainKey::ALL.map(|domain| {
            let parts: Vec<String> = space.of(domain).iter().map(|(scope, name)| format!("{scope} {name}")).collect();
            format!("{domain}: {}", parts.join(", "))
        });
        insta::assert_snapshot!(lines.join("\n"), @r"
        iam: iam.realm acme
        postgres_metadata: postgres.schema acme, postgres.role_prefix acme_
        mongo_metadata: mongo.database acme
        kafka: kafka.topic_prefix acme., kafka.principal_prefix User:acme-
        storage: storage.bucket_prefix acme-
        ");
    }

    #[test]
    fn a_scope_is_known_by_the_name_it_travels_under() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        assert!("kafka.topics".parse::<Scope>().unwrap_err().contains("kafka.topic_prefix"));
    }
}
