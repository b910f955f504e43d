//! The SQL of a batch: a constant number of statements, whatever the number of resources.
//!
//! Each takes the realm as `$1` and a JSON array of rows as `$2`. The second form of an upsert only sets what is unset.

use restore_model::Kind;

/// One statement over many rows.
pub(super) struct Statement {
    /// For rows that must not exist.
    pub(super) create: &'static str,
    /// Appended for rows that a run of ours left half-made.
    pub(super) complete: &'static str,
}

/// The statement for the rows of a kind itself.
pub(super) const fn entity(kind: Kind) -> Option<Statement> {
    Some(match kind {
        Kind::Realm => Statement {
            create: "INSERT INTO iam.realms AS t (realm, display_name, settings)
                     SELECT $1, r.display_name, coalesce(r.settings, '{}')
                     FROM jsonb_to_recordset($2::jsonb) AS r(display_name text, settings jsonb)",
            complete: " ON CONFLICT (realm) DO UPDATE SET
                     display_name = coalesce(t.display_name, excluded.display_name),
                     settings = excluded.settings || t.settings",
        },
        Kind::Role => Statement {
            create: "INSERT INTO iam.roles AS t (realm, name, description, attributes)
                     SELECT $1, r.name, r.description, coalesce(r.attributes, '{}')
                     FROM jsonb_to_recordset($2::jsonb) AS r(name text, description text, attributes jsonb)",
            complete: " ON CONFLICT (realm, name) DO UPDATE SET
                     description = coalesce(t.description, excluded.description),
                     attributes = excluded.attributes || t.attributes",
        },
        Kind::ClientScope => Statement {
            create: "INSERT INTO iam.client_scopes AS t
                         (realm, name, description, protocol, attributes, protocol_mappers)
                     SELECT $1, r.name, r.description, r.protocol, coalesce(r.attributes, '{}'),
                            coalesce(r.protocol_mappers, '[]')
                     FROM jsonb_to_recordset($2::jsonb)
                         AS r(name text, description text, protocol text, attributes jsonb, protocol_mappers jsonb)",
            complete: " ON CONFLICT (realm, name) DO UPDATE SET
                     description = coalesce(t.description, excluded.description),
                     attributes = excluded.attributes || t.attributes,
                     protocol_mappers = coalesce(nullif(t.protocol_mappers, '[]'), excluded.protocol_mappers)",
        },
        Kind::Group => Statement {
            create: "INSERT INTO iam.groups AS t (realm, path, parent, attributes)
                     SELECT $1, r.name, r.parent, coalesce(r.attributes, '{}')
                     FROM jsonb_to_recordset($2::jsonb) AS r(name text, parent text, attributes jsonb)",
            complete: " ON CONFLICT (realm, path) DO UPDATE SET attributes = excluded.attributes || t.attributes",
        },
        Kind::Member => Statement {
            create: "INSERT INTO iam.members AS t
                         (realm, username, email, first_name, last_name, enabled, attributes)
                     SELECT $1, r.name, r.email, r.first_name, r.last_name, r.enabled, coalesce(r.attributes, '{}')
                     FROM jsonb_to_recordset($2::jsonb) AS r(name text, email text, first_name text, last_name text,
                                                             enabled boolean, attributes jsonb)",
            complete: " ON CONFLICT (realm, username) DO UPDATE SET
                     email = coalesce(t.email, excluded.email),
                     first_name = coalesce(t.first_name, excluded.first_name),
                     last_name = coalesce(t.last_name, excluded.last_name),
                     attributes = excluded.attributes || t.attributes",
        },
        Kind::ServiceAccount => Statement {
            create: "INSERT INTO iam.service_accounts AS t (realm, client_id, description, enabled, attributes)
                     SELECT $1, r.name, r.description, r.enabled, coalesce(r.attributes, '{}')
                     FROM jsonb_to_recordset($2::jsonb)
                         AS r(name text, description text, enabled boolean, attributes jsonb)",
            complete: " ON CONFLICT (realm, client_id) DO UPDATE SET
                     description = coalesce(t.description, excluded.description),
                     attributes = excluded.attributes || t.attributes",
        },
        Kind::IdentityProvider => Statement {
            create: "INSERT INTO iam.identity_providers AS t (realm, alias, provider_id, enabled, config)
                     SELECT $1, r.name, r.provider_id, r.enabled, coalesce(r.config, '{}')
                     FROM jsonb_to_recordset($2::jsonb)
                         AS r(name text, provider_id text, enabled boolean, config jsonb)",
            complete: " ON CONFLICT (realm, alias) DO UPDATE SET config = excluded.config || t.config",
        },
        _ => return None,
    })
}

/// The statements for the links of a kind, by the member of its spec that states them.
pub(super) const fn links(kind: Kind) -> &'static [(&'static str, Statement)] {
    match kind {
        Kind::Role => &[(
            "composites",
            Statement {
                create: "INSERT INTO iam.role_composites (realm, role, child) SELECT $1, r.name, r.other
                         FROM jsonb_to_recordset($2::jsonb) AS r(name text, other text)",
                complete: LINK_EXISTS,
            },
        )],
        Kind::Group => &[(
            "roles",
            Statement {
                create: "INSERT INTO iam.group_roles (realm, path, role) SELECT $1, r.name, r.other
                         FROM jsonb_to_recordset($2::jsonb) AS r(name text, other text)",
                complete: LINK_EXISTS,
            },
        )],
        Kind::Member => &[
            (
                "roles",
                Statement {
                    create: "INSERT INTO iam.member_roles (realm, username, role) SELECT $1, r.name, r.other
                             FROM jsonb_to_recordset($2::jsonb) AS r(name text, other text)",
                    complete: LINK_EXISTS,
                },
            ),
            (
                "groups",
                Statement {
                    create: "INSERT INTO iam.member_groups (realm, username, path) SELECT $1, r.name, r.other
                             FROM jsonb_to_recordset($2::jsonb) AS r(name text, other text)",
                    complete: LINK_EXISTS,
                },
            ),
        ],
        Kind::ServiceAccount => &[(
            "roles",
            Statement {
                create: "INSERT INTO iam.service_account_roles (realm, client_id, role) SELECT $1, r.name, r.other
                         FROM jsonb_to_recordset($2::jsonb) AS r(name text, other text)",
                complete: LINK_EXISTS,
            },
        )],
        _ => &[],
    }
}

/// Takes back a role of this batch whose composites could not be made.
pub(super) const DELETE_ROLE: &str = "DELETE FROM iam.roles WHERE realm = $1 AND name = $2";

const LINK_EXISTS: &str = " ON CONFLICT DO NOTHING";
