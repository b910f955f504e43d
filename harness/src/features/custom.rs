//! Features that the user brings along: read from a folder, checked before anything is started.

use std::path::{Path, PathBuf};

use cucumber::{
    feature::Ext as _,
    gherkin::{EnvError, Feature, GherkinEnv, ParseFileError},
};

/// The tag, `@` left out, that every scenario has that the user brought along.
pub(super) const TAG: &str = "custom";

/// Every `.feature` file in `folder` and below, in the order of their paths, outlines expanded, each with [`TAG`].
///
/// # Errors
/// Names the file, the place and what to do.
pub(super) fn load(folder: &Path) -> Result<Vec<Feature>, String> {
    let files = files(folder, "feature")?;
    files.iter().map(|file| parse(file)).collect()
}

fn parse(file: &Path) -> Result<Feature, String> {
    let place = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{place}: {error}"))?;
    let parsed = Feature::parse_path(file, GherkinEnv::default());
    let mut feature = parsed.map_err(|error| format!("{place}{}", told(error, &text)))?;
    feature.path = Some(file.to_owned());
    if let Some(rule) = feature.rules.first() {
        let line = rule.position.line;
        return Err(format!("{place}:{line}: `Rule:` is not supported: put its scenarios right below the feature"));
    }
    if feature.scenarios.is_empty() {
        return Err(format!("{place}: it has no scenario"));
    }
    feature.tags.push(TAG.to_owned());
    feature.expand_examples().map_err(|error| format!("{place}: {error}"))
}

/// Where a text is no Gherkin, and why: `:4: Unknown keyword`.
fn told(error: ParseFileError, text: &str) -> String {
    match error {
        ParseFileError::Reading { source, .. } => format!(": {source}"),
        ParseFileError::Parsing { error: Some(error), .. } => {
            let at = line_of(&error, text).map_or_else(String::new, |line| format!(":{line}"));
            format!("{at}: {error}")
        }
        ParseFileError::Parsing { error: None, source, .. } => {
            // `Error at LINE:COLUMN: …`; its members are private.
            let words = source.to_string();
            let at = words.strip_prefix("Error at ").and_then(|rest| rest.split_once(": ")).map_or("", |(at, _)| at);
            format!(
                ":{at}: not Gherkin from here on: a feature is `Feature: TITLE`, then `Scenario: TITLE`, then steps that \
                 begin with Given, When, Then, And or But"
            )
        }
    }
}

/// The line that an error is about, where its text tells it: the parser itself knows only how far it came.
fn line_of(error: &EnvError, text: &str) -> Option<usize> {
    let cells = |line: &str| line.trim_start().starts_with('|').then(|| line.matches('|').count());
    let lines: Vec<&str> = text.lines().collect();
    let found = match error {
        EnvError::UnknownKeyword(keyword) => lines.iter().position(|line| line.trim_start().starts_with(&**keyword)),
        EnvError::InconsistentCellCount(_) => {
            let differs = |pair: &[&str]| matches!((cells(pair[0]), cells(pair[1])), (Some(a), Some(b)) if a != b);
            lines.windows(2).position(differs).map(|above| above + 1)
        }
        EnvError::UnsupportedLanguage(_) => lines.iter().position(|line| line.contains("language:")),
    };
    found.map(|position| position + 1)
}

/// The files of a folder and below that have this extension, sorted; at least one.
///
/// # Errors
/// When the folder cannot be read or has none.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error: std::io::Error| format!("cannot read the folder {}: {error}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(format!("there is no .{extension} file in {}", folder.display()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_told_with_file_line_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let broken = |text: &str| {
            let file = folder.path().join("orders.feature");
            std::fs::write(&file, text).unwrap();
            load(folder.path()).unwrap_err().replace(&folder.path().display().to_string(), "DIR")
        };
        insta::assert_snapshot!([
            load(folder.path()).unwrap_err().replace(&folder.path().display().to_string(), "DIR"),
            broken("Feature: a\n  Scenario: b\n    Given c\n    Wenn d\n"),
            broken("Feature: a\n"),
            broken("Feature: a\n  Rule: r\n    Scenario: b\n      Given c\n"),
            broken("Feature: a\n  Scenario Outline: <b>\n    Given c\n    Examples:\n      | b | c |\n      | 1 |\n"),
            broken("Feature: a\n  Szenario: b\n"),
            load(Path::new("/nowhere")).unwrap_err(),
        ].join("\n"), @r"
        there is no .feature file in DIR
        DIR/orders.feature:4: Unknown keyword: 'Wenn'.
        DIR/orders.feature: it has no scenario
        DIR/orders.feature:2: `Rule:` is not supported: put its scenarios right below the feature
        DIR/orders.feature:6: Inconsistent cell count
        DIR/orders.feature: it has no scenario
        cannot read the folder /nowhere: No such file or directory (os error 2)
        ");
    }
}
