//! The losses: at least one for every kind that a probe reads.

use super::{Damage, Loss};
use crate::{backends::iam::Edit, fixtures::Domain};

const fn loss(
    domain: Domain,
    kind: &'static str,
    describe: &'static str,
    damage: Damage,
    findings: &'static [&'static str],
) -> Loss {
    Loss { domain, kind, describe, damage, findings }
}

const fn iam(kind: &'static str, describe: &'static str, edit: Edit, found: &'static [&'static str]) -> Loss {
    loss(Domain::Iam, kind, describe, Damage::Iam(edit), found)
}

const fn sql(kind: &'static str, describe: &'static str, sql: &'static str, found: &'static [&'static str]) -> Loss {
    loss(Domain::PostgresMetadata, kind, describe, Damage::Platform(sql), found)
}

const fn mongo(kind: &'static str, describe: &'static str, json: &'static str, found: &'static [&'static str]) -> Loss {
    loss(Domain::MongoMetadata, kind, describe, Damage::Mongo(json), found)
}

const fn kafka(kind: &'static str, describe: &'static str, damage: Damage, found: &'static [&'static str]) -> Loss {
    loss(Domain::Kafka, kind, describe, damage, found)
}

const fn storage(describe: &'static str, damage: Damage, found: &'static [&'static str]) -> Loss {
    loss(Domain::Storage, "bucket", describe, damage, found)
}

/// All losses; those of one domain are applied one after the other in this order.
pub const ALL: &[Loss] = &[
    iam("realm", "a setting is changed", Edit::Take("realm", "", "settings", "loginTheme"),
        &["differs realm:{realm}"]),
    iam("role", "a composite is taken", Edit::Take("role", "chief", "composites", "auditor"),
        &["differs role:{realm}/chief"]),
    iam("role", "an attribute is changed", Edit::Set("role", "clerk", "attributes", "{}"),
        &["differs role:{realm}/clerk"]),
    iam("role", "a role is dropped", Edit::Drop("role", "owner's \"first\" rôle; drop table"),
        &["missing role:{realm}/owner's \"first\" rôle; drop table"]),
    iam("group", "a group's role is taken", Edit::Set("group", "/warehouse", "roles", "[]"),
        &["differs group:{realm}//warehouse"]),
    iam("group", "a sub-group is dropped", Edit::Drop("group", "/warehouse/night shift/Ünïts"),
        &["missing group:{realm}//warehouse/night shift/Ünïts"]),
    iam("member", "a member's role is taken", Edit::Set("member", "alice", "roles", "[]"),
        &["differs member:{realm}/alice"]),
    iam("member", "a member leaves a group", Edit::Set("member", "bob", "groups", "[]"),
        &["differs member:{realm}/bob"]),
    iam("member", "a member is enabled", Edit::Set("member", "bob", "enabled", "true"),
        &["differs member:{realm}/bob"]),
    iam("service_account", "its role is taken", Edit::Set("service_account", "billing", "roles", "[]"),
        &["differs service_account:{realm}/billing"]),
    iam("client_scope", "a mapper is lost", Edit::Take("client_scope", "orders", "protocol_mappers", "audience"),
        &["differs client_scope:{realm}/orders"]),
    iam("identity_provider", "its address is changed", Edit::Take("identity_provider", "partner", "config", "authorizationUrl"),
        &["differs identity_provider:{realm}/partner"]),
    iam("credential", "a credential is dropped", Edit::Drop("credential", "member/alice"),
        &["missing credential:{realm}/member/alice"]),

    sql("index", "an index is dropped", "drop index {schema}.customers_lower_name",
        &["missing index:{schema}.customers_lower_name"]),
    sql("index", "a unique index is made an ordinary one",
        "drop index {schema}.orders_reference; create index orders_reference on {schema}.orders (reference)",
        &["differs index:{schema}.orders_reference"]),
    sql("index", "a partial index loses its condition",
        "drop index {schema}.orders_open; create index orders_open on {schema}.orders (placed_at desc, customer) include (total);
         comment on index {schema}.orders_open is 'For the desk'",
        &["differs index:{schema}.orders_open"]),
    sql("statistics", "statistics get the default target", "alter statistics {schema}.orders_spread set statistics -1",
        &["differs statistics:{schema}.orders_spread"]),
    sql("statistics", "statistics lose a kind",
        "drop statistics {schema}.orders_spread; create statistics {schema}.orders_spread (mcv) on customer, state from {schema}.orders;
         comment on statistics {schema}.orders_spread is 'Big customers'; alter statistics {schema}.orders_spread owner to {owner}",
        &["differs statistics:{schema}.orders_spread"]),
    sql("statistics", "an expression of statistics is changed",
        "drop statistics {schema}.orders_net;
         create statistics {schema}.orders_net on invoice, ({schema}.net(total::numeric, 20)), (state = 'placed') from {schema}.orders;
         alter statistics {schema}.orders_net owner to {owner}",
        &["differs statistics:{schema}.orders_net"]),
    sql("statistics", "statistics of an expression are dropped", "drop statistics {schema}.customers_name",
        &["missing statistics:{schema}.customers_name"]),
    sql("table", "a default is changed", "alter table {schema}.customers alter notes set default 'other'",
        &["differs table:{schema}.customers"]),
    sql("table", "a type is changed", "alter table {schema}.order_lines alter price type real",
        &["differs table:{schema}.order_lines"]),
    sql("table", "a length is changed", "alter table {schema}.orders alter code type character(5)",
        &["differs table:{schema}.orders"]),
    sql("table", "NOT NULL is lost", "alter table {schema}.order_lines alter paid drop not null",
        &["differs table:{schema}.order_lines"]),
    sql("table", "a generated column becomes an ordinary one", "alter table {schema}.orders alter net_total drop expression",
        &["differs table:{schema}.orders"]),
    sql("table", "an identity is changed", "alter table {schema}.customers alter id set generated by default",
        &["differs table:{schema}.customers"]),
    sql("table", "a column is dropped", "alter table {schema}.order_lines drop at_time",
        &["differs table:{schema}.order_lines"]),
    sql("table", "row-level security is switched off", "alter table {schema}.orders disable row level security",
        &["differs table:{schema}.orders"]),
    sql("table", "a table is dropped", "drop table {schema}.abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz_123456789",
        &["missing table:{schema}.abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz_123456789"]),
    sql("constraint", "a check is dropped", "alter table {schema}.orders drop constraint orders_discounts_check",
        &["missing constraint:{schema}.orders.orders_discounts_check"]),
    sql("constraint", "a unique constraint is dropped", "alter table {schema}.customers drop constraint customers_email_key",
        &["missing constraint:{schema}.customers.customers_email_key"]),
    sql("foreign_key", "a foreign key loses its action",
        "alter table {schema}.orders drop constraint orders_customer_fkey,
         add constraint orders_customer_fkey foreign key (customer) references {schema}.customers (id)",
        &["differs foreign_key:{schema}.orders.orders_customer_fkey"]),
    sql("foreign_key", "half of a circle is dropped", "alter table {schema}.customers drop constraint customers_favourite_fkey",
        &["missing foreign_key:{schema}.customers.customers_favourite_fkey"]),
    sql("view", "a view's query is changed",
        "create or replace view {schema}.placed_orders as select id, customer, total from {schema}.orders",
        &["differs view:{schema}.placed_orders"]),
    sql("function", "a function's volatility is changed", "alter function {schema}.touch() stable",
        &["differs function:{schema}.touch()"]),
    sql("trigger", "a trigger is disabled", "alter table {schema}.orders disable trigger orders_touch",
        &["differs trigger:{schema}.orders.orders_touch"]),
    sql("policy", "a policy is opened", "alter policy own_orders on {schema}.orders using (true)",
        &["differs policy:{schema}.orders.own_orders"]),
    sql("type", "an enum gets a label", "alter type {schema}.order_state add value 'lost' before 'placed'",
        &["differs type:{schema}.order_state"]),
    sql("type", "a domain loses its check", "alter domain {schema}.positive_amount drop constraint positive_amount_check",
        &["differs type:{schema}.positive_amount"]),
    sql("sequence", "a sequence's step is changed", "alter sequence {schema}.invoice_numbers increment 6",
        &["differs sequence:{schema}.invoice_numbers"]),
    sql("comment", "a comment is dropped", "comment on column {schema}.orders.total is null",
        &["missing comment:table column {schema}.orders.total"]),
    sql("comment", "a comment is changed", "comment on schema {schema} is 'other'",
        &["differs comment:schema {schema}"]),
    sql("grant", "a grant is dropped", "revoke select on {schema}.orders from {readers}",
        &["missing grant:table {schema}.orders to {role_prefix}readers"]),
    sql("grant", "a grant may no longer be handed on", "revoke grant option for insert on {schema}.orders from {app}",
        &["differs grant:table {schema}.orders to {role_prefix}app"]),
    sql("grant", "a column grant is dropped", "revoke update (name) on {schema}.customers from {app}",
        &["missing grant:column {schema}.customers.name to {role_prefix}app"]),
    sql("database_role", "a role may no longer log in", "alter role {app} nologin",
        &["differs database_role:{role_prefix}app"]),
    // From Postgres 16 on a membership is revoked from its grantor, which here is the implementation.
    sql("database_role", "a membership is taken", "revoke {readers} from {app} granted by {engine}",
        &["differs database_role:{role_prefix}app"]),
    sql("schema", "the schema gets another owner", "alter schema {schema} owner to {app}",
        &["differs schema:{schema}"]),
    sql("extension", "the only column of an extension's type is changed",
        "drop view {schema}.big_orders; alter table {schema}.customers alter email type text",
        &["missing extension:citext", "missing view:{schema}.big_orders", "missing comment:view {schema}.big_orders",
          "differs table:{schema}.customers"]),

    mongo("collection", "a validator is changed", r#"{"collMod": "carts", "validator": {"owner": {"$type": "int"}}}"#,
        &["differs collection:{database}.carts"]),
    mongo("collection", "the validation level is changed", r#"{"collMod": "carts", "validationLevel": "strict"}"#,
        &["differs collection:{database}.carts"]),
    mongo("collection", "the validation action is changed", r#"{"collMod": "carts", "validationAction": "error"}"#,
        &["differs collection:{database}.carts"]),
    mongo("collection", "a time-series collection's TTL is changed", r#"{"collMod": "measures", "expireAfterSeconds": 90000}"#,
        &["differs collection:{database}.measures"]),
    mongo("collection", "a capped collection becomes an ordinary one", r#"{"drop": "log"}"#,
        &["missing collection:{database}.log"]),
    mongo("mongo_index", "an index is dropped", r#"{"dropIndexes": "carts", "index": "owner_at"}"#,
        &["missing mongo_index:{database}.carts.owner_at"]),
    mongo("mongo_index", "a TTL is changed", r#"{"collMod": "carts", "index": {"name": "expiry", "expireAfterSeconds": 5}}"#,
        &["differs mongo_index:{database}.carts.expiry"]),
    mongo("mongo_index", "a hidden index is shown", r#"{"collMod": "carts", "index": {"name": "precise", "hidden": false}}"#,
        &["differs mongo_index:{database}.carts.precise"]),
    mongo("mongo_view", "a pipeline's sort order is changed",
        r#"{"collMod": "open_carts", "viewOn": "carts", "pipeline": [{"$match": {"state": "open"}}, {"$sort": {"owner": 1, "at": -1}}, {"$project": {"_id": 0, "owner": 1}}]}"#,
        &["differs mongo_view:{database}.open_carts"]),

    kafka("topic", "a retention is changed", Damage::TopicSetting("orders", "retention.ms", Some("5")),
        &["differs topic:{topic_prefix}orders"]),
    kafka("topic", "a setting is taken back", Damage::TopicSetting("state", "min.cleanable.dirty.ratio", None),
        &["differs topic:{topic_prefix}state"]),
    kafka("topic", "a partition is added", Damage::Partitions("plain", 3), &["differs topic:{topic_prefix}plain"]),
    kafka("acl", "a denial is deleted", Damage::DropAcls("guest", "state"),
        &["missing acl:Deny {principal_prefix}guest Write topic literal {topic_prefix}state from *"]),
    kafka("acl", "a prefixed entry is deleted", Damage::DropAcls("app", ""),
        &["missing acl:Allow {principal_prefix}app Write topic prefixed {topic_prefix} from *"]),
    kafka("consumer_group", "a consumer group is deleted", Damage::DropGroup("cg.billing"),
        &["missing consumer_group:{topic_prefix}cg.billing"]),
    kafka("topic", "a topic is deleted", Damage::DropTopic("plain"), &["missing topic:{topic_prefix}plain"]),

    storage("versioning is suspended", Damage::SuspendVersioning("invoices"), &["differs bucket:{bucket_prefix}invoices"]),
    storage("the lifecycle is deleted", Damage::DropLifecycle("invoices"), &["differs bucket:{bucket_prefix}invoices"]),
    storage("the policy is deleted", Damage::DropPolicy("invoices"), &["differs bucket:{bucket_prefix}invoices"]),
    storage("the tags are deleted", Damage::DropTags("invoices"), &["differs bucket:{bucket_prefix}invoices"]),
    storage("the default retention is deleted", Damage::DropRetention("archive"), &["differs bucket:{bucket_prefix}archive"]),
    storage("a bucket is deleted", Damage::DropBucket("plain"), &["missing bucket:{bucket_prefix}plain"]),
];
