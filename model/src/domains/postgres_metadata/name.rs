//! Names: quoting, bounds, and references that are relative to the tenant.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{TenantSpace, domains::Allowed};

/// Where extensions are created, and the only schema besides the tenant's and the system's that may be named.
pub const EXTENSION_SCHEMA: &str = "public";

/// The owner of everything in the tenant's schema, without the tenant's prefix.
pub const OWNER_ROLE: &str = "owner";

/// The most bytes of a Postgres name: a longer one would be cut without a word.
const MAX_NAME_BYTES: usize = 63;

/// Quotes an identifier.
///
/// # Errors
/// When it is empty, longer than 63 bytes, or holds a NUL.
pub fn identifier(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("a name is empty".into());
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(format!("the name `{name}` has {} bytes, and Postgres keeps {MAX_NAME_BYTES}", name.len()));
    }
    if name.contains('\0') {
        return Err(format!("the name `{}` holds a NUL", name.escape_debug()));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// Quotes a text value.
///
/// # Errors
/// When it holds a NUL.
pub fn literal(text: &str) -> Result<String, String> {
    if text.contains('\0') {
        return Err("a text holds a NUL".into());
    }
    let quoted = format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    Ok(if text.contains('\\') { format!("E{quoted}") } else { quoted })
}

/// What an identifier in a parsed statement names.
pub(super) fn unquoted(text: &str) -> String {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}

/// Joins names by dots; a name that holds anything but letters, digits and `_` is quoted.
pub(super) fn dotted(names: &[&str]) -> String {
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let parts: Vec<String> = names
        .iter()
        .map(|name| if plain(name) { (*name).to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) })
        .collect();
    parts.join(".")
}

/// A role as a tenant sees it: `PUBLIC`, `tenant:reader` (the tenant's prefix left out) or `shared:metrics`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum RoleRef {
    /// Everybody.
    Public,
    /// A role of the tenant, by its relative name.
    Tenant(String),
    /// A role that every tenant may grant to.
    Shared(String),
}

impl RoleRef {
    /// Sees a role of the server from within a tenant; none when it belongs to neither the tenant nor all.
    #[must_use]
    pub fn of(role: &str, space: &TenantSpace, shared: &[String]) -> Option<Self> {
        if shared.iter().any(|name| name == role) {
            return Some(Self::Shared(role.to_owned()));
        }
        let relative = role.strip_prefix(&space.role_prefix).filter(|name| !name.is_empty())?;
        Some(Self::Tenant(relative.to_owned()))
    }

    /// The role in SQL.
    pub(super) fn sql(&self, space: &TenantSpace) -> Result<String, String> {
        match self {
            Self::Public => Ok("PUBLIC".into()),
            Self::Tenant(name) => identifier(&format!("{}{name}", space.role_prefix)),
            Self::Shared(name) => identifier(name),
        }
    }

    /// Refuses a role that is shared nowhere.
    pub(super) fn check(&self, allowed: &Allowed) -> Result<(), String> {
        match self {
            Self::Shared(name) if !allowed.shared_roles.contains(name) => {
                Err(format!("the role `{name}` is not the tenant's, and the configuration shares no such role"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("PUBLIC"),
            Self::Tenant(name) => write!(f, "tenant:{name}"),
            Self::Shared(name) => write!(f, "shared:{name}"),
        }
    }
}

impl From<RoleRef> for String {
    fn from(role: RoleRef) -> Self {
        role.to_string()
    }
}

impl TryFrom<String> for RoleRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "PUBLIC" => Ok(Self::Public),
            Some(("tenant", name)) if !name.is_empty() => Ok(Self::Tenant(name.to_owned())),
            Some(("shared", name)) if !name.is_empty() => Ok(Self::Shared(name.to_owned())),
            _ => Err(format!("`{text}` is none of PUBLIC, tenant:name and shared:name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_quoted_identifier_is_one_token_and_names_the_same(name in "[^\0]{1,15}") {
            let quoted = identifier(&name).unwrap();
            prop_assert_eq!(unquoted(&quoted), name);
            let parsed = squawk_syntax::SourceFile::parse(&format!("TABLE {quoted}"));
            prop_assert!(parsed.errors().is_empty());
            let identifiers: Vec<String> = parsed.syntax_node().descendants_with_tokens()
                .filter_map(squawk_syntax::SyntaxElement::into_token)
                .filter(|token| token.kind() == squawk_syntax::SyntaxKind::IDENT)
                .map(|token| token.text().to_owned()).collect();
            prop_assert_eq!(identifiers, [quoted]);
        }

        #[test]
        fn a_quoted_text_is_one_literal(text in "[^\0]{0,15}") {
            let quoted = literal(&text).unwrap();
            let parsed = squawk_syntax::SourceFile::parse(&format!("SELECT {quoted}"));
            prop_assert!(parsed.errors().is_empty());
            let literal = parsed.syntax_node().descendants()
                .find(|node| node.kind() == squawk_syntax::SyntaxKind::LITERAL).unwrap();
            prop_assert_eq!(literal.text().to_string(), quoted);
        }
    }

    #[test]
    fn a_name_of_63_bytes_passes_and_one_of_64_does_not() {
        assert!(identifier(&"é".repeat(31)).is_ok());
        assert!(identifier(&"a".repeat(63)).is_ok());
        assert!(identifier(&"é".repeat(32)).unwrap_err().contains("64 bytes"));
    }

    #[test]
    fn dotted_names_cannot_be_confused() {
        assert_eq!(dotted(&["orders", "pk"]), "orders.pk");
        assert_ne!(dotted(&["a.b", "c"]), dotted(&["a", "b.c"]));
    }
}
