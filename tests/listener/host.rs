//! A listener on a thread of its own, configured as an operator configures it; and who sends to it, byte by byte.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use midwatch::app::Msg;
use midwatch::config::{self, Layer};
use midwatch::domain::entry::Entry;
use midwatch::domain::signal::Signal;
use midwatch::io::{Io, IoOptions};
use midwatch::runtime::{ListenError, Listener};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::terminal::DEADLINE;

/// What every sender shares with the listener of the tests.
pub const SECRET: &str = "lanternfish-shared-secret";
/// The key of the DSN.
pub const KEY: &str = "4c8f1d2e3b5a69788796a5b4c3d2e1f0";

/// A table in which everybody may send; `@ADDRESS@` and `@SECRET@` are replaced.
pub const EVERYBODY: &str = r#"
[listen]
address = "@ADDRESS@"
sentry = { secret = { file = "@SECRET@" } }
envelope = { key = "4c8f1d2e3b5a69788796a5b4c3d2e1f0" }
stripe = { secret = { file = "@SECRET@" } }
supabase = { token = { file = "@SECRET@" }, header = "x-drain-token" }
alertmanager = { token = { file = "@SECRET@" } }
"#;

/// A running listener, and what it hands on.
pub struct Host {
    pub address: SocketAddr,
    pub signals: Vec<Signal>,
    messages: mpsc::Receiver<Msg>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _home: TempDir,
}

impl Host {
    /// A listener for everybody, whose loop takes everything at once.
    pub fn new() -> Self {
        Self::of(EVERYBODY, None)
    }

    /// A listener for this configuration; with a `room`, its loop takes nothing and has room for so many.
    pub fn of(text: &str, room: Option<usize>) -> Self {
        let home = TempDir::new().unwrap();
        // A port that was free a moment ago may be somebody's now: another is tried.
        for _ in 0..20 {
            let signals = signals(&filled(text, home.path(), free()));
            let (tell, told) = mpsc::channel();
            let (hand, messages) = mpsc::channel();
            let (stop, stopped) = oneshot::channel::<()>();
            let heard = signals.clone();
            let thread = std::thread::spawn(move || {
                runtime().block_on(async move {
                    let io = Io::new(IoOptions::default()).unwrap();
                    let (deliveries, mut passed) = tokio::sync::mpsc::channel(room.unwrap_or(64));
                    let listener = Listener::open(&heard, &io, deliveries).await;
                    let listener = listener.map(|listener| listener.expect("somebody may send"));
                    let _ = tell.send(listener.as_ref().map(Listener::address).map_err(ToString::to_string));
                    let pass = async {
                        if room.is_some() {
                            std::future::pending::<()>().await;
                        }
                        while let Some(msg) = passed.recv().await {
                            let _ = hand.send(msg);
                        }
                    };
                    tokio::select! {
                        _ = stopped => {}
                        () = pass => {}
                    }
                });
            });
            if let Ok(address) = told.recv().unwrap() {
                let (stop, thread) = (Some(stop), Some(thread));
                return Self { address, signals, messages, stop, thread, _home: home };
            }
        }
        panic!("no port is free");
    }

    /// The next message, which comes in time.
    #[track_caller]
    pub fn next(&self) -> Msg {
        self.messages.recv_timeout(DEADLINE).expect("a message in time")
    }

    /// The entries of the next message, and the name of the signal they are for.
    #[track_caller]
    pub fn pushed(&self) -> (String, Vec<Entry>) {
        loop {
            match self.next() {
                Msg::Pushed { signal, entries } => return (self.signals[signal].id.to_string(), entries),
                Msg::TurnedAway { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// How many deliveries to `signal` were refused, once there are `count`.
    #[track_caller]
    pub fn refused(&self, signal: &str, count: u64) {
        let mut seen = 0;
        while seen < count {
            match self.next() {
                Msg::TurnedAway { signal: index, count } if self.signals[index].id.as_str() == signal => {
                    seen += count;
                }
                Msg::TurnedAway { .. } => {}
                other => panic!("{other:?} after {seen} of {count}"),
            }
        }
        assert_eq!(seen, count, "{signal}");
    }

    /// Nothing was handed on so far but counts of what was refused.
    #[track_caller]
    pub fn assert_nothing(&self) {
        while let Ok(msg) = self.messages.try_recv() {
            assert!(matches!(msg, Msg::TurnedAway { .. }), "{msg:?}");
        }
    }

    /// POSTs `body`.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        post(self.address, path, headers, body)
    }

    /// POSTs what Sentry would.
    pub fn sentry(&self, resource: &str, id: &str, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        let signature = hex::encode(mac(&[&body]));
        let headers =
            [("sentry-hook-resource", resource), ("request-id", id), ("sentry-hook-signature", &signature)];
        self.post("/sentry", &headers, &body)
    }

    /// POSTs what Stripe would, with a header of this moment moved by so many seconds.
    pub fn stripe(&self, seconds: i64, body: &[u8]) -> Answer {
        self.post("/stripe", &[("stripe-signature", &stripe_header(now() + seconds, body))], body)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A runtime such as the console's.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Why a listener for `text` at `address` cannot be opened.
pub fn refused(text: &str, address: SocketAddr) -> String {
    let home = TempDir::new().unwrap();
    let signals = signals(&filled(text, home.path(), address));
    runtime().block_on(async {
        let (deliveries, _taken) = tokio::sync::mpsc::channel(1);
        let io = Io::new(IoOptions::default()).unwrap();
        let error: ListenError = Listener::open(&signals, &io, deliveries).await.map(drop).unwrap_err();
        error.to_string()
    })
}

/// An address that nobody listens on.
pub fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// `text` with this address, and a secret that is kept in `home`.
pub fn filled(text: &str, home: &Path, address: SocketAddr) -> String {
    let secret = home.join("secret");
    crate::support::night::write(&secret, SECRET);
    std::fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    text.replace("@ADDRESS@", &address.to_string()).replace("@SECRET@", &secret.to_string_lossy())
}

/// The signals of a configuration.
pub fn signals(text: &str) -> Vec<Signal> {
    let layer = Layer { name: "midwatch.toml".into(), text: text.into(), base: "/".into() };
    let loaded = config::load(&[layer], &[]);
    loaded.settings.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)).signals
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// POSTs `body` to `address`.
pub fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut head = Vec::new();
    write!(head, "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n", body.len()).unwrap();
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).unwrap();
    // Who is refused may be told before everything was sent.
    let _ = stream.write_all(body);
    answer(&mut stream).expect("an answer")
}

/// Reads an answer to its end; `None` where the connection was closed without one.
pub fn answer(stream: &mut TcpStream) -> Option<Answer> {
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}"),
        }
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// The HMAC-SHA256 of `parts` by [`SECRET`].
pub fn mac(parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// `Stripe-Signature` of `body` at `time`.
pub fn stripe_header(time: i64, body: &[u8]) -> String {
    format!("t={time},v1={}", hex::encode(mac(&[time.to_string().as_bytes(), b".", body])))
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "what is sent is signed with the time as it is")]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_secs()).unwrap()
}

/// This moment, to measure from.
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
pub fn moment() -> Instant {
    Instant::now()
}

/// A webhook of an alert rule of Sentry, for an event of this title.
pub fn alert(id: &str, title: &str) -> Value {
    json!({
        "action": "triggered",
        "installation": { "uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de" },
        "data": {
            "triggered_rule": "billing",
            "event": { "event_id": id, "issue_id": "6211", "title": title, "level": "error",
                       "datetime": "2026-11-21T14:30:12.500000Z", "platform": "node",
                       "tags": [["environment", "production"]] },
        },
        "actor": { "type": "application", "id": "sentry", "name": "Sentry" },
    })
}

/// An event of Stripe.
pub fn event(id: &str, kind: &str) -> Vec<u8> {
    json!({
        "id": id, "object": "event", "api_version": "2024-06-20", "created": now() - 5, "livemode": true,
        "pending_webhooks": 1, "type": kind, "request": { "id": null, "idempotency_key": null },
        "data": { "object": { "id": "in_7", "object": "invoice", "amount_due": 1900, "currency": "eur" } },
    })
    .to_string()
    .into_bytes()
}
