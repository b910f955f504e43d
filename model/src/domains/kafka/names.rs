//! Names relative to a prefix. Composition only: no name is ever searched for another.

/// The longest name of a topic.
const TOPIC_NAME_LIMIT: usize = 249;

/// A name within the space that `prefix` stands for.
#[must_use]
pub fn compose(prefix: &str, relative: &str) -> String {
    format!("{prefix}{relative}")
}

/// A name without the prefix of its space; none when it lies outside.
#[must_use]
pub fn relativise<'a>(prefix: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(prefix)
}

/// What is wrong with a topic's whole name, if anything.
#[must_use]
pub fn topic_name_fault(name: &str) -> Option<String> {
    if matches!(name, "" | "." | "..") {
        return Some("is not a name that a topic can have".to_owned());
    }
    if let Some(illegal) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))) {
        return Some(format!("holds {illegal:?}; the name of a topic is made of a-z, A-Z, 0-9, `.`, `_` and `-`"));
    }
    let length = name.len();
    (length > TOPIC_NAME_LIMIT).then(|| format!("has {length} characters; a topic may have {TOPIC_NAME_LIMIT}"))
}
