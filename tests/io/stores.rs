//! What the tests of data stores share: real servers on ports of their own, started by the tests and
//! ended with them, servers that lie, and certificates.

use std::future::pending;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use midwatch::domain::io::{DataReply, IoFailure, IoReply, IoRequest};
use midwatch::io::{Io, IoOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::servers::server;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end by itself.
const GOODBYE: Duration = Duration::from_secs(5);

/// A child that ends with the test.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // To PostgreSQL it means: end at once, but tidy up what the machine would keep. Its children end
        // with it.
        let id = i32::try_from(self.0.id()).unwrap();
        let _ = kill(Pid::from_raw(id), Signal::SIGQUIT);
        let asked = started();
        while matches!(self.0.try_wait(), Ok(None)) && asked.elapsed() < GOODBYE {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The program called `name`, in `places` or in `PATH`. Without it the test is skipped on a machine of
/// somebody's own, and fails where `CI=true` says that everything has to be there.
pub fn program(name: &str, places: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = places
        .iter()
        .cloned()
        .chain(std::env::split_paths(&path))
        .map(|directory| directory.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{name} is not installed");
        println!("skipped: {name} is not installed");
    }
    found
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until `ready`, within [`START`], and not past the end of `running`.
pub fn await_start(running: &mut Running, log: &Path, ready: impl Fn() -> bool) -> Result<(), String> {
    let started = started();
    loop {
        if ready() {
            return Ok(());
        }
        let ended = running.0.try_wait().unwrap();
        if ended.is_some() || started.elapsed() > START {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            return Err(format!("did not start ({ended:?}): {said}"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline is measured")]
fn started() -> Instant {
    Instant::now()
}

/// Where a child's output goes.
pub fn logged(command: &mut Command, log: &Path) -> Running {
    let file = std::fs::File::create(log).unwrap();
    let other = file.try_clone().unwrap();
    Running(command.stdin(Stdio::null()).stdout(file).stderr(other).spawn().unwrap())
}

pub async fn answered(io: &Io, request: IoRequest) -> DataReply {
    match io.perform(&request, None, pending()).await {
        IoReply::Data(reply) => reply,
        other => panic!("not a data store's reply: {other:?}"),
    }
}

pub async fn refused(io: &Io, request: IoRequest) -> IoFailure {
    match io.perform(&request, None, pending()).await {
        IoReply::Failed(failure) => failure,
        other => panic!("not a failure: {other:?}"),
    }
}

/// A certificate for `localhost` in `directory`: `cert.pem` and `key.pem`.
pub fn certificate(directory: &Path) -> PathBuf {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let path = directory.join("cert.pem");
    midwatch::io::files::write_whole(&path, certificate.pem().as_bytes()).unwrap();
    midwatch::io::files::write_whole(&directory.join("key.pem"), key.serialize_pem().as_bytes()).unwrap();
    path
}

pub fn trusting(ca_file: PathBuf) -> Io {
    Io::new(IoOptions { ca_file: Some(ca_file), ..IoOptions::default() }).unwrap()
}

/// A server that says nothing.
pub async fn silent() -> SocketAddr {
    server(|mut stream, _| async move {
        stream.read_to_end(&mut Vec::new()).await.unwrap_or_default();
    })
    .await
    .0
}

/// A server of another protocol, which keeps the connection.
pub async fn speaking_http() -> SocketAddr {
    server(|mut stream, _| async move {
        let mut buffer = [0; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
            let said = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(said).await.is_err() {
                break;
            }
        }
    })
    .await
    .0
}

/// A server that hangs up as soon as it has been asked.
pub async fn hanging_up() -> SocketAddr {
    server(|mut stream, _| async move {
        stream.read(&mut [0; 4096]).await.unwrap_or_default();
    })
    .await
    .0
}

/// A server that answers `openings`, one each time it is told something, then `drop` for ever, a piece
/// every `pause`.
pub async fn endless(openings: &[&[u8]], drop: Vec<u8>, pause: Duration) -> SocketAddr {
    let openings: Vec<Vec<u8>> = openings.iter().map(|opening| opening.to_vec()).collect();
    server(move |mut stream, _| {
        let (openings, drop) = (openings.clone(), drop.clone());
        async move {
            let mut buffer = [0; 4096];
            for opening in openings {
                stream.read(&mut buffer).await.unwrap_or_default();
                if stream.write_all(&opening).await.is_err() {
                    return;
                }
            }
            while stream.write_all(&drop).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        }
    })
    .await
    .0
}
