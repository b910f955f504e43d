//! Ctrl-C and SIGTERM: what they do depends on what the process is about.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::exit;
use crate::{Error, ErrorKind, Result};

/// Hears the signals from its making to the end of the process.
pub(super) struct Interrupt {
    stage: Arc<Mutex<Stage>>,
    stop: CancellationToken,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// Nothing is locked or written.
    Before,
    /// A lock may be held.
    AtWork,
    /// Asked to end.
    Ending,
}

#[derive(Debug, PartialEq)]
enum Effect {
    Stop,
    Exit(&'static str),
}

impl Stage {
    fn on_signal(&mut self) -> Effect {
        match self {
            Self::Before => Effect::Exit("interrupted; nothing was begun"),
            Self::AtWork => {
                *self = Self::Ending;
                Effect::Stop
            }
            Self::Ending => {
                Effect::Exit("stopped at once; locks run out by themselves, and a retry completes what was begun")
            }
        }
    }
}

impl Interrupt {
    /// Hears the signals from now on. Until [`Interrupt::at_work`], they end the process.
    pub(super) fn listen() -> Result<Self> {
        let unavailable =
            |error: std::io::Error| Error::new(ErrorKind::Internal, "signals cannot be received").caused_by(error);
        let mut terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
        let this = Self { stage: Arc::new(Mutex::new(Stage::Before)), stop: CancellationToken::new() };
        let (stage, stop) = (Arc::clone(&this.stage), this.stop.clone());
        // A task of its own: it hears them also while the command waits for standard input.
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                let effect = stage.lock().unwrap_or_else(PoisonError::into_inner).on_signal();
                match effect {
                    Effect::Stop => stop.cancel(),
                    Effect::Exit(why) => {
                        eprintln!("\n{why}");
                        std::process::exit(i32::from(exit::INTERRUPTED));
                    }
                }
            }
        });
        Ok(this)
    }

    /// From now on the first signal only asks to end; a second one ends the process.
    pub(super) fn at_work(&self) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Stage::AtWork;
    }

    /// Cancelled by the first signal after [`Interrupt::at_work`].
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_ends_the_work_and_the_second_the_process() {
        let mut stage = Stage::Before;
        assert!(matches!(stage.on_signal(), Effect::Exit(why) if why.contains("nothing was begun")));
        stage = Stage::AtWork;
        assert_eq!(stage.on_signal(), Effect::Stop);
        assert!(matches!(stage.on_signal(), Effect::Exit(why) if why.contains("at once")));
    }
}
