//! The loop without a screen: signals are asked as the console asks them, and what happens is told.

use std::io;
use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::domain::fact::Logged;

use super::alarm::set;
use super::engine::Engine;
use super::stops::{Stop, Stops};

/// Where nothing is due, time is told this often.
const IDLE: Duration = Duration::from_secs(1);
/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Runs `engine` for `span`, for ever where there is none, and tells each fact to `hear` as it
/// happens, which may tell the engine something in turn. Returns what ended it before that: a signal, or `None` where
/// nobody hears any more.
pub async fn follow(
    engine: &mut Engine,
    span: Option<Duration>,
    mut hear: impl FnMut(&mut Engine, &Logged) -> ControlFlow<()>,
) -> io::Result<Option<Stop>> {
    let mut stops = Stops::new()?;
    let mut due = pin!(sleep(Duration::ZERO));
    let mut end = pin!(sleep(span.unwrap_or(FOR_EVER)));
    loop {
        while !engine.told.is_empty() {
            for logged in std::mem::take(&mut engine.told) {
                if hear(engine, &logged).is_break() {
                    return Ok(None);
                }
            }
        }
        set(due.as_mut(), engine.wake_at().map_or(IDLE, |at| engine.clock.until(at).min(IDLE)));
        tokio::select! {
            biased;
            stop = stops.next() => return Ok(Some(stop)),
            () = &mut end => return Ok(None),
            () = engine.next() => {}
            () = &mut due => engine.tick().await,
        }
    }
}
