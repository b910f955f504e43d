//! What a script of SQL does, from the first words of its statements.
//!
//! Enough for counting and for cutting, not a parser: a function with effects that a `SELECT` calls is a read here,
//! but for `setval`.

use super::request::{Access, Request};

/// Follows the transaction of one connection: its `COMMIT` is a write when something was written in it.
#[derive(Debug, Default)]
pub(super) struct Session {
    wrote: bool,
}

impl Session {
    /// Names a script after its first statement of the most far-reaching kind.
    pub(super) fn request(&mut self, script: &str) -> Request {
        let mut most = Request::new(Access::Session, "nothing");
        for (index, words) in statements(script).into_iter().enumerate() {
            let access = self.access(&words);
            if index == 0 || access > most.access {
                most = Request::new(access, name(&words));
            }
        }
        most
    }

    fn access(&mut self, words: &[String]) -> Access {
        let has = |word: &str| words.iter().any(|it| it == word);
        let access = match words[0].as_str() {
            "COMMIT" | "END" => {
                return if std::mem::take(&mut self.wrote) { Access::Write } else { Access::Session };
            }
            "ROLLBACK" if has("TO") => Access::Session,
            "BEGIN" | "START" | "ROLLBACK" | "ABORT" => {
                self.wrote = false;
                Access::Session
            }
            "SAVEPOINT" | "RELEASE" | "SET" | "RESET" | "SHOW" | "DISCARD" | "DEALLOCATE" | "LISTEN" | "UNLISTEN"
            | "CLOSE" => Access::Session,
            "SELECT" if has("INTO") || has("SETVAL") => Access::Write,
            "WITH" | "EXPLAIN" if changes(words) => Access::Write,
            "SELECT" | "WITH" | "EXPLAIN" | "VALUES" | "TABLE" | "DECLARE" | "FETCH" => Access::Read,
            _ => Access::Write,
        };
        self.wrote |= access == Access::Write;
        access
    }
}

/// Whether a query has a part that changes rows. `FOR UPDATE` only locks them.
fn changes(words: &[String]) -> bool {
    let follows_for = |index: usize| index > 0 && matches!(words[index - 1].as_str(), "FOR" | "KEY");
    words.iter().enumerate().any(|(index, word)| {
        matches!(word.as_str(), "INSERT" | "DELETE" | "MERGE") || (word == "UPDATE" && !follows_for(index))
    })
}

fn name(words: &[String]) -> String {
    let two = matches!(words[0].as_str(), "CREATE" | "ALTER" | "DROP" | "INSERT" | "DELETE");
    words[..words.len().min(if two { 2 } else { 1 })].join(" ")
}

/// The bare words of each statement, in capitals; quoted names, texts and comments are left out.
fn statements(script: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut words: Vec<String> = Vec::new();
    // Within the body of a function in SQL, semicolons separate no statements.
    let mut depth = 0_usize;
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
            let word = rest[..end].to_uppercase();
            rest = &rest[end..];
            if word == "E" && rest.starts_with('\'') {
                rest = after_quoted(&rest[1..], '\'', true);
                continue;
            }
            match word.as_str() {
                "ATOMIC" if words.last().is_some_and(|last| last == "BEGIN") => depth = 1,
                "CASE" if depth > 0 => depth += 1,
                "END" if depth > 0 => depth -= 1,
                _ => {}
            }
            words.push(word);
            continue;
        }
        rest = match first {
            '\'' | '"' => after_quoted(&rest[1..], first, false),
            '-' if rest.starts_with("--") => rest.find('\n').map_or("", |end| &rest[end..]),
            '/' if rest.starts_with("/*") => after_comment(&rest[2..]),
            '$' => after_dollars(rest),
            ';' if depth == 0 => {
                all.extend(Some(std::mem::take(&mut words)).filter(|words| !words.is_empty()));
                &rest[1..]
            }
            other => &rest[other.len_utf8()..],
        };
    }
    all.extend(Some(words).filter(|words| !words.is_empty()));
    all
}

fn after_quoted(rest: &str, quote: char, escapes: bool) -> &str {
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == quote {
            return &rest[at + quote.len_utf8()..];
        }
    }
    ""
}

/// Comments nest.
fn after_comment(mut rest: &str) -> &str {
    let mut open = 1;
    while open > 0 {
        let Some(at) = rest.find(['*', '/']) else { return "" };
        (open, rest) = match &rest.as_bytes()[at..] {
            [b'*', b'/', ..] => (open - 1, &rest[at + 2..]),
            [b'/', b'*', ..] => (open + 1, &rest[at + 2..]),
            _ => (open, &rest[at + 1..]),
        };
    }
    rest
}

/// After `$tag$ … $tag$`, or after a lone `$`.
fn after_dollars(rest: &str) -> &str {
    let end = rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(rest.len(), |end| end + 1);
    if !rest[end..].starts_with('$') || rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return &rest[1..];
    }
    let (tag, body) = rest.split_at(end + 1);
    body.find(tag).map_or("", |close| &body[close + tag.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(script: &str) -> String {
        let Request { access, name } = Session::default().request(script);
        format!("{access:?} {name}")
    }

    #[test]
    fn statements_are_named_and_told_apart() {
        let scripts = [
            "select 1",
            " -- a comment; not a statement\n/* drop table x; /* nested */ */ SELECT 'drop; table' FROM \"drop\"",
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "SET LOCAL search_path TO \"a;b\"; SET LOCAL lock_timeout TO '5s'",
            "SET LOCAL ROLE o;\nCREATE TABLE t (a text DEFAULT E'\\'; x');\nRESET ROLE;",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; COMMIT",
            "CREATE FUNCTION f() RETURNS int AS $a$ select 1; $$ ; drop $a$ LANGUAGE sql",
            "SELECT pg_catalog.setval('s', 7, true)",
            "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
            "WITH x AS (SELECT 1 FOR UPDATE) SELECT * FROM x",
            "SELECT * INTO copy FROM t",
            "insert into t values ($1, $2)",
            "DO $$ begin drop table t; end $$",
            "COMMIT",
            "",
            ";;",
            "'an open text",
            "$open$ text",
            "/* an open comment",
        ];
        insta::assert_snapshot!(scripts.map(|script| format!("{} <- {script:?}", told(script))).join("\n"));
    }

    #[test]
    fn a_commit_is_a_write_when_something_was_written() {
        let mut session = Session::default();
        let mut access = |script: &str| session.request(script).access;
        assert_eq!(access("BEGIN; SELECT 1"), Access::Read);
        assert_eq!(access("COMMIT"), Access::Session);
        assert_eq!(access("BEGIN; CREATE TABLE t ()"), Access::Write);
        assert_eq!(access("ROLLBACK TO SAVEPOINT s"), Access::Session);
        assert_eq!(access("COMMIT"), Access::Write);
        assert_eq!(access("COMMIT"), Access::Session);
        for end in ["ROLLBACK", "BEGIN; SELECT 1"] {
            assert_eq!(access("DROP TABLE t"), Access::Write);
            access(end);
            assert_eq!(access("COMMIT"), Access::Session, "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_named(script in ".*") {
            told(&script);
        }

        #[test]
        fn what_stands_in_a_text_does_not_matter(text in "[^'\\\\]*") {
            proptest::prop_assert_eq!(told(&format!("SELECT '{text}' AS x")), "Read SELECT");
        }
    }
}
