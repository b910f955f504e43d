//! Whatever stands in `data` is in a record afterwards, or in a warning that names it.

use proptest::prelude::*;

use super::*;

/// Every leaf carries a token of its own, by which it is found again.
fn token() -> impl Strategy<Value = String> {
    "[a-z]{3}q[0-9]{4}"
}

fn column() -> impl Strategy<Value = Value> {
    let types = prop::sample::select(vec![
        "integer",
        "text",
        "varchar(80)",
        "numeric(12,2)",
        "timestamptz",
        "ARRAY",
        "jsonb[]",
    ]);
    (token(), types, any::<bool>(), prop::option::of(token()), any::<bool>()).prop_map(
        |(name, data_type, null, default, old)| {
            let member = if old { "column_name" } else { "name" };
            json!({member: name, "data_type": data_type, "is_nullable": if null { "YES" } else { "NO" },
                "column_default": default.map(|text| format!("'{text}'::text"))})
        },
    )
}

fn table() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec!["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"]);
    let constraint = (token(), kinds, token()).prop_map(
        |(name, kind, column)| json!({"constraint_name": name, "constraint_type": kind, "column_name": column}),
    );
    (
        token(),
        prop::collection::vec(column(), 0..4),
        prop::collection::vec(constraint, 0..3),
        prop::option::of((token(), token())),
        prop::option::of(token()),
    )
        .prop_map(|(name, columns, constraints, index, unknown)| {
            let indexes: Vec<Value> = index
                .into_iter()
                .map(|(index, column)| {
                    let text = format!("CREATE INDEX {index} ON acme_prod.{name} USING btree ({column})");
                    json!({"indexname": index, "indexdef": text})
                })
                .collect();
            let mut table =
                json!({"table_name": name, "columns": columns, "constraints": constraints, "indexes": indexes});
            if let Some(unknown) = unknown {
                table[unknown] = json!(true);
            }
            table
        })
}

fn postgres() -> impl Strategy<Value = Value> {
    let view = (token(), prop::option::of(token()), any::<bool>()).prop_map(|(name, table, old)| {
        let definition = table.map(|table| format!("SELECT 1 FROM {table}"));
        if old {
            json!({"table_name": name, "view_definition": definition})
        } else {
            json!({"name": name, "definition": definition})
        }
    });
    let grant = (token(), token(), prop::sample::select(vec!["SELECT", "INSERT"]), any::<bool>()).prop_map(
        |(role, table, privilege, own)| {
            let grantee = if own { format!("acme_prod_{role}") } else { role };
            json!({"grantee": grantee, "table_name": table, "privilege_type": privilege})
        },
    );
    (
        prop::collection::vec(table(), 0..4),
        prop::collection::vec(view, 0..3),
        prop::collection::vec(grant, 0..3),
        any::<bool>(),
    )
        .prop_map(|(tables, views, grants, export)| {
            if export {
                json!({"schemas": [{"schema_name": "acme_prod", "tables": tables, "views": views, "grants": grants}]})
            } else {
                json!({"schema": "acme_prod", "tables": tables, "views": views, "grants": grants})
            }
        })
}

fn mongo() -> impl Strategy<Value = Value> {
    let index = (token(), token(), prop::sample::select(vec![1, -1]), any::<bool>(), prop::option::of(token()))
        .prop_map(|(name, field, direction, unique, odd)| {
            let mut index = json!({"name": name, "key": {field: direction}, "unique": unique});
            if let Some(odd) = odd {
                index[odd] = json!(1);
            }
            index
        });
    let collection = (token(), prop::option::of(token()), prop::collection::vec(index, 0..3)).prop_map(
        |(name, validator, indexes)| {
            json!({"collection_name": name, "validator": validator.map(|field| json!({field: {"$type": "string"}})), "indexes": indexes})
        },
    );
    (prop::collection::vec(collection, 0..4), prop::option::of(token())).prop_map(|(collections, shard)| {
        json!({"databases": [{"db_name": "acme_prod", "collections": collections, "sharding": shard.map(|shard| json!([{"_id": shard}]))}]})
    })
}

fn kafka() -> impl Strategy<Value = Value> {
    let topic = (token(), any::<bool>(), token(), 1..9).prop_map(|(name, own, value, partitions)| {
        let name = if own { format!("acme-prod.{name}") } else { name };
        json!({"name": name, "partitions": partitions, "replication_factor": 1, "config_overrides": {"x.y": value}})
    });
    let acl = (token(), token(), any::<bool>(), 2..15).prop_map(|(name, who, own, operation)| {
        let principal = if own { format!("User:acme-prod-{who}") } else { format!("User:{who}") };
        json!({"resource": format!("acme-prod.{name}"), "principal": principal, "host": "*", "operation": operation, "permissionType": 3})
    });
    (prop::collection::vec(topic, 0..4), prop::collection::vec(acl, 0..4))
        .prop_map(|(topics, acls)| json!({"topics": topics, "acls": acls}))
}

fn iam() -> impl Strategy<Value = Value> {
    let role = (token(), token(), prop::collection::vec(token(), 0..3), any::<bool>()).prop_map(
        |(name, description, composites, client)| {
            json!({"name": name, "description": description, "composites": {"realm": composites}, "clientRole": client})
        },
    );
    let group = (token(), token(), token()).prop_map(
        |(name, sub, value)| json!({"name": name, "subGroups": [{"name": sub, "attributes": {"a": [value]}}]}),
    );
    let client = token().prop_map(|id| json!({"clientId": id}));
    (prop::collection::vec(role, 0..4), prop::collection::vec(group, 0..3), prop::collection::vec(client, 0..2), token())
        .prop_map(|(roles, groups, clients, theme)| {
            json!({"realm": "acme-prod", "realm_settings": {"loginTheme": theme}, "roles": roles, "groups": groups, "clients": clients})
        })
}

fn storage() -> impl Strategy<Value = Value> {
    let bucket = (token(), any::<bool>(), token(), prop::option::of(token())).prop_map(|(name, own, prefix, odd)| {
        let name = if own { format!("acme-prod-{name}") } else { name };
        let mut bucket = json!({"name": name, "versioning": "Enabled",
            "lifecycle_rules": [{"ID": prefix, "Status": "Enabled", "Expiration": {"Days": 3}}]});
        if let Some(odd) = odd {
            bucket[odd] = json!("x");
        }
        bucket
    });
    prop::collection::vec(bucket, 0..4).prop_map(|buckets| json!({"buckets": buckets}))
}

fn domain() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        iam().prop_map(|data| ("iam", data)),
        postgres().prop_map(|data| ("postgres_metadata", data)),
        mongo().prop_map(|data| ("mongo_metadata", data)),
        kafka().prop_map(|data| ("kafka", data)),
        storage().prop_map(|data| ("storage", data)),
    ]
}

/// The tokens of a value, each with the paths of the objects and lists around it.
fn tokens(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let is_token = |text: &str| text.len() == 8 && text.as_bytes()[3] == b'q';
    let mut words = |text: &str| {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| is_token(part));
        found.extend(parts.map(|part| (part.to_owned(), path.to_owned())));
    };
    match value {
        Value::String(text) => words(text),
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                tokens(item, &format!("{path}/{position}"), found);
            }
        }
        Value::Object(members) => {
            members.keys().for_each(|name| words(name));
            for (name, member) in members {
                tokens(member, &format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn each_item_is_in_a_record_or_in_a_warning((key, data) in domain()) {
        let artifact = of(key, &data);
        let records = artifact.domains[0].data.as_ref().map(|data| data.get().to_owned()).unwrap_or_default();
        let warned = warnings(&artifact);
        let mut all = Vec::new();
        tokens(&data, &format!("domains/{key}/data"), &mut all);
        for (token, path) in all {
            // A warning about something speaks of all that stands in it.
            let told = artifact.migration_warnings.iter().any(|warning| {
                let about = warning.affected_path.as_deref().unwrap_or_default();
                warning.message.contains(&token)
                    || about.ends_with(&format!("/{token}"))
                    || (warning.message.contains("not carried") && (path == about || path.starts_with(&format!("{about}/"))))
            });
            prop_assert!(told || records.contains(&token), "{token} at {path} is lost\n{records}\n{warned:#?}");
        }
    }
}
