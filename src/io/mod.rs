//! The only floor that touches the network, processes and secrets. What leaves it is redacted, and
//! its text is clean: no secret and no control character gets out. It decides nothing: it carries
//! out an [`IoRequest`] once and says what came back.

mod certificate;
mod clients;
mod command;
mod editor;
pub mod environment;
mod escape;
mod failure;
pub mod files;
mod group;
pub mod help;
mod http;
mod keep;
pub mod looked;
mod names;
mod output;
mod postgres;
mod redact;
mod redis;
mod s3;
mod secrets;
mod signature;
mod stream;
mod tcp;
mod trust;

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::domain::io::{IoFailure, IoReply, IoRequest, OutputLine, SecretSource, SignatureScheme, Value};
use crate::domain::text;
use crate::domain::time::Timestamp;

use self::clients::Clients;
use self::secrets::Secrets;

/// What the floor is told once, at the start.
#[derive(Clone, Debug)]
pub struct IoOptions {
    /// A PEM file of certificates to trust beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// Secrets that [`Io::prepare`] resolves whatever else it is asked for.
    pub secrets: Vec<SecretSource>,
    /// What HTTP requests call themselves.
    pub user_agent: String,
    /// Programs find one another and this home, and nothing else of this process's environment.
    pub bare: Option<PathBuf>,
}

impl Default for IoOptions {
    fn default() -> Self {
        Self {
            ca_file: None,
            secrets: Vec::new(),
            user_agent: concat!("midwatch/", env!("CARGO_PKG_VERSION")).to_owned(),
            bare: None,
        }
    }
}

/// Why the floor cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// The file of certificates cannot be used.
    #[error("{}: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// In words.
        why: String,
    },
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// The way to the world: one per process, cheap to clone.
#[derive(Clone)]
pub struct Io {
    rim: Arc<Rim>,
}

/// What every request needs.
struct Rim {
    clients: Clients,
    secrets: Secrets,
    known: Vec<SecretSource>,
    urls: http::Urls,
    bare: Option<PathBuf>,
}

impl std::fmt::Debug for Io {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What it holds are clients and secrets: neither is for show.
        f.write_str("Io")
    }
}

impl Io {
    /// Opens the floor. Reads `ca_file`, resolves nothing, connects to nothing.
    pub fn new(options: IoOptions) -> Result<Self, IoError> {
        let clients = Clients::new(options.ca_file, options.user_agent)?;
        let (secrets, urls) = (Secrets::default(), http::Urls::default());
        Ok(Self { rim: Arc::new(Rim { clients, secrets, known: options.secrets, urls, bare: options.bare }) })
    }

    /// Resolves every secret the configuration names, so that it is redacted before anything is
    /// shown. What cannot be resolved is reported with the reason in words, and tried again when a
    /// request needs it.
    pub async fn prepare(&self, sources: &[SecretSource]) -> Vec<(SecretSource, String)> {
        let mut wanted: Vec<&SecretSource> = Vec::new();
        for source in self.rim.known.iter().chain(sources) {
            if !wanted.contains(&source) {
                wanted.push(source);
            }
        }
        let resolving = wanted.iter().map(|source| self.rim.secrets.resolve(source));
        let resolved = futures_util::future::join_all(resolving).await;
        wanted
            .into_iter()
            .zip(resolved)
            .filter_map(|(source, result)| Some((source.clone(), self.words(&result.err()?))))
            .collect()
    }

    /// Forgets every secret's text, so that the next request reads its source again. What was
    /// known stays redacted.
    pub fn forget(&self) {
        self.rim.secrets.forget();
    }

    /// Carries out `request`, once. `output` gets the lines of a running command as they come; when
    /// it stays full, lines are left out of it and counted, and the command goes on. `cancelled`
    /// completes when the operator cancels. Dropping the future ends a running command, too.
    pub async fn perform(
        &self,
        request: &IoRequest,
        output: Option<Sender<OutputLine>>,
        cancelled: impl Future<Output = ()>,
    ) -> IoReply {
        let rim = &*self.rim;
        let outcome = match request {
            // Pinned here, so that each floor that passes it on has a reference and no room of its own.
            IoRequest::Http(request) => {
                let exchange = pin!(http::exchange(rim, request));
                until(request.timeout, cancelled, exchange).await.map(IoReply::Http)
            }
            IoRequest::Tcp(request) => {
                let connect = pin!(tcp::connect(request));
                until(request.timeout, cancelled, connect).await.map(IoReply::Tcp)
            }
            // Boxed, so that a probe does not carry the room a command needs.
            IoRequest::Command(request) => {
                Box::pin(command::run(rim, request, output, cancelled)).await.map(IoReply::Command)
            }
            IoRequest::Redis(request) => {
                let work = Box::pin(redis::info(rim, request));
                until(request.timeout, cancelled, work).await.map(IoReply::Data)
            }
            IoRequest::Postgres(request) => {
                let work = Box::pin(postgres::read(rim, request));
                until(request.timeout, cancelled, work).await.map(IoReply::Data)
            }
            IoRequest::S3(request) => {
                let work = Box::pin(s3::list(rim, request));
                until(request.timeout, cancelled, work).await.map(IoReply::Http)
            }
        };
        outcome.unwrap_or_else(|mut failure| {
            failure.detail = self.words(&failure.detail);
            IoReply::Failed(failure)
        })
    }

    /// Gives the terminal to a program until it ends. The caller has given it back before.
    pub async fn hand_over(&self, request: &IoRequest) -> IoReply {
        let IoRequest::Command(request) = request else {
            return self.perform(request, None, std::future::pending()).await;
        };
        match command::hand_over(&self.rim, request).await {
            Ok(reply) => IoReply::Command(reply),
            Err(failure) => IoReply::Failed(IoFailure { detail: self.words(&failure.detail), ..failure }),
        }
    }

    /// Gives the terminal to the operator's own editor with `text` in a file that nobody else can read, and that is gone
    /// afterwards: what the text is then. The caller has given the terminal back before.
    pub async fn edit(&self, text: &str) -> Result<String, String> {
        editor::edit(&self.rim, text).await.map_err(|why| self.words(&why))
    }

    /// Whether a delivery is from who shares `secret`, which is plain where it is no secret: `presented` is what its header held, `body` its
    /// bytes as they came. Why not, in words that hold nothing of either.
    pub async fn verify(
        &self,
        scheme: SignatureScheme,
        secret: &Value,
        presented: Option<&[u8]>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), String> {
        let secret = self.rim.secrets.text(secret).await.map_err(|why| self.words(&why))?;
        signature::verify(scheme, secret.text.as_bytes(), presented, body, now)
    }

    /// `text` with every known secret, however it is encoded, replaced.
    pub fn redact(&self, text: &str) -> String {
        self.rim.secrets.redactor().text(text).into_owned()
    }

    /// Whether a known secret, however it is encoded, stands in `bytes`.
    fn holds_secret(&self, bytes: &[u8]) -> bool {
        self.rim.secrets.redactor().finds(bytes)
    }

    /// Words for a person: redacted, clean, short.
    fn words(&self, text: &str) -> String {
        let redacted = self.redact(text);
        text::head(&text::clean(&redacted), 300).to_owned()
    }
}

/// `work`, unless the time or the operator's patience ends first.
async fn until<T>(
    timeout: Duration,
    cancelled: impl Future<Output = ()>,
    work: impl Future<Output = Result<T, IoFailure>>,
) -> Result<T, IoFailure> {
    tokio::select! {
        biased;
        () = cancelled => Err(failure::cancelled()),
        outcome = tokio::time::timeout(timeout, work) => {
            outcome.unwrap_or_else(|_| Err(failure::timeout("no answer", timeout)))
        }
    }
}
