//! Alarms that are set again and again, and cost nothing where they stand right already.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Makes `alarm` go off after `wait`. One that would do so anyway is left alone: setting it wakes
/// the timer, and while the next frame's stands there, no probe's time-out has to.
pub(super) fn set(alarm: Pin<&mut Sleep>, wait: Duration) {
    const NEAR: Duration = Duration::from_millis(1);
    let at = Instant::now() + wait;
    let stands = alarm.deadline();
    if alarm.is_elapsed() || at.max(stands) - at.min(stands) > NEAR {
        alarm.reset(at);
    }
}
