//! One resource in normal form, and the inventory of what a target holds.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::{Kind, diff::ON_CREATION};

/// Names a resource within a tenant: its kind and its tenant-relative name.
///
/// Written `kind:name`, for example `table:orders`. Ordered by kind (that is, by creation), then name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// What it is.
    pub kind: Kind,
    /// Its name without the tenant's space.
    pub name: String,
}

impl ResourceId {
    /// Names a resource.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let (kind, name) = text
            .split_once(':')
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not of the form type:name")))?;
        Ok(Self::new(kind.parse().map_err(serde::de::Error::custom)?, name))
    }
}

/// The SHA-256 of a spec's canonical JSON: two specs are equal if and only if their hashes are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecHash(pub [u8; 32]);

impl fmt::Display for SpecHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SpecHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A resource in normal form.
///
/// The spec is kept as canonical JSON (RFC 8785) and not as a tree: an artifact may hold a hundred thousand
/// resources, most of which are equal to the target's and never looked into.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name.
    pub id: ResourceId,
    /// The resource it is a part of (an index's table). Nothing is added to an owner that is kept as a conflict.
    pub owner: Option<ResourceId>,
    /// What must exist before it can be created; contains the owner.
    pub requires: Vec<ResourceId>,
    /// A JSON object in canonical form; names in it are tenant-relative.
    pub spec: Arc<RawValue>,
    /// Of `spec`.
    pub hash: SpecHash,
    /// The spec states only some members (it came from an older format): only those are compared.
    pub partial: bool,
    /// For people: what a restore of this resource cannot bring back, or had to change.
    pub warnings: Vec<String>,
}

impl Resource {
    /// Brings a spec into canonical form. `spec` must serialize to a JSON object; integers beyond 2^53 must be strings.
    ///
    /// # Errors
    /// When the spec has no canonical form, for example a NaN.
    pub fn new(kind: Kind, name: impl Into<String>, spec: &impl Serialize) -> Result<Self, serde_json::Error> {
        let canonical = serde_json_canonicalizer::to_string(spec)?;
        let hash = SpecHash(Sha256::digest(canonical.as_bytes()).into());
        let spec: Arc<RawValue> = RawValue::from_string(canonical)?.into();
        Ok(Self {
            id: ResourceId::new(kind, name),
            owner: None,
            requires: Vec::new(),
            spec,
            hash,
            partial: false,
            warnings: Vec::new(),
        })
    }

    /// Makes it a part of `owner`, which it then also requires.
    #[must_use]
    pub fn owned_by(mut self, owner: ResourceId) -> Self {
        if !self.requires.contains(&owner) {
            self.requires.push(owner.clone());
        }
        self.owner = Some(owner);
        self
    }

    /// Adds what must exist before it; repetitions and itself are left out.
    #[must_use]
    pub fn requiring(mut self, requires: impl IntoIterator<Item = ResourceId>) -> Self {
        for id in requires {
            if id != self.id && !self.requires.contains(&id) {
                self.requires.push(id);
            }
        }
        self.requires.sort();
        self
    }

    /// The hash of what a comparison looks at: the spec without [`crate::diff::ON_CREATION`].
    #[must_use]
    pub fn comparable_hash(&self) -> SpecHash {
        if !self.spec.get().contains(ON_CREATION) {
            return self.hash;
        }
        let mut members: serde_json::Map<String, serde_json::Value> = match serde_json::from_str(self.spec.get()) {
            Ok(members) => members,
            Err(_) => return self.hash,
        };
        members.remove(ON_CREATION);
        let canonical = serde_json_canonicalizer::to_string(&members).unwrap_or_default();
        SpecHash(Sha256::digest(canonical.as_bytes()).into())
    }

    /// Parses the spec into its type.
    ///
    /// # Errors
    /// When the spec is not of that type.
    pub fn parse_spec<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.spec.get())
    }
}

/// What a target was seen to hold, by name.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Everything in the tenant's space, in order of creation.
    pub resources: BTreeMap<ResourceId, Resource>,
    /// Resources that exist but could not be read, with the reason: neither present nor absent.
    pub unreadable: BTreeMap<ResourceId, String>,
    /// What the observer left out or noticed, for people.
    pub notes: Vec<String>,
}

impl Inventory {
    /// Adds a resource.
    pub fn insert(&mut self, resource: Resource) {
        self.resources.insert(resource.id.clone(), resource);
    }

    /// True when nothing was seen at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.unreadable.is_empty()
    }
}

/// A desired resource that will not be created, and why: its definition is not what it claims to be, or it lies
/// outside the target's space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {message}")]
pub struct Refusal {
    /// The resource, as far as it could be named.
    pub id: ResourceId,
    /// Why, for people.
    pub message: String,
}

impl Refusal {
    /// Refuses a resource.
    pub fn new(id: ResourceId, message: impl Into<String>) -> Self {
        Self { id, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_order_does_not_change_the_hash() {
        let one = Resource::new(Kind::Topic, "orders", &serde_json::json!({"a": 1, "b": [1, 2]})).unwrap();
        let two = Resource::new(Kind::Topic, "orders", &serde_json::json!({"b": [1, 2], "a": 1})).unwrap();
        assert_eq!(one.hash, two.hash);
        assert_eq!(one.spec.get(), r#"{"a":1,"b":[1,2]}"#);
    }

    #[test]
    fn an_id_travels_as_type_and_name() {
        let id = ResourceId::new(Kind::Group, "/a:b/ü");
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(text, "\"group:/a:b/ü\"");
        assert_eq!(serde_json::from_str::<ResourceId>(&text).unwrap(), id);
    }

    #[test]
    fn what_is_no_id_is_refused_in_words() {
        let refused = |text: &str| serde_json::from_value::<ResourceId>(text.into()).unwrap_err().to_string();
        assert_eq!(refused("orders"), "`orders` is not of the form type:name");
        assert_eq!(refused("tables:orders"), "unknown resource type `tables`");
    }

    #[test]
    fn a_hash_is_written_as_64_digits() {
        let topic = Resource::new(Kind::Topic, "orders", &serde_json::json!({})).unwrap();
        // Of `{}`.
        let digits = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!((topic.hash.to_string(), format!("{:?}", topic.hash)), (digits.to_owned(), digits.to_owned()));
    }

    #[test]
    fn what_is_required_is_named_once_in_order_and_never_the_resource_itself() {
        let table = |name: &str| ResourceId::new(Kind::Table, name);
        let view = Resource::new(Kind::View, "v", &serde_json::json!({})).unwrap();
        let own = view.id.clone();
        let requiring = view.requiring([table("b"), own, table("a"), table("b")]);
        assert_eq!(requiring.requires, [table("a"), table("b")]);
        let owned = requiring.owned_by(table("a"));
        assert_eq!((owned.requires, owned.owner), (vec![table("a"), table("b")], Some(table("a"))));
    }

    #[test]
    fn an_inventory_is_empty_when_nothing_was_seen_readable_or_not() {
        let (mut present, mut unreadable) = (Inventory::default(), Inventory::default());
        assert!(present.is_empty());
        present.insert(Resource::new(Kind::Topic, "orders", &serde_json::json!({})).unwrap());
        unreadable.unreadable.insert(ResourceId::new(Kind::Topic, "orders"), "denied".to_owned());
        assert!(!present.is_empty() && !unreadable.is_empty());
    }

    #[test]
    fn what_speaks_of_creation_is_not_in_the_hash_that_is_compared() {
        let hash = |spec: serde_json::Value| Resource::new(Kind::Sequence, "s", &spec).unwrap().comparable_hash();
        let plain = hash(serde_json::json!({"a": 1}));
        assert_eq!(plain, hash(serde_json::json!({"a": 1, ON_CREATION: {"last_value": "7"}})));
        assert_ne!(plain, hash(serde_json::json!({"a": 2, ON_CREATION: {"last_value": "7"}})));
        assert_ne!(plain, hash(serde_json::json!({"a": 1, "b": ON_CREATION})));
    }

    #[test]
    fn kinds_are_ordered_by_creation_within_their_domain() {
        assert!(Kind::ALL.windows(2).all(|pair| pair[0].domain() <= pair[1].domain()));
        assert!(Kind::Table < Kind::PostgresIndex && Kind::Constraint < Kind::ForeignKey);
    }
}
