//! Tables: drawn on a terminal, plain columns elsewhere.

use std::io::IsTerminal;

use comfy_table::{ContentArrangement, Table, presets};

/// Terminals narrower than this wrap lines by themselves.
const NARROWEST: u16 = 60;

/// Builds tables for one output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    drawn: bool,
}

impl Style {
    /// Drawn when standard output is a terminal.
    #[must_use]
    pub(super) fn of_stdout() -> Self {
        Self { drawn: std::io::stdout().is_terminal() }
    }

    /// Drawn when the error output, on which questions are asked, is a terminal.
    #[must_use]
    pub(super) fn of_stderr() -> Self {
        Self { drawn: std::io::stderr().is_terminal() }
    }

    /// Columns separated by blanks; for pipes and tests.
    #[cfg(test)]
    #[must_use]
    pub(super) const fn plain() -> Self {
        Self { drawn: false }
    }

    /// Renders rows under a header.
    #[must_use]
    pub(super) fn render(self, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let mut table = Table::new();
        table.set_content_arrangement(ContentArrangement::Disabled);
        if self.drawn {
            table.load_preset(presets::UTF8_FULL_CONDENSED);
            // Pseudo-terminals may state no width; columns of one letter help nobody.
            if table.width().is_some_and(|width| width >= NARROWEST) {
                table.set_content_arrangement(ContentArrangement::Dynamic);
            }
        } else {
            table.load_preset(presets::NOTHING);
        }
        table.set_header(header.to_vec());
        for row in rows {
            table.add_row(row.iter().map(|cell| printable(cell)));
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// Text from artifacts and backends must not steer a terminal.
#[must_use]
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' => " ".to_owned(),
            character if character.is_control() => character.escape_default().to_string(),
            character => character.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb c");
    }
}
