//! What a Redis server says about itself: `AUTH` where there is a password, `INFO`, and nothing else.
//!
//! The library writes the commands and reads the replies, over a connection of this floor. It is never
//! given a reply that is not one line or one text, because it makes room for as many elements as an
//! array says it has; what bounds the length of a text is [`super::stream::Bounded`].

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use ::redis::{RedisError, ServerError, ServerErrorKind, Value};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::domain::io::{DataReply, IoFailure, Reason, RedisRequest};
use crate::domain::text;

use super::stream::{self, Bounded};
use super::{Rim, failure, tcp};

const PROTOCOL: &str = "Redis";
/// What a reply that is no collection begins with: a line, an error, a text, a text with a format.
const OPENINGS: &[u8] = b"+-$=!";

/// Asks for `INFO`.
pub(super) async fn info(rim: &Rim, request: &RedisRequest) -> Result<DataReply, IoFailure> {
    let password = match &request.password {
        Some(value) => Some(rim.secrets.text(value).await.map_err(failure::no_secret)?.text),
        None => None,
    };
    let redactor = rim.secrets.redactor_for(password.as_deref().as_slice());
    let started = Instant::now();
    let told = ask(rim, request, password)
        .await
        .map_err(|failure| IoFailure { detail: redactor.text(&failure.detail).into_owned(), ..failure })?;
    let latency = started.elapsed();
    let truncated = told.len() > request.limit;
    let told = redactor.head(told, request.limit).0;
    let told = String::from_utf8_lossy(&told);
    Ok(DataReply { text: text::head(&told, request.limit).to_owned(), truncated, latency })
}

async fn ask(
    rim: &Rim,
    request: &RedisRequest,
    password: Option<Cow<'_, str>>,
) -> Result<Vec<u8>, IoFailure> {
    if !request.tls {
        let stream = tcp::open(&request.host, request.port).await?;
        return speak(Bounded::new(stream, request.limit, &[]), request, password).await;
    }
    let unusable = |why: String| failure::not_sent(Reason::Tls, why);
    let mut connector = rim.clients.trust().connector().map_err(unusable)?;
    let stream = tcp::open(&request.host, request.port).await?;
    let stream = Bounded::new(stream, request.limit, &[]);
    let Ok(connect) = <MakeRustlsConnect as MakeTlsConnect<Bounded<TcpStream>>>::make_tls_connect(
        &mut connector,
        tcp::bare(&request.host),
    );
    let stream = connect.connect(stream).await.map_err(|error| {
        let mut failure = stream::failure(&error, PROTOCOL)
            .unwrap_or_else(|| failure::not_sent(Reason::Tls, error.to_string()));
        if failure.reason == Reason::Connect {
            failure = failure::not_sent(Reason::Tls, "connection closed during the TLS handshake");
        }
        failure
    })?;
    speak(stream, request, password).await
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &RedisRequest,
    password: Option<Cow<'_, str>>,
) -> Result<Vec<u8>, IoFailure> {
    let mut stream = BufReader::new(stream);
    if request.username.is_some() || password.is_some() {
        let mut login = ::redis::cmd("AUTH");
        if let Some(name) = &request.username {
            login.arg(name);
        }
        // A user who needs no password logs in with any.
        login.arg(password.as_deref().unwrap_or_default());
        match exchange(&mut stream, &login).await? {
            Value::Okay => {}
            Value::ServerError(error) => return Err(refusal(&error, Reason::Auth)),
            _ => return Err(foreign()),
        }
    }
    let told = match exchange(&mut stream, &::redis::cmd("INFO")).await? {
        Value::BulkString(told) => told,
        Value::VerbatimString { text, .. } => text.into_bytes(),
        Value::ServerError(error) => return Err(refusal(&error, Reason::Status)),
        _ => return Err(foreign()),
    };
    // The answer is whole: how the connection ends says nothing more.
    drop(stream.shutdown().await);
    Ok(told)
}

async fn exchange(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    command: &::redis::Cmd,
) -> Result<Value, IoFailure> {
    let unsent = |error: std::io::Error| lost(&error);
    // A server that is full says so at once and hangs up: what it said is read although it would not
    // hear.
    let written = match stream.write_all(&command.get_packed_command()).await {
        Ok(()) => stream.flush().await,
        Err(error) => Err(error),
    };
    match stream.fill_buf().await.map_err(unsent)? {
        [] => {
            written.map_err(unsent)?;
            return Err(lost(&std::io::ErrorKind::UnexpectedEof.into()));
        }
        [first, ..] if OPENINGS.contains(first) => {}
        _ => return Err(foreign()),
    }
    #[expect(clippy::default_trait_access, reason = "the type belongs to a library below the library")]
    let mut decoder = Default::default();
    ::redis::parse_redis_value_async(&mut decoder, stream).await.map_err(|error| unreadable(&error))
}

fn lost(error: &std::io::Error) -> IoFailure {
    stream::failure(error, PROTOCOL).unwrap_or_else(foreign)
}

fn foreign() -> IoFailure {
    failure::sent(Reason::Parse, format!("not the {PROTOCOL} protocol"))
}

/// An error of the library, which hides the connection's own in an [`Arc`].
fn unreadable(error: &RedisError) -> IoFailure {
    let hidden = error.source().and_then(|source| source.downcast_ref::<Arc<dyn Error + Send + Sync>>());
    hidden.and_then(|error| stream::failure(&**error, PROTOCOL)).unwrap_or_else(foreign)
}

/// An error that the server answered. `otherwise` is what one of no particular kind is.
fn refusal(error: &ServerError, otherwise: Reason) -> IoFailure {
    let details = error.details().unwrap_or_default();
    let reason = match error.code() {
        "NOAUTH" | "WRONGPASS" | "NOPERM" | "DENIED" => Reason::Auth,
        "LOADING" | "BUSY" | "MASTERDOWN" | "CLUSTERDOWN" | "MISCONF" => Reason::Status,
        "ERR" if details.starts_with("max number of clients") => Reason::Limit,
        "OOM" => Reason::Limit,
        _ if error.kind() == Some(ServerErrorKind::NoPerm) => Reason::Auth,
        _ => otherwise,
    };
    failure::sent(reason, format!("{} {details}", error.code()).trim().to_owned())
}
