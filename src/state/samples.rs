//! The last fifteen minutes of a signal, small enough to keep for ten thousand of them.

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// How long samples are kept.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// At most this many are kept: a reading a second for the whole window.
const MOST: usize = 900;

/// One reading, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Microseconds to the answer; `u32::MAX` where there was none.
    pub micros: u32,
    /// What it said.
    pub health: Health,
}

/// What the samples of a span say together.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Statistics {
    /// How many samples.
    pub count: usize,
    /// Median latency of those that answered.
    pub p50: Option<Duration>,
    /// 95th percentile of the same.
    pub p95: Option<Duration>,
    /// Down among those that could be measured, 0 to 1.
    pub error_rate: Option<f64>,
}

/// A sliding window of samples.
#[derive(Clone, Debug, Default)]
pub struct Samples(VecDeque<Sample>);

impl Samples {
    /// Adds a sample and drops what has left the window.
    pub fn push(&mut self, sample: Sample) {
        let oldest = sample.at.minus(WINDOW);
        while self.0.len() >= MOST || self.0.front().is_some_and(|first| first.at < oldest) {
            self.0.pop_front();
        }
        self.0.push_back(sample);
    }

    /// Moves every sample with a clock that was set by `by_millis`.
    pub fn shift(&mut self, by_millis: i64) {
        self.0.iter_mut().for_each(|sample| sample.at = sample.at.shifted(by_millis));
    }

    /// The samples no older than `span`, oldest first.
    pub fn within(&self, now: Timestamp, span: Duration) -> impl Iterator<Item = &Sample> {
        let oldest = now.minus(span);
        self.0.iter().filter(move |sample| sample.at >= oldest)
    }

    /// The statistics of the samples no older than `span`; `scratch` is cleared and reused.
    pub fn statistics(&self, now: Timestamp, span: Duration, scratch: &mut Histogram<u32>) -> Statistics {
        scratch.reset();
        let (mut count, mut measured, mut down) = (0_usize, 0_u32, 0_u32);
        for sample in self.within(now, span) {
            count += 1;
            if sample.health != Health::Blind {
                measured += 1;
                down += u32::from(sample.health == Health::Down);
            }
            if sample.micros != u32::MAX {
                scratch.saturating_record(u64::from(sample.micros).max(1));
            }
        }
        let quantile =
            |q: f64| (!scratch.is_empty()).then(|| Duration::from_micros(scratch.value_at_quantile(q)));
        Statistics {
            count,
            p50: quantile(0.5),
            p95: quantile(0.95),
            error_rate: (measured > 0).then(|| f64::from(down) / f64::from(measured)),
        }
    }

    /// An empty histogram that holds any sample: 1 µs to 71 minutes at two significant figures.
    pub fn scratch() -> Option<Histogram<u32>> {
        Histogram::new_with_bounds(1, u64::from(u32::MAX), 2).ok()
    }
}
