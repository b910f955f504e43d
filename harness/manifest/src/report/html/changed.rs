//! Where two values differ: what they share at both ends, and the middle that is worth looking at.

use serde::Serialize;
use serde_json::Value;

/// A text of which only the middle differs from another one.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Marked {
    before: String,
    changed: String,
    after: String,
}

/// Both texts, marked against one another.
pub(super) fn mark(one: &str, other: &str) -> (Marked, Marked) {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let before = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - before;
    let after = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let cut = |text: &[char]| Marked {
        before: text[..before].iter().collect(),
        changed: text[before..text.len() - after].iter().collect(),
        after: text[text.len() - after..].iter().collect(),
    };
    (cut(&a), cut(&b))
}

/// A value on one line; what is not there is said in words.
pub(super) fn line(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".into(), Value::to_string)
}

/// A value on as many lines as it is worth.
pub(super) fn block(value: &Value) -> String {
    format!("{value:#}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_middle_is_marked() {
        let (desired, observed) = mark("numeric(10,2)", "numeric(12,2)");
        assert_eq!((&*desired.before, &*desired.changed, &*desired.after), ("numeric(1", "0", ",2)"));
        assert_eq!(observed.changed, "2");
        assert_eq!(mark("aa", "aaa").1.changed, "a", "what both ends share is counted once");
        assert_eq!(mark("é", "e").0.changed, "é");
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(one in ".{0,12}", other in ".{0,12}") {
            let (a, b) = mark(&one, &other);
            prop_assert_eq!(format!("{}{}{}", a.before, a.changed, a.after), one.clone());
            prop_assert_eq!(format!("{}{}{}", b.before, b.changed, b.after), other.clone());
            prop_assert_eq!(one == other, a.changed.is_empty() && b.changed.is_empty());
        }
    }
}
