//! Resources of the `storage` domain: buckets.

mod name;
mod policy;
mod spec;

pub use name::{check_bucket_name, compose_bucket};
pub use policy::{absolute_policy, relative_policy};
pub use spec::{
    BucketSpec, CorsRule, Encryption, Expiration, LifecycleRule, NoncurrentExpiration, NoncurrentTransition,
    ObjectLock, RetentionMode, Transition, Versioning, bucket,
};

use super::Journey;
use crate::{Kind, Resource, artifact::Record, resource::Refusal};

/// Parses a record of this domain.
///
/// # Errors
/// A refusal, by name: of a malformed spec, of a name that S3 does not allow in the target's space, of a policy that
/// speaks of more than its own bucket.
pub fn parse_desired(record: &Record, journey: &Journey<'_>) -> Result<Resource, Refusal> {
    let refuse = |message: String| Refusal::new(record.id(), message);
    if record.kind != Kind::Bucket {
        return Err(refuse(format!("`{}` is no kind of this domain", record.kind)));
    }
    let spec: BucketSpec = record.parse_spec().map_err(refuse)?;
    check_bucket_name(&compose_bucket(&journey.target.bucket_prefix, &record.name)).map_err(refuse)?;
    spec.check().map_err(refuse)?;
    bucket(&record.name, spec).map_err(|error| refuse(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::to_raw_value};

    use super::*;
    use crate::{domains::Allowed, space::Naming};

    fn parse(name: &str, spec: &serde_json::Value, target: &str) -> Result<Resource, Refusal> {
        let record = Record {
            kind: Kind::Bucket,
            name: name.into(),
            spec: to_raw_value(spec).unwrap(),
            requires: Vec::new(),
            partial: false,
        };
        let (source, target) = (Naming::default().space_of("acme"), Naming::default().space_of(target));
        parse_desired(&record, &Journey { source: &source, target: &target, allowed: &Allowed::default() })
    }

    #[test]
    fn what_cannot_be_restored_is_refused_by_name() {
        let policy = |resource: &str| json!({"policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}]}});
        let messages = [
            parse("in_voices", &json!({}), "globex"),
            parse("../etc", &json!({}), "globex"),
            parse(&"x".repeat(60), &json!({}), "globex"),
            parse("invoices", &json!({"versionning": "Enabled"}), "globex"),
            parse("invoices", &json!({"versioning": "On"}), "globex"),
            parse("invoices", &policy("arn:aws:s3:::victim-invoices/*"), "globex"),
            parse("invoices", &json!({"policy": "allow all"}), "globex"),
            parse("invoices", &json!({"object_lock": {"mode": "GOVERNANCE"}}), "globex"),
            parse(
                "invoices",
                &json!({"lifecycle": [{"id": "a", "enabled": true}, {"id": "a", "enabled": true}]}),
                "globex",
            ),
        ]
        .map(|result| result.unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn a_name_begins_and_ends_with_a_letter_or_digit() {
        for (name, allowed) in [("abc", true), ("a-1", true), ("-ab", false), ("ab-", false), ("-a-", false)] {
            assert_eq!(check_bucket_name(name).is_ok(), allowed, "{name}");
        }
    }

    #[test]
    fn a_default_retention_has_a_mode_and_either_days_or_years() {
        for (lock, allowed) in [
            (json!({}), true),
            (json!({"mode": "GOVERNANCE", "days": 1}), true),
            (json!({"mode": "GOVERNANCE", "years": 1}), true),
            (json!({"mode": "GOVERNANCE"}), false),
            (json!({"days": 1}), false),
            (json!({"years": 1}), false),
            (json!({"mode": "GOVERNANCE", "days": 1, "years": 1}), false),
        ] {
            assert_eq!(parse("invoices", &json!({"object_lock": lock}), "globex").is_ok(), allowed, "{lock}");
        }
    }

    #[test]
    fn a_tag_that_holds_a_secret_loses_it() {
        let tags = json!({"tags": {"api-key": "k-1", "team": "billing", "hook": "https://a:b@example.org"}});
        let bucket = parse("invoices", &tags, "globex").unwrap();
        insta::assert_snapshot!(bucket.spec.get(), @r#"{"tags":{"api-key":"***REDACTED***","hook":"***REDACTED***","team":"billing"}}"#);
        assert_eq!(crate::diff::redacted_fields(&bucket), ["/tags/api-key", "/tags/hook"]);
    }

    #[test]
    fn a_name_has_3_to_63_characters() {
        for (length, allowed) in [(2, false), (3, true), (63, true), (64, false)] {
            assert_eq!(check_bucket_name(&"x".repeat(length)).is_ok(), allowed, "{length}");
        }
        for (name, allowed) in [("a1b", true), ("aXb", false), ("a.b", false), ("a_b", false), ("1-1", true)] {
            assert_eq!(check_bucket_name(name).is_ok(), allowed, "{name}");
        }
    }

    #[test]
    fn a_bucket_has_one_normal_form() {
        let bucket = |spec: serde_json::Value| parse("invoices", &spec, "globex").unwrap().spec.get().to_owned();
        insta::assert_snapshot!([
            bucket(json!({})),
            bucket(json!({"object_lock": {}})),
            bucket(json!({"object_lock": {"mode": "COMPLIANCE", "years": 1}, "versioning": "Suspended"})),
            bucket(json!({"versioning": "Enabled", "encryption": {"algorithm": "aws:kms", "kms_key_id": "k"}})),
            bucket(json!({"lifecycle": [{"id": "b", "enabled": true}, {"id": "a", "enabled": false, "prefix": "p"}]})),
            bucket(json!({"cors": [
                {"allowed_origins": ["b", "a"], "allowed_methods": ["PUT", "GET"], "allowed_headers": ["y", "x"],
                    "expose_headers": ["w", "v"], "max_age_seconds": 5},
                {"allowed_origins": ["*"], "allowed_methods": ["GET"]}]})),
        ]
        .join("\n"), @r#"
        {}
        {"object_lock":{},"versioning":"Enabled"}
        {"object_lock":{"mode":"COMPLIANCE","years":1},"versioning":"Suspended"}
        {"encryption":{"algorithm":"aws:kms","kms_key_id":"k"},"versioning":"Enabled"}
        {"lifecycle":[{"enabled":false,"id":"a","prefix":"p"},{"enabled":true,"id":"b"}]}
        {"cors":[{"allowed_headers":["x","y"],"allowed_methods":["GET","PUT"],"allowed_origins":["a","b"],"expose_headers":["v","w"],"max_age_seconds":5},{"allowed_methods":["GET"],"allowed_origins":["*"]}]}
        "#);
    }

    #[test]
    fn a_record_of_another_domain_is_refused() {
        let record = Record {
            kind: Kind::Topic,
            name: "t".into(),
            spec: to_raw_value(&json!({})).unwrap(),
            requires: Vec::new(),
            partial: false,
        };
        let space = Naming::default().space_of("acme");
        let journey = Journey { source: &space, target: &space, allowed: &Allowed::default() };
        assert_eq!(
            parse_desired(&record, &journey).unwrap_err().to_string(),
            "topic:t: `topic` is no kind of this domain"
        );
    }

    #[test]
    fn one_policy_has_one_normal_form() {
        let written = |action: serde_json::Value, resource: serde_json::Value| {
            let spec = json!({"policy": {"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": action, "Resource": resource}}});
            parse("invoices", &spec, "globex").unwrap()
        };
        let one = written(json!(["s3:PutObject", "s3:GetObject"]), json!("bucket:/*"));
        let other = written(json!(["s3:GetObject", "s3:PutObject"]), json!(["bucket:/*"]));
        assert_eq!(one.hash, other.hash);
        insta::assert_snapshot!(one.spec.get());
    }
}
