//! The sentences of the specification by their ids, so that a page tells what was demanded where it tells what failed.

/// As it stands in this repository; a manifest that names other ids gets no sentences for them.
const SPECIFICATION: &str = include_str!("../../../SPEC.md");

/// The sentence with this id, such as `R-E1-2`, on one line and without marks of Markdown.
pub(super) fn sentence(id: &str) -> Option<String> {
    let start = SPECIFICATION.find(&format!("- **{id}** "))?;
    let entry = SPECIFICATION[start..].split_once("** ")?.1;
    let end = ["\n- **R-", "\n\n", "\n#"].iter().filter_map(|mark| entry.find(mark)).min().unwrap_or(entry.len());
    let words: Vec<&str> = entry[..end].split_whitespace().collect();
    Some(words.join(" ").replace(['`', '*'], ""))
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
}
