//! Redis servers as the tests need them: one for each, with nothing in it.

use std::process::Command;

use super::stores::*;

/// A running server.
pub struct Redis {
    pub port: u16,
    /// What it was given to live in; its certificate is there.
    pub directory: tempfile::TempDir,
    _running: Running,
}

/// A server with `arguments`; on its port TLS is spoken if `tls`.
pub fn start(arguments: &[&str], tls: bool) -> Option<Redis> {
    let program = program("redis-server", &[])?;
    for _ in 0..3 {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let log = directory.path().join("log");
        let mut command = Command::new(&program);
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        command.arg(directory.path()).current_dir(directory.path());
        if tls {
            let cert = certificate(directory.path());
            command.args(["--port", "0", "--tls-auth-clients", "no", "--tls-port", &port.to_string()]);
            command.arg("--tls-cert-file").arg(&cert).arg("--tls-ca-cert-file").arg(&cert);
            command.arg("--tls-key-file").arg(directory.path().join("key.pem"));
        } else {
            command.args(["--port", &port.to_string()]);
        }
        command.args(arguments);
        let mut running = logged(&mut command, &log);
        let ready =
            || std::fs::read_to_string(&log).unwrap_or_default().contains("Ready to accept connections");
        match await_start(&mut running, &log, ready) {
            Ok(()) => return Some(Redis { port, directory, _running: running }),
            // Somebody else was faster to take the port.
            Err(said) if said.contains("Address already in use") => {}
            Err(said) => panic!("redis-server {said}"),
        }
    }
    panic!("no port for redis-server");
}
