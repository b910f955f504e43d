//! Just enough of URLs to show an address without its credentials.

use super::{Secret, StackError};
use crate::stack::endpoints::Login;

pub(super) struct Parts {
    pub(super) login: Login,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) path: String,
    pub(super) query: String,
}

pub(super) fn parse(field: &str, text: &Secret) -> Result<Parts, StackError> {
    let wrong = |what: &str| StackError::External(format!("{field}: {what}"));
    let it = reqwest::Url::parse(text).map_err(|error| wrong(&format!("is no URL: {error}")))?;
    let decode = |text: &str| percent_decode(text).ok_or_else(|| wrong("has a broken %-escape"));
    Ok(Parts {
        login: Login {
            username: decode(it.username())?,
            password: Secret::new(decode(it.password().unwrap_or_default())?),
        },
        host: it.host_str().ok_or_else(|| wrong("names no host"))?.to_owned(),
        port: it.port(),
        path: decode(it.path().trim_start_matches('/'))?,
        query: it.query().unwrap_or_default().to_owned(),
    })
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
