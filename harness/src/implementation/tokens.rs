//! Where the tokens of requests come from.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tokio::{process::Command, sync::Mutex};

use super::{Grant, Minter};
use crate::timeouts;

/// How long a token lives that the suite signs: longer than any run.
const LIFETIME: Duration = Duration::hours(12);

/// Where tokens come from: exactly one of `env`, `file`, `command` and `signing_key`. Each token must allow everything that
/// the interface offers. Without any, the suite signs tokens with a key of its own, whose public half it hands to the
/// copies that it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TokenSource {
    /// The variable of the suite's environment that holds a token.
    pub env: Option<String>,
    /// The file that holds a token, seen from the folder of this file.
    pub file: Option<PathBuf>,
    /// A program and its arguments: it prints a token, and is asked anew when that one is about to end. It runs in the folder
    /// of this file.
    pub command: Option<Vec<String>>,
    /// How long a token of `command` may be used, in seconds, where it is no JWT that says so itself (`exp`).
    #[schemars(range(min = 1))]
    pub lifetime_seconds: Option<u64>,
    /// A private Ed25519 key (PEM, PKCS#8) whose public half the implementation trusts, seen from the folder of this file: the
    /// suite signs tokens with it, also expired ones and ones of fewer scopes.
    pub signing_key: Option<PathBuf>,
}

/// Gives tokens to requests.
#[derive(Debug, Default)]
pub struct Tokens {
    minter: Minter,
    given: Option<Given>,
}

/// Tokens that the suite does not sign.
#[derive(Debug)]
enum Given {
    Fixed(String),
    Printed(Printed),
}

/// Tokens that a program prints.
struct Printed {
    command: Vec<String>,
    folder: PathBuf,
    lifetime: Option<Duration>,
    /// The last one, and when it is to be asked for anew.
    last: Mutex<Option<(String, Option<OffsetDateTime>)>>,
}

impl std::fmt::Debug for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Printed").field("command", &self.command).finish_non_exhaustive()
    }
}

impl TokenSource {
    /// What is wrong with it.
    pub(super) fn flaw(&self) -> Option<String> {
        let sources = [
            ("env", self.env.is_some()),
            ("file", self.file.is_some()),
            ("command", self.command.is_some()),
            ("signing_key", self.signing_key.is_some()),
        ];
        let given: Vec<&str> = sources.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        if given.len() != 1 {
            let has = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
            return Some(format!(
                "`token` has {has} of `env`, `file`, `command` and `signing_key`: it takes exactly one; leave `token` out where \
                 the suite is to sign tokens for copies that it starts"
            ));
        }
        if self.command.as_ref().is_some_and(Vec::is_empty) {
            return Some("`token.command` is empty: it is the program and its arguments".into());
        }
        if self.lifetime_seconds.is_some() && self.command.is_none() {
            return Some("`token.lifetime_seconds` is for tokens of `token.command`".into());
        }
        None
    }

    /// Whether the suite signs them itself, whatever their scope and age.
    pub(super) const fn is_minted(&self) -> bool {
        self.signing_key.is_some()
    }

    /// Reads what it names.
    ///
    /// # Errors
    /// Names the variable or file that is not there, or holds nothing.
    pub(super) fn open(&self, folder: &Path) -> Result<Tokens, String> {
        let read = |member: &str, path: &Path| {
            let path = folder.join(path);
            std::fs::read_to_string(&path).map_err(|error| format!("`token.{member}`: {}: {error}", path.display()))
        };
        if let Some(path) = &self.signing_key {
            let pem = read("signing_key", path)?;
            let minter = Minter::from_pem(&pem).map_err(|error| {
                format!(
                    "`token.signing_key`: {}: {error}; `openssl genpkey -algorithm ed25519` makes one",
                    path.display()
                )
            })?;
            return Ok(Tokens { minter, given: None });
        }
        let given = match (&self.env, &self.file, &self.command) {
            (Some(name), ..) => {
                let token = std::env::var(name).map_err(|_| format!("`token.env`: the variable {name} is not set"))?;
                Given::Fixed(tidy("env", &token)?)
            }
            (_, Some(path), _) => Given::Fixed(tidy("file", &read("file", path)?)?),
            (.., Some(command)) => Given::Printed(Printed {
                command: command.clone(),
                folder: folder.to_owned(),
                lifetime: self.lifetime_seconds.map(|it| Duration::seconds(it.try_into().unwrap_or(i64::MAX))),
                last: Mutex::default(),
            }),
            (None, None, None) => return Err(self.flaw().unwrap_or_default()),
        };
        Ok(Tokens { given: Some(given), ..Tokens::default() })
    }
}

impl Tokens {
    /// What copies that the suite starts verify tokens with, as PEM.
    #[must_use]
    pub fn public_key(&self) -> &str {
        self.minter.public_key()
    }

    /// A token that allows this.
    ///
    /// # Errors
    /// When there is none, or none of so few scopes.
    pub async fn good(&self, grant: Grant) -> Result<String, String> {
        match &self.given {
            None => Ok(self.minter.mint(grant, LIFETIME)),
            Some(_) if grant != Grant::All => Err("the tokens are given: none of fewer scopes can be made".into()),
            Some(Given::Fixed(token)) => Ok(token.clone()),
            Some(Given::Printed(it)) => it.token(OffsetDateTime::now_utc()).await,
        }
    }

    /// A good one but for its age.
    ///
    /// # Errors
    /// When the suite does not sign tokens.
    pub fn expired(&self) -> Result<String, String> {
        match self.given {
            None => Ok(self.minter.mint(Grant::All, Duration::hours(-1))),
            Some(_) => Err("the tokens are given: no expired one can be made".into()),
        }
    }

    /// A good one but for its key.
    #[must_use]
    pub fn foreign() -> String {
        Minter::new().mint(Grant::All, LIFETIME)
    }

    /// What must not be shown.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        match &self.given {
            None => Vec::new(),
            Some(Given::Fixed(token)) => vec![token.clone()],
            Some(Given::Printed(it)) => it
                .last
                .try_lock()
                .ok()
                .and_then(|last| last.as_ref().map(|(token, _)| token.clone()))
                .into_iter()
                .collect(),
        }
    }
}

impl Printed {
    async fn token(&self, now: OffsetDateTime) -> Result<String, String> {
        let mut last = self.last.lock().await;
        if let Some((token, until)) = &*last
            && until.is_none_or(|until| now < until)
        {
            return Ok(token.clone());
        }
        let token = self.print().await?;
        // One that says nothing of its end is taken to last.
        let end = expiry(&token).or_else(|| self.lifetime.map(|lifetime| now + lifetime));
        let until = end.map(|end| end - timeouts::TOKEN_LEFT);
        *last = Some((token.clone(), until));
        Ok(token)
    }

    async fn print(&self) -> Result<String, String> {
        let told = |problem: String| format!("`token.command` {}: {problem}", self.command.join(" "));
        let (program, arguments) = self.command.split_first().ok_or_else(|| told("is empty".into()))?;
        let program = if program.contains('/') { self.folder.join(program) } else { program.into() };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(timeouts::TOKEN_COMMAND, command.output()).await;
        let output = output.map_err(|_| told(format!("it prints no token within {:?}", timeouts::TOKEN_COMMAND)))?;
        let output = output.map_err(|error| told(error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(told(format!("{}: {}", output.status, said.trim())));
        }
        tidy("command", &String::from_utf8_lossy(&output.stdout))
    }
}

/// A token as a header can carry it.
fn tidy(member: &str, text: &str) -> Result<String, String> {
    let token = text.trim();
    match token {
        "" => Err(format!("`token.{member}`: it holds no token")),
        _ if token.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Err(format!("`token.{member}`: it holds more than one word; only the token itself, without `Bearer`"))
        }
        _ => Ok(token.to_owned()),
    }
}

/// When a JWT ends. Nothing for any other token.
fn expiry(token: &str) -> Option<OffsetDateTime> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    OffsetDateTime::from_unix_timestamp(claims["exp"].as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(yaml: &str) -> TokenSource {
        serde_yaml::from_str(yaml).unwrap()
    }

    #[test]
    fn exactly_one_source_is_taken_and_each_mistake_is_told() {
        let flaw = |yaml: &str| source(yaml).flaw().unwrap_or_else(|| "none".into());
        insta::assert_snapshot!(
            ["{}", "{env: A, file: b}", "{command: []}", "{env: A, lifetime_seconds: 3}", "{command: [a], lifetime_seconds: 3}"]
                .map(flaw)
                .join("\n"),
            @"
        `token` has none of `env`, `file`, `command` and `signing_key`: it takes exactly one; leave `token` out where the suite is to sign tokens for copies that it starts
        `token` has env and file of `env`, `file`, `command` and `signing_key`: it takes exactly one; leave `token` out where the suite is to sign tokens for copies that it starts
        `token.command` is empty: it is the program and its arguments
        `token.lifetime_seconds` is for tokens of `token.command`
        none
        "
        );
    }

    #[test]
    fn what_a_source_names_must_hold_a_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let told = |text: &str, yaml: &str| {
            std::fs::write(&file, text).unwrap();
            let error = source(yaml).open(folder.path()).unwrap_err();
            error.replace(&folder.path().display().to_string(), "DIR")
        };
        insta::assert_snapshot!(
            [
                told("", "file: token"),
                told("Bearer abc", "file: token"),
                told("abc", "file: tokens"),
                told("abc", "env: NO_SUCH_VARIABLE_OF_ANYBODY"),
                told("-----BEGIN RSA PRIVATE KEY-----", "signing_key: token"),
            ]
            .join("\n"),
            @"
        `token.file`: it holds no token
        `token.file`: it holds more than one word; only the token itself, without `Bearer`
        `token.file`: DIR/tokens: No such file or directory (os error 2)
        `token.env`: the variable NO_SUCH_VARIABLE_OF_ANYBODY is not set
        `token.signing_key`: token: it holds no private key in PEM (PKCS#8); `openssl genpkey -algorithm ed25519` makes one
        "
        );
    }

    #[tokio::test]
    async fn a_file_gives_one_token_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "abc\n").unwrap();
        let tokens = source("file: token").open(folder.path()).unwrap();
        assert_eq!(tokens.good(Grant::All).await.unwrap(), "abc");
        assert!(tokens.good(Grant::ExportOnly).await.is_err() && tokens.expired().is_err());
        assert_eq!(tokens.secrets(), ["abc"]);
    }

    #[tokio::test]
    async fn a_program_is_asked_anew_when_its_token_is_about_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let print = "echo x >> asked; echo token-$(wc -l < asked)";
        let yaml = format!("command: [sh, -c, '{print}']\nlifetime_seconds: 3600");
        let tokens = source(&yaml).open(folder.path()).unwrap();
        let Some(Given::Printed(printed)) = &tokens.given else { panic!("a command prints") };
        let now = OffsetDateTime::now_utc();
        assert_eq!(printed.token(now).await.unwrap(), "token-1");
        assert_eq!(printed.token(now + Duration::minutes(50)).await.unwrap(), "token-1");
        assert_eq!(printed.token(now + Duration::minutes(60)).await.unwrap(), "token-2");
        let failing = source("command: [sh, -c, 'echo no login >&2; exit 3']").open(folder.path()).unwrap();
        insta::assert_snapshot!(failing.good(Grant::All).await.unwrap_err(), @"`token.command` sh -c echo no login >&2; exit 3: exit status: 3: no login");
    }

    #[test]
    fn a_jwt_says_when_it_ends() {
        let now = OffsetDateTime::now_utc();
        let end = expiry(&Minter::new().mint(Grant::All, Duration::hours(1))).unwrap();
        assert!((end - now - Duration::hours(1)).abs() < Duration::seconds(5));
        assert_eq!(expiry("opaque"), None);
    }
}
