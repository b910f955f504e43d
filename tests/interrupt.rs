//! The program, interrupted before it has begun.

use std::{
    io::{ErrorKind, Read},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

/// The child's connection, however long it takes to come; not one that ends without.
fn connection_of(child: &mut Child, listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    loop {
        match listener.accept() {
            Ok((connection, _)) => return connection,
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
        if let Some(status) = child.try_wait().unwrap() {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{status} before it connected: {said}");
        }
    }
}

#[test]
fn an_interruption_before_a_restore_begins_says_that_nothing_was_begun() {
    // A control database that takes the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("engine.yaml");
    let url = format!("postgres://engine@{}/control", silent.local_addr().unwrap());
    std::fs::write(&config, format!("control: {{url: '{url}'}}\ndomains: {{}}\n")).unwrap();
    let mut restore = Command::new(env!("CARGO_BIN_EXE_restore-engine"))
        .arg("--config")
        .arg(config)
        .args(["restore", "--tenant", "acme", "artifact.json"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _held = connection_of(&mut restore, &silent);
    let interrupted = Command::new("kill").args(["-INT", &restore.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let mut said = String::new();
    restore.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(restore.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("interrupted; nothing was begun"), "{said}");
}
