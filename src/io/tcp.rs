//! A TCP connection, made, and for a probe closed at once. Sends nothing.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::domain::io::{IoFailure, Reason, TcpReply, TcpRequest};

use super::{failure, names};

/// How long one address may keep the next from being tried.
const HEAD_START: Duration = Duration::from_millis(250);

/// Looks the name up and connects.
pub(super) async fn connect(request: &TcpRequest) -> Result<TcpReply, IoFailure> {
    let started = Instant::now();
    open(&request.host, request.port).await?;
    Ok(TcpReply { latency: started.elapsed() })
}

/// A connection to `host`, a name or an address, in brackets or not.
pub(super) async fn open(host: &str, port: u16) -> Result<TcpStream, IoFailure> {
    let addresses = names::look_up(bare(host), port)
        .await
        .map_err(|error| failure::not_sent(Reason::Dns, error.to_string()))?;
    first(&addresses).await.map_err(|error| {
        let (reason, detail) = failure::of_io(&error);
        failure::not_sent(reason, detail)
    })
}

/// `host` without brackets.
pub(super) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The first connection that is made. An address that does not answer holds the next one up for no
/// more than a moment, so that a broken IPv6 route does not make an IPv4 service look down.
async fn first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut trying = FuturesUnordered::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match waiting.next() {
            Some(address) => trying.push(TcpStream::connect(*address)),
            None if trying.is_empty() => return Err(last),
            None => {}
        }
        tokio::select! {
            Some(result) = trying.next() => match result {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            },
            () = tokio::time::sleep(HEAD_START), if waiting.len() > 0 => {}
        }
    }
}
