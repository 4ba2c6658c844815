//! The HTTP clients: made when first needed, kept for good, never less than verified.
//!
//! Plain `http` has a client without the machine's certificates: it costs no start-up time and
//! works on a machine that has none. A request that may change something has a client that keeps no
//! connections: on a kept one it could meet the server's closing it, and nobody would know whether
//! the change was made. The machine's own addresses are never asked for by way of a proxy.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Url};
use tower_layer::Layer;
use tower_service::Service;
use url::Host;

use super::IoError;
use super::files;
use super::names::Names;
use super::trust::Trust;

/// How long a connection is kept for the next probe.
const KEPT: Duration = Duration::from_secs(60);
/// How large a file of certificates may be.
const CA_FILE_LIMIT: usize = 4 << 20;

tokio::task_local! {
    /// Whether the exchange under way has opened a connection of its own.
    static OPENED: Cell<bool>;
}

/// Which client a request needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// Whether certificates are verified: for `https`.
    pub(super) tls: bool,
    /// Whether a connection may be kept and used again.
    pub(super) kept: bool,
    /// Whether no proxy is asked: for this machine itself.
    pub(super) direct: bool,
}

impl Need {
    /// What a request to `url` needs that changes nothing, or else may change something.
    pub(super) fn new(url: &Url, safe: bool) -> Self {
        let direct = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        Self { tls: url.scheme() == "https", kept: safe, direct }
    }
}

/// The clients, one a [`Need`].
pub(super) struct Clients {
    user_agent: String,
    roots: Vec<Certificate>,
    trust: Trust,
    made: [OnceLock<Result<Client, String>>; 8],
}

impl Clients {
    /// Reads the file of certificates; makes the one client that can be made anywhere.
    pub(super) fn new(ca_file: Option<PathBuf>, user_agent: String) -> Result<Self, IoError> {
        // Another part of the process may have installed it before: the same one, and no error.
        drop(rustls::crypto::ring::default_provider().install_default());
        let (roots, pem) = match ca_file {
            Some(path) => read_roots(&path).map_err(|why| IoError::CaFile { path, why })?,
            None => (Vec::new(), Vec::new()),
        };
        let clients = Self { user_agent, roots, trust: Trust::new(pem), made: Default::default() };
        clients.of(Need { tls: false, kept: true, direct: true }).map_err(IoError::Client)?;
        Ok(clients)
    }

    /// What TLS without HTTP trusts: the same certificates.
    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The client for `need`, or in words why there is none.
    pub(super) fn of(&self, need: Need) -> Result<&Client, String> {
        let place = usize::from(need.tls) * 4 + usize::from(need.kept) * 2 + usize::from(need.direct);
        self.made[place].get_or_init(|| self.make(need)).as_ref().map_err(Clone::clone)
    }

    fn make(&self, need: Need) -> Result<Client, String> {
        let builder = Client::builder()
            .user_agent(&self.user_agent)
            .redirect(Policy::none())
            .referer(false)
            .pool_idle_timeout(KEPT)
            .tcp_nodelay(true)
            .dns_resolver(Names)
            .connector_layer(Note);
        let builder = if need.direct { builder.no_proxy() } else { builder };
        let builder = if need.kept { builder } else { builder.pool_max_idle_per_host(0) };
        if need.tls { self.verified(builder) } else { self.plain(builder) }
    }

    fn plain(&self, builder: ClientBuilder) -> Result<Client, String> {
        builder.tls_certs_only(self.roots.iter().cloned()).build().map_err(|error| innermost(&error))
    }

    fn verified(&self, builder: ClientBuilder) -> Result<Client, String> {
        builder.tls_info(true).tls_certs_merge(self.roots.iter().cloned()).build().map_err(|error| {
            let cause = innermost(&error);
            if cause.to_ascii_lowercase().contains("no ca certificates") {
                "this machine has no CA certificates to verify with: install them, or name a ca_file".into()
            } else {
                format!("TLS cannot be set up: {cause}")
            }
        })
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The certificates in a file, and its text.
fn read_roots(path: &Path) -> Result<(Vec<Certificate>, Vec<u8>), String> {
    let text = files::read_bounded(path, CA_FILE_LIMIT).map_err(|error| error.to_string())?;
    let roots = Certificate::from_pem_bundle(&text).map_err(|error| innermost(&error))?;
    if roots.is_empty() { Err("holds no PEM certificate".to_owned()) } else { Ok((roots, text)) }
}

/// Runs `exchange` and says whether it opened a connection, rather than use one that was kept.
pub(super) async fn noting_connections<T>(exchange: impl Future<Output = T>) -> (T, bool) {
    OPENED
        .scope(Cell::new(false), async {
            let result = exchange.await;
            (result, OPENED.with(Cell::get))
        })
        .await
}

/// Notes in [`OPENED`] that a connection is being opened.
#[derive(Clone, Copy)]
struct Note;

#[derive(Clone)]
struct Noting<S>(S);

impl<S> Layer<S> for Note {
    type Service = Noting<S>;

    fn layer(&self, inner: S) -> Noting<S> {
        Noting(inner)
    }
}

impl<S: Service<R>, R> Service<R> for Noting<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        // Outside an exchange (a connection made ahead) there is nothing to note it in.
        let _ = OPENED.try_with(|opened| opened.set(true));
        self.0.call(request)
    }
}
