//! Work that must not be cut off: it holds a lock, from before it takes it until it has given it back.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{Error, ErrorKind, Result};

/// The work of one process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Work {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Work {
    /// Asks long work to end after its current batch.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Does `work` to its end, whether or not the caller goes on waiting for it.
    ///
    /// # Errors
    /// Those of `work`; [`ErrorKind::BackendUnavailable`] when the process is ending: then nothing was begun.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        // Counted before the look at `stop`: else the end could come between the two and not be waited for.
        let counted = self.tasks.token();
        if self.stop.is_cancelled() {
            return Err(Error::new(ErrorKind::BackendUnavailable, "this engine is shutting down; nothing was begun"));
        }
        let work = async move {
            let result = work.await;
            drop(counted);
            result
        };
        tokio::spawn(work.in_current_span()).await.unwrap_or_else(|cause| {
            Err(Error::new(ErrorKind::Internal, "the work stopped unexpectedly").caused_by(cause))
        })
    }

    /// Lets `work` go on by itself. Called from within [`Work::finish`], so that there is no gap between the two.
    pub(crate) fn detach<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(work)
    }

    /// Ends all work and waits for it.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        task::Poll,
    };

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_that_has_begun_is_waited_for_though_its_caller_went_away() {
        let (work, done) = (Work::default(), Arc::new(AtomicBool::new(false)));
        let (go_on, gone_on) = oneshot::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let (of_inner, flag) = (work.clone(), Arc::clone(&done));
        let mut call = Box::pin(work.finish(async move {
            let _ = begin.send(());
            let _ = gone_on.await;
            of_inner.detach(async move { flag.store(true, Ordering::SeqCst) });
            Ok(())
        }));
        assert!(futures::poll!(&mut call).is_pending());
        begun.await.unwrap();
        drop(call);
        let mut end = Box::pin(work.end());
        assert_eq!(futures::poll!(&mut end), Poll::Pending, "a restore is about to begin");
        go_on.send(()).unwrap();
        end.await;
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn nothing_begins_once_the_end_was_asked_for() {
        let work = Work::default();
        work.end().await;
        let error = work.finish(async { Ok(()) }).await.unwrap_err();
        assert_eq!(error.to_string(), "this engine is shutting down; nothing was begun");
    }
}
