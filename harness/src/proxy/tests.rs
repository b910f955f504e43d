//! Every protocol: bytes in any pieces, and cuts on a socket.

use std::{net::Ipv4Addr, sync::Arc};

use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    conversation::{Conversation, FromClient},
    fault::{Fault, Gate},
    kafka, listener, mongodb, postgres,
    request::Request,
    s3,
};
use crate::stack::Service;

/// What a conversation makes of these pieces.
pub(super) fn hear_client(it: &mut dyn Conversation, pieces: &[&[u8]]) -> Vec<FromClient> {
    pieces.iter().flat_map(|piece| it.hear_client(piece).unwrap()).collect()
}

/// `Read find` of every request.
pub(super) fn names(heard: &[FromClient]) -> Vec<String> {
    let requests = heard.iter().filter_map(|it| match it {
        FromClient::Forward(_, Some((_, Request { access, name }))) => Some(format!("{access:?} {name}")),
        _ => None,
    });
    requests.collect()
}

fn forwarded(heard: &[FromClient]) -> Vec<u8> {
    let bytes = heard.iter().map(|it| match it {
        FromClient::Forward(bytes, _) | FromClient::Answer(bytes) => bytes.as_slice(),
    });
    bytes.collect::<Vec<_>>().concat()
}

fn split<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

type Making = fn() -> (Box<dyn Conversation>, Vec<u8>);

const PROTOCOLS: [Making; 4] = [
    || (Box::<postgres::Postgres>::default(), postgres::tests::session()),
    || (Box::<mongodb::Mongodb>::default(), mongodb::tests::session()),
    || (Box::new(kafka::tests::conversation()), kafka::tests::session()),
    || (Box::<s3::S3>::default(), s3::tests::session()),
];

#[test]
fn a_session_cut_at_any_place_is_the_same_session() {
    for making in PROTOCOLS {
        let (mut it, session) = making();
        let whole = hear_client(&mut *it, &[&session]);
        for at in 0..=session.len() {
            let heard = hear_client(&mut *making().0, &[&session[..at], &session[at..]]);
            assert_eq!((names(&heard), forwarded(&heard)), (names(&whole), session.clone()), "cut at {at}");
        }
    }
}

proptest! {
    #[test]
    fn a_session_in_any_pieces_is_the_same_session(cuts: Vec<prop::sample::Index>) {
        for making in PROTOCOLS {
            let (mut it, session) = making();
            let whole = names(&hear_client(&mut *it, &[&session]));
            let heard = hear_client(&mut *making().0, &split(&session, &cuts));
            prop_assert_eq!(names(&heard), whole);
            prop_assert_eq!(forwarded(&heard), session);
        }
    }

    #[test]
    fn bytes_of_no_protocol_do_no_harm(bytes: Vec<u8>, cuts: Vec<prop::sample::Index>) {
        for making in PROTOCOLS {
            let (mut it, _) = making();
            for piece in split(&bytes, &cuts) {
                if it.hear_client(piece).is_err() || it.hear_server(piece).is_err() {
                    break;
                }
            }
        }
    }
}

/// A backend that answers each request in HTTP and tells what it heard, and a client of a proxy before it.
struct Scene {
    gate: Arc<Gate>,
    port: u16,
    heard: tokio::sync::mpsc::UnboundedReceiver<String>,
    _sockets: Arc<listener::Sockets>,
}

impl Scene {
    async fn new() -> Self {
        let backend = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let to = backend.local_addr().unwrap().port();
        let (told, heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = backend.accept().await {
                let told = told.clone();
                tokio::spawn(async move {
                    let mut piece = [0; 1024];
                    while let Ok(count @ 1..) = client.read(&mut piece).await {
                        let text = String::from_utf8_lossy(&piece[..count]);
                        let _ = told.send(text.lines().next().unwrap_or_default().to_owned());
                        let _ = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                    }
                });
            }
        });
        let gate = Arc::new(Gate::new());
        let sockets = listener::Sockets::new(Service::S3, gate.clone());
        let port = sockets.port_for("127.0.0.1", to).unwrap();
        assert_eq!(sockets.port_for("127.0.0.1", to).unwrap(), port, "an address has one socket");
        Self { gate, port, heard, _sockets: sockets }
    }

    /// Whether a request is answered, on a connection of its own.
    async fn answered(&self, request: &str) -> bool {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap();
        ask(&mut stream, request).await
    }

    fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

async fn ask(stream: &mut TcpStream, request: &str) -> bool {
    let _ = stream.write_all(format!("{request} HTTP/1.1\r\n\r\n").as_bytes()).await;
    let mut answer = [0; 64];
    matches!(stream.read(&mut answer).await, Ok(1..))
}

#[tokio::test]
async fn a_write_is_cut_before_it_reaches_the_backend() {
    let mut scene = Scene::new().await;
    scene.gate.order(Fault::BeforeWrite(2));
    assert!(scene.answered("PUT /a").await);
    assert!(scene.answered("GET /a").await);
    assert!(!scene.answered("PUT /b").await);
    assert!(!scene.answered("GET /a").await, "it stays away");
    scene.gate.mend();
    assert!(scene.answered("PUT /c").await);
    assert_eq!(scene.heard(), ["PUT /a HTTP/1.1", "GET /a HTTP/1.1", "PUT /c HTTP/1.1"]);
}

#[tokio::test]
async fn a_write_is_carried_out_and_its_answer_is_not_told() {
    let mut scene = Scene::new().await;
    let mut other = TcpStream::connect((Ipv4Addr::LOCALHOST, scene.port)).await.unwrap();
    assert!(ask(&mut other, "GET /a").await);
    scene.gate.order(Fault::AfterWrite(1));
    assert!(!scene.answered("PUT /a").await);
    assert!(scene.gate.is_down());
    assert!(!ask(&mut other, "GET /a").await, "open connections end too");
    assert_eq!(scene.heard(), ["GET /a HTTP/1.1", "PUT /a HTTP/1.1"]);
    assert_eq!(scene.gate.take_counts().to_string(), "reads: 1 (1 GET {bucket}); writes: 1 (1 PUT {bucket})");
}

#[tokio::test]
async fn an_unreachable_backend_takes_no_request_until_it_is_mended() {
    let mut scene = Scene::new().await;
    scene.gate.order(Fault::Unreachable);
    assert!(!scene.answered("GET /a").await);
    scene.gate.mend();
    assert!(scene.answered("GET /b").await);
    assert_eq!(scene.heard(), ["GET /b HTTP/1.1"]);
}
