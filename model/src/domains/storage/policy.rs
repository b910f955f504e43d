//! Bucket policies, relative to their bucket.
//!
//! A policy names its own bucket in every statement. In an artifact those names are written `bucket:` (the bucket
//! itself) and `bucket:/path` (objects in it), so that a policy means the same in the target. A policy that names
//! anything else cannot be carried to another bucket.

use serde_json::{Map, Value, json};

const ARN: &str = "arn:aws:s3:::";
const RELATIVE: &str = "bucket:";

/// Brings a policy as S3 gives it into normal form: sets sorted, single values as lists, resources relative to `bucket`.
/// Resources outside the bucket stay as they are, and are refused when they are restored.
#[must_use]
pub fn relative_policy(policy: Value, bucket: &str) -> Value {
    rewrite(policy, &|resource| match resource.strip_prefix(ARN).and_then(|rest| rest.strip_prefix(bucket)) {
        Some(path) if path.is_empty() || path.starts_with('/') => format!("{RELATIVE}{path}"),
        _ => resource.to_owned(),
    })
}

/// The policy as S3 takes it, for `bucket`.
#[must_use]
pub fn absolute_policy(policy: Value, bucket: &str) -> Value {
    rewrite(policy, &|resource| match resource.strip_prefix(RELATIVE) {
        Some(path) => format!("{ARN}{bucket}{path}"),
        None => resource.to_owned(),
    })
}

/// Checks a relative policy: an object whose statements speak of its own bucket only.
pub(super) fn check_relative(policy: &Value) -> Result<(), String> {
    let statements = policy.get("Statement").ok_or("the policy has no `Statement`")?;
    for statement in as_list(statements) {
        let statement = statement.as_object().ok_or("a statement of the policy is not an object")?;
        for member in ["Resource", "NotResource"] {
            for resource in statement.get(member).map(as_list).unwrap_or_default() {
                let text = resource.as_str().ok_or_else(|| format!("`{member}` of the policy must hold strings"))?;
                let own = text.strip_prefix(RELATIVE).is_some_and(|path| path.is_empty() || path.starts_with('/'));
                if !own {
                    return Err(format!("the policy speaks of `{text}`, which is outside its own bucket"));
                }
            }
        }
        if !statement.contains_key("Resource") && !statement.contains_key("NotResource") {
            return Err("a statement of the policy has no `Resource`".into());
        }
    }
    Ok(())
}

/// Normal form without touching resources.
pub(super) fn normalise(policy: Value) -> Value {
    rewrite(policy, &str::to_owned)
}

fn as_list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

fn rewrite(policy: Value, resource: &dyn Fn(&str) -> String) -> Value {
    let Value::Object(mut policy) = policy else { return policy };
    if let Some(statements) = policy.remove("Statement") {
        let statements: Vec<Value> =
            as_list(&statements).into_iter().cloned().map(|statement| rewrite_statement(statement, resource)).collect();
        policy.insert("Statement".into(), Value::Array(statements));
    }
    policy.entry("Version").or_insert_with(|| json!("2012-10-17"));
    policy.retain(|_, value| *value != json!(""));
    Value::Object(policy)
}

fn rewrite_statement(statement: Value, resource: &dyn Fn(&str) -> String) -> Value {
    let Value::Object(mut statement) = statement else { return statement };
    for member in ["Action", "NotAction"] {
        if let Some(value) = statement.get_mut(member) {
            *value = sorted(value, &str::to_owned);
        }
    }
    for member in ["Resource", "NotResource"] {
        if let Some(value) = statement.get_mut(member) {
            *value = sorted(value, resource);
        }
    }
    for member in ["Principal", "NotPrincipal"] {
        if let Some(value) = statement.get_mut(member) {
            *value = principals(value);
        }
    }
    if let Some(Value::Object(operators)) = statement.get_mut("Condition") {
        for keys in operators.values_mut().filter_map(Value::as_object_mut) {
            keys.values_mut().for_each(|values| *values = sorted(values, &str::to_owned));
        }
    }
    // S3 gives an unset statement id back as an empty one.
    statement.retain(|_, value| *value != json!(""));
    Value::Object(statement)
}

fn principals(value: &Value) -> Value {
    match value {
        Value::Object(by_type) => Value::Object(
            by_type.iter().map(|(name, list)| (name.clone(), sorted(list, &str::to_owned))).collect::<Map<_, _>>(),
        ),
        everyone => json!({ "AWS": sorted(everyone, &str::to_owned) }),
    }
}

/// A set as a sorted list. A resource maps to itself unless it is a string.
fn sorted(value: &Value, map: &dyn Fn(&str) -> String) -> Value {
    let mut items: Vec<Value> = as_list(value)
        .into_iter()
        .map(|item| item.as_str().map_or_else(|| item.clone(), |text| Value::String(map(text))))
        .collect();
    items.sort_by_key(ToString::to_string);
    items.dedup();
    Value::Array(items)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(resources: &[&str]) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resources}]})
    }

    #[test]
    fn only_the_own_bucket_becomes_relative() {
        let relative = relative_policy(
            policy(&[
                "arn:aws:s3:::acme-in/*",
                "arn:aws:s3:::acme-in",
                "arn:aws:s3:::acme-invoices/*",
                "arn:aws:s3:::acme-in*",
            ]),
            "acme-in",
        );
        assert_eq!(
            relative["Statement"][0]["Resource"],
            json!(["arn:aws:s3:::acme-in*", "arn:aws:s3:::acme-invoices/*", "bucket:", "bucket:/*"])
        );
        assert!(check_relative(&relative).unwrap_err().contains("acme-in*"));
    }

    #[test]
    fn a_statement_speaks_of_resources_and_all_are_its_own_buckets() {
        let checked = |policy: Value| check_relative(&policy).err().unwrap_or_else(|| "taken".into());
        let one = |statement: Value| checked(json!({"Statement": [statement]}));
        let all = [
            one(json!({"Resource": "bucket:"})),
            one(json!({"Resource": ["bucket:", "bucket:/in/*"]})),
            one(json!({"NotResource": "bucket:/in/*"})),
            one(json!({"Resource": "bucket:/*", "NotResource": "bucket:/in/*"})),
            one(json!({"Action": "s3:*"})),
            one(json!({"Resource": "bucket:*"})),
            one(json!({"Resource": "*"})),
            one(json!({"Resource": ["bucket:", "arn:aws:s3:::victim"]})),
            one(json!({"NotResource": "arn:aws:s3:::victim"})),
            one(json!({"Resource": 7})),
            one(json!("allow")),
            checked(json!({"Statement": {"Resource": "bucket:"}})),
            checked(json!({"Statement": []})),
            checked(json!({"Version": "2012-10-17"})),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        taken
        taken
        taken
        taken
        a statement of the policy has no `Resource`
        the policy speaks of `bucket:*`, which is outside its own bucket
        the policy speaks of `*`, which is outside its own bucket
        the policy speaks of `arn:aws:s3:::victim`, which is outside its own bucket
        the policy speaks of `arn:aws:s3:::victim`, which is outside its own bucket
        `Resource` of the policy must hold strings
        a statement of the policy is not an object
        taken
        taken
        the policy has no `Statement`
        ");
    }

    #[test]
    fn what_is_a_set_is_sorted_and_what_is_unset_is_left_out() {
        let statement = json!({"Sid": "", "Effect": "Deny", "NotAction": ["s3:Put*", "s3:Get*", "s3:Put*"],
            "NotPrincipal": {"AWS": ["b", "a"], "Service": "s"}, "NotResource": ["bucket:/b", "bucket:/a"],
            "Condition": {"StringLike": {"aws:x": ["b", "a"], "aws:y": "c"}, "Null": true}});
        let everyone = json!({"Sid": "one", "Principal": "*", "Action": 7, "Resource": "bucket:"});
        insta::assert_snapshot!(normalise(json!({"Id": "", "Statement": [statement, everyone, "x"]})), @r#"{"Statement":[{"Effect":"Deny","NotAction":["s3:Get*","s3:Put*"],"NotPrincipal":{"AWS":["a","b"],"Service":["s"]},"NotResource":["bucket:/a","bucket:/b"],"Condition":{"StringLike":{"aws:x":["a","b"],"aws:y":["c"]},"Null":true}},{"Sid":"one","Principal":{"AWS":["*"]},"Action":[7],"Resource":["bucket:"]},"x"],"Version":"2012-10-17"}"#);
        let dated = normalise(json!({"Id": "p", "Version": "2008-10-17"}));
        assert_eq!(dated, json!({"Id": "p", "Version": "2008-10-17"}));
        assert_eq!(normalise(json!("x")), json!("x"));
    }

    proptest! {
        #[test]
        fn a_policy_travels_from_bucket_to_bucket(path in "(/[a-z*]{0,6}){0,2}", one in "[a-z]{3,8}", other in "[a-z]{3,8}") {
            let resource = format!("arn:aws:s3:::{one}{path}");
            let relative = relative_policy(policy(&[&resource]), &one);
            prop_assert!(check_relative(&relative).is_ok());
            let there = absolute_policy(relative.clone(), &other);
            prop_assert_eq!(&there["Statement"][0]["Resource"][0], &json!(format!("arn:aws:s3:::{other}{path}")));
            prop_assert_eq!(relative_policy(there, &other), relative);
        }
    }
}
