//! Readings that were kept beside a journal, as charts want them. There may be none.

use std::time::Duration;

use crate::domain::ids::SignalId;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// What was measured while an incident went on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// One for each signal of which something was kept.
    pub series: Vec<Series>,
}

/// The readings of one signal, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The signal.
    pub signal: SignalId,
    /// What its value counts, in a word or two: `undelivered`; nothing where it has no value.
    pub counts: Option<String>,
    /// Each reading.
    pub points: Vec<Point>,
}

/// A reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// What it showed.
    pub health: Health,
    /// How long the answer took.
    pub latency: Option<Duration>,
    /// What was counted.
    pub value: Option<f64>,
}
