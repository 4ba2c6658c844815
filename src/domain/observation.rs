//! Observations: readings as they are kept beside a journal, for replay and for charts. They are no facts: what is lost
//! of them is small print.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::ids::SignalId;
use super::reading::{Health, Reading, Reason, Shown};
use super::signal::{Rules, Signal};
use super::time::Timestamp;

/// No answer, in microseconds.
pub const NO_ANSWER: u32 = u32::MAX;

/// One observation of a signal, or several that were made one.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When; of several, when the worst came.
    pub at: Timestamp,
    /// What it said; of several the worst.
    pub health: Health,
    /// Microseconds to the answer, [`NO_ANSWER`] where there was none; of several the mean.
    pub micros: u32,
    /// Why it is not ok.
    pub reason: Option<Reason>,
    /// In words.
    pub detail: Arc<str>,
    /// What it showed and listed.
    pub figures: Option<Arc<Figures>>,
    /// What it is made of, where it is several.
    pub merged: Option<Merged>,
}

/// What several observations have been made one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// How long a span they are of.
    pub span: Duration,
    /// How many.
    pub count: u32,
    /// The fastest answer in microseconds.
    pub lowest: u32,
    /// The slowest answer in microseconds.
    pub highest: u32,
}

/// What an observation showed of steps, and how much it listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// What it showed of the steps that are bound to its signal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Shown>,
    /// Entries that the source listed: deliveries, errors, releases.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub listed: u32,
    /// Those of them that are not well.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unwell: u32,
    /// What could not be delivered, where the source counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What `reading` counts under `name`.
fn counted(reading: &Reading, name: &str) -> Option<u32> {
    let count = reading.body.as_ref()?.get(name)?.as_u64()?;
    Some(u32::try_from(count).unwrap_or(u32::MAX))
}

impl Observation {
    /// Of `reading`, whose sample the console took for `health` and `micros`.
    pub fn of(reading: &Reading, at: Timestamp, health: Health, micros: u32) -> Self {
        let count = |entries: usize| u32::try_from(entries).unwrap_or(u32::MAX);
        let unwell =
            reading.entries.iter().filter(|entry| matches!(entry.health, Health::Down | Health::Degraded));
        let figures = Figures {
            shown: reading.shown.clone(),
            listed: count(reading.entries.len()),
            unwell: count(unwell.count()),
            undelivered: counted(reading, "undelivered"),
        };
        Self {
            at,
            health,
            micros,
            reason: reading.reason,
            detail: Arc::from(reading.detail.as_str()),
            figures: (figures != Figures::default()).then(|| Arc::new(figures)),
            merged: None,
        }
    }

    /// The reading that it was, as far as it is kept.
    pub fn reading(&self) -> Reading {
        let mut reading = Reading::bare(self.at, self.health, self.reason, &*self.detail);
        reading.latency = (self.micros != NO_ANSWER).then(|| Duration::from_micros(u64::from(self.micros)));
        reading.shown = self.figures.as_ref().map_or_else(Vec::new, |figures| figures.shown.clone());
        reading
    }
}

/// A signal as it was configured when it was observed: what a replay shows of one that no configuration names any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// Its name.
    pub id: SignalId,
    /// How often it was asked, in milliseconds.
    pub every: u64,
    /// How long an answer could take, in milliseconds.
    pub timeout: u64,
    /// Where its entries were listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
    /// Whether it was a check of the observer itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observer: bool,
    /// Failures, failures among so many readings, and good readings that settled it.
    pub rules: [u32; 4],
}

impl Described {
    /// As `signal` is configured.
    pub fn of(signal: &Signal) -> Self {
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let Rules { fail_after, fail_count, fail_among, recover_after, .. } = signal.rules;
        Self {
            id: signal.id.clone(),
            every: millis(signal.every),
            timeout: millis(signal.timeout()),
            board: signal.board,
            observer: signal.observer,
            rules: [fail_after, fail_count, fail_among, recover_after],
        }
    }
}

/// What was kept of a span of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observations {
    /// The signals, in the order in which they were first kept.
    pub signals: Vec<Described>,
    /// What was observed, oldest first: which signal, by its place in `signals`, and what.
    pub rows: Vec<(u32, Observation)>,
}
