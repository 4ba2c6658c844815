//! Text that must not get through, and a server that sends whatever it is told to.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it meets what it did not expect")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use midwatch::domain::text::is_hostile;
use rusqlite::Connection;
use serde_json::Value;

/// What a hostile text tries: a title, a clipboard, a screen cleared and coloured, a line turned
/// round, letters that are not there. The words between tell how far it came.
pub const HOSTILE: &str = "ca\x1b]0;pwned\x07na\x1b]52;c;cHduZWQ=\x1b\\ry\x1b[31337m\u{9b}31337m\u{202e}evil\u{2066}\u{200b}\u{feff}\u{7f}\x08\x1b[2J!";

/// What a terminal would obey, were it to arrive.
const ORDERS: [&str; 5] = ["\x1b]0;pwned", "\x1b]52;c;cHduZWQ", "\x1b[31337m", "\u{9b}", "\x1b[2J!"];

/// Asserts that nothing hostile is in what was written to a terminal. Midwatch's own escapes may be.
#[track_caller]
pub fn is_harmless(output: &[u8]) {
    let text = String::from_utf8_lossy(output);
    for order in ORDERS {
        assert!(!text.contains(order), "{order:?} came through: {}", around(&text, order));
    }
    let own = |c: char| matches!(c, '\x1b' | '\r' | '\n' | '\x07' | '\x08' | '\t');
    if let Some(bad) = text.chars().find(|c| is_hostile(*c) && !own(*c)) {
        panic!("{bad:?} came through: {}", around(&text, &bad.to_string()));
    }
}

/// Asserts that `text` holds nothing but text and line ends.
#[track_caller]
pub fn is_plain(text: &str) {
    if let Some(bad) = text.chars().find(|c| is_hostile(*c) && *c != '\n') {
        panic!("{bad:?} came through: {}", around(text, &bad.to_string()));
    }
}

/// Asserts the same of a JSON document, and of every text in it.
#[track_caller]
pub fn is_plain_json(document: &str) {
    is_plain(document);
    match serde_json::from_str(document) {
        Ok(value) => walk(&value),
        Err(error) => panic!("{error}: {document}"),
    }
}

#[track_caller]
fn walk(value: &Value) {
    match value {
        Value::String(text) => is_plain(text),
        Value::Array(values) => values.iter().for_each(walk),
        Value::Object(values) => {
            for (key, value) in values {
                is_plain(key);
                // The request that ran is the very one that was configured.
                if key != "request" {
                    walk(value);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn around(text: &str, what: &str) -> String {
    let at = text.find(what).unwrap_or(0);
    let before: String = text[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
    let after: String = text[at..].chars().take(80).collect();
    format!("{:?}", before + &after)
}

/// The bodies of a journal's entries, a line each; every one is looked at.
#[track_caller]
pub fn harmless_journal(path: &Path) -> String {
    let journal = Connection::open(path).unwrap();
    let mut rows =
        journal.prepare("SELECT coalesce(incident, ''), kind, body FROM entries ORDER BY seq").unwrap();
    let rows = rows.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get::<_, String>(2)?])).unwrap();
    let mut bodies = String::new();
    for row in rows {
        let [incident, kind, body] = row.unwrap();
        is_plain(&incident);
        is_plain(&kind);
        is_plain_json(&body);
        bodies.push_str(&body);
        bodies.push('\n');
    }
    bodies
}

/// A server on loopback that gives every request the same answer, byte for byte.
pub struct Parrot {
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

impl Parrot {
    /// Answers with what `answer` makes of a request's text.
    pub fn new(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let mut request = Vec::new();
                let mut chunk = [0; 4096];
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut chunk) {
                        Ok(count @ 1..) => request.extend_from_slice(&chunk[..count]),
                        Ok(0) | Err(_) => break,
                    }
                }
                let _ = stream.write_all(&answer(&String::from_utf8_lossy(&request)));
            }
        });
        Self { address, over }
    }

    /// The start of its URLs, without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Parrot {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // The listener looks up once more, and goes.
        drop(std::net::TcpStream::connect(self.address));
    }
}

/// An answer with a body.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}
