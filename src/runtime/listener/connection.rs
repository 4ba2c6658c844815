//! Connections with an end: a bounded number at a time, and each has to say what it has to say within a few seconds,
//! however slowly it speaks.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// Connections at the same time at most; more wait in the system's queue.
const MOST: usize = 64;
/// How long a delivery may take to arrive, from its first byte's connection on.
const ARRIVES: Duration = Duration::from_secs(5);
/// How long an answer may then take to leave.
const LEAVES: Duration = Duration::from_secs(5);
/// How long it waits where the system has no connection to give, such as without free files.
const REST: Duration = Duration::from_millis(100);

/// A listener that gives bounded connections.
pub struct Connections {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

impl Connections {
    /// Connections to `listener`.
    pub fn new(listener: TcpListener) -> Self {
        Self { listener, free: Arc::new(Semaphore::new(MOST)) }
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok(place) = Arc::clone(&self.free).acquire_owned().await else {
                // Nobody closes it; without places there is nothing to accept.
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, from)) => return (Connection::new(stream, place), from),
                Err(error) => {
                    tracing::warn!(%error, "no connection");
                    drop(place);
                    sleep(REST).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that is over after a while.
pub struct Connection {
    stream: TcpStream,
    arrives: Pin<Box<Sleep>>,
    leaves: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        // Answers are small: waiting to fill a packet would only make senders wait.
        let _ = stream.set_nodelay(true);
        let (arrives, leaves) = (Box::pin(sleep(ARRIVES)), Box::pin(sleep(ARRIVES + LEAVES)));
        Self { stream, arrives, leaves, _place: place }
    }
}

/// The error of a time that is over.
fn over(clock: Pin<&mut Sleep>, context: &mut Context<'_>) -> Option<io::Error> {
    clock.poll(context).is_ready().then(|| io::ErrorKind::TimedOut.into())
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = over(self.arrives.as_mut(), context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(error) = over(self.leaves.as_mut(), context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
