//! One connection through a proxy: bytes both ways, requests judged on their way.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{
    conversation::{Conversation, FromClient},
    fault::{Gate, Verdict},
    request::Request,
};

/// How many bytes are read at once.
const PIECE: usize = 64 << 10;

struct Relay {
    conversation: Mutex<Box<dyn Conversation>>,
    gate: Arc<Gate>,
    /// The request whose answer is never told.
    fatal: Mutex<Option<u64>>,
    /// Answers come from the server, and now and then from the proxy itself.
    to_client: tokio::sync::Mutex<OwnedWriteHalf>,
}

/// Carries bytes until one side ends, the conversation cannot be followed, or the backend is away.
pub(super) async fn relay(
    client: TcpStream,
    server: TcpStream,
    conversation: Box<dyn Conversation>,
    gate: Arc<Gate>,
) -> io::Result<()> {
    // Small messages travel at once, as they do without a proxy.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let relay = Relay {
        conversation: Mutex::new(conversation),
        gate,
        fatal: Mutex::default(),
        to_client: tokio::sync::Mutex::new(to_client),
    };
    // Side by side, so that neither direction ever waits for the other.
    tokio::select! {
        ended = relay.requests(from_client, to_server) => ended,
        ended = relay.answers(from_server) => ended,
        () = relay.gate.until_down() => Ok(()),
    }
}

impl Relay {
    async fn requests(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            let count = from.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            let heard = lock(&self.conversation).hear_client(&piece[..count]).map_err(io::Error::other)?;
            for it in heard {
                match it {
                    FromClient::Answer(bytes) => self.to_client.lock().await.write_all(&bytes).await?,
                    FromClient::Forward(bytes, request) => {
                        if let Some((ordinal, request)) = request {
                            match self.admit(request).await {
                                Verdict::ForwardAndFail => *lock(&self.fatal) = Some(ordinal),
                                Verdict::Cut => return Ok(()),
                                Verdict::Forward | Verdict::Hold => {}
                            }
                        }
                        to.write_all(&bytes).await?;
                    }
                }
            }
        }
    }

    /// The verdict on a request, after it has waited as long as it must.
    async fn admit(&self, request: Request) -> Verdict {
        loop {
            match self.gate.judge(request.clone()) {
                Verdict::Hold if self.gate.until_let_go().await => {}
                Verdict::Hold => return Verdict::Cut,
                verdict => return verdict,
            }
        }
    }

    async fn answers(&self, mut from: OwnedReadHalf) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            let count = from.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            let told = lock(&self.conversation).hear_server(&piece[..count]).map_err(io::Error::other)?;
            for it in told {
                let fatal = *lock(&self.fatal);
                if fatal.is_some_and(|fatal| it.answered.is_some_and(|answered| answered >= fatal)) {
                    self.gate.fail();
                    return Ok(());
                }
                self.to_client.lock().await.write_all(&it.bytes).await?;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
