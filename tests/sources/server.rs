//! One server that fails in every way there is, by the first part of the path.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use chrono::Utc;
use midwatch::domain::io::Reason;
use midwatch::domain::time::Timestamp;
use midwatch::runtime::Clock;
use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::vendors::{VENDORS, Vendor};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    Unauthorized,
    Forbidden,
    Missing,
    Limited,
    LimitedForever,
    Broken,
    LogIn,
    Truncated,
    ErrorInGood,
    Huge,
    OtherTypes,
    Endless,
    OtherClock,
    Drip,
    Reset,
    Stranger,
}

/// All of them.
pub const WAYS: [Way; 16] = [
    Way::Unauthorized,
    Way::Forbidden,
    Way::Missing,
    Way::Limited,
    Way::LimitedForever,
    Way::Broken,
    Way::LogIn,
    Way::Truncated,
    Way::ErrorInGood,
    Way::Huge,
    Way::OtherTypes,
    Way::Endless,
    Way::OtherClock,
    Way::Drip,
    Way::Reset,
    Way::Stranger,
];

/// Bytes of the huge reply.
pub const HUGE: u64 = 50 << 20;
/// The wait that [`Way::Limited`] asks for.
pub const WAIT: Duration = Duration::from_secs(17);

impl Way {
    /// Why a reading is then blind; `None` where the answers are good and only never end.
    pub fn reason(self) -> Option<Reason> {
        Some(match self {
            Way::Unauthorized | Way::Forbidden => Reason::Auth,
            Way::Missing | Way::Broken => Reason::Status,
            Way::Limited | Way::LimitedForever | Way::Huge => Reason::Limit,
            Way::LogIn | Way::Truncated => Reason::Parse,
            Way::ErrorInGood | Way::OtherTypes | Way::OtherClock => Reason::Body,
            Way::Drip => Reason::Timeout,
            Way::Reset => Reason::Connect,
            Way::Stranger => Reason::Tls,
            Way::Endless => return None,
        })
    }

    fn called(word: &str) -> Option<Way> {
        WAYS.into_iter().find(|way| format!("{way:?}") == word)
    }
}

/// What was asked, and how much was sent.
#[derive(Default)]
struct Books {
    asked: Mutex<HashMap<(Way, &'static str), usize>>,
    /// The most that one huge reply sent.
    sent: AtomicU64,
    number: AtomicU64,
}

/// The server; its threads end with the process.
pub struct Server {
    address: SocketAddr,
    stranger: SocketAddr,
    books: Arc<Books>,
}

impl Server {
    pub fn start() -> Server {
        let books = Arc::new(Books::default());
        let kept = Arc::clone(&books);
        let address = listen(move |stream| {
            // A client that goes away is no fault of the server's.
            drop(serve(stream, &kept));
        });
        let config = Arc::new(self_made());
        let stranger = listen(move |stream| {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            let mut stream = StreamOwned::new(connection, stream);
            drop(stream.read(&mut [0; 4096]));
            drop(stream.write_all(&response("200 OK", "", "{}")));
        });
        Server { address, stranger, books }
    }

    /// Where vendors are that all answer this `way`.
    pub fn base(&self, way: Way) -> String {
        match way {
            Way::Stranger => format!("https://localhost:{}/{way:?}", self.stranger.port()),
            _ => format!("http://{}/{way:?}", self.address),
        }
    }

    /// How often a vendor was asked in this way.
    pub fn asked(&self, way: Way, source: &'static str) -> usize {
        let asked = self.books.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(&(way, source)).copied().unwrap_or(0)
    }

    /// The most bytes that one client took of a huge reply.
    pub fn sent(&self) -> u64 {
        self.books.sent.load(Ordering::SeqCst)
    }
}

/// Tests that measure time, one after the other.
pub static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Does `serve` with every connection, each on a thread of its own.
pub fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// A certificate that nobody knows.
fn self_made() -> ServerConfig {
    // The one provider, whichever comes first.
    drop(midwatch::io::Io::new(midwatch::io::IoOptions::default()));
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

/// A whole response, after which the connection ends.
pub fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// The request line, looked at and left where it is.
fn peeked(stream: &TcpStream) -> std::io::Result<String> {
    let mut buffer = [0; 4096];
    loop {
        let seen = stream.peek(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..seen]);
        if seen == 0 || text.contains("\r\n") || seen == buffer.len() {
            return Ok(text.lines().next().unwrap_or_default().to_owned());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads a request to the end of its body.
pub fn request(stream: &mut impl Read) -> std::io::Result<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let mut lines = text[..end].lines();
            let length = lines
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Ok(text);
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(text),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

fn serve(mut stream: TcpStream, books: &Books) -> std::io::Result<()> {
    let line = peeked(&stream)?;
    if line.is_empty() {
        return Ok(());
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut parts = path.splitn(4, '/').skip(1);
    let way = parts.next().and_then(Way::called).unwrap_or_else(|| panic!("{path}"));
    let name = parts.next().unwrap_or_default();
    let vendor = VENDORS.iter().find(|vendor| vendor.source == name).unwrap_or_else(|| panic!("{path}"));
    let rest = format!("/{}", parts.next().unwrap_or_default());
    *books.asked.lock().unwrap_or_else(PoisonError::into_inner).entry((way, vendor.source)).or_default() += 1;
    if way == Way::Reset {
        // What was not read when a connection is closed makes the closing a reset.
        return Ok(());
    }
    request(&mut stream)?;
    let number = books.number.fetch_add(1, Ordering::SeqCst);
    answer(&mut stream, way, vendor, (&rest, number), books)
}

fn answer(
    stream: &mut TcpStream,
    way: Way,
    vendor: &Vendor,
    (path, number): (&str, u64),
    books: &Books,
) -> std::io::Result<()> {
    let now = Clock::default().now();
    let good = || (vendor.good)(path, now, number).to_string();
    let refused = r#"{"message":"no","error":{"message":"no"}}"#;
    let whole = match way {
        Way::Unauthorized => response("401 Unauthorized", "", refused),
        Way::Forbidden => response("403 Forbidden", "", refused),
        Way::Missing => response("404 Not Found", "", "not here"),
        Way::Limited => {
            response("429 Too Many Requests", &format!("Retry-After: {}\r\n", WAIT.as_secs()), refused)
        }
        Way::LimitedForever => response("429 Too Many Requests", "", refused),
        Way::Broken => response("500 Internal Server Error", "", "<h1>Oops</h1>"),
        Way::LogIn => {
            let page = "<!doctype html>\n<title>Log in\u{1b}[2J</title>";
            response("200 OK", "content-type: text/html\r\n", page)
        }
        Way::Truncated => {
            let good = good();
            response("200 OK", JSON, &good[..good.len() / 2])
        }
        Way::ErrorInGood => response("200 OK", JSON, vendor.error),
        Way::OtherTypes => response("200 OK", JSON, &other_types()),
        Way::Endless => response("200 OK", &format!("{JSON}{}", next_page(number)), &good()),
        Way::OtherClock => response("200 OK", &format!("{JSON}{}", an_hour_ahead(now)), &good()),
        Way::Huge => return huge(stream, books),
        Way::Drip => return drip(stream),
        Way::Reset | Way::Stranger => return Ok(()),
    };
    stream.write_all(&whole)
}

const JSON: &str = "content-type: application/json\r\n";

/// Every key that some vendor's reply has, as something that it never is.
fn other_types() -> String {
    let keys = [
        "data",
        "incidents",
        "id",
        "deployments",
        "workflow_runs",
        "result",
        "results",
        "columns",
        "status",
        "backups",
        "timeSeries",
    ];
    let fields: Vec<String> = keys.iter().map(|key| format!("\"{key}\":{{\"seven\":7}}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// The headers by which vendors name a next page, always another one.
fn next_page(number: u64) -> String {
    format!(
        "Link: <http://elsewhere.example.com/>; rel=\"next\"; results=\"true\"; cursor=\"0:{number}:0\"\r\n\
         Fly-Next-Cursor: c{number}\r\n"
    )
}

fn an_hour_ahead(now: Timestamp) -> String {
    let ahead = now.plus(Duration::from_secs(3600));
    let ahead = chrono::DateTime::<Utc>::from_timestamp_millis(ahead.millis()).unwrap();
    format!("Date: {}\r\n", ahead.format("%a, %d %b %Y %H:%M:%S GMT"))
}

/// A list of fifty megabytes, as far as it is taken.
fn huge(stream: &mut TcpStream, books: &Books) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {HUGE}\r\n{JSON}\r\n[");
    stream.write_all(head.as_bytes())?;
    let chunk = b"0,".repeat(32 << 10);
    let mut sent = 1;
    while sent < HUGE {
        let result = stream.write_all(&chunk);
        sent += chunk.len() as u64;
        books.sent.fetch_max(sent, Ordering::SeqCst);
        result?;
    }
    Ok(())
}

/// A byte a second.
fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1000\r\n{JSON}\r\n").as_bytes(),
    )?;
    for _ in 0..1000 {
        stream.write_all(b" ")?;
        thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}
