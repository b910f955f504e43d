//! A broker that knows just enough of the protocol to refuse.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

const METADATA: i16 = 3;
const SASL_HANDSHAKE: i16 = 17;
const API_VERSIONS: i16 = 18;
const DESCRIBE_ACLS: i16 = 29;
const SASL_AUTHENTICATE: i16 = 36;

/// The newest versions before the flexible encoding.
const VERSIONS: [(i16, i16); 5] =
    [(METADATA, 8), (SASL_HANDSHAKE, 1), (API_VERSIONS, 0), (DESCRIBE_ACLS, 1), (SASL_AUTHENTICATE, 0)];

const UNSUPPORTED_VERSION: i16 = 35;
const SASL_AUTHENTICATION_FAILED: i16 = 58;

/// How it answers.
#[derive(Debug, Default)]
pub(super) struct Manners {
    /// How many logins are refused before the first is taken.
    pub(super) refused_logins: AtomicUsize,
    /// The error of every listing of entries, all of which are empty.
    pub(super) acl_error: i16,
    /// A bit for each operation that the user may do with the cluster.
    pub(super) cluster_operations: i32,
}

/// Starts one that lives as long as the process.
pub(super) fn start(manners: Manners) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let manners = Arc::new(manners);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let manners = Arc::clone(&manners);
            // A client that goes away ends its thread.
            std::thread::spawn(move || drop(serve(client, address, &manners)));
        }
    });
    address
}

fn serve(mut client: TcpStream, address: SocketAddr, manners: &Manners) -> std::io::Result<()> {
    loop {
        let mut size = [0; 4];
        client.read_exact(&mut size)?;
        let mut request = vec![0; u32::from_be_bytes(size) as usize];
        client.read_exact(&mut request)?;
        let key = i16::from_be_bytes([request[0], request[1]]);
        let version = i16::from_be_bytes([request[2], request[3]]);
        let mut answer = Answer(request[4..8].to_vec());
        let mut refused = false;
        match key {
            API_VERSIONS => {
                answer.i16(if version == 0 { 0 } else { UNSUPPORTED_VERSION }).i32(VERSIONS.len() as i32);
                for (key, newest) in VERSIONS {
                    answer.i16(key).i16(0).i16(newest);
                }
            }
            SASL_HANDSHAKE => drop(answer.i16(0).i32(1).text("PLAIN")),
            SASL_AUTHENTICATE => {
                let left = manners.refused_logins.load(Ordering::SeqCst);
                refused = left > 0;
                if refused {
                    manners.refused_logins.store(left - 1, Ordering::SeqCst);
                    answer.i16(SASL_AUTHENTICATION_FAILED).text("Invalid username or password").i32(0);
                } else {
                    answer.i16(0).i16(-1).i32(0);
                }
            }
            METADATA => {
                answer.i32(0).i32(1).i32(1).text("127.0.0.1").i32(address.port().into()).i16(-1);
                answer.text("a cluster").i32(1).i32(0).i32(manners.cluster_operations);
            }
            DESCRIBE_ACLS => drop(answer.i32(0).i16(manners.acl_error).i16(-1).i32(0)),
            _ => return Ok(()),
        }
        let Answer(answer) = answer;
        client.write_all(&(answer.len() as u32).to_be_bytes())?;
        client.write_all(&answer)?;
        if refused {
            return Ok(());
        }
    }
}

struct Answer(Vec<u8>);

impl Answer {
    fn i16(&mut self, value: i16) -> &mut Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn i32(&mut self, value: i32) -> &mut Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.i16(text.len() as i16);
        self.0.extend(text.as_bytes());
        self
    }
}
