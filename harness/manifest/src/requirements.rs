//! The sentences of the specification by their ids: what was demanded stands beside what failed.

/// As it stands in this repository; a manifest that names other ids gets no sentences for them.
const SPECIFICATION: &str = include_str!("../../../SPEC.md");

/// What an entry of the specification begins with, before its id.
const ENTRY: &str = "- **R-";

/// All ids, such as `R-E1-2`, in their order.
pub fn ids() -> impl Iterator<Item = String> {
    SPECIFICATION.split(ENTRY).skip(1).filter_map(|entry| Some(format!("R-{}", entry.split_once("** ")?.0)))
}

/// The sentence with this id, such as `R-E1-2`, on one line and without marks of Markdown.
#[must_use]
pub fn sentence(id: &str) -> Option<String> {
    let start = SPECIFICATION.find(&format!("- **{id}** "))?;
    let entry = SPECIFICATION[start..].split_once("** ")?.1;
    let end = ["\n- **R-", "\n\n", "\n#"].iter().filter_map(|mark| entry.find(mark)).min().unwrap_or(entry.len());
    let words: Vec<&str> = entry[..end].split_whitespace().collect();
    Some(words.join(" ").replace(['`', '*'], ""))
}

/// Whether a conformant implementation must do it: what begins with SHOULD it may leave, and then all that follows from it.
#[must_use]
pub fn is_must(id: &str) -> bool {
    sentence(id).is_some_and(|text| text.split(". ").next().is_some_and(|first| !first.contains("SHOULD")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_whole_and_ends_where_the_next_begins() {
        let sentence = sentence("R-E1-2").unwrap();
        assert!(sentence.starts_with("After a restore of the whole artifact"), "{sentence}");
        assert!(sentence.ends_with("say verified."), "{sentence}");
        assert_eq!(super::sentence("R-E1-99"), None);
        assert_eq!(super::sentence("R-E1-"), None);
    }

    #[test]
    fn what_a_conformant_implementation_may_leave_is_no_must() {
        let optional: Vec<String> = ids().filter(|id| !is_must(id)).collect();
        assert_eq!(optional, ["R-EC4-3", "R-P-8", "R-P-9"]);
    }
}
