//! `conformance steps`.

use std::fmt::Write as _;

use clap::Args;

use crate::{
    features,
    run::{EXIT_PASSED, EXIT_USAGE},
    steps::vocabulary::{about, examples, sentences},
};

/// Print the sentences that scenarios are made of, by concept, each with an example from the features.
#[derive(Debug, Args)]
pub struct Options {
    /// Only sentences that contain this
    #[arg(value_name = "TEXT")]
    containing: Option<String>,
}

impl Options {
    /// Prints, and returns the exit code.
    pub(super) fn run(&self) -> u8 {
        match text(self.containing.as_deref().unwrap_or_default()) {
            Ok(text) if text.is_empty() => {
                eprintln!("no sentence contains this; without it all are printed");
                EXIT_USAGE
            }
            Ok(text) => {
                print!("{text}");
                EXIT_PASSED
            }
            Err(problem) => {
                eprintln!("{problem}");
                EXIT_USAGE
            }
        }
    }
}

fn text(containing: &str) -> Result<String, String> {
    let (sentences, mut features) = (sentences(), features::load()?);
    features.extend(features::kept::example()?);
    let examples = examples(sentences, &features);
    let mut text = String::new();
    let mut concept = "";
    for sentence in sentences.iter().filter(|it| it.pattern.contains(containing)) {
        if sentence.concept != concept {
            concept = &sentence.concept;
            let space = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{space}{concept}: {}", about(concept).unwrap_or_default());
        }
        let _ = writeln!(text, "  {} {}", sentence.keyword, sentence.pattern);
        if let Some(example) = examples.get(&(sentence.keyword, sentence.pattern.clone())) {
            let _ = writeln!(text, "    as in: {example}");
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_vocabulary_is_told_by_concept_with_examples() {
        insta::assert_snapshot!(super::text("the backend of").unwrap());
        assert!(super::text("the moon").unwrap().is_empty());
    }
}
