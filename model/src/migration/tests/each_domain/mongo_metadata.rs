//! Collections, views, indexes.

use super::*;

#[test]
fn collections_in_every_shape() {
    insta::assert_snapshot!([
        told("mongo_metadata", &json!({"database": "legacy", "collections": [{"name": "c"}]})),
        told("mongo_metadata", &json!({"databases": [
            {"db_name": "one", "collections": [{"collection_name": "c"}], "sharding": [{"_id": 1}, {"_id": 2}], "x": 1},
            {"db_name": "two", "collections": [{"collection_name": "lost"}]},
            {"collections": [{"collection_name": "d"}], "sharding": []}]})),
        told("mongo_metadata", &json!({"database": "one", "databases": [{"db_name": "two"}], "sharding": "on"})),
        told("mongo_metadata", &json!({"collections": [
            {"name": "same", "validator": {"a": 1}, "options": {"validator": {"a": 1}, "capped": false}},
            {"name": "other", "validator": {"a": 1}, "options": {"validator": {"a": 2}}},
            {"name": "odd", "options": {"quantum": 1}},
            {"name": "v", "options": {"viewOn": "same", "pipeline": [{"$match": {"a": 1.5}}]}},
            {"name": "w", "options": {"viewOn": "v"}, "validator": {}, "indexes": []},
            {"name": "u", "options": {"viewOn": "absent"}, "validator": {"a": 1}, "indexes": [{"key": {"a": 1}}]},
            {"name": "broken", "options": {"viewOn": 7}},
            {"name": "i", "extra": 1, "indexes": [{"key": {"_id": 1}, "name": "_id_"}, {"key": {"a": 1}}, {"key": {"a": 1}, "odd": 1}]}]})),
        told("mongo_metadata", &json!({"collections": [{"name": "c"}], "indexes": [
            {"collection": "c", "key": {"a": 1}}, {"key": {"b": 1}}, {"collection": 7, "key": {"b": 1}},
            {"collection": "c", "key": {"a": {"$numberInt": "x"}}}]})),
    ]
    .join("\n\n"), @r#"
    partial collection:c {} <- 

    partial collection:c {} <- 
    partial collection:d {} <- 
    ! /databases/0/sharding: sharding (2 shards) was not carried: it is the cluster's, not the tenant's
    ! /databases/0/x: has no place in format 2.0.0, so it was not carried
    ! /databases/1: database `two` was not carried: a tenant has one

    ! /databases/0: database `two` was not carried: a tenant has one
    ! /sharding: sharding was not carried: it is the cluster's, not the tenant's

    collection:same {"validator":[["a",{"$numberInt":"1"}]]} <- 
    collection:other {"validator":[["a",{"$numberInt":"1"}]]} <- 
    mongo_view:v {"pipeline":[[["$match",[["a",{"$numberDouble":"1.5"}]]]]],"view_on":"same"} <- collection:same
    mongo_view:w {"pipeline":[],"view_on":"v"} <- mongo_view:v
    mongo_view:u {"pipeline":[],"view_on":"absent"} <- 
    partial collection:i {} <- 
    mongo_index:i.a_1 {"collection":"i","key":[["a",{"$numberInt":"1"}]],"name":"a_1"} <- collection:i
    ! /collections/1/options/validator: differs from `validator`, which was taken
    ! /collections/2: was not carried: has the option `quantum`, which is not known
    ! /collections/5/validator: was not carried: a view has none
    ! /collections/5/indexes: were not carried: a view has none
    ! /collections/6: was not carried: option `viewOn` is not text
    ! /collections/7/extra: has no place in format 2.0.0, so it was not carried
    ! /collections/7/indexes/2: an index of `i` was not carried: has the option `odd`, which is not known

    partial collection:c {} <- 
    partial mongo_index:c.a_1 {"collection":"c","key":[["a",{"$numberInt":"1"}]],"name":"a_1"} <- collection:c
    ! /indexes/1: an index was not carried: it does not say of which collection it is
    ! /indexes/2: an index was not carried: it does not say of which collection it is
    ! /indexes/3: an index of `c` was not carried: `$numberInt` holds "x"
    "#);
}
