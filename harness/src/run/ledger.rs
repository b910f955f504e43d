//! What a run writes down: the manifest, kept on disk as the run goes.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::{sync::Notify, time::MissedTickBehavior};

use super::Style;
use crate::{
    manifest::{Manifest, Recorder, RunFolder},
    timeouts,
};

/// What hooks, events and the run itself write into.
pub(crate) struct Ledger {
    recorder: Mutex<Recorder>,
    /// Held while the manifest is written, so that an older one never replaces a newer one.
    writing: Mutex<()>,
    changed: Notify,
    pub(super) folder: RunFolder,
    started: Instant,
}

impl Ledger {
    pub(super) fn new(recorder: Recorder, folder: RunFolder) -> Self {
        let (writing, changed, started) = (Mutex::default(), Notify::new(), Instant::now());
        Self { recorder: Mutex::new(recorder), writing, changed, folder, started }
    }

    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Recorder) -> T) -> T {
        change(&mut self.recorder.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes the manifest as of now.
    pub(super) fn write(&self) -> Result<Manifest, String> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let manifest = self.update(|recorder| {
            let run = recorder.run_mut();
            run.ended_at = super::now();
            run.duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            recorder.manifest()
        });
        self.folder
            .write(&manifest)
            .map_err(|error| format!("cannot write {}: {error}", self.folder.manifest().display()))?;
        Ok(manifest)
    }

    /// Has the manifest written soon, where [`Ledger::keep_written`] is at work.
    pub(super) fn write_soon(&self) {
        self.changed.notify_one();
    }

    /// Writes the manifest whenever it was asked for, however often within [`timeouts::MANIFEST_PAUSE`]: whole, it is
    /// large, and the scenarios go on meanwhile.
    pub(super) async fn keep_written(self: Arc<Self>, style: Style) {
        let mut pause = tokio::time::interval(timeouts::MANIFEST_PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.changed.notified().await;
            pause.tick().await;
            let ledger = self.clone();
            match tokio::task::spawn_blocking(move || ledger.write()).await {
                Ok(Ok(_)) => {}
                Ok(Err(problem)) => style.note(&problem),
                Err(error) => style.note(&format!("cannot write the manifest: {error}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::schema::{Run, Suite};

    #[tokio::test]
    async fn what_ended_is_on_disk_while_the_run_goes_on() {
        let base = tempfile::tempdir().unwrap();
        let ledger = Arc::new(Ledger::new(
            Recorder::new(Run::default(), Suite::default(), Vec::new()),
            RunFolder::create(base.path(), "1").unwrap(),
        ));
        let at_work = tokio::spawn(ledger.clone().keep_written(Style::Silent));
        for seed in [7, 8] {
            ledger.update(|recorder| recorder.run_mut().seed = seed);
            ledger.write_soon();
            let written = async {
                let holds = || std::fs::read_to_string(ledger.folder.manifest()).unwrap_or_default();
                while !holds().contains(&format!("\"seed\": {seed},")) {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(timeouts::BACKEND_CALL, written).await.expect("it is written");
        }
        at_work.abort();
    }
}
