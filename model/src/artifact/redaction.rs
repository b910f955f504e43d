//! Secrets never reach an artifact: which values are replaced by the marker.

use serde_json::Value;

/// Stands in an artifact where a secret was.
pub const REDACTED: &str = "***REDACTED***";

/// Endings that make a member's name the name of a secret, in lower case and without separators.
const SECRET_NAMES: [&str; 11] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "privatekey",
    "apikey",
    "accesskey",
    "secretkey",
    "authtoken",
    "credential",
    "credentials",
];

/// Says whether a member of this name holds a secret. `accessTokenLifespan`, `tokenUrl` and the like do not.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    matches!(plain.as_str(), "token" | "auth" | "private")
        || SECRET_NAMES.iter().any(|secret| plain.ends_with(secret))
        || plain.ends_with("accesstoken")
        || plain.ends_with("refreshtoken")
}

/// Says whether a value looks like a secret whatever it is called: a JWT, an AWS access key id, a PEM or OpenSSH
/// private key, or a URL or `NAME=value` assignment that carries a password.
#[must_use]
pub fn is_secret_value(value: &str) -> bool {
    let jwt = value.starts_with("eyJ") && value.split('.').count() == 3 && !value.contains(char::is_whitespace);
    let aws = value.len() == 20
        && (value.starts_with("AKIA") || value.starts_with("ASIA"))
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let pem = value.contains("PRIVATE KEY-----");
    jwt || aws || pem || url_has_password(value) || assigns_secret(value)
}

fn url_has_password(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !scheme.contains(char::is_whitespace)
        && authority.rsplit_once('@').is_some_and(|(user_info, _)| user_info.contains(':'))
}

fn assigns_secret(value: &str) -> bool {
    value.split_once('=').is_some_and(|(name, secret)| {
        !secret.is_empty()
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && is_secret_name(name)
    })
}

/// Replaces the secrets in free-form configuration by [`REDACTED`] and returns the JSON pointers of what it replaced.
///
/// Looks at member names, at values, at `{name|key, value}` pairs, and into arrays. Null stays null. Members that
/// describe a schema (a validator's properties) must not be passed in: there a secret's name is not a secret.
pub fn redact(value: &mut Value) -> Vec<String> {
    let mut pointers = Vec::new();
    redact_at(value, &mut String::new(), &mut pointers);
    pointers
}

fn redact_at(value: &mut Value, pointer: &mut String, pointers: &mut Vec<String>) {
    let length = pointer.len();
    match value {
        Value::String(text) if text != REDACTED && is_secret_value(text) => {
            REDACTED.clone_into(text);
            pointers.push(pointer.clone());
        }
        Value::Array(items) => {
            for (position, item) in items.iter_mut().enumerate() {
                pointer.push_str(&format!("/{position}"));
                redact_at(item, pointer, pointers);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            let names_secret =
                ["name", "key"].iter().any(|key| members.get(*key).and_then(Value::as_str).is_some_and(is_secret_name));
            for (name, member) in members.iter_mut() {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                let secret = is_secret_name(name) || (names_secret && name == "value");
                if secret && !matches!(member, Value::Null | Value::Bool(_)) && *member != REDACTED {
                    *member = Value::String(REDACTED.to_owned());
                    pointers.push(pointer.clone());
                } else {
                    redact_at(member, pointer, pointers);
                }
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_replaced_wherever_they_stand() {
        let mut value = json!({
            "clientSecret": "canary", "privateKey": {"pem": "canary"}, "env": ["DB_PASSWORD=canary", "HOME=/root"],
            "parameters": [{"key": "apiKey", "value": "canary"}, {"key": "region", "value": "eu"}],
            "url": "postgres://user:canary@host/db", "jwt": "eyJhbGciOi.canary.sig", "a/b": {"password": "canary"},
        });
        let pointers = redact(&mut value);
        assert!(!value.to_string().contains("canary"), "{value}");
        assert_eq!(
            pointers,
            ["/clientSecret", "/privateKey", "/env/0", "/parameters/0/value", "/url", "/jwt", "/a~1b/password"]
        );
    }

    #[test]
    fn settings_that_only_sound_secret_stay() {
        let before = json!({
            "accessTokenLifespan": 300, "tokenUrl": "https://idp.example/token", "access.token.claim": "true",
            "authorizationUrl": "https://idp.example/auth", "description": "a=b", "clientSecret": null,
            "passwordPolicy": "length(8)", "syncMode": "IMPORT",
        });
        let mut after = before.clone();
        assert_eq!(redact(&mut after), Vec::<String>::new());
        assert_eq!(before, after);
    }

    #[test]
    fn a_value_is_a_secret_by_all_of_its_marks_and_not_by_one() {
        for secret in [
            "eyJhbGciOi.canary.sig",
            "AKIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLE",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "https://user:canary@host/path",
            "https://user:canary@host?x",
            "DB_PASSWORD=canary",
        ] {
            assert!(is_secret_value(secret), "{secret}");
        }
        for plain in [
            "eyJhbGciOi.two",
            "eyJ a.b.c",
            "xyJhbGciOi.canary.sig",
            "AKIAIOSFODNN7EXAMPL",
            "AKIAIOSFODNN7EXAMPLe",
            "AKIAIOSFODNN7EXAMPL-",
            "BKIAIOSFODNN7EXAMPLE",
            "PUBLIC KEY-----",
            "https://user@host",
            "https://host/a:b@c",
            "https://host?a:b@c",
            "https://host#a:b@c",
            "see https ://a:b@c",
            "PASSWORD=",
            "=canary",
            "DB PASSWORD=canary",
            "HOME=/root",
        ] {
            assert!(!is_secret_value(plain), "{plain}");
        }
    }

    #[test]
    fn a_name_is_secret_by_what_it_ends_with() {
        for secret in ["token", "auth", "private", "client-secret", "DB_PASSWORD", "userAccessToken", "refresh.token"] {
            assert!(is_secret_name(secret), "{secret}");
        }
        for plain in ["accessTokenLifespan", "tokens", "authorizationUrl", "privateer", "csrfToken", "secretary"] {
            assert!(!is_secret_name(plain), "{plain}");
        }
    }

    proptest! {
        #[test]
        fn redacting_twice_changes_nothing_more(name in "[a-zA-Z_]{1,12}", text in ".{0,24}") {
            let mut value = json!({ name: [text.clone(), { "password": text }] });
            redact(&mut value);
            let once = value.clone();
            prop_assert_eq!(redact(&mut value), Vec::<String>::new());
            prop_assert_eq!(once, value);
        }
    }
}
