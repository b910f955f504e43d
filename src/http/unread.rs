//! A refused request is read to its end, and thrown away, before it is answered: a client that is still sending an
//! artifact does not read the answer, and would see no more than a broken pipe.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt};

/// Whoever sends longer than this is cut off.
const PATIENCE: Duration = Duration::from_secs(30);

struct Source {
    stream: BodyDataStream,
    touched: bool,
    ended: bool,
}

/// A body that its handler reads first, and the layer afterwards.
#[derive(Clone)]
struct Shared(Arc<Mutex<Source>>);

impl Shared {
    fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Source { stream: body.into_data_stream(), touched: false, ended: false })))
    }

    fn touched(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).touched
    }
}

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if source.ended {
            return Poll::Ready(None);
        }
        source.touched = true;
        let polled = source.stream.poll_next_unpin(context);
        source.ended = matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }
}

/// The layer.
pub(super) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let mut shared = Shared::new(body);
    let response = next.run(Request::from_parts(parts, Body::from_stream(shared.clone()))).await;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    // A client that asked whether it may send has sent nothing yet, unless somebody began to read.
    if refused && (!waits || shared.touched()) {
        let rest = async { while matches!(shared.next().await, Some(Ok(_))) {} };
        if tokio::time::timeout(PATIENCE, rest).await.is_err() {
            tracing::warn!("a refused client still sends; it is cut off");
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, http::StatusCode, middleware, routing::post};
    use futures::stream;
    use tower::ServiceExt;

    use super::*;

    async fn sent(expect: bool) -> usize {
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = sent.clone();
        let chunks = stream::iter(0..50).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(vec![0; 10])
        });
        let router =
            Router::new().route("/", post(|| async { StatusCode::UNAUTHORIZED })).layer(middleware::from_fn(drain));
        let mut request = Request::post("/");
        if expect {
            request = request.header(header::EXPECT, "100-continue");
        }
        let response = router.oneshot(request.body(Body::from_stream(chunks)).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        sent.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_refused_client_has_sent_all_when_it_is_answered() {
        assert_eq!(sent(false).await, 50);
    }

    #[tokio::test]
    async fn a_client_that_asks_first_need_not_send() {
        assert_eq!(sent(true).await, 0);
    }
}
