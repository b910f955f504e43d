//! Secrets that must not travel: how the suite's own are told apart, found again in any clothing, and kept out of what
//! the suite writes.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

/// What every secret of a fixture begins with: `never-travels-`, in some the place where it lies, and hexadecimal digits.
const MARK: &str = "never-travels-";

/// What stands for the digits where one is shown.
const HIDDEN: &str = "***REDACTED***";

/// The secrets of fixtures in a text.
#[must_use]
pub fn planted_in(text: &str) -> BTreeSet<String> {
    places(text).into_iter().map(|(start, _, end)| text[start..end].to_owned()).collect()
}

/// The text without the secrets of fixtures; it still tells where they lay.
#[must_use]
pub fn scrubbed(text: &str) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (_, digits, end) in places(text) {
        out.push_str(&text[done..digits]);
        out.push_str(HIDDEN);
        done = end;
    }
    out + &text[done..]
}

/// Which of the secrets a text holds: as they are, in base64 at any alignment, in hexadecimal digits, or with escapes of
/// a URL.
#[must_use]
pub fn found_in<'a>(text: &str, secrets: impl IntoIterator<Item = &'a String>) -> Vec<&'a String> {
    let secrets: Vec<(&String, BTreeSet<String>)> = secrets.into_iter().map(|secret| (secret, forms(secret))).collect();
    // As a rule there is none, which is told by one look at the text for all: it may be a log of many megabytes.
    let all = secrets.iter().flat_map(|(_, forms)| forms).map(|form| regex::escape(form));
    let any = all.collect::<Vec<_>>().join("|");
    if regex::Regex::new(&any).is_ok_and(|any| !any.is_match(text)) {
        return Vec::new();
    }
    let held = |forms: &BTreeSet<String>| forms.iter().any(|form| text.contains(form.as_str()));
    secrets.into_iter().filter(|(_, forms)| held(forms)).map(|(secret, _)| secret).collect()
}

/// Start, start of the digits, and end of each secret of a fixture.
fn places(text: &str) -> Vec<(usize, usize, usize)> {
    let found = text.match_indices(MARK).filter_map(|(start, _)| {
        let after = start + MARK.len();
        let place = text[after..].find(|c: char| !c.is_ascii_lowercase()).unwrap_or_default();
        let named = text[after + place..].strip_prefix('-').map(|_| after + place + 1);
        let is_digit = |c: char| c.is_ascii_hexdigit() && !c.is_ascii_uppercase();
        [named, Some(after)].into_iter().flatten().find_map(|digits| {
            let count = text[digits..].find(|c| !is_digit(c)).unwrap_or(text.len() - digits);
            (count >= 12).then_some((start, digits, digits + count))
        })
    });
    found.collect()
}

fn forms(secret: &str) -> BTreeSet<String> {
    let mut forms = vec![secret.to_owned(), hex::encode(secret)];
    forms.push(secret.bytes().map(|byte| format!("%{byte:02X}")).collect());
    forms.push(secret.replace('-', "%2D"));
    // Three bytes make four characters: what comes before decides the first of them, what comes after the last.
    forms.extend((0..3).map(|before| {
        let padded = [vec![0; before], secret.as_bytes().to_vec()].concat();
        let text = STANDARD_NO_PAD.encode(&padded);
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        text[first..last].to_owned()
    }));
    let url: Vec<String> = forms.iter().map(|form| form.replace('+', "-").replace('/', "_")).collect();
    forms.extend(url);
    forms.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_is_told_by_its_mark_and_hidden_but_for_its_place() {
        let text = r#"{"password":"never-travels-realm-0123456789ab","x":"DB=never-travels-00aa11bb22cc33dd;"}"#;
        let planted: Vec<String> = planted_in(text).into_iter().collect();
        assert_eq!(planted, ["never-travels-00aa11bb22cc33dd", "never-travels-realm-0123456789ab"]);
        let hidden = scrubbed(text);
        assert_eq!(
            hidden,
            r#"{"password":"never-travels-realm-***REDACTED***","x":"DB=never-travels-***REDACTED***;"}"#
        );
        assert!(found_in(&hidden, &planted).is_empty());
        assert_eq!(scrubbed("it never-travels-far"), "it never-travels-far");
        assert_eq!(planted_in("never-travels-decade-0123456789ab").len(), 1, "a place may be of digits' letters");
    }

    #[test]
    fn what_only_begins_like_a_secret_is_none_in_any_clothing() {
        let (secret, other) = ("never-travels-0123456789ab", "never-travels-0123456789ff");
        for text in [other.to_owned(), STANDARD.encode(other), URL_SAFE.encode(other), hex::encode(other)] {
            assert!(found_in(&text, &[secret.to_owned()]).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_secret_is_found_in_any_clothing(before in "[ -~]{0,9}", after in "[ -~]{0,9}", secret in "[a-z0-9-]{12,40}") {
            let whole = format!("{before}{secret}{after}");
            let secrets = [secret];
            for text in [whole.clone(), STANDARD.encode(&whole), URL_SAFE.encode(&whole), hex::encode(&whole)] {
                prop_assert_eq!(found_in(&format!("log: {text}\n"), &secrets).len(), 1, "{}", text);
            }
        }
    }
}
