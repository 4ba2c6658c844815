//! The one clock: wall time that goes on steadily, and a word when the system's clock was set.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::Timestamp;

/// A difference between the two clocks that is a setting and not a drift.
const STEP: i64 = 2_000;

/// Wall time, anchored once and carried on by the monotonic clock. A copy goes on by itself.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    anchor: Timestamp,
    started: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { anchor: wall(), started: monotonic() }
    }
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.anchor.plus(monotonic().duration_since(self.started))
    }

    /// How far the system's clock was set since the last call, in milliseconds; `None` if it was
    /// not. A laptop that slept looks the same: monotonic time stood still.
    pub fn stepped(&mut self) -> Option<i64> {
        let by = wall().millis() - self.now().millis();
        if by.abs() < STEP {
            return None;
        }
        *self = Self::default();
        Some(by)
    }

    /// How long until `at`.
    pub fn until(&self, at: Timestamp) -> Duration {
        self.now().until(at)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that others are handed")]
fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0))
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that others are handed")]
fn monotonic() -> Instant {
    Instant::now()
}
