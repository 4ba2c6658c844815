//! What the tests share: servers that answer as they are told, requests, and replies taken apart.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use midwatch::domain::io::{
    CommandReply, CommandRequest, HttpReply, HttpRequest, IoFailure, IoReply, IoRequest, SecretSource, Value,
};
use midwatch::io::{Io, IoOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An io floor with nothing configured.
pub fn io() -> Io {
    Io::new(IoOptions::default()).unwrap()
}

/// A request as plain as can be.
pub fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: Vec::new(),
        body: None,
        timeout: Duration::from_secs(20),
        limit: 64 << 10,
        redirects: 0,
    }
}

/// A program that runs to its end.
pub fn command(argv: &[&str]) -> CommandRequest {
    CommandRequest {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        env: Vec::new(),
        cwd: None,
        timeout: Duration::from_secs(20),
        limit: 64 << 10,
    }
}

/// A shell script that runs to its end.
pub fn shell(script: &str) -> CommandRequest {
    command(&["sh", "-c", script])
}

pub async fn perform(io: &Io, request: HttpRequest) -> IoReply {
    io.perform(&IoRequest::Http(request), None, pending()).await
}

pub async fn fetched(io: &Io, request: HttpRequest) -> HttpReply {
    match perform(io, request).await {
        IoReply::Http(reply) => reply,
        other => panic!("not an HTTP reply: {other:?}"),
    }
}

pub async fn failed(io: &Io, request: HttpRequest) -> IoFailure {
    match perform(io, request).await {
        IoReply::Failed(failure) => failure,
        other => panic!("not a failure: {other:?}"),
    }
}

pub async fn ran(io: &Io, request: CommandRequest) -> CommandReply {
    match io.perform(&IoRequest::Command(request), None, pending()).await {
        IoReply::Command(reply) => reply,
        other => panic!("not a command's reply: {other:?}"),
    }
}

/// A server that does `serve` with every connection; its address and how many there were.
pub async fn server<F, S>(serve: S) -> (SocketAddr, Arc<AtomicUsize>)
where
    S: Fn(TcpStream, usize) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, counted.fetch_add(1, Ordering::SeqCst)));
        }
    });
    (address, count)
}

/// Reads the head of one request, and its body where it has a length; `None` at the end.
pub async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text
                .to_ascii_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned))
                .map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(text);
            }
        }
    }
}

/// A server that answers every request with what `answer` makes of it, and keeps its connections.
pub async fn answering(answer: impl Fn(&str) -> Vec<u8> + Clone + Send + Sync + 'static) -> SocketAddr {
    server(move |mut stream, _| {
        let answer = answer.clone();
        async move {
            while let Some(text) = request(&mut stream).await {
                if stream.write_all(&answer(&text)).await.is_err() {
                    break;
                }
            }
        }
    })
    .await
    .0
}

/// A whole response.
pub fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A file that holds a secret and that only its owner can read.
pub fn secret_file(directory: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = directory.join("secret");
    midwatch::io::files::write_whole(&path, text.as_bytes()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// `prefix` and the secret in `path`.
pub fn secret(prefix: &str, path: &Path) -> Value {
    Value::Secret { prefix: prefix.into(), secret: SecretSource::File(path.to_owned()) }
}
