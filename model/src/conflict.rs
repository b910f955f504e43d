//! How much a conflict matters, and what a person can do about it.
//!
//! Every conflict is judged by the members that the one comparator found differing; see [`crate::diff`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Kind, ResourceId, diff::Diff};

/// How much a conflict matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// What people read, or what nothing depends on.
    Low,
    /// Something behaves otherwise than the artifact says.
    Medium,
    /// Data or rights depend on it.
    High,
    /// What has the name is something else.
    Critical,
}

impl Severity {
    /// All, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The severity as it stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

use Severity::{Critical, High, Low, Medium};

/// The members of each kind whose difference is not [`Severity::Medium`], which is what any other member counts.
const SEVERITIES: &[(Kind, &[(&str, Severity)])] = &[
    (Kind::Realm, &[("display_name", Low)]),
    (Kind::Role, &[("attributes", Low), ("description", Low)]),
    (Kind::ClientScope, &[("protocol", High)]),
    // A group's path is its name here; other implementations may name groups otherwise.
    (Kind::Group, &[("path", High), ("attributes", Low)]),
    (Kind::Member, &[("enabled", High), ("attributes", Low), ("email", Low), ("first_name", Low), ("last_name", Low)]),
    (Kind::ServiceAccount, &[("enabled", High), ("attributes", Low), ("description", Low)]),
    (Kind::IdentityProvider, &[("provider_id", Critical)]),
    (Kind::Type, &[("definition", High)]),
    (
        Kind::Function,
        &[
            ("language", High),
            ("returns", High),
            ("procedure", High),
            ("security_definer", High),
            ("cost", Low),
            ("rows", Low),
        ],
    ),
    (Kind::Table, &[("columns", High), ("row_security", High), ("force_row_security", High), ("options", Low)]),
    (Kind::Constraint, &[("definition", High)]),
    (Kind::ForeignKey, &[("definition", High)]),
    (Kind::Policy, &[("permissive", High), ("command", High), ("roles", High), ("using", High), ("check", High)]),
    (Kind::Comment, &[("text", Low)]),
    (Kind::Collection, &[("validator", High)]),
    (Kind::MongoIndex, &[("key", Critical), ("unique", High)]),
    (Kind::Topic, &[("partitions", High)]),
    (Kind::Bucket, &[("object_lock", High), ("encryption", High), ("cors", Low), ("tags", Low)]),
];

/// How much a difference in one member of a kind matters.
#[must_use]
pub fn severity_of_member(kind: Kind, member: &str) -> Severity {
    let row = SEVERITIES.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, row)| row);
    row.iter().find(|(known, _)| *known == member).map_or(Medium, |(_, severity)| *severity)
}

/// How much a conflict matters: as much as its gravest difference. Without one, the resource is missing because its
/// owner is kept: that matters as much as the gravest difference that it could have.
#[must_use]
pub fn severity_of(kind: Kind, diff: Option<&Diff>) -> Severity {
    match diff {
        Some(diff) => diff.keys().map(|member| severity_of_member(kind, member)).max().unwrap_or(Medium),
        None => {
            let row = SEVERITIES.iter().find(|(known, _)| *known == kind);
            row.and_then(|(_, row)| row.iter().map(|(_, severity)| *severity).max()).unwrap_or(Medium)
        }
    }
}

/// The `resource_type` of a preflight, which the public format puts in the singular.
#[must_use]
pub const fn preflight_name(kind: Kind) -> &'static str {
    match kind {
        Kind::MongoIndex => "index",
        other => other.as_str(),
    }
}

/// What a person can do about a conflict.
#[must_use]
pub fn recommendation(kind: Kind, severity: Severity, kept_owner: Option<&ResourceId>) -> String {
    if let Some(owner) = kept_owner {
        return format!("settle {owner} first: nothing is added to it while it differs from the artifact");
    }
    let urgency = match severity {
        Low => "may stay as it is",
        Medium => "compare before restoring",
        High => "decide before restoring",
        Critical => "settle before restoring, for it is something else under the same name",
    };
    format!("{urgency}: {}", way_out(kind))
}

/// What changes the target so that the conflict is gone, and what staying with it means.
const fn way_out(kind: Kind) -> &'static str {
    match kind {
        Kind::Realm => "the realm keeps its settings; set by hand those of the artifact that are wanted",
        Kind::Role => {
            "whoever has the role keeps what the target's grants; change it by hand, or remove it and restore again"
        }
        Kind::ClientScope => {
            "clients keep getting the target's claims; change the scope by hand, or remove it and restore again"
        }
        Kind::Group => "its members keep the target's roles and attributes; change the group by hand",
        Kind::Member => "the person keeps the target's roles, groups and state; change them by hand",
        Kind::ServiceAccount => "the account keeps the target's roles and state; change them by hand",
        Kind::IdentityProvider => {
            "logins keep going where the target's sends them; change the provider by hand, or remove it and restore again"
        }
        Kind::DatabaseRole => "the role keeps the target's memberships; grant or revoke by hand",
        Kind::Schema => "the schema stays as it is",
        Kind::Extension => "the extension stays as it is; update it by hand if the artifact's objects need more",
        Kind::Type => "columns of the type keep the target's meaning; alter it by hand, or rename it and restore again",
        Kind::Sequence => "the sequence keeps counting as the target's does; alter it by hand",
        Kind::Function => "callers keep the target's function; replace it by hand, or drop it and restore again",
        Kind::Table => {
            "the table and its rows stay, and none of its missing parts is added; alter it by hand, or rename it and \
             restore again"
        }
        Kind::PostgresIndex => "queries keep the target's index; drop it and restore again to get the artifact's",
        Kind::Constraint => {
            "rows are checked by the target's constraint; drop it and restore again, once all rows satisfy the artifact's"
        }
        Kind::View => "readers keep the target's query; drop the view and restore again to get the artifact's",
        Kind::Statistics => {
            "queries are planned by what the target's gather; drop them and restore again to get the artifact's"
        }
        Kind::Policy => "rows are seen and written by the target's rule; drop the policy and restore again",
        Kind::Trigger => "writes keep firing the target's trigger; drop it and restore again to get the artifact's",
        Kind::ForeignKey => {
            "references are checked by the target's key; drop it and restore again, once all rows satisfy the artifact's"
        }
        Kind::Comment => "the target's text stays; write the artifact's by hand if it is wanted",
        Kind::Grant => "the target's privileges stay; grant or revoke by hand what differs",
        Kind::Collection => "the target's options stay; apply the artifact's with collMod, where that is possible",
        Kind::MongoView => "readers keep the target's pipeline; drop the view and restore again to get the artifact's",
        Kind::MongoIndex => "queries keep the target's index; drop it and restore again to get the artifact's",
        Kind::Topic => {
            "the topic keeps the target's partitions and settings; partitions can only be added, settings be altered"
        }
        Kind::Acl => "the target's entry stays; delete it and restore again to get the artifact's",
        Kind::ConsumerGroup => "groups come into being when a consumer joins",
        Kind::Bucket => {
            "the bucket and its objects keep the target's settings; set by hand those of the artifact that are wanted"
        }
    }
}

/// One differing member, in the words of a preflight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contrast {
    /// In the artifact; null when the artifact states that the member is not there.
    #[schema(value_type = Object, nullable)]
    pub artifact: Value,
    /// In the target; null when the member is not there.
    #[schema(value_type = Object, nullable)]
    pub destination: Value,
}

/// A resource of the artifact that the target holds otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// For example `table`; see [`preflight_name`].
    pub resource_type: String,
    /// Tenant-relative.
    pub resource_name: String,
    /// Always null; kept for readers of the public format.
    pub resource_id: Option<String>,
    /// Of its gravest difference.
    pub severity: Severity,
    /// What differs, by member. Null when the resource is absent and its owner is a conflict.
    pub diff: Option<BTreeMap<String, Contrast>>,
    /// What to do about it, for people.
    pub recommendation: String,
}

impl Conflict {
    /// Judges a conflict. Without a `diff` the resource is absent and `owner` is kept.
    #[must_use]
    pub fn new(id: &ResourceId, diff: Option<&Diff>, owner: Option<&ResourceId>) -> Self {
        let severity = severity_of(id.kind, diff);
        let contrasts = diff.map(|diff| {
            let contrast = |(member, difference): (&String, &crate::diff::Difference)| {
                let (artifact, destination) = (difference.desired.clone(), difference.existing.clone());
                (member.clone(), Contrast { artifact, destination })
            };
            diff.iter().map(contrast).collect()
        });
        Self {
            resource_type: preflight_name(id.kind).to_owned(),
            resource_name: id.name.clone(),
            resource_id: None,
            severity,
            diff: contrasts,
            recommendation: recommendation(id.kind, severity, owner.filter(|_| diff.is_none())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::Difference;

    fn diff(members: &[&str]) -> Diff {
        let differs = |member: &&str| ((*member).to_owned(), Difference { existing: json!(1), desired: json!(2) });
        members.iter().map(differs).collect()
    }

    #[test]
    fn the_severity_of_every_member_of_every_kind() {
        let mut table = String::new();
        for kind in Kind::ALL {
            let row = SEVERITIES.iter().find(|(known, _)| known == kind).map_or(&[][..], |(_, row)| row);
            let members = row.iter().map(|(member, severity)| format!("{member} {}", severity.as_str()));
            let members: Vec<String> = members.chain(["any other medium".to_owned()]).collect();
            table.push_str(&format!("{}.{}: {}\n", kind.domain(), preflight_name(*kind), members.join(", ")));
            for severity in Severity::ALL {
                table.push_str(&format!("    {:<8} {}\n", severity.as_str(), recommendation(*kind, severity, None)));
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_kind_has_one_row_and_a_member_one_severity() {
        for (position, (kind, row)) in SEVERITIES.iter().enumerate() {
            assert!(SEVERITIES[position + 1..].iter().all(|(other, _)| other != kind), "{kind}");
            for (at, (member, _)) in row.iter().enumerate() {
                assert!(row[at + 1..].iter().all(|(other, _)| other != member), "{kind}.{member}");
            }
        }
    }

    #[test]
    fn the_gravest_difference_decides() {
        assert_eq!(severity_of(Kind::Role, Some(&diff(&["description", "composites"]))), Medium);
        assert_eq!(severity_of(Kind::Role, Some(&diff(&["attributes"]))), Low);
        assert_eq!(severity_of(Kind::MongoIndex, Some(&diff(&["sparse", "key", "unique"]))), Critical);
        assert_eq!(severity_of(Kind::Topic, Some(&diff(&["config", "partitions"]))), High);
    }

    #[test]
    fn a_part_of_a_kept_owner_is_as_grave_as_it_can_be_and_names_its_owner() {
        let table = ResourceId::new(Kind::Table, "orders");
        let part = |kind, name: &str| Conflict::new(&ResourceId::new(kind, name), None, Some(&table));
        assert_eq!(part(Kind::Constraint, "orders.orders_pkey").severity, High);
        assert_eq!(part(Kind::PostgresIndex, "orders_open").severity, Medium);
        assert_eq!(part(Kind::Comment, "orders").severity, Low);
        assert!(part(Kind::Comment, "orders").recommendation.starts_with("settle table:orders first"));
    }

    #[test]
    fn a_conflict_tells_both_sides() {
        let id = ResourceId::new(Kind::MongoIndex, "carts.owner_at");
        let told = serde_json::to_value(Conflict::new(&id, Some(&diff(&["key"])), None)).unwrap();
        assert_eq!(told["resource_type"], "index");
        assert_eq!(told["severity"], "critical");
        assert_eq!(told["diff"], json!({"key": {"artifact": 2, "destination": 1}}));
    }
}
