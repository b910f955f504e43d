//! Access control entries: as a cluster writes them, and relative to a tenant's space.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use super::{compose, relativise};
use crate::{Kind, Resource, TenantSpace};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
            /// Something that no artifact can state.
            #[serde(skip)]
            Other,
        }

        impl $name {
            /// What an artifact can state.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word,)* Self::Other => "other" })
            }
        }
    };
}

words! {
    /// What an entry speaks of.
    ResourceType {
        /// A topic.
        Topic = "topic",
        /// A consumer group.
        Group = "group",
        /// A transactional id.
        TransactionalId = "transactional_id",
    }
}

words! {
    /// How an entry names its resource.
    PatternType {
        /// Exactly.
        Literal = "literal",
        /// By what names start with.
        Prefixed = "prefixed",
    }
}

words! {
    /// What is allowed or denied.
    Operation {
        /// Everything.
        All = "all",
        /// Read.
        Read = "read",
        /// Write.
        Write = "write",
        /// Create.
        Create = "create",
        /// Delete.
        Delete = "delete",
        /// Alter.
        Alter = "alter",
        /// Describe.
        Describe = "describe",
        /// Act as a broker.
        ClusterAction = "cluster_action",
        /// Read settings.
        DescribeConfigs = "describe_configs",
        /// Change settings.
        AlterConfigs = "alter_configs",
        /// Write without duplicates.
        IdempotentWrite = "idempotent_write",
    }
}

words! {
    /// Which of both.
    Permission {
        /// Allow.
        Allow = "allow",
        /// Deny.
        Deny = "deny",
    }
}

/// An entry as a cluster writes it, with whole names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// What it speaks of.
    pub resource_type: ResourceType,
    /// Its whole name, or what whole names start with.
    pub resource: String,
    /// How `resource` is meant.
    pub pattern: PatternType,
    /// For example `User:acme-app`.
    pub principal: String,
    /// An address, or `*`.
    pub host: String,
    /// What.
    pub operation: Operation,
    /// Allowed or denied.
    pub permission: Permission,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource_type, resource, pattern, principal, host, operation, permission } = self;
        write!(f, "{principal}/{operation}/{resource} ({resource_type} {pattern}, host {host}, {permission})")
    }
}

/// Where an entry lies, seen from a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// In its space.
    Inside(AclSpec),
    /// Across its border: why it cannot travel, for people.
    Across(String),
    /// It is none of the tenant's business.
    Outside,
}

/// An entry relative to a tenant's space. Exactly one of `principal` and `shared_principal` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AclSpec {
    /// What it speaks of.
    pub resource_type: ResourceType,
    /// Relative to the topic prefix. Empty when prefixed: the whole space.
    pub resource: String,
    /// How `resource` is meant.
    pub pattern: PatternType,
    /// One of the tenant's own, relative to the principal prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// One that all tenants may grant to, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_principal: Option<String>,
    /// An address, or `*`.
    pub host: String,
    /// What.
    pub operation: Operation,
    /// Allowed or denied.
    pub permission: Permission,
}

impl AclSpec {
    /// The name of its record: `principal/operation/resource` and what else tells it from others. `/` and `%` within
    /// names are written `%2F` and `%25`.
    #[must_use]
    pub fn name(&self) -> String {
        let Self { resource_type, resource, pattern, principal, shared_principal, host, operation, permission } = self;
        let escape = |name: &str| name.replace('%', "%25").replace('/', "%2F");
        let (who, whose) = match (principal, shared_principal) {
            (_, Some(shared)) => (shared, ", shared principal"),
            (Some(own), None) => (own, ""),
            (None, None) => (resource, ", no principal"),
        };
        format!(
            "{}/{operation}/{} ({resource_type} {pattern}, host {host}, {permission}{whose})",
            escape(who),
            escape(resource)
        )
    }

    /// Checks what a type cannot: that it stays within a tenant's space.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn check(&self, shared_principals: &BTreeSet<String>) -> Result<(), String> {
        match (&self.principal, &self.shared_principal) {
            (Some(own), None) if own.trim().is_empty() => return Err("principal is blank".to_owned()),
            (Some(_), None) => {}
            (None, Some(shared)) if shared_principals.contains(shared) => {}
            (None, Some(shared)) => {
                return Err(format!("`{shared}` is not a shared principal of this deployment (shared_principals)"));
            }
            _ => return Err("exactly one of principal and shared_principal must be given".to_owned()),
        }
        if self.resource.is_empty() && self.pattern == PatternType::Literal {
            return Err("resource is blank".to_owned());
        }
        if self.host.trim().is_empty() {
            return Err("host is blank; every host is `*`".to_owned());
        }
        let texts = [Some(&self.resource), self.principal.as_ref(), Some(&self.host)];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            return Err("holds a NUL character".to_owned());
        }
        Ok(())
    }

    /// Brings the spec into normal form.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub fn into_resource(self) -> Result<Resource, String> {
        Resource::new(Kind::Acl, self.name(), &self).map_err(|error| error.to_string())
    }

    /// The entry with whole names.
    #[must_use]
    pub fn absolute(&self, space: &TenantSpace) -> Binding {
        let principal = match (&self.shared_principal, &self.principal) {
            (Some(shared), _) => shared.clone(),
            (None, own) => compose(&space.principal_prefix, own.as_deref().unwrap_or_default()),
        };
        Binding {
            resource_type: self.resource_type,
            resource: compose(&space.topic_prefix, &self.resource),
            pattern: self.pattern,
            principal,
            host: self.host.clone(),
            operation: self.operation,
            permission: self.permission,
        }
    }
}

impl Binding {
    /// Where it lies, seen from the tenant of `space`.
    #[must_use]
    pub fn placed_in(&self, space: &TenantSpace, shared_principals: &BTreeSet<String>) -> Placement {
        let resource = relativise(&space.topic_prefix, &self.resource)
            .filter(|relative| !relative.is_empty() || self.pattern == PatternType::Prefixed)
            .filter(|_| self.resource_type != ResourceType::Other);
        let own = relativise(&space.principal_prefix, &self.principal).filter(|relative| !relative.trim().is_empty());
        let shared = own.is_none() && shared_principals.contains(&self.principal);
        let across = |why: &str| Placement::Across(format!("acl {self}: {why}"));
        match resource {
            None if own.is_some() => across("the resource is outside the tenant's space"),
            None => Placement::Outside,
            Some(_) if own.is_none() && !shared => {
                across("the principal is neither the tenant's nor a shared one (shared_principals)")
            }
            Some(_)
                if self.operation == Operation::Other
                    || self.permission == Permission::Other
                    || self.pattern == PatternType::Other =>
            {
                across("the engine does not know this operation, permission or pattern")
            }
            Some(resource) => Placement::Inside(AclSpec {
                resource_type: self.resource_type,
                resource: resource.to_owned(),
                pattern: self.pattern,
                principal: own.map(str::to_owned),
                shared_principal: shared.then(|| self.principal.clone()),
                host: self.host.clone(),
                operation: self.operation,
                permission: self.permission,
            }),
        }
    }
}
