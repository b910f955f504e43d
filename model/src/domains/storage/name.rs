//! Bucket names and the prefix that makes them a tenant's.

/// The bucket that `name` stands for in a space.
#[must_use]
pub fn compose_bucket(prefix: &str, name: &str) -> String {
    format!("{prefix}{name}")
}

/// Checks a composed name against the rules of S3: 3 to 63 lower-case letters, digits and dashes, no dots (they break
/// TLS host names), beginning and ending with a letter or digit.
///
/// # Errors
/// Says which rule it breaks.
pub fn check_bucket_name(bucket: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = bucket.as_bytes();
    if !(3..=63).contains(&bytes.len()) {
        return Err(format!("the bucket name `{bucket}` has {} characters; S3 takes 3 to 63", bytes.len()));
    }
    if !bytes.iter().all(|byte| plain(*byte) || *byte == b'-') {
        return Err(format!("the bucket name `{bucket}` has other characters than a-z, 0-9 and `-`"));
    }
    if !plain(bytes[0]) || !plain(bytes[bytes.len() - 1]) {
        return Err(format!("the bucket name `{bucket}` must begin and end with a letter or digit"));
    }
    Ok(())
}
