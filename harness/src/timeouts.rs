//! Every wait of the suite, named, with its reason.

use std::time::Duration;

/// From the start of the implementation's process to its `listening on` line: it opens its pools and migrates its
/// own tables first.
pub const IMPLEMENTATION_START: Duration = Duration::from_secs(30);

/// From `listening on` to a `/readyz` of 200: it asks every backend once.
pub const IMPLEMENTATION_READY: Duration = Duration::from_secs(30);

/// Between two looks at `/readyz`.
pub const POLL: Duration = Duration::from_millis(50);

/// One HTTP request to the implementation. A restore answers when it is done; the public suite gives it 120 s.
pub const REQUEST: Duration = Duration::from_secs(120);

/// From the request to end to the end of the implementation's process; after it the process is killed.
pub const IMPLEMENTATION_STOP: Duration = Duration::from_secs(5);

/// Removing what the run created, after an interruption: a person waits at the terminal.
pub const CLEANUP: Duration = Duration::from_secs(30);
