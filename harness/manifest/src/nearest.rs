//! The word that somebody may have meant.

/// Words that have less in common than this are no likely slip, as `clap` has it for options.
const LEAST: f64 = 0.7;

/// Of the known words, the one most like this, if any is like it.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = known.into_iter().map(|it| (strsim::jaro_winkler(word, it), it)).filter(|(like, _)| *like > LEAST);
    likeness.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, it)| it)
}

/// That a word is not known: the one that may have been meant, or else all.
#[must_use]
pub fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(it) => format!("there is no {what} `{word}`; did you mean `{it}`?"),
        None => format!("there is no {what} `{word}`; there are {}", known.join(", ")),
    }
}

/// A message of serde about a member or a value that is not known, with the one that may have been meant instead of all that there
/// are. Any other message stays as it is.
#[must_use]
pub fn suggested(message: &str) -> String {
    suggestion(message).unwrap_or_else(|| message.to_owned())
}

/// Of "…unknown field `a`, expected one of `b`, `c` at line 1", what stands before the comma, and after the last known word.
fn suggestion(message: &str) -> Option<String> {
    let start = ["unknown field `", "unknown variant `"].iter().find_map(|it| Some(message.find(it)? + it.len()))?;
    let (word, rest) = message[start..].split_once("`, expected ")?;
    let told = &message[..start + word.len() + 1];
    let (listed, place) = rest.rsplit_once('`').unwrap_or((rest, ""));
    // What is between them stands in ticks no more than they do: `, ` and ` or `.
    let known = listed.split('`').skip(1).step_by(2);
    let meant = nearest(word, known)?;
    Some(format!("{told}; did you mean `{meant}`?{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_with_what_was_meant_and_anything_else_with_all_there_is() {
        let known = ["faults", "replicas", "runs"];
        assert_eq!(unknown("capability", "fault", &known), "there is no capability `fault`; did you mean `faults`?");
        assert_eq!(unknown("capability", "x", &known), "there is no capability `x`; there are faults, replicas, runs");
    }

    #[test]
    fn what_serde_says_of_a_slip_names_what_was_meant_and_keeps_its_place() {
        insta::assert_snapshot!([
            "unknown field `capabilites`, expected one of `base_url`, `capabilities`, `domains` at line 3 column 1",
            "a.b: unknown field `commands`, expected `command` or `env`",
            "unknown field `pathh`, expected `path`",
            "mode: unknown variant `strikt`, expected `strict` or `compatible` at line 4 column 7",
            "unknown field `moon`, expected one of `base_url`, `capabilities` at line 1 column 1",
            "unknown field `command`, there are no fields",
            "missing field `name` at line 1 column 17",
        ].map(suggested).join("\n"), @"
        unknown field `capabilites`; did you mean `capabilities`? at line 3 column 1
        a.b: unknown field `commands`; did you mean `command`?
        unknown field `pathh`; did you mean `path`?
        mode: unknown variant `strikt`; did you mean `strict`? at line 4 column 7
        unknown field `moon`, expected one of `base_url`, `capabilities` at line 1 column 1
        unknown field `command`, there are no fields
        missing field `name` at line 1 column 17
        ");
    }
}
