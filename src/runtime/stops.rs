//! Signals that end the program.

use std::io;

/// What the program was told to end by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Whoever started it wants it to end.
    Terminate,
    /// The terminal is gone.
    HangUp,
    /// The operator pressed Ctrl+C.
    Interrupt,
}

impl Stop {
    /// The word for it, for the record.
    pub const fn word(self) -> &'static str {
        match self {
            Stop::Terminate => "SIGTERM",
            Stop::HangUp => "SIGHUP",
            Stop::Interrupt => "SIGINT",
        }
    }
}

/// Listens for them.
#[cfg(unix)]
pub(super) struct Stops {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stops {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.terminate.recv() => Stop::Terminate,
            _ = self.hang_up.recv() => Stop::HangUp,
            _ = self.interrupt.recv() => Stop::Interrupt,
        }
    }
}

/// Listens for them.
#[cfg(not(unix))]
pub(super) struct Stops;

#[cfg(not(unix))]
impl Stops {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> Stop {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Stop::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}
