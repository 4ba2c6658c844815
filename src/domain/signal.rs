//! A signal as configured: what is asked, how often, and by which rules readings become a state.

use std::time::Duration;

use super::condition::Condition;
use super::ids::{ActionId, SignalId};
use super::io::IoRequest;

/// A configured signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name.
    pub id: SignalId,
    /// The provider it is read from: the name of a row of `sources::PROVIDERS`.
    pub source: &'static str,
    /// What is asked.
    pub request: IoRequest,
    /// How often.
    pub every: Duration,
    /// When a reading is ok; the source's own rule when `None`.
    pub ok: Option<Condition>,
    /// When an ok reading is degraded.
    pub degraded: Option<Condition>,
    /// How readings become a state.
    pub rules: Rules,
    /// Actions whose effect this signal shows, and when they are in effect.
    pub observes: Vec<(ActionId, Condition)>,
    /// Whether this is a check of the observer itself: not a row of the health pane, and while
    /// every one of them fails, every other signal is blind.
    pub observer: bool,
}

/// How readings become a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// This many failures in a row settle it as failed; the first failure counts as one.
    pub fail_after: u32,
    /// This many failures …
    pub fail_count: u32,
    /// … among this many readings settle it as failed too.
    pub fail_among: u32,
    /// This many good readings in a row settle it as recovered.
    pub recover_after: u32,
    /// How often it is polled while soft.
    pub soft_every: Duration,
}

/// Sources in a row that answer with an error of their own before a signal is blind.
pub const BLIND_AFTER: u32 = 4;
