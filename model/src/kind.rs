//! The closed set of resource kinds.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::DomainKey;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $domain:ident, $name:literal, $report:literal;)*) => {
        /// What a resource is. The order of the variants is the order of creation within a domain:
        /// a kind never requires a later one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $variant,)* }

        impl Kind {
            /// All kinds, in order of creation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The domain that resources of this kind belong to.
            #[must_use]
            pub const fn domain(self) -> DomainKey {
                match self { $(Self::$variant => DomainKey::$domain,)* }
            }

            /// The `type` member of a record.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The `resource_type` of a restore report, which the public format puts in the plural for some kinds.
            #[must_use]
            pub const fn report_name(self) -> &'static str {
                match self { $(Self::$variant => $report,)* }
            }
        }
    };
}

kinds! {
    /// A realm and its settings.
    Realm = Iam, "realm", "realm";
    /// A role with its attributes and composites.
    Role = Iam, "role", "roles";
    /// A client scope with its protocol mappers.
    ClientScope = Iam, "client_scope", "client_scopes";
    /// A group, named by its path, with its roles.
    Group = Iam, "group", "groups";
    /// A person with roles and groups, without credentials.
    Member = Iam, "member", "members";
    /// A service account with its roles, without credentials.
    ServiceAccount = Iam, "service_account", "service_accounts";
    /// An external identity provider, its secrets redacted.
    IdentityProvider = Iam, "identity_provider", "identity_providers";

    /// A database role of the tenant, without its password.
    DatabaseRole = PostgresMetadata, "database_role", "database_role";
    /// The tenant's schema.
    Schema = PostgresMetadata, "schema", "schemas";
    /// An extension that the schema uses.
    Extension = PostgresMetadata, "extension", "extensions";
    /// An enum, domain, composite or range type.
    Type = PostgresMetadata, "type", "type";
    /// A sequence with its value.
    Sequence = PostgresMetadata, "sequence", "sequence";
    /// A function or procedure.
    Function = PostgresMetadata, "function", "function";
    /// A table with its columns.
    Table = PostgresMetadata, "table", "tables";
    /// An index that belongs to no constraint.
    PostgresIndex = PostgresMetadata, "index", "index";
    /// A PRIMARY KEY, UNIQUE, CHECK or EXCLUDE constraint.
    Constraint = PostgresMetadata, "constraint", "constraint";
    /// A view.
    View = PostgresMetadata, "view", "views";
    /// Extended statistics of a table or materialized view: what is gathered, not what was found.
    Statistics = PostgresMetadata, "statistics", "statistics";
    /// A row-level security policy.
    Policy = PostgresMetadata, "policy", "policy";
    /// A trigger.
    Trigger = PostgresMetadata, "trigger", "trigger";
    /// A FOREIGN KEY, which comes last because keys may refer to one another.
    ForeignKey = PostgresMetadata, "foreign_key", "foreign_key";
    /// A comment on a resource.
    Comment = PostgresMetadata, "comment", "comment";
    /// A privilege on a resource.
    Grant = PostgresMetadata, "grant", "grants";

    /// A collection with its options and validator.
    Collection = MongoMetadata, "collection", "collection";
    /// A MongoDB view.
    MongoView = MongoMetadata, "mongo_view", "mongo_view";
    /// An index of a collection.
    MongoIndex = MongoMetadata, "mongo_index", "index";

    /// A topic with its partitions, replication factor and settings.
    Topic = Kafka, "topic", "topic";
    /// One access control entry.
    Acl = Kafka, "acl", "acl";
    /// A consumer group: reported, never created.
    ConsumerGroup = Kafka, "consumer_group", "consumer_group";

    /// A bucket and its settings.
    Bucket = Storage, "bucket", "bucket";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| format!("unknown resource type `{name}`"))
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}
