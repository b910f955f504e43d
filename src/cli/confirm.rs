//! Asking before an artifact goes into another tenant.

use std::io::{BufRead, Write};

use restore_model::identifier_map::IdentifierMap;

use super::{render, table::Style};
use crate::{Error, ErrorKind, Result};

/// Where a question goes and where its answer comes from.
pub(super) struct Terminal<'a> {
    /// Whether somebody is there.
    pub(super) interactive: bool,
    /// What they type.
    pub(super) input: &'a mut dyn BufRead,
    /// What they see.
    pub(super) output: &'a mut dyn Write,
    /// How tables look.
    pub(super) style: Style,
}

/// Shows the map, and asks unless `yes` was said already.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`] when nobody is there to answer, or the answer is no; it says what to do.
pub(super) fn confirm(
    map: &IdentifierMap,
    source: &str,
    target: &str,
    yes: bool,
    terminal: Terminal<'_>,
) -> Result<()> {
    if !yes && !terminal.interactive {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            format!(
                "the artifact was taken from `{source}` and would go into `{target}`, and nobody is there to confirm \
                 it: look at `restore-engine identifier-map --tenant {target} ARTIFACT`, then say --yes"
            ),
        ));
    }
    let unwritable = |error: std::io::Error| {
        Error::new(ErrorKind::InvalidRequest, "the terminal cannot be written to or read from").caused_by(error)
    };
    let table = render::identifier_map(map, terminal.style);
    writeln!(terminal.output, "{table}").map_err(unwritable)?;
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
    use restore_model::{DomainKey, artifact::DomainStatus, space::Naming};

    use super::*;

    fn ask(answer: &str, yes: bool, interactive: bool) -> (Result<()>, String) {
        let naming = Naming::default();
        let domains = DomainKey::ALL.map(|domain| (domain, DomainStatus::Ok));
        let map = IdentifierMap::propose(&naming.space_of("acme"), &naming.space_of("globex"), &domains[..4]);
        let mut output = Vec::new();
        let terminal =
            Terminal { interactive, input: &mut answer.as_bytes(), output: &mut output, style: Style::plain() };
        let result = confirm(&map, "acme", "globex", yes, terminal);
        (result, String::from_utf8(output).unwrap())
    }

    #[test]
    fn the_map_is_shown_before_the_question() {
        let (result, seen) = ask("y\n", false, true);
        result.unwrap();
        insta::assert_snapshot!(seen);
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for answer in ["", "\n", "n\n", "yep\n"] {
            assert!(ask(answer, false, true).0.is_err(), "{answer:?}");
        }
        ask("", true, false).0.unwrap();
    }

    #[test]
    fn without_a_terminal_it_says_what_to_do() {
        let (result, seen) = ask("y\n", false, false);
        assert_eq!(seen, "");
        insta::assert_snapshot!(result.unwrap_err().to_string());
    }
}
