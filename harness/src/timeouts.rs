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

/// A program that prints a token: it may have to log in somewhere.
pub const TOKEN_COMMAND: Duration = Duration::from_secs(30);

/// What must be left of a token's life when it is used: a restore that it begins may check it again.
pub const TOKEN_LEFT: Duration = Duration::from_secs(60);

/// One request with an artifact of 64 MiB, to an unoptimised implementation on a machine that may be busy with other
/// things. It bounds a restore that never ends.
pub const LARGE_REQUEST: Duration = Duration::from_secs(10 * 60);

/// One restore that is measured: ten thousand resources, on a machine that may be busy with other things. It bounds a
/// restore that never ends; how long one takes is what the measurement tells.
pub const MEASURED_RESTORE: Duration = Duration::from_secs(20 * 60);

/// One request of an implementation to a backend that fails in the middle of a scenario. Until then, and once it is back,
/// it must answer: 2.5 s were too few for a first login to Postgres, and for six indexes of MongoDB, on two cores that
/// thirty processes wanted. Nobody waits this long where a broken connection is told at once; drivers of MongoDB and Kafka go
/// on connecting for as long as a request may take, once or twice in a scenario.
pub const FAILING_BACKEND: Duration = Duration::from_secs(5);

/// One request of an implementation to a broker that is killed and launched again: it reads its logs again before it is
/// as quick as it was.
pub const KILLED_BROKER: Duration = Duration::from_secs(5);

/// One request of an implementation to a backend that it never gets through to in a scenario: no more than it takes to be
/// refused.
pub const REFUSING_BACKEND: Duration = Duration::from_secs(1);

/// From the request to end to the end of the implementation's process; after it the process is killed.
pub const IMPLEMENTATION_STOP: Duration = Duration::from_secs(5);

/// Removing what the run created, after an interruption: a person waits at the terminal.
pub const CLEANUP: Duration = Duration::from_secs(30);

/// From the launch of a server until a write and a read worked. A broker on two busy cores needs about 20 s.
pub const SERVER_READY: Duration = Duration::from_secs(120);

/// One attempt of a ready condition: longer than a server needs that is merely slow, so that a hung connection does
/// not use up [`SERVER_READY`].
pub const READY_ATTEMPT: Duration = Duration::from_secs(10);

/// A one-off preparation step of a server, such as creating its data folder.
pub const SERVER_PREPARE: Duration = Duration::from_secs(60);

/// From the launch of a guardian until its socket answers. It waits for an earlier guardian of the same stack to
/// finish, hence longer than [`SERVER_STOP`].
pub const GUARDIAN_ANSWERS: Duration = Duration::from_secs(45);

/// Until a guardian says that its stack is ready: every server has [`SERVER_READY`], they start side by side, and
/// each may be started again on other ports.
pub const STACK_READY: Duration = Duration::from_secs(400);

/// How long a stack outlives its last user, so that the next run finds it warm.
pub const STACK_LINGER: Duration = Duration::from_secs(20);

/// Between the polite signal to a server and the one it cannot refuse. Its data is deleted, so there is little to wait for.
pub const SERVER_STOP: Duration = Duration::from_secs(5);

/// Until a stack that was told to end is gone: [`SERVER_STOP`], and the removal of its data.
pub const STACK_DOWN: Duration = Duration::from_secs(40);

/// One call of a package client. The longest builds a server of a million lines on two busy cores.
pub const INSTALL: Duration = Duration::from_secs(45 * 60);

/// Until Docker answers a ping: it does so at once, unless it hangs.
pub const DOCKER_ANSWERS: Duration = Duration::from_secs(5);

/// Pulling one image: hundreds of megabytes, over a line that may be slow.
pub const IMAGE_PULL: Duration = Duration::from_secs(20 * 60);

/// Opening a connection to a backend of a ready stack, or waiting for one of the few that are open: a machine that is
/// busy with eight scenarios stands still for ten seconds now and then.
pub const BACKEND_CONNECT: Duration = Duration::from_secs(30);

/// One request of a reference engine to a backend, for the same reason; it must fit into the lease of a lock, which is
/// 30 s. Scenarios whose backends fail set their own.
pub const ENGINE_REQUEST: Duration = Duration::from_secs(20);

/// One administrative call to Kafka: creating hundreds of topics takes seconds on two cores.
pub const BACKEND_CALL: Duration = Duration::from_secs(60);

/// Between two looks at whether a broker knows what its controller has already accepted: milliseconds on an idle machine.
pub const KAFKA_LOOK: Duration = Duration::from_millis(10);

/// How long a suspension may take to reach a restore that is at work: twice what SPEC.md allows.
pub const SUSPENSION: Duration = Duration::from_secs(2);

/// For how long an implementation that waits has asked its backends nothing: between two requests of one that is at work
/// lie milliseconds, on a busy machine some hundred.
pub const AT_REST: Duration = Duration::from_secs(1);

/// Until an implementation whose write waits has done all else.
pub const COMES_TO_REST: Duration = Duration::from_secs(30);

/// Beyond the time after which a refusal says to try again: clocks differ, and machines are busy.
pub const RETRY_MARGIN: Duration = Duration::from_secs(5);

/// Between two writes of the manifest while scenarios run: each takes as long as reading a tenant, and a run that is
/// killed lacks no more than what ended meanwhile.
pub const MANIFEST_PAUSE: Duration = Duration::from_secs(1);
