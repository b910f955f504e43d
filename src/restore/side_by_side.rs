//! The work of several domains at once.

use futures::future::join_all;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// Does the work of each domain in a task of its own. To read and compare thousands of resources is computing: within
/// one task it would keep the other domains from the answers of their backends, until those count as late.
///
/// A panic goes on from here, once no domain is at work any more.
pub(crate) async fn side_by_side<T: Send + 'static>(
    work: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = work.map(|work| AbortOnDropHandle::new(tokio::spawn(work.in_current_span()))).collect();
    let ended = join_all(tasks).await;
    ended.into_iter().map(|ended| ended.unwrap_or_else(|cause| std::panic::resume_unwind(Box::new(cause)))).collect()
}
