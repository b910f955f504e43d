//! Buckets.

use super::*;

#[test]
fn buckets_in_every_shape() {
    let bucket = |member: &str, value: Value| {
        let mut bucket = json!({"name": "acme-prod-in"});
        bucket[member] = value;
        told("storage", &json!({"buckets": [bucket]}))
    };
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-prod-in/*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    let rule = json!({"ID": "r", "Status": "Enabled", "Filter": {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "b"}],
            "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}},
        "Expiration": {"Days": 3, "ExpiredObjectDeleteMarker": true},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 4, "NewerNoncurrentVersions": 5},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 6}, "Transitions": [{"Days": 7, "StorageClass": "GLACIER"}],
        "NoncurrentVersionTransitions": [{"NoncurrentDays": 8, "NewerNoncurrentVersions": 9, "StorageClass": "GLACIER"}]});
    let plain = json!({"Status": "Disabled", "Prefix": "q"});
    let tagged = json!({"Status": "Enabled", "Filter": {"Prefix": "f", "Tag": {"Key": "k", "Value": "v"},
        "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}, "Expiration": {"Date": "2027-01-01T00:00:00Z"},
        "Transitions": [{"Date": "2027-01-01T00:00:00Z", "StorageClass": "GLACIER"}]});
    let cors = json!({"ID": "c", "AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["h"],
        "ExposeHeaders": ["e"], "MaxAgeSeconds": 5});
    insta::assert_snapshot!([
        told("storage", &json!({"buckets": [{"name": "acme-prod-"}, {"name": "other-in"}, {"name": "acme-prod-in", "x": null, "y": 1}]})),
        bucket("versioning", json!("Enabled")),
        bucket("versioning", json!({"Status": "Suspended", "MFADelete": "Disabled"})),
        bucket("versioning", json!({"MFADelete": "Disabled"})),
        bucket("versioning", json!("Disabled")),
        bucket("versioning", json!("")),
        bucket("versioning", json!(null)),
        bucket("versioning", json!(7)),
        bucket("policy", policy.clone()),
        bucket("bucket_policy", json!(policy.to_string())),
        bucket("policy", json!(null)),
        bucket("policy", json!("allow all")),
        bucket("policy", json!("[]")),
        bucket("policy", json!(7)),
        bucket("lifecycle", json!({"Rules": [rule, plain, tagged], "TransitionDefaultMinimumObjectSize": "x"})),
        bucket("lifecycle_rules", json!([plain, {"Status": "Enabled", "Colour": 1}])),
        bucket("lifecycle", json!({})),
        bucket("lifecycle", json!({"Rules": null})),
        bucket("lifecycle", json!({"Rules": "x"})),
        bucket("lifecycle", json!(null)),
        bucket("cors", json!({"CORSRules": [cors]})),
        bucket("cors_rules", json!([{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}, {"AllowedOrigins": ["*"]}])),
    ]
    .join("\n\n"), @r#"
    partial bucket:in {} <- 
    ! /buckets/0: bucket `acme-prod-` was not carried: it is outside the tenant's space `acme-prod-`
    ! /buckets/1: bucket `other-in` was not carried: it is outside the tenant's space `acme-prod-`
    ! /buckets/2/y: has no place in format 2.0.0, so it was not carried

    partial bucket:in {"versioning":"Enabled"} <- 

    partial bucket:in {"versioning":"Suspended"} <- 
    ! /buckets/0/versioning/MFADelete: has no place in format 2.0.0, so it was not carried

    partial bucket:in {} <- 
    ! /buckets/0/versioning/MFADelete: has no place in format 2.0.0, so it was not carried

    partial bucket:in {} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 
    ! /buckets/0/versioning: was not carried: 7 is none of Enabled, Suspended, Disabled

    partial bucket:in {"policy":{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Principal":{"AWS":["*"]},"Resource":["bucket:/*"]}],"Version":"2012-10-17"}} <- 

    partial bucket:in {"policy":{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Principal":{"AWS":["*"]},"Resource":["bucket:/*"]}],"Version":"2012-10-17"}} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 
    ! /buckets/0/policy: was not carried: it is no policy document

    partial bucket:in {} <- 
    ! /buckets/0/policy: was not carried: it is no policy document

    partial bucket:in {} <- 
    ! /buckets/0/policy: was not carried: it is no policy document

    partial bucket:in {"lifecycle":[{"abort_incomplete_upload_days":6,"enabled":true,"expiration":{"days":3,"expired_object_delete_marker":true},"id":"r","noncurrent_expiration":{"days":4,"newer_versions":5},"noncurrent_transitions":[{"days":8,"newer_versions":9,"storage_class":"GLACIER"}],"prefix":"p","size_greater_than":1,"size_less_than":9,"tags":{"a":"b"},"transitions":[{"days":7,"storage_class":"GLACIER"}]},{"enabled":false,"id":"rule-2","prefix":"q"},{"enabled":true,"expiration":{"date":"2027-01-01T00:00:00Z"},"id":"rule-3","prefix":"f","size_greater_than":1,"size_less_than":9,"tags":{"k":"v"},"transitions":[{"date":"2027-01-01T00:00:00Z","storage_class":"GLACIER"}]}]} <- 
    ! /buckets/0/lifecycle/TransitionDefaultMinimumObjectSize: has no place in format 2.0.0, so it was not carried

    partial bucket:in {"lifecycle":[{"enabled":false,"id":"rule-1","prefix":"q"}]} <- 
    ! /buckets/0/lifecycle/1: was not carried: unknown field `Colour`, expected one of `ID`, `Status`, `Prefix`, `Filter`, `Expiration`, `NoncurrentVersionExpiration`, `AbortIncompleteMultipartUpload`, `Transitions`, `NoncurrentVersionTransitions`

    partial bucket:in {} <- 

    partial bucket:in {} <- 

    partial bucket:in {} <- 
    ! /buckets/0/lifecycle: is not a list of rules, so nothing of it was carried

    partial bucket:in {} <- 

    partial bucket:in {"cors":[{"allowed_headers":["h"],"allowed_methods":["GET"],"allowed_origins":["*"],"expose_headers":["e"],"id":"c","max_age_seconds":5}]} <- 

    partial bucket:in {"cors":[{"allowed_methods":["GET"],"allowed_origins":["*"]}]} <- 
    ! /buckets/0/cors/1: was not carried: missing field `AllowedMethods`
    "#);
}
