//! Counting at the gate, and the failure that was ordered.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::watch,
    time::{Duration, Instant},
};

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
    /// Is gone before the first setting of a bucket reaches it: one bucket at least is there and lacks its settings.
    /// Buckets are made side by side, so that the n-th write need not leave one.
    BeforeSetting,
    /// Lets the n-th write and all later ones wait, until it is mended.
    HoldWrite(u64),
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes through.
    Forward,
    /// It goes through, and the connections are cut instead of telling its answer.
    ForwardAndFail,
    /// It waits for [`Gate::until_let_go`] and is judged again.
    Hold,
    /// It does not go through, and its connection ends.
    Cut,
}

/// What becomes of the writes that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// They go on waiting.
    Waiting,
    /// They go through.
    LetGo,
    /// They never arrive.
    Lost,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    fault: Option<Fault>,
    /// Writes since the fault was ordered.
    writes: u64,
    /// Writes that wait or waited.
    held: u64,
    /// When something was last asked that is more than [`Access::Session`].
    asked: Option<Instant>,
}

/// What all connections through one proxy share.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    down: watch::Sender<bool>,
    held: watch::Sender<Held>,
    /// Changes with every write that begins to wait.
    holding: watch::Sender<bool>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            down: watch::Sender::new(false),
            held: watch::Sender::new(Held::LetGo),
            holding: watch::Sender::new(false),
        }
    }

    pub(super) fn order(&self, fault: Fault) {
        let mut state = self.state();
        (state.fault, state.writes, state.held) = (Some(fault), 0, 0);
        self.down.send_replace(fault == Fault::Unreachable);
        self.held.send_replace(Held::Waiting);
        self.holding.send_replace(false);
    }

    pub(super) fn mend(&self) {
        self.end(Held::LetGo);
    }

    /// Mends, but for the writes that wait: they never arrive.
    pub(super) fn lose(&self) {
        self.end(Held::Lost);
    }

    fn end(&self, held: Held) {
        self.state().fault = None;
        self.down.send_replace(false);
        self.held.send_replace(held);
    }

    /// Ends when a write waits.
    pub(super) async fn until_holding(&self) {
        // The sender lives as long as the gate does.
        let _ = self.holding.subscribe().wait_for(|holding| *holding).await;
    }

    /// How many writes wait or waited since the fault was ordered.
    pub(super) fn held(&self) -> u64 {
        self.state().held
    }

    /// Ends when the writes that wait need no longer; says whether they go through.
    pub(super) async fn until_let_go(&self) -> bool {
        let mut held = self.held.subscribe();
        held.wait_for(|held| *held != Held::Waiting).await.is_ok_and(|held| *held == Held::LetGo)
    }

    fn asked(&self) -> Option<Instant> {
        self.state().asked
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
        if request.access != Access::Session {
            state.asked = Some(Instant::now());
        }
        let verdict = if request.access == Access::Write { state.judge_write(&request) } else { Verdict::Forward };
        match verdict {
            Verdict::Cut => {
                if matches!(state.fault, Some(Fault::BeforeWrite(_) | Fault::BeforeSetting)) {
                    self.down.send_replace(true);
                }
            }
            Verdict::Hold => {
                self.holding.send_replace(true);
            }
            Verdict::Forward | Verdict::ForwardAndFail => state.counts.add(request),
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

/// Returns when through none of these gates anything was read or written, or tried to be, for so long.
pub(super) async fn until_at_rest(rest: Duration, gates: impl Iterator<Item = &Gate> + Clone) {
    while let Some(asked) = gates.clone().filter_map(Gate::asked).max() {
        if asked.elapsed() >= rest {
            return;
        }
        tokio::time::sleep_until(asked + rest).await;
    }
}

impl State {
    fn judge_write(&mut self, request: &Request) -> Verdict {
        self.writes += 1;
        match self.fault {
            Some(Fault::BeforeSetting) if request.is_setting() => Verdict::Cut,
            Some(Fault::BeforeWrite(fatal)) if self.writes >= fatal => Verdict::Cut,
            Some(Fault::AfterWrite(fatal)) if self.writes == fatal => Verdict::ForwardAndFail,
            // While the fatal one is under way nothing else gets in: exactly that many writes are carried out.
            Some(Fault::AfterWrite(fatal)) if self.writes > fatal => Verdict::Cut,
            Some(Fault::HoldWrite(first)) if self.writes >= first => {
                self.held += 1;
                Verdict::Hold
            }
            _ => Verdict::Forward,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

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
    fn a_backend_fails_before_the_first_setting_however_many_buckets_it_has_made() {
        let gate = Gate::new();
        let write = |name: &str| gate.judge(Request::new(Access::Write, name));
        gate.order(Fault::BeforeSetting);
        assert_eq!(write("PUT {bucket}"), Verdict::Forward);
        assert_eq!(write("PUT {bucket}"), Verdict::Forward);
        assert_eq!(judge(&gate, Access::Read), Verdict::Forward);
        assert_eq!(write("PUT {bucket}?tagging"), Verdict::Cut);
        assert!(gate.is_down());
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
    async fn a_held_write_waits_and_goes_through_once_it_is_let_go() {
        let gate = Gate::new();
        gate.order(Fault::HoldWrite(2));
        assert_eq!(judge(&gate, Access::Write), Verdict::Forward);
        assert_eq!(judge(&gate, Access::Write), Verdict::Hold);
        assert_eq!(judge(&gate, Access::Read), Verdict::Forward, "only writes wait");
        gate.until_holding().await;
        assert_eq!(gate.held(), 1);
        gate.mend();
        assert!(gate.until_let_go().await);
        assert_eq!(judge(&gate, Access::Write), Verdict::Forward);
        assert_eq!(gate.take_counts().to_string(), "reads: 1 (1 x); writes: 2 (2 x)", "a held write counts once");
    }

    #[tokio::test]
    async fn a_lost_write_never_arrives_and_later_ones_do() {
        let gate = Gate::new();
        gate.order(Fault::HoldWrite(1));
        assert_eq!(judge(&gate, Access::Write), Verdict::Hold);
        gate.lose();
        assert!(!gate.until_let_go().await);
        assert_eq!(judge(&gate, Access::Write), Verdict::Forward);
    }

    #[tokio::test]
    async fn an_unreachable_backend_is_so_at_once() {
        let gate = Gate::new();
        gate.order(Fault::Unreachable);
        gate.until_down().await;
        assert_eq!(judge(&gate, Access::Session), Verdict::Cut);
    }

    #[tokio::test]
    async fn rest_is_when_nobody_reads_or_writes_at_any_gate() {
        let gates = [Gate::new(), Gate::new()];
        let rested = |rest| until_at_rest(rest, gates.iter()).now_or_never().is_some();
        let hour = Duration::from_secs(3600);
        assert!(rested(hour), "nothing was ever asked");
        judge(&gates[0], Access::Session);
        assert!(rested(hour), "a ping is no work");
        gates[1].order(Fault::HoldWrite(1));
        for (gate, access) in [(&gates[0], Access::Read), (&gates[1], Access::Write)] {
            judge(gate, access);
            assert!(!rested(hour));
            assert!(rested(Duration::ZERO));
        }
    }
}
