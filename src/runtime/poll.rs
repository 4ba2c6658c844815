//! One poll of a signal: as many requests as its source needs, then what they mean.

use crate::domain::io::IoReply;
use crate::domain::reading::Reading;
use crate::domain::signal::Signal;
use crate::io::Io;
use crate::sources;

use super::clock::Clock;

/// Asks `signal` once.
pub async fn poll(io: &Io, signal: &Signal, clock: Clock) -> Reading {
    asked(io, signal, clock).await.0
}

/// [`poll`], with the answers it follows from. A source that asks several times stops where its interval ends: the
/// next poll is due then.
pub async fn asked(io: &Io, signal: &Signal, clock: Clock) -> (Reading, Vec<IoReply>) {
    let started = clock.now();
    let mut answered: Vec<IoReply> = Vec::with_capacity(1);
    while let Some(request) = sources::next(signal, clock.now(), &answered) {
        if !answered.is_empty() && clock.now().since(started) >= signal.every {
            break;
        }
        answered.push(io.perform(&request, None, std::future::pending()).await);
    }
    (sources::read(signal, clock.now(), &answered), answered)
}
