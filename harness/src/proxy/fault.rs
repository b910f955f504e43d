//! Counting at the gate, and the failure that was ordered.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::request::{Access, Counts, Request};

/// How a backend is to fail. Once it has failed it stays away, as a server that died does: a client that merely tries
/// again must not get by, until the proxy is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes no connection, and cuts those that are open.
    Unreachable,
    /// Is gone before the n-th write reaches it; the first is 1, counted from when the fault is ordered.
    BeforeWrite(u64),
    /// Carries the n-th write out and is gone before its client hears so.
    AfterWrite(u64),
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes through.
    Forward,
    /// It goes through, and the connections are cut instead of telling its answer.
    ForwardAndFail,
    /// It does not go through, and its connection ends.
    Cut,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    fault: Option<Fault>,
    /// Writes since the fault was ordered.
    writes: u64,
}

/// What all connections through one proxy share.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    down: watch::Sender<bool>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), down: watch::Sender::new(false) }
    }

    pub(super) fn order(&self, fault: Fault) {
        let mut state = self.state();
        (state.fault, state.writes) = (Some(fault), 0);
        self.down.send_replace(fault == Fault::Unreachable);
    }

    pub(super) fn mend(&self) {
        self.state().fault = None;
        self.down.send_replace(false);
    }

    pub(super) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.state().counts)
    }

    /// Whether the backend is away.
    pub(super) fn is_down(&self) -> bool {
        *self.down.borrow()
    }

    /// Ends when the backend goes away.
    pub(super) async fn until_down(&self) {
        // The sender lives as long as the gate does.
        let _ = self.down.subscribe().wait_for(|down| *down).await;
    }

    /// Counts a request that is about to go through, and says whether it does.
    pub(super) fn judge(&self, request: Request) -> Verdict {
        let mut state = self.state();
        if self.is_down() {
            return Verdict::Cut;
        }
        let verdict = if request.access == Access::Write { state.judge_write() } else { Verdict::Forward };
        if verdict == Verdict::Cut {
            if matches!(state.fault, Some(Fault::BeforeWrite(_))) {
                self.down.send_replace(true);
            }
        } else {
            state.counts.add(request);
        }
        verdict
    }

    /// The answer to the fatal write has come.
    pub(super) fn fail(&self) {
        let _state = self.state();
        self.down.send_replace(true);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn judge_write(&mut self) -> Verdict {
        self.writes += 1;
        match self.fault {
            Some(Fault::BeforeWrite(fatal)) if self.writes >= fatal => Verdict::Cut,
            Some(Fault::AfterWrite(fatal)) if self.writes == fatal => Verdict::ForwardAndFail,
            // While the fatal one is under way nothing else gets in: exactly that many writes are carried out.
            Some(Fault::AfterWrite(fatal)) if self.writes > fatal => Verdict::Cut,
            _ => Verdict::Forward,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(gate: &Gate, access: Access) -> Verdict {
        gate.judge(Request::new(access, "x"))
    }

    #[test]
    fn a_backend_fails_before_the_ordered_write_and_stays_away_until_it_is_mended() {
        let gate = Gate::new();
        assert_eq!(judge(&gate, Access::Write), Verdict::Forward, "writes before the order do not count");
        gate.order(Fault::BeforeWrite(2));
        assert_eq!(judge(&gate, Access::Write), Verdict::Forward);
        assert_eq!(judge(&gate, Access::Read), Verdict::Forward);
        assert_eq!(judge(&gate, Access::Write), Verdict::Cut);
        assert!(gate.is_down());
        assert_eq!(judge(&gate, Access::Read), Verdict::Cut, "nothing gets in while it is away");
        gate.mend();
        assert_eq!(judge(&gate, Access::Write), Verdict::Forward);
        assert_eq!(gate.take_counts().to_string(), "reads: 1 (1 x); writes: 3 (3 x)", "what was cut does not count");
    }

    #[test]
    fn a_backend_fails_after_the_ordered_write_once_it_was_answered() {
        let gate = Gate::new();
        gate.order(Fault::AfterWrite(1));
        assert_eq!(judge(&gate, Access::Write), Verdict::ForwardAndFail);
        assert_eq!(judge(&gate, Access::Write), Verdict::Cut, "a second write at the same time does not get in");
        assert_eq!(judge(&gate, Access::Read), Verdict::Forward, "its answer is still outstanding");
        gate.fail();
        assert_eq!(judge(&gate, Access::Read), Verdict::Cut);
    }

    #[tokio::test]
    async fn an_unreachable_backend_is_so_at_once() {
        let gate = Gate::new();
        gate.order(Fault::Unreachable);
        gate.until_down().await;
        assert_eq!(judge(&gate, Access::Session), Verdict::Cut);
    }
}
