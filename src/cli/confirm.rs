//! Asking before an artifact goes into another tenant.

use std::io::{BufRead, Write};

use crate::{Error, ErrorKind, Result};

/// Where a question goes and where its answer comes from.
pub(super) struct Terminal<'a> {
    /// What they type.
    pub(super) input: &'a mut dyn BufRead,
    /// What they see.
    pub(super) output: &'a mut dyn Write,
}

/// Fails at once when a question will have to be asked and nobody is there to answer it.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`]; it says what to do.
pub(super) fn check_attended(source: &str, target: &str, attended: bool) -> Result<()> {
    if attended {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "the artifact was taken from `{source}` and would go into `{target}`, and nobody is there to confirm it: \
             look at `restore-engine preflight --tenant {target} ARTIFACT`, then say --yes"
        ),
    ))
}

/// Shows what there is to decide from, and asks unless `yes` was said already.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`] when the answer is no.
pub(super) fn confirm(shown: &str, source: &str, target: &str, yes: bool, terminal: Terminal<'_>) -> Result<()> {
    let unwritable = |error: std::io::Error| {
        Error::new(ErrorKind::InvalidRequest, "the terminal cannot be written to or read from").caused_by(error)
    };
    writeln!(terminal.output, "{shown}").map_err(unwritable)?;
    if yes {
        return Ok(());
    }
    write!(terminal.output, "\nRestore the artifact of `{source}` into `{target}`? [y/N] ").map_err(unwritable)?;
    terminal.output.flush().map_err(unwritable)?;
    let mut answer = String::new();
    terminal.input.read_line(&mut answer).map_err(unwritable)?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidRequest, "not confirmed; nothing was written"))
}

#[cfg(test)]
mod tests {
    use restore_model::{DomainKey, artifact::DomainStatus, identifier_map::IdentifierMap, space::Naming};

    use super::*;
    use crate::cli::{render, table::Style};

    fn ask(answer: &str, yes: bool) -> (Result<()>, String) {
        let naming = Naming::default();
        let domains = DomainKey::ALL.map(|domain| (domain, DomainStatus::Ok));
        let map = IdentifierMap::propose(&naming.space_of("acme"), &naming.space_of("globex"), &domains[..4]);
        let shown = render::identifier_map(&map, Style::plain());
        let mut output = Vec::new();
        let terminal = Terminal { input: &mut answer.as_bytes(), output: &mut output };
        let result = confirm(&shown, "acme", "globex", yes, terminal);
        (result, String::from_utf8(output).unwrap())
    }

    #[test]
    fn the_map_is_shown_before_the_question() {
        let (result, seen) = ask("y\n", false);
        result.unwrap();
        insta::assert_snapshot!(seen);
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for answer in ["", "\n", "n\n", "yep\n"] {
            assert!(ask(answer, false).0.is_err(), "{answer:?}");
        }
        ask("", true).0.unwrap();
    }

    #[test]
    fn without_a_terminal_it_says_what_to_do() {
        check_attended("acme", "globex", true).unwrap();
        insta::assert_snapshot!(check_attended("acme", "globex", false).unwrap_err().to_string());
    }
}
