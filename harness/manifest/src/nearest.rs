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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_with_what_was_meant_and_anything_else_with_all_there_is() {
        let known = ["faults", "replicas", "runs"];
        assert_eq!(unknown("capability", "fault", &known), "there is no capability `fault`; did you mean `faults`?");
        assert_eq!(unknown("capability", "x", &known), "there is no capability `x`; there are faults, replicas, runs");
    }
}
