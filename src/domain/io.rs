//! What the core asks of the world and what the world answers, as plain values.
//!
//! The request on a confirmation is the very value that runs. Secrets travel as names: only
//! [`crate::io`] turns a [`SecretSource`] into text, at the moment it is sent.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

mod signature;
mod stores;

pub use signature::SignatureScheme;
pub use stores::{PostgresRequest, PostgresTls, RedisRequest, S3Request};

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// An environment variable, by name.
    Env(String),
    /// A file that only its owner can read; surrounding white space is dropped.
    File(PathBuf),
    /// A program and its arguments; its standard output, surrounding white space dropped.
    Command(Vec<String>),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Env(name) => write!(f, "env {name}"),
            SecretSource::File(path) => write!(f, "file {}", path.display()),
            SecretSource::Command(argv) => {
                write!(f, "command {}", argv.first().map_or("", String::as_str))
            }
        }
    }
}

/// A piece of a request: text as it stands, or a secret by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Sent, shown and recorded as it stands.
    Plain(String),
    /// Sent as `before`, the secret's text and `after`: for bodies that a secret stands within.
    Around {
        /// Text before the secret.
        before: String,
        /// Where the secret is kept.
        secret: SecretSource,
        /// Text after the secret.
        after: String,
    },
    /// Sent as `prefix` and the secret's text; shown and recorded as `prefix‹env NAME›`.
    Secret {
        /// Text before the secret, such as `Bearer `.
        #[serde(default)]
        prefix: String,
        /// Where the secret is kept.
        secret: SecretSource,
    },
}

impl Value {
    /// The secret that is in it, by name.
    pub const fn secret(&self) -> Option<&SecretSource> {
        match self {
            Value::Plain(_) => None,
            Value::Secret { secret, .. } | Value::Around { secret, .. } => Some(secret),
        }
    }

    /// The same behind `prefix`: a secret by name stays one.
    #[must_use]
    pub fn behind(&self, prefix: &str) -> Self {
        match self {
            Value::Plain(text) => Value::Plain(format!("{prefix}{text}")),
            Value::Secret { prefix: own, secret } => {
                Value::Secret { prefix: format!("{prefix}{own}"), secret: secret.clone() }
            }
            Value::Around { before, secret, after } => Value::Around {
                before: format!("{prefix}{before}"),
                secret: secret.clone(),
                after: after.clone(),
            },
        }
    }
}

/// `text` as one segment of a path.
pub fn segment(text: &str) -> String {
    let mut url = url::Url::parse("http://x/").ok();
    if let Some(url) = &mut url
        && let Ok(mut segments) = url.path_segments_mut()
    {
        // A segment of dots alone would climb.
        segments.clear().push(&text.replace("..", "%2E%2E"));
    }
    url.map(|url| url.path().trim_start_matches('/').to_owned()).unwrap_or_default()
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Plain(text) => f.write_str(text),
            Value::Around { before, secret, after } => write!(f, "{before}‹{secret}›{after}"),
            Value::Secret { prefix, secret } => write!(f, "{prefix}‹{secret}›"),
        }
    }
}

/// One thing asked of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IoRequest {
    /// An HTTP(S) exchange.
    Http(HttpRequest),
    /// A TCP connection, closed at once.
    Tcp(TcpRequest),
    /// A program in a process group of its own.
    Command(CommandRequest),
    /// What a Redis server says about itself.
    Redis(Box<RedisRequest>),
    /// What a PostgreSQL server answers to statements that only read.
    Postgres(Box<PostgresRequest>),
    /// A page of the objects in a bucket of S3-compatible storage.
    S3(Box<S3Request>),
}

/// An HTTP(S) request. TLS is always verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `PUT` …, upper case.
    pub method: String,
    /// Absolute, `http` or `https`.
    pub url: String,
    /// In order; names are case-insensitive.
    #[serde(default)]
    pub headers: Vec<(String, Value)>,
    /// Sent as it stands.
    #[serde(default)]
    pub body: Option<Value>,
    /// From the start to the last byte of the body.
    pub timeout: Duration,
    /// How many bytes of the body are read at most.
    pub limit: usize,
    /// How many redirects are followed; past that the redirect itself is the reply.
    #[serde(default)]
    pub redirects: u8,
}

impl HttpRequest {
    /// The name under which `headers` hold the whole address, where that is a secret; `url` is empty then. It is no
    /// header, and is sent as none.
    pub const ADDRESS: &str = ":address";

    /// The whole address, where it is a secret.
    pub fn address(&self) -> Option<&Value> {
        self.headers.iter().find(|(name, _)| name == Self::ADDRESS).map(|(_, value)| value)
    }
}

/// A TCP connection attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpRequest {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// For name look-up and connection together.
    pub timeout: Duration,
}

/// A program to run: no shell unless the program is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRequest {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Added to the environment Midwatch was started with.
    #[serde(default)]
    pub env: Vec<(String, Value)>,
    /// The working directory; that of Midwatch when `None`.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// After it the group gets SIGTERM, and SIGKILL two seconds later.
    pub timeout: Duration,
    /// How many bytes of output are kept at most: the first half and the last.
    pub limit: usize,
}

impl IoRequest {
    /// How long it may take.
    pub fn timeout(&self) -> Duration {
        match self {
            IoRequest::Http(request) => request.timeout,
            IoRequest::Tcp(request) => request.timeout,
            IoRequest::Command(request) => request.timeout,
            IoRequest::Redis(request) => request.timeout,
            IoRequest::Postgres(request) => request.timeout,
            IoRequest::S3(request) => request.timeout,
        }
    }

    /// Every secret that goes along with it, by name.
    pub fn secrets(&self) -> Vec<&SecretSource> {
        let values: Vec<&Value> = match self {
            IoRequest::Http(http) => http.headers.iter().map(|(_, value)| value).chain(&http.body).collect(),
            IoRequest::Command(command) => command.env.iter().map(|(_, value)| value).collect(),
            IoRequest::Redis(redis) => redis.password.iter().collect(),
            IoRequest::Postgres(postgres) => postgres.password.iter().collect(),
            IoRequest::S3(s3) => {
                [&s3.access_key, &s3.secret_key].into_iter().chain(&s3.session_token).collect()
            }
            IoRequest::Tcp(_) => Vec::new(),
        };
        values.into_iter().filter_map(Value::secret).collect()
    }

    /// The request, exactly, a line a part, with secrets by name: what a confirmation and
    /// `--dry-run` show.
    pub fn preview(&self) -> Vec<String> {
        match self {
            IoRequest::Http(request) => {
                let address = request.address().map_or_else(|| request.url.clone(), ToString::to_string);
                let mut lines = vec![format!("{} {address}", request.method)];
                let headers = request.headers.iter().filter(|(name, _)| name != HttpRequest::ADDRESS);
                lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
                if let Some(body) = &request.body {
                    lines.push(String::new());
                    lines.extend(body.to_string().lines().map(str::to_owned));
                }
                lines
            }
            IoRequest::Tcp(request) => vec![format!("connect {}:{}", request.host, request.port)],
            IoRequest::Command(request) => {
                let mut lines: Vec<String> =
                    request.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
                if let Some(cwd) = &request.cwd {
                    lines.push(format!("in {}", cwd.display()));
                }
                lines.push(format!("$ {}", shell_words::join(&request.argv)));
                lines
            }
            IoRequest::Redis(request) => request.preview(),
            IoRequest::Postgres(request) => request.preview(),
            IoRequest::S3(request) => request.preview(),
        }
    }
}

/// What came back. All text in it is redacted; none of it is clean for a terminal until
/// [`crate::domain::text::clean`] has seen it, because a JSON string can hide an escape.
#[derive(Clone, Debug, PartialEq)]
pub enum IoReply {
    /// An HTTP response, whatever its status.
    Http(HttpReply),
    /// The connection was made.
    Tcp(TcpReply),
    /// The program ended.
    Command(CommandReply),
    /// A data store answered.
    Data(DataReply),
    /// No answer.
    Failed(IoFailure),
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpReply {
    /// `200`, `503` …
    pub status: u16,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// At most the request's `limit` bytes.
    pub body: Vec<u8>,
    /// Whether the body went on past the limit.
    pub truncated: bool,
    /// From sending to the last byte read; excludes waiting for a slot.
    pub latency: Duration,
    /// Whole days until the server's certificate ends, negative once it has; `None` without TLS.
    pub certificate_days: Option<i64>,
}

impl HttpReply {
    /// The first header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A TCP connection that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpReply {
    /// For name look-up and connection together.
    pub latency: Duration,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandReply {
    /// Its exit code; `None` if a signal ended it.
    pub exit: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Standard output, at most the request's limit.
    pub stdout: String,
    /// Standard error, at most the request's limit.
    pub stderr: String,
    /// Whether some output was left out.
    pub truncated: bool,
    /// From start to end.
    pub duration: Duration,
}

/// What a data store answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataReply {
    /// Of Redis the text of `INFO`; of PostgreSQL a JSON array with an array of objects a statement,
    /// `[[{"column": "text" or null}]]`. At most the request's limit.
    pub text: String,
    /// Whether something was left out for the limit: of PostgreSQL whole rows, so that what is left is
    /// still JSON.
    pub truncated: bool,
    /// From look-up to the last byte read.
    pub latency: Duration,
}

/// One line of a running program's output, redacted and clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    /// Whether it came on standard error.
    pub error: bool,
    /// Without its line end, at most 4 KiB.
    pub text: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoFailure {
    /// Which part failed.
    pub reason: Reason,
    /// In words, redacted and clean, on one line.
    pub detail: String,
    /// Whether the far side may have acted on it.
    pub delivery: Delivery,
}

impl IoFailure {
    /// What failed, and how: `dns: no such host`. A connection that broke once the request was under way says so: it may
    /// have arrived.
    pub fn words(&self) -> String {
        match (self.reason, self.delivery) {
            (Reason::Connect, Delivery::Unknown) => format!("sent, and the answer was lost: {}", self.detail),
            (reason, _) => format!("{}: {}", reason.word(), self.detail),
        }
    }
}

/// Whether a request without an answer may have had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It never left: the name was not found, the connection refused, the program absent.
    NotSent,
    /// It left or may have left; what it did is unknown.
    Unknown,
    /// The operator cancelled it while it ran.
    Cancelled,
}

/// Why a reading is not ok.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The name was not found.
    Dns,
    /// No connection: refused, reset, unreachable, or a program that cannot be started.
    Connect,
    /// The TLS handshake or the certificate failed.
    Tls,
    /// No answer in time.
    Timeout,
    /// An answer with the wrong status or exit code.
    Status,
    /// An answer whose body is not what the condition needs.
    Body,
    /// An answer that cannot be read at all: not HTTP, not JSON where JSON is due.
    Parse,
    /// Too much, too often: a rate limit or a size limit.
    Limit,
    /// Not allowed: 401, 403, or a secret that is missing.
    Auth,
}

impl Reason {
    /// The word on screen and in configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Reason::Dns => "dns",
            Reason::Connect => "connect",
            Reason::Tls => "tls",
            Reason::Timeout => "timeout",
            Reason::Status => "status",
            Reason::Body => "body",
            Reason::Parse => "parse",
            Reason::Limit => "limit",
            Reason::Auth => "auth",
        }
    }
}
