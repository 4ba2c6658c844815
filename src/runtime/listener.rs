//! The listener: takes on loopback what others send, and hands what was proven and read to the loop. It never waits
//! for the loop, keeps nothing of who does not prove itself, and holds a bounded amount whatever comes.

mod connection;
mod counting;
mod door;
mod seen;
mod taking;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::app::Msg;
use crate::domain::signal::Signal;
use crate::io::Io;
use crate::sources::listen::{self, Sender};

use self::connection::Connections;
use self::counting::Counting;
use self::door::{Door, answer, hear};
use self::seen::Seen;

/// Deliveries that are read and verified at the same time at most.
const AT_ONCE: usize = 16;

/// Why the listener cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody has the port.
    #[error(
        "another program listens on {0} already, perhaps another console\n  hint: end it, give [listen] another \
         address, or follow signals by name: midwatch check --follow NAME"
    )]
    Taken(SocketAddr),
    /// It cannot be had for another reason.
    #[error("cannot listen on {address}: {why}")]
    Refused {
        /// Where.
        address: SocketAddr,
        /// Why.
        why: io::Error,
    },
    /// What the signals say is no address.
    #[error("cannot listen on {0:?}: this is not an address and a port")]
    Address(String),
}

/// A running listener. Dropping it closes its doors.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl Listener {
    /// Opens a door for each of `signals` that is sent to; `None` where none is. What was taken goes to
    /// `deliveries`, and only where there is room. Must be called on a tokio runtime with time and I/O.
    pub async fn open(
        signals: &[Signal],
        io: &Io,
        deliveries: mpsc::Sender<Msg>,
    ) -> Result<Option<Self>, ListenError> {
        let sent: Vec<(usize, Sender, &Signal)> = signals
            .iter()
            .enumerate()
            .filter_map(|(index, signal)| Some((index, Sender::of(signal)?, signal)))
            .collect();
        let Some(wanted) = sent.first().and_then(|(.., signal)| listen::address(signal)) else {
            return Ok(None);
        };
        let wanted: SocketAddr = wanted.parse().map_err(|_| ListenError::Address(wanted))?;
        let listener = TcpListener::bind(wanted).await.map_err(|why| match why.kind() {
            io::ErrorKind::AddrInUse => ListenError::Taken(wanted),
            _ => ListenError::Refused { address: wanted, why },
        })?;
        let address = listener.local_addr().map_err(|why| ListenError::Refused { address: wanted, why })?;

        let counting = Arc::new(Counting::new(sent.iter().map(|(index, sender, _)| (*index, *sender))));
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        let mut router = Router::new();
        for (place, (index, sender, signal)) in sent.into_iter().enumerate() {
            let Some(proof) = listen::proof(signal) else { continue };
            let door = Door {
                sender,
                signal: index,
                proof,
                io: io.clone(),
                deliveries: deliveries.clone(),
                seen: Seen::new(),
                slots: Arc::clone(&slots),
                counting: Arc::clone(&counting),
                place,
            };
            let path = Router::new().route(sender.path(), post(hear)).with_state(Arc::new(door));
            router = router.merge(path);
        }
        let router = router
            .fallback(async || answer(StatusCode::NOT_FOUND, "nobody listens at this path"))
            .method_not_allowed_fallback(async || {
                answer(StatusCode::METHOD_NOT_ALLOWED, "deliveries are POSTed")
            })
            .layer(axum::middleware::map_response(close_after));
        tracing::info!(%address, "listening");
        let serving = tokio::spawn(async move {
            // Ends only with the console.
            drop(axum::serve(Connections::new(listener), router).await);
        });
        let telling = tokio::spawn(async move { counting.tell(&deliveries).await });
        Ok(Some(Self { address, tasks: [serving, telling] }))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// One delivery a connection: who holds one open holds nothing for long.
async fn close_after(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
