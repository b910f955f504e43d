//! The differences: at least one for every kind that can differ.

use super::{Difference, Gap};
use crate::{backends::iam::Edit, fixtures::Domain, probes::losses::Damage};

const fn of(
    domain: Domain,
    describe: &'static str,
    plant: &'static [Damage],
    differing: &'static [&'static str],
) -> Difference {
    Difference { domain, describe, plant, differing, withheld: &[] }
}

macro_rules! iam {
    ($describe:literal, $edit:expr, $found:literal) => {
        of(Domain::Iam, $describe, &[Damage::Iam($edit)], &[$found])
    };
}

macro_rules! sql {
    ($describe:literal, $sql:literal, $found:literal) => {
        of(Domain::PostgresMetadata, $describe, &[Damage::Platform($sql)], &[$found])
    };
}

macro_rules! mongo {
    ($describe:literal, [$($json:literal),+], $found:literal) => {
        of(Domain::MongoMetadata, $describe, &[$(Damage::Mongo($json)),+], &[$found])
    };
}

macro_rules! kafka {
    ($describe:literal, $damage:expr, $found:literal) => {
        of(Domain::Kafka, $describe, &[$damage], &[$found])
    };
}

macro_rules! storage {
    ($describe:literal, $damage:expr, $found:literal) => {
        of(Domain::Storage, $describe, &[$damage], &[$found])
    };
}

/// What is taken away from each domain beside a difference.
pub(super) const GAPS: &[Gap] = &[
    Gap {
        domain: Domain::Iam,
        damage: &[
            Damage::Iam(Edit::Drop("role", "owner's \"first\" rôle; drop table")),
            Damage::Iam(Edit::Drop("member", "名前")),
        ],
        words: &["owner's", "名前"],
    },
    Gap {
        domain: Domain::PostgresMetadata,
        damage: &[Damage::Platform("drop view {schema}.big_orders; drop index {schema}.customers_phones")],
        words: &["big_orders", "customers_phones"],
    },
    Gap {
        domain: Domain::MongoMetadata,
        damage: &[Damage::Mongo(r#"{"drop": "names"}"#), Damage::Mongo(r#"{"drop": "own_open_carts"}"#)],
        words: &["names", "own_open_carts"],
    },
    Gap {
        domain: Domain::Kafka,
        damage: &[Damage::DropTopic("plain"), Damage::DropAcls("guest", "state")],
        words: &["plain", "guest"],
    },
    Gap { domain: Domain::Storage, damage: &[Damage::DropBucket("plain")], words: &["plain"] },
];

/// All differences. Features name them by their descriptions.
pub const ALL: &[Difference] = &[
    iam!("a role with other composites", Edit::Take("role", "chief", "composites", "auditor"), "role:{realm}/chief"),
    iam!("a role with other attributes", Edit::Set("role", "clerk", "attributes", "{}"), "role:{realm}/clerk"),
    iam!("a group with other roles", Edit::Set("group", "/warehouse", "roles", "[]"), "group:{realm}//warehouse"),
    iam!(
        "a group with other attributes",
        Edit::Set("group", "/warehouse", "attributes", "{}"),
        "group:{realm}//warehouse"
    ),
    iam!(
        "a client scope of another protocol",
        Edit::Set("client_scope", "legacy", "protocol", "\"openid-connect\""),
        "client_scope:{realm}/legacy"
    ),
    iam!(
        "a client scope without a mapper",
        Edit::Take("client_scope", "orders", "protocol_mappers", "audience"),
        "client_scope:{realm}/orders"
    ),
    iam!(
        "an identity provider of another kind",
        Edit::Set("identity_provider", "partner", "provider_id", "\"saml\""),
        "identity_provider:{realm}/partner"
    ),
    iam!(
        "an identity provider without an address",
        Edit::Take("identity_provider", "partner", "config", "authorizationUrl"),
        "identity_provider:{realm}/partner"
    ),
    iam!("a member who is enabled", Edit::Set("member", "bob", "enabled", "true"), "member:{realm}/bob"),
    iam!("a member without a role", Edit::Set("member", "alice", "roles", "[]"), "member:{realm}/alice"),
    iam!(
        "a service account without a role",
        Edit::Set("service_account", "billing", "roles", "[]"),
        "service_account:{realm}/billing"
    ),
    iam!("a realm with other settings", Edit::Take("realm", "", "settings", "loginTheme"), "realm:{realm}"),
    sql!(
        "a column of another type",
        "alter table {schema}.order_lines alter price type real",
        "table:{schema}.order_lines"
    ),
    sql!(
        "a column with another default",
        "alter table {schema}.order_lines alter paid set default true",
        "table:{schema}.order_lines"
    ),
    sql!(
        "an index that is not unique",
        "drop index {schema}.orders_reference; create index orders_reference on {schema}.orders (reference)",
        "index:{schema}.orders_reference"
    ),
    sql!(
        "statistics that look at less",
        "alter statistics {schema}.orders_spread set statistics 77",
        "statistics:{schema}.orders_spread"
    ),
    sql!(
        "a check with another limit",
        "alter table {schema}.orders drop constraint orders_discounts_check,
         add constraint orders_discounts_check check (cardinality(discounts) <= 77)",
        "constraint:{schema}.orders.orders_discounts_check"
    ),
    sql!(
        "a foreign key without its action",
        "alter table {schema}.orders drop constraint orders_customer_fkey,
         add constraint orders_customer_fkey foreign key (customer) references {schema}.customers (id)",
        "foreign_key:{schema}.orders.orders_customer_fkey"
    ),
    sql!(
        "a view with another query",
        "create or replace view {schema}.placed_orders as select id, customer, total from {schema}.orders",
        "view:{schema}.placed_orders"
    ),
    sql!("a function that is stable", "alter function {schema}.touch() stable", "function:{schema}.touch()"),
    sql!(
        "a trigger that is disabled",
        "alter table {schema}.orders disable trigger orders_touch",
        "trigger:{schema}.orders.orders_touch"
    ),
    sql!(
        "a policy that lets everyone pass",
        "alter policy own_orders on {schema}.orders using (true)",
        "policy:{schema}.orders.own_orders"
    ),
    sql!(
        "an enum with another label",
        "alter type {schema}.order_state add value 'lost' before 'placed'",
        "type:{schema}.order_state"
    ),
    sql!(
        "a sequence with another step",
        "alter sequence {schema}.invoice_numbers increment 6",
        "sequence:{schema}.invoice_numbers"
    ),
    sql!("a comment with another text", "comment on schema {schema} is 'other'", "comment:schema {schema}"),
    sql!(
        "a grant that may not be handed on",
        "revoke grant option for insert on {schema}.orders from {app}",
        "grant:table {schema}.orders to {role_prefix}app"
    ),
    sql!("a database role without a membership", "revoke {readers} from {app}", "database_role:{role_prefix}app"),
    Difference {
        withheld: &[
            "index:{schema}.orders_open",
            "comment:index {schema}.orders_open",
            "statistics:{schema}.orders_spread",
            "comment:statistics object {schema}.orders_spread",
            "policy:{schema}.orders.own_orders",
            "constraint:{schema}.orders.orders_discounts_check",
            "trigger:{schema}.orders.orders_touch",
            "comment:trigger {schema}.orders.orders_touch",
            "comment:table column {schema}.orders.total",
            "grant:table {schema}.orders to {role_prefix}readers",
        ],
        ..sql!(
            "a table that differs and lacks its parts",
            "alter table {schema}.orders alter took type text;
             drop index {schema}.orders_open; drop statistics {schema}.orders_spread; drop policy own_orders on {schema}.orders;
             alter table {schema}.orders drop constraint orders_discounts_check;
             drop trigger orders_touch on {schema}.orders; comment on column {schema}.orders.total is null;
             revoke select on {schema}.orders from {readers}",
            "table:{schema}.orders"
        )
    },
    // Nothing in it differs: it cannot be looked into.
    of(
        Domain::PostgresMetadata,
        "a schema that the implementation may not use",
        &[Damage::Platform("revoke {owner} from {engine}")],
        &[],
    ),
    mongo!(
        "a validator with another rule",
        [r#"{"collMod": "carts", "validator": {"owner": {"$type": "int"}}}"#],
        "collection:{database}.carts"
    ),
    mongo!(
        "a stricter validation level",
        [r#"{"collMod": "carts", "validationLevel": "strict"}"#],
        "collection:{database}.carts"
    ),
    mongo!(
        "a view with another pipeline",
        [r#"{"collMod": "open_carts", "viewOn": "carts", "pipeline": [{"$match": {"state": "shut"}}]}"#],
        "mongo_view:{database}.open_carts"
    ),
    mongo!(
        "an index with another key",
        [
            r#"{"dropIndexes": "carts", "index": "owner_at"}"#,
            r#"{"createIndexes": "carts", "indexes": [{"name": "owner_at", "key": {"owner": 1, "at": 1}, "unique": true}]}"#
        ],
        "mongo_index:{database}.carts.owner_at"
    ),
    mongo!(
        "an index that takes duplicates",
        [
            r#"{"dropIndexes": "carts", "index": "owner_at"}"#,
            r#"{"createIndexes": "carts", "indexes": [{"name": "owner_at", "key": {"owner": 1, "at": -1}}]}"#
        ],
        "mongo_index:{database}.carts.owner_at"
    ),
    mongo!(
        "an index with another expiry",
        [r#"{"collMod": "carts", "index": {"name": "expiry", "expireAfterSeconds": 5}}"#],
        "mongo_index:{database}.carts.expiry"
    ),
    kafka!("a topic with more partitions", Damage::Partitions("orders", 5), "topic:{topic_prefix}orders"),
    kafka!(
        "a topic with another retention",
        Damage::TopicSetting("orders", "retention.ms", Some("5")),
        "topic:{topic_prefix}orders"
    ),
    storage!(
        "a bucket whose versioning is suspended",
        Damage::SuspendVersioning("invoices"),
        "bucket:{bucket_prefix}invoices"
    ),
    storage!("a bucket without its lifecycle", Damage::DropLifecycle("invoices"), "bucket:{bucket_prefix}invoices"),
    storage!("a bucket without its policy", Damage::DropPolicy("invoices"), "bucket:{bucket_prefix}invoices"),
    storage!("a bucket without its tags", Damage::DropTags("invoices"), "bucket:{bucket_prefix}invoices"),
    storage!("a bucket without its retention", Damage::DropRetention("archive"), "bucket:{bucket_prefix}archive"),
];
