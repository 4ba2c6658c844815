//! What a drill asks of whoever practises.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The first update is due this long after an incident was declared.
pub const FIRST_UPDATE: Duration = Duration::from_secs(5 * 60);
/// Every further one this long after the one before.
pub const NEXT_UPDATE: Duration = Duration::from_secs(20 * 60);

/// How soon what has to be done. What is not given is not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// From the first red signal until somebody has taken the incident on.
    pub acknowledge: Option<Duration>,
    /// Until a change is seen in effect.
    pub contain: Option<Duration>,
    /// Until the first update is posted.
    pub communicate: Option<Duration>,
    /// Until nothing is red any more.
    pub recover: Option<Duration>,
    /// From the declaration until the first update is due.
    pub first_update: Duration,
    /// From one update until the next is due.
    pub next_update: Duration,
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            acknowledge: None,
            contain: None,
            communicate: None,
            recover: None,
            first_update: FIRST_UPDATE,
            next_update: NEXT_UPDATE,
        }
    }
}

impl Targets {
    /// Whether updates are due sooner than in life, because a drill is short.
    pub fn is_compressed(&self) -> bool {
        self.first_update < FIRST_UPDATE || self.next_update < NEXT_UPDATE
    }
}
