//! HTTP/1.1 as S3 speaks it: bodies by length or in chunks, connections that are kept, nothing pipelined.

use super::{
    bytes::{Buffer, text},
    conversation::{Conversation, FromClient, FromServer, Ordinals, Unintelligible},
    request::{Access, Request},
};

/// Longer than any head that a server takes.
const LONGEST_HEAD: usize = 64 << 10;

/// One connection to an endpoint whose buckets are addressed by path.
#[derive(Debug, Default)]
pub(super) struct S3 {
    client: Buffer,
    part: Part,
    ordinals: Ordinals,
}

/// What the next bytes are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    Head,
    /// So many bytes of a body.
    Body(u64),
    /// The line that tells the size of a chunk.
    ChunkSize,
    /// So many bytes of a chunk and its line end.
    Chunk(u64),
    /// Lines after the last chunk, up to an empty one.
    Trailer,
}

impl S3 {
    fn next(&mut self) -> Result<Option<FromClient>, Unintelligible> {
        match self.part {
            Part::Head => {
                let Some(head) = self.until(b"\r\n\r\n")? else { return Ok(None) };
                let (request, part) = read_head(&text(&head))?;
                self.part = part;
                Ok(Some(FromClient::Forward(head, Some(self.ordinals.next(request)))))
            }
            Part::Body(left) => Ok(self.some(left).map(|(bytes, left)| {
                self.part = if left == 0 { Part::Head } else { Part::Body(left) };
                FromClient::Forward(bytes, None)
            })),
            Part::Chunk(left) => Ok(self.some(left).map(|(bytes, left)| {
                self.part = if left == 0 { Part::ChunkSize } else { Part::Chunk(left) };
                FromClient::Forward(bytes, None)
            })),
            Part::ChunkSize => {
                let Some(line) = self.until(b"\r\n")? else { return Ok(None) };
                let stated = text(&line);
                let digits = stated.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(digits, 16)
                    .map_err(|_| Unintelligible::new(format!("a chunk states a size of {digits:?}")))?;
                self.part = if size == 0 { Part::Trailer } else { Part::Chunk(size.saturating_add(2)) };
                Ok(Some(FromClient::Forward(line, None)))
            }
            Part::Trailer => Ok(self.until(b"\r\n")?.map(|line| {
                if line == b"\r\n" {
                    self.part = Part::Head;
                }
                FromClient::Forward(line, None)
            })),
        }
    }

    /// Up to and with `end`.
    fn until(&mut self, end: &[u8]) -> Result<Option<Vec<u8>>, Unintelligible> {
        let found = self.client.seen().windows(end.len()).position(|window| window == end);
        match found {
            Some(at) => Ok(self.client.take(at + end.len())),
            None if self.client.seen().len() > LONGEST_HEAD => Err(Unintelligible::new("a head does not end")),
            None => Ok(None),
        }
    }

    /// What is there of the next `left` bytes, and how many are left then.
    fn some(&mut self, left: u64) -> Option<(Vec<u8>, u64)> {
        let there = self.client.seen().len();
        let count = usize::try_from(left).map_or(there, |left| left.min(there));
        let bytes = self.client.take(count).filter(|bytes| !bytes.is_empty())?;
        Some((bytes, left - count as u64))
    }
}

/// The request, and what follows its head.
fn read_head(head: &str) -> Result<(Request, Part), Unintelligible> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1")) = (words.next(), words.next(), words.next()) else {
        return Err(Unintelligible::new("the head of a request is none of HTTP/1.1"));
    };
    let headers = || lines.clone().filter_map(|line| line.split_once(':'));
    let value = |name: &str| headers().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    let part = match (value("transfer-encoding"), value("content-length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => Part::ChunkSize,
        (Some(coding), _) => return Err(Unintelligible::new(format!("a body comes as {coding}"))),
        (None, None) => Part::Head,
        (None, Some(length)) => match length.parse() {
            Ok(0) => Part::Head,
            Ok(length) => Part::Body(length),
            Err(_) => return Err(Unintelligible::new(format!("a body has {length} bytes"))),
        },
    };
    let access = if matches!(method, "GET" | "HEAD" | "OPTIONS") { Access::Read } else { Access::Write };
    Ok((Request::new(access, format!("{method} {}", place(target))), part))
}

/// `/`, `{bucket}?versioning`, `{bucket}/{key}`: names and values are left out.
fn place(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let place = match path.trim_start_matches('/').split_once('/') {
        None if path == "/" => "/",
        None | Some((_, "")) => "{bucket}",
        Some(_) => "{bucket}/{key}",
    };
    // S3 names a part of a bucket by a parameter without a value.
    let part = query.split('&').map(|it| it.strip_suffix('=').unwrap_or(it));
    match part.into_iter().find(|it| !it.is_empty() && !it.contains('=')) {
        Some(part) => format!("{place}?{part}"),
        None => place.to_owned(),
    }
}

impl Conversation for S3 {
    fn hear_client(&mut self, bytes: &[u8]) -> Result<Vec<FromClient>, Unintelligible> {
        self.client.push(bytes);
        let mut all = Vec::new();
        while let Some(one) = self.next()? {
            all.push(one);
        }
        Ok(all)
    }

    fn hear_server(&mut self, bytes: &[u8]) -> Result<Vec<FromServer>, Unintelligible> {
        // A server that only says that it will read the body has done nothing yet.
        let begun = bytes.starts_with(b"HTTP/1.1 100");
        Ok(vec![FromServer { bytes: bytes.to_vec(), answered: self.ordinals.last().filter(|_| !begun) }])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::{hear_client, names};
    use super::*;

    /// What a client says in a short session.
    pub(in super::super) fn session() -> Vec<u8> {
        [
            "GET /?prefix=acme-&x-id=ListBuckets HTTP/1.1\r\nHost: s3\r\n\r\n",
            "PUT /acme-invoices HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
            "PUT /acme-invoices?versioning HTTP/1.1\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n",
            "PUT /acme-invoices/?policy= HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "4;signature=x\r\nGET \r\n2\r\n\r\n\r\n0\r\ntrailer: GET\r\n\r\n",
            "GET /acme-invoices?versioning HTTP/1.1\r\n\r\n",
            "GET /acme-invoices?list-type=2&prefix=a HTTP/1.1\r\n\r\n",
            "POST /acme-invoices/?delete HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
            "DELETE /acme-invoices/a/b HTTP/1.1\r\n\r\n",
        ]
        .concat()
        .into_bytes()
    }

    #[test]
    fn requests_are_named_without_names_of_buckets_and_bodies_are_passed_over() {
        let heard = hear_client(&mut S3::default(), &[&session()]);
        insta::assert_snapshot!(names(&heard).join("\n"), @r"
        Read GET /
        Write PUT {bucket}
        Write PUT {bucket}?versioning
        Write PUT {bucket}?policy
        Read GET {bucket}?versioning
        Read GET {bucket}
        Write POST {bucket}?delete
        Write DELETE {bucket}/{key}
        ");
    }

    #[test]
    fn a_server_that_asks_for_the_body_has_not_answered_yet() {
        let mut it = S3::default();
        it.hear_client(b"PUT /b HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n").unwrap();
        let answered = |it: &mut S3, text: &str| it.hear_server(text.as_bytes()).unwrap()[0].answered;
        assert_eq!(answered(&mut it, "HTTP/1.1 100 Continue\r\n\r\n"), None);
        assert_eq!(answered(&mut it, "HTTP/1.1 200 OK\r\n"), Some(1));
    }

    #[test]
    fn what_is_no_request_is_not_followed() {
        for (text, why) in [
            ("\x16\x03\x01 hello\r\n\r\n", "none of HTTP/1.1"),
            ("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "gzip"),
            ("PUT / HTTP/1.1\r\nContent-Length: many\r\n\r\n", "many"),
            ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "xyz"),
        ] {
            let error = S3::default().hear_client(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
